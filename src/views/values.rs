//! The template values of pages of views.

use serde::Serialize;

use crate::db::Pool;
use crate::error::Error;
use crate::tasks::{Row, Status, TaskFilter, queries};

/// The template of all pages of views.
pub(super) const TEMPLATE: &str = "views/show";

/// The template values of a page.
#[derive(Serialize)]
pub(super) struct ViewValues {
    pub title: String,
    /// The page that contains this one.
    pub parent: Option<Link>,
    /// Lists of the same place with tasks in other states.
    pub choices: Vec<Link>,
    pub search: Option<Search>,
    pub new_task: Option<NewTask>,
    pub groups: Vec<Group>,
    /// True if completed tasks do not belong to the list.
    pub shows_open: bool,
    /// True if a button sets the due dates of overdue tasks to today.
    pub can_reschedule: bool,
    pub empty: Empty,
    pub next_url: Option<String>,
}

/// A link to a page.
#[derive(Serialize)]
pub(super) struct Link {
    pub name: String,
    pub url: String,
    /// True if it is the page that is shown.
    pub is_current: bool,
}

/// Tasks below a heading.
#[derive(Serialize)]
pub(super) struct Group {
    /// `None` for tasks without one.
    pub heading: Option<String>,
    /// True for the days before today.
    pub is_overdue: bool,
    pub tasks: Vec<Row>,
}

/// The fields of a form.
pub(super) type Fields = Vec<[String; 2]>;

/// The form of a new task.
#[derive(Serialize)]
pub(super) struct NewTask {
    /// The label of the form.
    pub label: String,
    /// Hidden fields.
    pub fields: Fields,
}

/// The form of a search.
#[derive(Serialize)]
pub(super) struct Search {
    pub text: String,
    pub status: Option<Status>,
    /// True if the text is an expression of the filter language.
    pub is_expression: bool,
    /// The error of a text that seems to be an expression.
    pub mistake: Option<String>,
}

/// The text of a page without tasks.
#[derive(Clone, Copy, Serialize)]
pub(super) struct Empty {
    pub title: &'static str,
    pub text: &'static str,
}

/// The text for an account without any tasks.
const NO_TASKS: Empty = Empty {
    title: "No tasks yet",
    text: "A new task goes to the Inbox, unless you choose a project for it.",
};

impl Empty {
    /// Returns the text, or another one if the user has no tasks at all.
    ///
    /// # Errors
    /// [`Error::Database`].
    pub async fn of_user(self, pool: &Pool, user_id: &str) -> Result<Empty, Error> {
        let any = TaskFilter {
            limit: Some(1),
            ..TaskFilter::default()
        };
        let found = queries::list(pool, user_id, &any).await?.items;
        Ok(if found.is_empty() { NO_TASKS } else { self })
    }
}

/// Returns a path with a query.
///
/// # Errors
/// [`Error::Internal`].
pub(super) fn url(path: &str, query: &impl Serialize) -> Result<String, Error> {
    let query = serde_html_form::to_string(query)
        .map_err(|error| Error::Internal(format!("a link cannot be written: {error}")))?;
    Ok(match query.is_empty() {
        true => path.to_owned(),
        false => format!("{path}?{query}"),
    })
}
