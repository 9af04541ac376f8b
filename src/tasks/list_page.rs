//! The values of the page of a list.

use std::collections::HashMap;

use serde::Serialize;
use serde_json::{Value, json};

use super::kept::LIST;
use super::{Selection, Sort, Status, Task, TaskFilter, TaskPage, queries};
use crate::auth::User;
use crate::db::{Db, Timestamp};
use crate::error::Error;
use crate::filter_language;
use crate::items::Colour;
use crate::projects::Project;
use crate::ui::progress;
use crate::when::{Near, Nearness};
use crate::{projects, sections};

/// A task in a list.
#[derive(Serialize)]
pub struct Row {
    #[serde(flatten)]
    task: Task,
    due_text: Option<String>,
    /// The due date on the clock of the user, in the form of the HTML element `time`.
    due_local: Option<String>,
    /// True if the task repeats.
    repeats: bool,
    /// The series in words. `None` if there are none for it.
    recurrence_text: Option<String>,
    /// The due date of a task that repeats, for the form that completes this date and no other.
    due_key: Option<String>,
    due_state: Option<Nearness>,
    deadline_text: Option<String>,
    deadline_state: Option<Nearness>,
    completed_text: Option<String>,
    /// The items of lists in the notes that are done, of all: `2/7`.
    to_do: Option<String>,
    /// The project, in a list of several projects.
    project: Option<RowProject>,
    /// The number of open subtasks, where rows show it.
    pub open_subtasks: i64,
    /// The ids of the tasks above and below it, in a list in manual order.
    above: Option<String>,
    below: Option<String>,
}

/// The project of a row.
#[derive(Clone, Serialize)]
struct RowProject {
    name: String,
    colour: Colour,
}

impl Row {
    /// Returns the id of the task.
    pub fn id(&self) -> &str {
        &self.task.id
    }

    /// Returns the row of a task for a user.
    pub fn of(user: &User, task: Task) -> Row {
        let preferences = &user.preferences;
        let now = Timestamp::now();
        let due = task.due.as_ref().map(|due| preferences.near(due, now));
        let deadline = task.deadline.map(|date| preferences.near_date(date, now));
        let completed = task.completed_at.as_ref();
        let split = |near: Option<Near>| match near {
            Some(near) => (Some(near.text), Some(near.state)),
            None => (None, None),
        };
        let due_local = task.due.as_ref().map(|due| match preferences.local(due) {
            (date, None) => date.to_string(),
            (date, Some(time)) => format!("{date}T{time}"),
        });
        let (due_text, due_state) = split(due);
        let (deadline_text, deadline_state) = split(deadline);
        let series = task.recurrence.as_ref();
        let key = task.due.filter(|_| series.is_some());
        Row {
            repeats: series.is_some(),
            recurrence_text: series.and_then(|series| series.text.clone()),
            due_key: key.map(|due| due.to_columns().0),
            completed_text: completed.map(|at| preferences.near_instant(*at, now)),
            to_do: progress(&task.description).map(|(done, all)| format!("{done}/{all}")),
            task,
            due_local,
            due_text,
            due_state,
            deadline_text,
            deadline_state,
            project: None,
            open_subtasks: 0,
            above: None,
            below: None,
        }
    }
}

/// Returns the rows of tasks for a user.
pub fn rows(user: &User, tasks: Vec<Task>) -> Vec<Row> {
    let rows = tasks.into_iter().map(|task| Row::of(user, task));
    rows.collect()
}

/// Adds their projects to rows. The Inbox and archived projects are left out.
///
/// # Errors
/// [`Error::Database`].
pub async fn name_projects(db: &Db, user_id: &str, rows: Vec<&mut Row>) -> Result<(), Error> {
    if rows.is_empty() {
        return Ok(());
    }
    let projects = projects::queries::in_use(db, user_id).await?.into_iter();
    let projects = projects.filter(|project| !project.inbox).map(|project| {
        let Project {
            id, name, colour, ..
        } = project;
        (id, RowProject { name, colour })
    });
    let projects: HashMap<String, RowProject> = projects.collect();
    for row in rows {
        row.project = projects.get(&row.task.project_id).cloned();
    }
    Ok(())
}

/// Returns the rows of tasks in manual order, each of which can move up or down.
pub fn movable_rows(user: &User, tasks: Vec<Task>) -> Vec<Row> {
    let ids: Vec<String> = tasks.iter().map(|task| task.id.clone()).collect();
    let mut rows = rows(user, tasks);
    for (place, row) in rows.iter_mut().enumerate() {
        row.above = place.checked_sub(1).map(|above| ids[above].clone());
        row.below = ids.get(place + 1).cloned();
    }
    rows
}

