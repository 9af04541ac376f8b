//! The pages of views.

use rocket::{Route, State, get, routes};
use serde::{Deserialize, Serialize};
use tokio::try_join;

use super::definition::View;
use super::list::{Shown, ViewQuery};
use super::menu::{self, arrangement, kept, offer};
use super::values::{NewTask, TEMPLATE, ViewValues};
use super::{place_pages, reschedule};
use crate::auth::User;
use crate::db::{Db, Timestamp};
use crate::error::Error;
use crate::http::input::present;
use crate::items::Sort;
use crate::locale::{Language, key};
use crate::projects::View as Layout;
use crate::rendered::RenderedCache;
use crate::tasks::arrange::{Arranged, Choices, Empty, GroupSource, Listed, NOTHING_DONE};
use crate::tasks::{Format, Status, Task, TaskFilter, TaskPage};
use crate::ui::{Frame, Reply, with_sidebar};
use crate::when::day_bounds;

/// The first page after sign-in.
pub const HOME: &str = "/today";

/// Returns the routes to mount at the root.
pub fn routes() -> Vec<Route> {
    let mut routes = menu::routes();
    routes.extend(reschedule::routes());
    let mut routes = with_sidebar(routes);
    routes.extend(place_pages::routes());
    routes.extend(routes![inbox, today, upcoming, completed]);
    routes
}

/// The part of a view to show, and its order.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct PageQuery {
    #[serde(
        default,
        deserialize_with = "present",
        skip_serializing_if = "Option::is_none"
    )]
    sort: Option<Sort>,
    #[serde(
        default,
        deserialize_with = "present",
        skip_serializing_if = "Option::is_none"
    )]
    status: Option<Status>,
    #[serde(
        default,
        deserialize_with = "present",
        skip_serializing_if = "Option::is_none"
    )]
    limit: Option<u32>,
    #[serde(
        default,
        deserialize_with = "present",
        skip_serializing_if = "Option::is_none"
    )]
    cursor: Option<String>,
}

#[get("/inbox")]
async fn inbox(
    db: &State<Db>,
    lists: &State<RenderedCache>,
    user: User,
    frame: Frame<'_>,
    query: Arranged<PageQuery>,
) -> Result<Reply, Error> {
    show(db, lists, &user, frame, View::Inbox, query).await
}

#[get("/today")]
async fn today(
    db: &State<Db>,
    lists: &State<RenderedCache>,
    user: User,
    frame: Frame<'_>,
    query: Arranged<PageQuery>,
) -> Result<Reply, Error> {
    show(db, lists, &user, frame, View::Today, query).await
}

#[get("/upcoming")]
async fn upcoming(
    db: &State<Db>,
    lists: &State<RenderedCache>,
    user: User,
    frame: Frame<'_>,
    query: Arranged<PageQuery>,
) -> Result<Reply, Error> {
    show(db, lists, &user, frame, View::Upcoming, query).await
}

#[get("/completed")]
async fn completed(
    db: &State<Db>,
    lists: &State<RenderedCache>,
    user: User,
    frame: Frame<'_>,
    query: Arranged<PageQuery>,
) -> Result<Reply, Error> {
    show(db, lists, &user, frame, View::Completed, query).await
}

async fn show(
    db: &Db,
    lists: &RenderedCache,
    user: &User,
    frame: Frame<'_>,
    view: View,
    query: Arranged<PageQuery>,
) -> Result<Reply, Error> {
    let (page, query) = query.split();
    let part = ViewQuery {
        limit: page.limit,
        cursor: page.cursor.clone(),
    };
    // Days have no tasks that are both open and completed.
    let status = page.status.filter(|_| view == View::Inbox);
    let chosen = query.choices(page.sort, status).or(kept(user, view));
    let order = (chosen.sort, chosen.status);
    let shown = Shown::sorted(user, view, part, Timestamp::now(), order)?;
    // The links of the page have the choices of the query.
    let shown_name = shown.name(Format::Html);
    let name = format!("{:?} {chosen:?} {page:?} {shown_name}", query.chosen);
    let values = values(db, user, &shown, chosen, &page, &query);
    frame.cached(lists, user, &name, TEMPLATE, values).await
}

