//! The pages of a label, of a section, and of a search.

use rocket::{Route, State, get, routes};
use serde::{Deserialize, Serialize};
use tokio::try_join;
use uuid::Uuid;

use super::values::{Link, NewTask, TEMPLATE, ViewValues};
use crate::auth::User;
use crate::db::Db;
use crate::error::Error;
use crate::http::input::present;
use crate::http::{Id, encoded};
use crate::locale::{key, message};
use crate::projects::View as Layout;
use crate::rendered::RenderedCache;
use crate::tasks::arrange::{Arranged, Empty, GroupSource, Listed, NOTHING_DONE};
use crate::tasks::{
    Format, OFFER, Search, Selection, Sort, Status, TaskFilter, TaskPage, list_selection, queries,
    sorted_by,
};
use crate::trash::{self, TrashFilter, TrashedItem};
use crate::ui::{Frame, Reply, see_other};
use crate::work::TrashDays;
use crate::{labels, projects, sections};

const SEARCH: &str = "/search";

/// Maximum number of deleted items below the tasks that match.
const MOST_DELETED: u32 = 20;

pub(super) fn routes() -> Vec<Route> {
    routes![label, section, search]
}

/// The part of a list to show.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct PlaceQuery {
    #[serde(
        default,
        deserialize_with = "present",
        skip_serializing_if = "Option::is_none"
    )]
    q: Option<String>,
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

/// A list of tasks with a page of its own.
struct Place {
    path: String,
    title: String,
    /// The name and the path of the page that contains this one.
    parent: Option<(String, String)>,
    new_task: Option<NewTask>,
    /// The text of a list without open tasks.
    empty: Empty,
    /// The list, without the query.
    filter: TaskFilter,
    /// The project that all tasks are in.
    project_id: Option<String>,
    /// Parameters of the page of a new task.
    new_task_url: Vec<[String; 2]>,
    /// The days that deleted items are kept, if the list shows those that match, too.
    trash_days: Option<u32>,
}

/// The parts of a request that every page needs.
struct Asked<'a> {
    db: &'a Db,
    lists: &'a RenderedCache,
    user: &'a User,
    frame: Frame<'a>,
}

#[get("/labels/<name>")]
async fn label(
    db: &State<Db>,
    lists: &State<RenderedCache>,
    user: User,
    frame: Frame<'_>,
    name: &str,
    query: Arranged<PlaceQuery>,
) -> Result<Reply, Error> {
    let name = match labels::queries::read(db, &user.id, name).await {
        Ok(label) => label.name,
        // The address of a rejected form, which has the id.
        Err(Error::NotFound) if Uuid::try_parse(name).is_ok() => return Ok(see_other("/labels")),
        Err(error) => return Err(error),
    };
    let language = user.language();
    let place = Place {
        path: format!("/labels/{}", encoded(&name)),
        title: name.clone(),
        parent: Some((language.text(key!("nav-labels")), "/labels".to_owned())),
        new_task: Some(NewTask {
            label: language.say(&message!("task-new-labelled", label = &name)),
            fields: vec![["label".to_owned(), name.clone()]],
        }),
        empty: Empty::new(key!("empty-label"), key!("empty-label-text")),
        project_id: None,
        new_task_url: vec![["label".to_owned(), name.clone()]],
        trash_days: None,
        filter: TaskFilter {
            label: Some(name),
            ..TaskFilter::default()
        },
    };
    let asked = Asked {
        db,
        lists,
        user: &user,
        frame,
    };
    show(asked, place, query).await
}

#[get("/sections/<id>")]
async fn section(
    db: &State<Db>,
    lists: &State<RenderedCache>,
    user: User,
    frame: Frame<'_>,
    id: Id,
    query: Arranged<PlaceQuery>,
) -> Result<Reply, Error> {
    let section = sections::queries::read(db, &user.id, &id.0).await?;
    let project = projects::queries::read(db, &user.id, &section.project_id).await?;
    let project = project.in_language(user.language());
    let field = |name: &str, value: &str| [name.to_owned(), value.to_owned()];
    let place = Place {
        path: format!("/sections/{}", section.id),
        title: section.name.clone(),
        parent: Some((project.name.clone(), format!("/projects/{}", project.id))),
        new_task: (!section.archived).then(|| NewTask {
            label: user
                .language()
                .say(&message!("task-new-in", place = &section.name)),
            fields: vec![
                field("project_id", &project.id),
                field("section_id", &section.id),
            ],
        }),
        empty: Empty::new(key!("empty-section"), key!("empty-section-text")),
        project_id: Some(project.id.clone()),
        new_task_url: vec![field("project", &project.id), field("section", &section.id)],
        trash_days: None,
        filter: TaskFilter {
            project: Some(project.id.clone()),
            section: Some(section.id.clone()),
            sort: Sort::Position,
            ..TaskFilter::default()
        },
    };
    let asked = Asked {
        db,
        lists,
        user: &user,
        frame,
    };
    show(asked, place, query).await
}

