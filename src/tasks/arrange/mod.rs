//! The arrangement of a list on its page: layout, groups, order and state, and the menu that
//! changes them.
//!
//! A page is a part of the list in its order. Groups divide the tasks of the page and keep that
//! order within each; the next page continues them.

mod choices;
mod empty;
mod groups;
mod menu;
mod query;

pub use choices::{Choices, MenuForm};
pub use empty::{Empty, NOTHING_DONE};
pub use groups::{GroupSource, TaskGroup, day_heading};
pub use menu::{Offer, SORTS, STATUSES, ViewMenu};
pub use query::{Arranged, Arrangement};

use serde::Serialize;

use super::Status;
use crate::projects::View as Layout;

/// The template values of a list and its menu.
#[derive(Serialize)]
pub struct Listed {
    /// The menu that changes the arrangement.
    pub menu: ViewMenu,
    /// The layout.
    pub layout: Layout,
    /// The tasks of the page.
    pub groups: Vec<TaskGroup>,
    /// The state of the tasks.
    pub shows: Status,
    /// True if the page contains the beginning of the list, to which a new task can be added in
    /// place.
    pub in_place: bool,
    /// Number of tasks of the page.
    pub found: usize,
    /// The text of a page without tasks.
    pub empty: Empty,
    /// The first page, if this is another one.
    pub first_url: Option<String>,
    /// The next page.
    pub next_url: Option<String>,
}