async fn values(
    db: &Db,
    user: &User,
    shown: &Shown,
    chosen: Choices,
    page: &PageQuery,
    query: &Arranged<()>,
) -> Result<ViewValues, Error> {
    let definition = shown.view.definition();
    let project_id = (shown.view == View::Inbox).then_some(user.id.as_str());
    let (TaskPage { items, next_cursor }, projects) = try_join!(
        shown.read(db, &user.id),
        GroupSource::projects(db, user, project_id)
    )?;
    let (layout, group) = arrangement(shown.view, chosen);
    let url = |cursor: Option<String>| {
        let page = PageQuery {
            cursor,
            ..page.clone()
        };
        query.chosen.url(shown.view.path(), &page)
    };
    let empty = match items.is_empty() {
        true => empty(db, user, shown).await?,
        false if shown.status == Status::Open => Empty::ALL_DONE,
        false => NOTHING_DONE,
    };
    let can_reschedule = shown.view == View::Today && items.iter().any(|task| is_late(task, shown));
    let found = items.len();
    // The Inbox is in manual order unless another one is chosen.
    let is_manual =
        shown.view == View::Inbox && chosen.sort.is_none_or(|sort| sort == Sort::Position);
    let source = GroupSource {
        tasks: items,
        by: group,
        of_completion: shown.status == Status::Done,
        project_id,
        projects,
        is_manual: is_manual && shown.status == Status::Open,
        is_board: layout == Layout::Board && shown.view != View::Today,
        more: next_cursor.is_some(),
        new_task: vec![["next".to_owned(), url(None)?]],
    };
    let menu = offer(shown.view).menu(
        &menu::action(shown.view),
        query.kept(),
        (layout, group),
        (chosen.sort, shown.status),
    );
    let list = Listed {
        menu: menu.that_is_kept(),
        layout,
        groups: source.groups(db, user).await?,
        shows: shown.status,
        in_place: false,
        found,
        empty,
        first_url: page.cursor.as_ref().map(|_| url(None)).transpose()?,
        next_url: next_cursor.map(|cursor| url(Some(cursor))).transpose()?,
    };
    Ok(ViewValues {
        title: user.language().text(definition.title),
        parent: None,
        search: None,
        new_task: new_task(shown, user.language()),
        list,
        can_reschedule,
        deleted: Vec::new(),
    })
}

/// Returns true if the due date of a task is before today. That of its deadline may be.
fn is_late(task: &Task, shown: &Shown) -> bool {
    task.due
        .is_some_and(|due| due.day_in(shown.zone) < shown.today)
}

/// Returns the form of a task that the view will contain.
fn new_task(shown: &Shown, language: Language) -> Option<NewTask> {
    let (label, fields) = match shown.view {
        View::Inbox => (key!("task-new"), Vec::new()),
        View::Today => {
            let due = ["due_date".to_owned(), shown.today.to_string()];
            (key!("task-new-today"), vec![due])
        }
        View::Upcoming | View::Completed | View::All => return None,
    };
    Some(NewTask {
        label: language.text(label),
        fields,
    })
}

/// Returns the text of a page without tasks. A day or an Inbox whose tasks are done differs from one
/// that had none.
async fn empty(db: &Db, user: &User, shown: &Shown) -> Result<Empty, Error> {
    let today = day_bounds(shown.today, shown.zone);
    let (text, done) = match shown.view {
        View::Inbox if shown.status == Status::Open => (
            Empty::new(key!("empty-inbox"), key!("empty-inbox-text")),
            TaskFilter {
                project: Some(user.id.clone()),
                completed_from: Some(today.start),
                ..TaskFilter::default()
            },
        ),
        View::Today => (
            Empty::new(key!("empty-today"), key!("empty-today-text")),
            TaskFilter {
                completed_from: Some(today.start),
                ..TaskFilter::default()
            },
        ),
        View::Upcoming => {
            let text = Empty::new(key!("empty-upcoming"), key!("empty-upcoming-text"));
            return text.of_user(db, &user.id).await;
        }
        View::Inbox | View::Completed | View::All => {
            return NOTHING_DONE.of_user(db, &user.id).await;
        }
    };
    text.unless_done(db, &user.id, done).await
}
