//! The pages of a label, of a section, and of a search.

use percent_encoding::{NON_ALPHANUMERIC, utf8_percent_encode};
use rocket::{Route, State, get, routes};
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use super::values::{Empty, Group, Link, NewTask, Search, TEMPLATE, ViewValues, url};
use crate::auth::User;
use crate::db::Db;
use crate::error::Error;
use crate::http::input::present;
use crate::http::{Id, Query};
use crate::rendered::RenderedCache;
use crate::tasks::{
    Format, Selection, Sort, Status, TaskFilter, TaskPage, list_selection, mistake, name_projects,
    queries, rows,
};
use crate::ui::{Frame, Reply, see_other};
use crate::{labels, projects, sections};

const SEARCH: &str = "/search";

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
    empty: Empty,
    /// The list, without the query.
    filter: TaskFilter,
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
    query: Query<PlaceQuery>,
) -> Result<Reply, Error> {
    let name = match labels::queries::read(db, &user.id, name).await {
        Ok(label) => label.name,
        // The address of a rejected form, which has the id.
        Err(Error::NotFound) if Uuid::try_parse(name).is_ok() => return Ok(see_other("/labels")),
        Err(error) => return Err(error),
    };
    let place = Place {
        path: format!("/labels/{}", utf8_percent_encode(&name, NON_ALPHANUMERIC)),
        title: name.clone(),
        parent: Some(("Labels".to_owned(), "/labels".to_owned())),
        new_task: Some(NewTask {
            label: format!("New task with the label {name}"),
            fields: vec![["label".to_owned(), name.clone()]],
        }),
        empty: Empty {
            title: "No tasks with this label",
            text: "Labels are among the fields of a task.",
        },
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
    show(asked, place, query.0).await
}

#[get("/sections/<id>")]
async fn section(
    db: &State<Db>,
    lists: &State<RenderedCache>,
    user: User,
    frame: Frame<'_>,
    id: Id,
    query: Query<PlaceQuery>,
) -> Result<Reply, Error> {
    let section = sections::queries::read(db, &user.id, &id.0).await?;
    let project = projects::queries::read(db, &user.id, &section.project_id).await?;
    let field = |name: &str, value: &str| [name.to_owned(), value.to_owned()];
    let place = Place {
        path: format!("/sections/{}", section.id),
        title: section.name.clone(),
        parent: Some((project.name.clone(), format!("/projects/{}", project.id))),
        new_task: (!section.archived).then(|| NewTask {
            label: format!("New task in {}", section.name),
            fields: vec![
                field("project_id", &project.id),
                field("section_id", &section.id),
            ],
        }),
        empty: Empty {
            title: "No tasks in this section",
            text: "Write one in the line above, or move one here.",
        },
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
    show(asked, place, query.0).await
}

#[get("/search")]
async fn search(
    db: &State<Db>,
    lists: &State<RenderedCache>,
    user: User,
    frame: Frame<'_>,
    query: Query<PlaceQuery>,
) -> Result<Reply, Error> {
    let mut query = query.0;
    query.q.get_or_insert_default();
    // A person who searches does not know whether the task is done.
    query.status.get_or_insert(Status::All);
    let place = Place {
        path: SEARCH.to_owned(),
        title: "Search".to_owned(),
        parent: None,
        new_task: None,
        empty: Empty {
            title: "Nothing matches",
            text: "Try fewer words, or a part of a word.",
        },
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

async fn show(asked: Asked<'_>, place: Place, query: PlaceQuery) -> Result<Reply, Error> {
    let filter = TaskFilter {
        q: query.q.clone(),
        status: query.status,
        limit: query.limit,
        cursor: query.cursor.clone(),
        ..place.filter.clone()
    };
    let selection = list_selection(asked.user, filter)?;
    // Pages of different places differ in more than their tasks.
    let shown = format!("{} {}", place.path, selection.name(Format::Html));
    let values = values(asked.db, asked.user, place, &selection, &query);
    let Asked {
        lists, user, frame, ..
    } = asked;
    frame.cached(lists, user, &shown, TEMPLATE, values).await
}

async fn values(
    db: &Db,
    user: &User,
    place: Place,
    selection: &Selection,
    query: &PlaceQuery,
) -> Result<ViewValues, Error> {
    let text = query.q.as_deref().map(str::trim);
    let is_asked = text.is_none_or(|text| !text.is_empty());
    let page = match is_asked {
        true => queries::select(db, &user.id, selection).await?,
        false => TaskPage {
            items: Vec::new(),
            next_cursor: None,
        },
    };
    let of = |status, cursor| PlaceQuery {
        status,
        cursor,
        ..query.clone()
    };
    let next_url = page
        .next_cursor
        .map(|cursor| url(&place.path, &of(query.status, Some(cursor))));
    let shown = query.status.unwrap_or(Status::Open);
    let choices = [
        (Status::Open, "Open"),
        (Status::Done, "Done"),
        (Status::All, "All"),
    ];
    let choices = choices.into_iter().map(|(status, name)| {
        Ok(Link {
            name: name.to_owned(),
            url: url(&place.path, &of(Some(status), None))?,
            is_current: status == shown,
        })
    });
    let mut tasks = rows(user, page.items);
    if place.filter.section.is_none() {
        name_projects(db, &user.id, tasks.iter_mut().collect()).await?;
    }
    let group = (!tasks.is_empty()).then_some(Group {
        heading: None,
        is_overdue: false,
        tasks,
    });
    Ok(ViewValues {
        title: place.title,
        parent: place.parent.map(|(name, url)| Link {
            name,
            url,
            is_current: false,
        }),
        choices: choices.collect::<Result<_, Error>>()?,
        search: text.map(|text| Search {
            text: text.to_owned(),
            status: query.status,
            is_expression: selection.is_expression(),
            mistake: mistake(text),
        }),
        new_task: place.new_task,
        groups: group.into_iter().collect(),
        shows_open: shown == Status::Open,
        can_reschedule: false,
        empty: match is_asked {
            true => place.empty,
            false => Empty {
                title: "Search all tasks",
                text: "Titles and notes are searched, of open tasks and of completed ones.",
            },
        },
        next_url: next_url.transpose()?,
    })
}
