//! The page of the tasks of a saved filter.

use rocket::{Route, State, get, routes};
use serde::Serialize;
use tokio::try_join;

use super::pages::{Mark, mark, path_of};
use super::{Counting, Filter, FilterTasks, queries};
use crate::auth::User;
use crate::db::{Db, Timestamp};
use crate::error::Error;
use crate::filter_language::{self, parse};
use crate::http::Id;
use crate::locale::key;
use crate::projects::View as Layout;
use crate::rendered::RenderedCache;
use crate::tasks::arrange::{Arranged, Empty, GroupSource, Listed};
use crate::tasks::{self, Format, OFFER, Selection, Sort, Status, TaskPage};
use crate::ui::{Frame, Reply};

const TEMPLATE: &str = "filters/show";

pub(super) fn routes() -> Vec<Route> {
    routes![show]
}

/// The template values of the page.
#[derive(Serialize)]
struct Values {
    filter: Filter,
    open_tasks: Option<i64>,
    #[serde(flatten)]
    list: Listed,
}

/// The template values of the page of a filter whose expression is no longer valid.
#[derive(Serialize)]
struct Invalid {
    filter: Filter,
    mistake: String,
    mark: Mark,
}

#[get("/filters/<id>")]
async fn show(
    db: &State<Db>,
    lists: &State<RenderedCache>,
    user: User,
    frame: Frame<'_>,
    id: Id,
    query: Arranged<FilterTasks>,
) -> Result<Reply, Error> {
    let filter = queries::read(db, &user.id, &id.0).await?;
    let (parameters, query) = query.split();
    let parsed = match parse(&filter.expression) {
        Ok(parsed) => parsed,
        Err(error) => {
            let name = format!("invalid filter {}", filter.id);
            let mark = mark(&filter.expression, error.position);
            let mistake = user.language().say(&error.message);
            let values = async {
                Ok(Invalid {
                    filter,
                    mistake,
                    mark,
                })
            };
            return frame.cached(lists, &user, &name, TEMPLATE, values).await;
        }
    };
    let now = Timestamp::now();
    let parameters = usual(parameters, &parsed);
    let selection = parameters.clone().with(&filter.expression);
    let selection = Selection::new(&user, selection, now)?;
    let name = format!(
        "{} {:?} {}",
        filter.id,
        query.chosen,
        selection.name(Format::Html)
    );
    let values = values(db, &user, filter, &selection, &parameters, &query, now);
    frame.cached(lists, &user, &name, TEMPLATE, values).await
}

/// Returns the parameters with a state and an order.
fn usual(mut parameters: FilterTasks, parsed: &filter_language::Filter) -> FilterTasks {
    let status = match parsed.is_of_completed_tasks() {
        true => Status::Done,
        false => Status::Open,
    };
    parameters.status.get_or_insert(status);
    parameters.sort.get_or_insert(Sort::Due);
    parameters
}

async fn values(
    db: &Db,
    user: &User,
    filter: Filter,
    selection: &Selection,
    parameters: &FilterTasks,
    query: &Arranged<()>,
    now: Timestamp,
) -> Result<Values, Error> {
    let shows = parameters.status.unwrap_or(Status::Open);
    let (TaskPage { items, next_cursor }, projects) = try_join!(
        tasks::queries::select(db, &user.id, selection),
        GroupSource::projects(db, user, None)
    )?;
    let is_whole = parameters.cursor.is_none() && next_cursor.is_none();
    let open_tasks = match shows {
        // The tasks of a whole list need not be counted again.
        Status::Open if is_whole => i64::try_from(items.len()).ok(),
        _ => {
            let counting = Counting::new(user, std::slice::from_ref(&filter), now);
            let counts = counting.counts(db, user).await?;
            counts.get(&filter.id).copied()
        }
    };
    let path = path_of(&filter.id);
    let url = |cursor: Option<String>| {
        let other = FilterTasks {
            cursor,
            ..parameters.clone()
        };
        query.chosen.url(&path, &other)
    };
    let empty = match (items.is_empty(), shows) {
        (false, Status::Open) => Empty::ALL_DONE,
        (_, Status::Done) => Empty::new(key!("empty-filter"), key!("empty-filter-done")),
        (_, Status::Open) => Empty::new(key!("empty-filter"), key!("empty-filter-open")),
        (_, Status::All) => Empty::new(key!("empty-filter"), key!("empty-filter-any")),
    };
    let (layout, group) = query.chosen.across_projects();
    let found = items.len();
    let source = GroupSource {
        tasks: items,
        by: group,
        of_completion: shows == Status::Done,
        project_id: None,
        projects,
        is_manual: false,
        is_board: layout == Layout::Board,
        more: next_cursor.is_some(),
        new_task: vec![["next".to_owned(), url(None)?]],
    };
    let list = Listed {
        menu: OFFER.menu(
            &path,
            query.kept(),
            (layout, group),
            (query.order(selection.sort()), shows),
        ),
        layout,
        groups: source.groups(db, user).await?,
        shows,
        in_place: false,
        found,
        empty,
        first_url: parameters.cursor.as_ref().map(|_| url(None)).transpose()?,
        next_url: next_cursor.map(|cursor| url(Some(cursor))).transpose()?,
    };
    Ok(Values {
        filter,
        open_tasks,
        list,
    })
}
