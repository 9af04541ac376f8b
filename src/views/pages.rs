//! The pages of views.

use rocket::{Route, State, get, routes};

use super::definition::{Grouping, View};
use super::groups::heading;
use super::list::{Shown, ViewQuery};
use super::values::{Empty, Group, NewTask, TEMPLATE, ViewValues, url};
use super::{place_pages, reschedule};
use crate::auth::User;
use crate::db::{Db, Timestamp};
use crate::error::Error;
use crate::http::Query;
use crate::rendered::RenderedCache;
use crate::tasks::{Format, Row, Task, TaskPage, name_projects};
use crate::ui::{Frame, Reply};
use crate::when::Date;

/// The first page after sign-in.
pub const HOME: &str = "/today";

/// Returns the routes to mount at the root.
pub fn routes() -> Vec<Route> {
    let mut routes = routes![inbox, today, upcoming, completed];
    routes.extend(place_pages::routes());
    routes.extend(reschedule::routes());
    routes
}

#[get("/inbox")]
async fn inbox(
    db: &State<Db>,
    lists: &State<RenderedCache>,
    user: User,
    frame: Frame<'_>,
    query: Query<ViewQuery>,
) -> Result<Reply, Error> {
    show(db, lists, &user, frame, View::Inbox, query.0).await
}

#[get("/today")]
async fn today(
    db: &State<Db>,
    lists: &State<RenderedCache>,
    user: User,
    frame: Frame<'_>,
    query: Query<ViewQuery>,
) -> Result<Reply, Error> {
    show(db, lists, &user, frame, View::Today, query.0).await
}

#[get("/upcoming")]
async fn upcoming(
    db: &State<Db>,
    lists: &State<RenderedCache>,
    user: User,
    frame: Frame<'_>,
    query: Query<ViewQuery>,
) -> Result<Reply, Error> {
    show(db, lists, &user, frame, View::Upcoming, query.0).await
}

#[get("/completed")]
async fn completed(
    db: &State<Db>,
    lists: &State<RenderedCache>,
    user: User,
    frame: Frame<'_>,
    query: Query<ViewQuery>,
) -> Result<Reply, Error> {
    show(db, lists, &user, frame, View::Completed, query.0).await
}

async fn show(
    db: &Db,
    lists: &RenderedCache,
    user: &User,
    frame: Frame<'_>,
    view: View,
    query: ViewQuery,
) -> Result<Reply, Error> {
    let shown = Shown::new(user, view, query, Timestamp::now())?;
    let values = values(db, user, &shown);
    let name = shown.name(Format::Html);
    frame.cached(lists, user, &name, TEMPLATE, values).await
}

async fn values(db: &Db, user: &User, shown: &Shown) -> Result<ViewValues, Error> {
    let definition = shown.view.definition();
    let TaskPage { items, next_cursor } = shown.read(db, &user.id).await?;
    let next_url = next_cursor.map(|cursor| {
        let query = ViewQuery {
            cursor: Some(cursor),
            ..shown.query.clone()
        };
        url(shown.view.path(), &query)
    });
    let empty = empty(shown.view);
    let empty = match items.is_empty() {
        true => empty.of_user(db, &user.id).await?,
        false => empty,
    };
    let can_reschedule = shown.view == View::Today && items.iter().any(|task| is_late(task, shown));
    let mut groups = groups(user, shown, items);
    let rows = groups.iter_mut().flat_map(|group| &mut group.tasks);
    name_projects(db, &user.id, rows.collect()).await?;
    Ok(ViewValues {
        title: definition.title.to_owned(),
        parent: None,
        choices: Vec::new(),
        search: None,
        new_task: new_task(shown),
        groups,
        shows_open: shown.view != View::Completed,
        can_reschedule,
        empty,
        next_url: next_url.transpose()?,
    })
}

/// Returns true if the due date of a task is before today. That of its deadline may be.
fn is_late(task: &Task, shown: &Shown) -> bool {
    task.due
        .is_some_and(|due| due.day_in(shown.zone) < shown.today)
}

/// Returns the form of a task that the view will contain.
fn new_task(shown: &Shown) -> Option<NewTask> {
    let (label, fields) = match shown.view {
        View::Inbox => ("New task", Vec::new()),
        View::Today => {
            let due = ["due_date".to_owned(), shown.today.to_string()];
            ("New task for today", vec![due])
        }
        View::Upcoming | View::Completed | View::All => return None,
    };
    Some(NewTask {
        label: label.to_owned(),
        fields,
    })
}

fn empty(view: View) -> Empty {
    let (title, text) = match view {
        View::Inbox => (
            "The Inbox is empty",
            "New tasks wait here until you move them to a project.",
        ),
        View::Today => (
            "Nothing due today",
            "Tasks appear here on the day on which they are due.",
        ),
        View::Upcoming => (
            "Nothing planned",
            "Tasks with a due date or a deadline after today appear here.",
        ),
        View::Completed => (
            "Nothing completed yet",
            "Tasks that you tick off are kept here.",
        ),
        View::All => ("Nothing to do", "Open tasks of all projects appear here."),
    };
    Empty { title, text }
}

/// The key by which consecutive tasks are in the same group.
#[derive(Clone, Copy, PartialEq)]
enum Key {
    All,
    Overdue,
    Day(Date),
}

fn groups(user: &User, shown: &Shown, tasks: Vec<Task>) -> Vec<Group> {
    let grouping = shown.view.definition().grouping;
    let key = |task: &Task| match shown.day(task) {
        None => Key::All,
        Some(day) if grouping == Grouping::Overdue && day < shown.today => Key::Overdue,
        Some(day) => Key::Day(day),
    };
    let mut groups: Vec<(Key, Group)> = Vec::new();
    for task in tasks {
        let key = key(&task);
        let row = Row::of(user, task);
        match groups.last_mut() {
            Some((last, group)) if *last == key => group.tasks.push(row),
            _ => {
                let heading = match key {
                    Key::All => None,
                    Key::Overdue => Some("Overdue".to_owned()),
                    Key::Day(day) => Some(heading(day, shown.today, user.preferences.date_order)),
                };
                let group = Group {
                    heading,
                    is_overdue: key == Key::Overdue,
                    tasks: vec![row],
                };
                groups.push((key, group));
            }
        }
    }
    groups.into_iter().map(|(_, group)| group).collect()
}