/// The template values of the list.
#[derive(Serialize)]
pub(super) struct ListValues {
    tasks: Vec<Row>,
    filter: Value,
    /// The project or the label that the list is about. Empty if it is about neither.
    place: Value,
    next_url: Option<String>,
    pub form: Value,
    errors: Value,
}

/// Returns the selection of the list. Without a status in the filter, it contains open tasks, and a search all of them. A
/// search for what is an expression of the filter language is that filter.
///
/// # Errors
/// [`Error::Invalid`] if the filter breaks a rule.
pub fn list_selection(user: &User, mut filter: TaskFilter) -> Result<Selection, Error> {
    let text = filter.q.as_deref().unwrap_or_default();
    if filter.filter.is_none() && filter_language::parse(text).is_ok() {
        filter.filter = filter.q.take();
    }
    let text = filter.q.as_deref().unwrap_or_default();
    let usual = match text.trim().is_empty() {
        true => Status::Open,
        // A search finds completed tasks, too, and marks them.
        false => Status::All,
    };
    filter.status.get_or_insert(usual);
    Selection::new(user, filter, Timestamp::now())
}

/// Returns the syntax error of a search that seems to be a filter.
pub fn mistake(text: &str) -> Option<String> {
    let has_operators = text.contains(['&', '|', '=', '<', '>', '#', '@', '!', '(', ':']);
    let error = filter_language::parse(text).err()?;
    has_operators.then_some(error.message)
}

/// Reads the list.
///
/// # Errors
/// [`Error::NotFound`] if the user has no access to the project of the filter.
pub(super) async fn list_values(
    db: &Db,
    user: &User,
    selection: &Selection,
) -> Result<ListValues, Error> {
    let filter = &selection.filter;
    let place = place_of(db, user, filter).await?;
    let TaskPage { items, next_cursor } = queries::select(db, &user.id, selection).await?;
    let next_url = next_cursor.map(|cursor| {
        let next = TaskFilter {
            cursor: Some(cursor),
            q: filter.q.clone().filter(|text| !text.is_empty()),
            ..filter.clone()
        };
        url(&next)
    });
    let search = filter.q.as_ref().or(filter.filter.as_ref());
    let search = search.map(String::as_str).unwrap_or_default();
    let mut tasks = rows(user, items);
    if filter.project.is_none() {
        name_projects(db, &user.id, tasks.iter_mut().collect()).await?;
    }
    Ok(ListValues {
        tasks,
        place,
        filter: json!({
            "status": filter.status,
            "q": search,
            "sort": filter.sort,
            "is_expression": filter.filter.is_some(),
            "mistake": filter.q.as_deref().and_then(mistake),
        }),
        next_url: next_url.transpose()?,
        form: json!({}),
        errors: json!({}),
    })
}

/// The part of a filter that selects a place.
#[derive(Serialize)]
struct Place<'f> {
    project: Option<&'f str>,
    section: Option<&'f str>,
    label: Option<&'f str>,
}

/// Returns the project with its section, or the label, of a filter.
async fn place_of(db: &Db, user: &User, filter: &TaskFilter) -> Result<Value, Error> {
    let mut place = Place {
        project: filter.project.as_deref(),
        section: None,
        label: None,
    };
    let mut values = json!({});
    if let Some(id) = place.project {
        values["project"] = json!(projects::queries::read(db, &user.id, id).await?);
        place.section = filter.section.as_deref();
        if let Some(id) = place.section {
            values["section"] = json!(sections::queries::read(db, &user.id, id).await?);
        }
    } else if let Some(label) = filter.label.as_deref() {
        values["label"] = json!(label);
        place.label = Some(label);
    } else {
        return Ok(values);
    }
    values["query"] = json!(format!("&{}", query(&place)?));
    let own = TaskFilter {
        status: Some(Status::Open),
        q: None,
        cursor: None,
        sort: Sort::Position,
        ..filter.clone()
    };
    values["url"] = json!(url(&own)?);
    Ok(values)
}

fn query(parameters: &impl Serialize) -> Result<String, Error> {
    serde_html_form::to_string(parameters)
        .map_err(|error| Error::Internal(format!("a link cannot be written: {error}")))
}

/// Returns the path of the page of a list.
fn url(filter: &TaskFilter) -> Result<String, Error> {
    Ok(format!("{LIST}?{}", query(filter)?))
}
