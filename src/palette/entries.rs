//! The entries of the palette.

use serde::Serialize;

use crate::auth::User;
use crate::db::Pool;
use crate::error::Error;
use crate::http::encoded;
use crate::items::Colour;
use crate::locale::key;
use crate::tasks::{Task, TaskFilter, list_selection, queries};
use crate::{filters, labels, projects};

/// Maximum number of tasks that a search shows.
const MOST_TASKS: u32 = 8;

/// Pages of their own: message with the name, path and icon.
const PAGES: [(&str, &str, &str); 15] = [
    (key!("nav-inbox"), "/inbox", "inbox"),
    (key!("nav-today"), "/today", "today"),
    (key!("nav-upcoming"), "/upcoming", "upcoming"),
    (key!("nav-all-tasks"), "/tasks", "list"),
    (key!("nav-completed"), "/completed", "done"),
    (key!("nav-add-tasks"), "/tasks/new", "plus"),
    (key!("nav-projects"), "/projects", "list"),
    (key!("nav-add-project"), "/projects#new-project", "plus"),
    (key!("nav-labels"), "/labels", "label"),
    (key!("nav-filters"), "/filters", "filter"),
    (key!("nav-add-filter"), "/filters/new", "plus"),
    (key!("nav-trash"), "/trash", "trash"),
    (key!("nav-settings"), "/settings", "settings"),
    (key!("nav-shortcuts"), "/shortcuts", "keyboard"),
    (key!("nav-reference"), "/api/docs", "code"),
];

/// A page that the palette opens.
#[derive(Debug, Serialize)]
pub(super) struct Entry {
    name: String,
    path: String,
    /// The kind, in words. Empty for pages of their own.
    kind: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    icon: Option<&'static str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    colour: Option<Colour>,
}

/// Returns all entries of a user but the tasks.
///
/// # Errors
/// [`Error::Database`].
pub(super) async fn entries(pool: &Pool, user: &User) -> Result<Vec<Entry>, Error> {
    let language = user.language();
    let pages = PAGES.map(|(name, path, icon)| Entry {
        name: language.text(name),
        path: path.to_owned(),
        kind: String::new(),
        icon: Some(icon),
        colour: None,
    });
    let of = |kind: &str, name: String, path: String, colour| Entry {
        name,
        path,
        kind: language.text(kind),
        icon: None,
        colour: Some(colour),
    };
    let mut entries = Vec::from(pages);
    let projects = projects::queries::in_use(pool, &user.id).await?.into_iter();
    let projects = projects.filter(|project| !project.inbox);
    entries.extend(projects.map(|project| {
        let path = format!("/projects/{}", project.id);
        of(key!("field-project"), project.name, path, project.colour)
    }));
    let filters = filters::queries::list(pool, &user.id).await?.into_iter();
    entries.extend(filters.map(|filter| {
        let path = format!("/filters/{}", filter.id);
        of(key!("field-filter"), filter.name, path, filter.colour)
    }));
    let labels = labels::queries::list(pool, &user.id)
        .await?
        .items
        .into_iter();
    entries.extend(labels.map(|label| {
        let path = format!("/labels/{}", encoded(&label.name));
        of(key!("field-label"), label.name, path, label.colour)
    }));
    Ok(entries)
}

/// Returns the first tasks that a search finds.
///
/// # Errors
/// [`Error::Invalid`] if the text is too long.
pub(super) async fn tasks(pool: &Pool, user: &User, text: String) -> Result<Vec<Entry>, Error> {
    let filter = TaskFilter {
        q: Some(text),
        limit: Some(MOST_TASKS),
        ..TaskFilter::default()
    };
    let selection = list_selection(user, filter)?;
    let found = queries::select(pool, &user.id, &selection).await?;
    let language = user.language();
    let entry = |task: Task| Entry {
        name: task.title,
        path: format!("/tasks/{}", task.id),
        kind: language.text(match task.completed {
            true => key!("field-done"),
            false => key!("task-pane"),
        }),
        icon: Some("check"),
        colour: None,
    };
    Ok(found.items.into_iter().map(entry).collect())
}
