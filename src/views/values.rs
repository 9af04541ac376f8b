//! The template values of pages of views.

use serde::Serialize;

use crate::tasks::Search;
use crate::tasks::arrange::Listed;
use crate::trash::TrashedItem;

/// The template of all pages of views.
pub(super) const TEMPLATE: &str = "views/show";

/// The template values of a page.
#[derive(Serialize)]
pub(super) struct ViewValues {
    pub title: String,
    /// The page that contains this one.
    pub parent: Option<Link>,
    pub search: Option<Search>,
    pub new_task: Option<NewTask>,
    #[serde(flatten)]
    pub list: Listed,
    /// True if a button sets the due dates of overdue tasks to today.
    pub can_reschedule: bool,
    /// Deleted items that match a search.
    pub deleted: Vec<TrashedItem>,
}

/// A link to a page.
#[derive(Serialize)]
pub(super) struct Link {
    pub name: String,
    pub url: String,
}

/// The form of a new task.
#[derive(Serialize)]
pub(super) struct NewTask {
    /// The label of the form.
    pub label: String,
    /// Hidden fields.
    pub fields: Vec<[String; 2]>,
}
