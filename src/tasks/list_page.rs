//! The values of the page of a list.

use garde::Validate;
use serde::Serialize;
use serde_json::{Value, json};

use super::kept::LIST;
use super::{Sort, Status, Task, TaskFilter, TaskPage, queries};
use crate::auth::User;
use crate::db::Db;
use crate::error::Error;
use crate::projects;

/// A task in a list.
#[derive(Serialize)]
pub struct Row {
    #[serde(flatten)]
    task: Task,
    /// The due date as the user writes dates.
    due_text: Option<String>,
}

impl Row {
    /// Returns the row of a task for a user.
    pub fn of(user: &User, task: Task) -> Row {
        let due = task.due.as_ref();
        let due_text = due.map(|due| user.preferences.format(due));
        Row { task, due_text }
    }
}

/// Returns the rows of tasks for a user.
pub fn rows(user: &User, tasks: Vec<Task>) -> Vec<Row> {
    let rows = tasks.into_iter().map(|task| Row::of(user, task));
    rows.collect()
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

/// Reads the list. Without a status in the filter, it contains open tasks.
///
/// # Errors
/// [`Error::NotFound`] if the user has no access to the project of the filter.
pub(super) async fn list_values(
    db: &Db,
    user: &User,
    mut filter: TaskFilter,
) -> Result<ListValues, Error> {
    filter.validate()?;
    let status = *filter.status.get_or_insert(Status::Open);
    let place = place_of(db, user, &filter).await?;
    let TaskPage { items, next_cursor } = queries::list(db, &user.id, &filter).await?;
    let next_url = next_cursor
        .map(|cursor| Parameters::of(&filter, status, Some(&cursor)).url())
        .transpose()?;
    Ok(ListValues {
        tasks: rows(user, items),
        place,
        filter: json!({ "status": status, "q": filter.q.unwrap_or_default(), "sort": filter.sort }),
        next_url,
        form: json!({}),
        errors: json!({}),
    })
}

/// Returns the project or the label of a filter.
async fn place_of(db: &Db, user: &User, filter: &TaskFilter) -> Result<Value, Error> {
    let own = TaskFilter {
        q: None,
        sort: Sort::Position,
        ..filter.clone()
    };
    let url = Parameters::of(&own, Status::Open, None).url()?;
    if let Some(id) = &filter.project {
        let project = projects::queries::read(db, &user.id, id).await?;
        let query = format!("&project={id}");
        return Ok(json!({ "project": project, "query": query, "url": url }));
    }
    if let Some(label) = &filter.label {
        let query = Parameters {
            label: Some(label),
            ..Parameters::default()
        };
        let query = format!("&{}", query.query()?);
        return Ok(json!({ "label": label, "query": query, "url": url }));
    }
    Ok(json!({}))
}

/// The parameters of a link to a list.
#[derive(Default, Serialize)]
struct Parameters<'f> {
    status: Option<Status>,
    project: Option<&'f str>,
    label: Option<&'f str>,
    q: Option<&'f str>,
    sort: Option<Sort>,
    cursor: Option<&'f str>,
}

impl<'f> Parameters<'f> {
    fn of(filter: &'f TaskFilter, status: Status, cursor: Option<&'f str>) -> Parameters<'f> {
        Parameters {
            status: Some(status),
            project: filter.project.as_deref(),
            label: filter.label.as_deref(),
            q: filter.q.as_deref().filter(|text| !text.is_empty()),
            sort: Some(filter.sort),
            cursor,
        }
    }

    fn query(&self) -> Result<String, Error> {
        serde_html_form::to_string(self)
            .map_err(|error| Error::Internal(format!("a link cannot be written: {error}")))
    }

    fn url(&self) -> Result<String, Error> {
        Ok(format!("{LIST}?{}", self.query()?))
    }
}