#[get("/search")]
async fn search(
    db: &State<Db>,
    days: &State<TrashDays>,
    lists: &State<RenderedCache>,
    user: User,
    frame: Frame<'_>,
    query: Arranged<PlaceQuery>,
) -> Result<Reply, Error> {
    let mut query = query;
    query.list.q.get_or_insert_default();
    // A person who searches does not know whether the task is done.
    query.list.status.get_or_insert(Status::All);
    let place = Place {
        path: SEARCH.to_owned(),
        title: user.language().text(key!("search-title")),
        parent: None,
        new_task: None,
        empty: Empty::new(key!("empty-search"), key!("empty-search-text")),
        project_id: None,
        new_task_url: Vec::new(),
        trash_days: Some(days.0),
        filter: TaskFilter::default(),
    };
    let asked = Asked {
        db,
        lists,
        user: &user,
        frame,
    };
    show(asked, place, query).await
}

async fn show(asked: Asked<'_>, place: Place, query: Arranged<PlaceQuery>) -> Result<Reply, Error> {
    let Asked {
        db,
        lists,
        user,
        frame,
    } = asked;
    let (page, query) = query.split();
    let (_, group) = query.chosen.across_projects();
    let filter = TaskFilter {
        q: page.q.clone(),
        status: page.status,
        sort: page.sort.unwrap_or(place.filter.sort),
        limit: page.limit,
        cursor: page.cursor.clone(),
        ..place.filter.clone()
    };
    let selection = list_selection(user, sorted_by(group, filter))?;
    // Pages of different places differ in more than their tasks.
    let shown = format!(
        "{} {:?} {}",
        place.path,
        query.chosen,
        selection.name(Format::Html)
    );
    let is_kept = place.trash_days.is_none();
    let values = values(db, user, place, &selection, &page, &query);
    if !is_kept {
        // An item that is erased from the trash must not stay in memory.
        return frame.page(TEMPLATE, values).await;
    }
    frame.cached(lists, user, &shown, TEMPLATE, values).await
}

async fn values(
    db: &Db,
    user: &User,
    place: Place,
    selection: &Selection,
    page: &PlaceQuery,
    query: &Arranged<()>,
) -> Result<ViewValues, Error> {
    let text = page.q.as_deref().map(str::trim);
    let is_asked = text.is_none_or(|text| !text.is_empty());
    let (TaskPage { items, next_cursor }, projects) = match is_asked {
        true => try_join!(
            queries::select(db, &user.id, selection),
            GroupSource::projects(db, user, place.project_id.as_deref())
        )?,
        false => Default::default(),
    };
    let url = |cursor: Option<String>| {
        let page = PlaceQuery {
            cursor,
            ..page.clone()
        };
        query.chosen.url(&place.path, &page)
    };
    let shows = page.status.unwrap_or(Status::Open);
    let empty = match (items.is_empty(), shows, text.is_some()) {
        (true, _, true) if !is_asked => Empty::new(
            key!("empty-before-search"),
            key!("empty-before-search-text"),
        ),
        (true, Status::Open, false) => {
            let done = place.filter.clone();
            place.empty.unless_done(db, &user.id, done).await?
        }
        (true, Status::Done, false) => NOTHING_DONE,
        (true, ..) => place.empty,
        (false, ..) => Empty::ALL_DONE,
    };
    let (layout, group) = query.chosen.across_projects();
    let found = items.len();
    let mut new_task = place.new_task_url.clone();
    new_task.push(["next".to_owned(), url(None)?]);
    let source = GroupSource {
        tasks: items,
        by: group,
        of_completion: shows == Status::Done,
        project_id: place.project_id.as_deref(),
        projects,
        is_manual: selection.sort() == Sort::Position,
        is_board: layout == Layout::Board,
        more: next_cursor.is_some(),
        new_task,
    };
    let chosen = ((layout, group), (query.order(selection.sort()), shows));
    let list = Listed {
        menu: OFFER.menu(&place.path, query.kept(), chosen.0, chosen.1),
        layout,
        groups: match is_asked {
            true => source.groups(db, user).await?,
            false => Vec::new(),
        },
        shows,
        in_place: false,
        found,
        empty,
        first_url: page.cursor.as_ref().map(|_| url(None)).transpose()?,
        next_url: next_cursor.map(|cursor| url(Some(cursor))).transpose()?,
    };
    let shows_deleted =
        is_asked && shows == Status::All && page.cursor.is_none() && !selection.is_expression();
    let deleted = match (place.trash_days, text) {
        (Some(days), Some(text)) if shows_deleted => deleted(db, user, days, text).await?,
        _ => Vec::new(),
    };
    let search = text.map(|text| Search {
        text: text.to_owned(),
        ..Search::of(selection, query, user.language()).unwrap_or_default()
    });
    Ok(ViewValues {
        title: place.title,
        parent: place.parent.map(|(name, url)| Link { name, url }),
        search,
        new_task: place.new_task,
        list,
        can_reschedule: false,
        deleted,
    })
}

/// Returns deleted items that contain all words of a text.
async fn deleted(db: &Db, user: &User, days: u32, text: &str) -> Result<Vec<TrashedItem>, Error> {
    let filter = TrashFilter {
        q: Some(text.to_owned()),
        limit: Some(MOST_DELETED),
        ..TrashFilter::default()
    };
    Ok(trash::queries::list(db, days, &user.id, &filter)
        .await?
        .items)
}
