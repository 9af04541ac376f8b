//! Tasks: list, create, read, update, delete, toggle.

pub mod api;
pub mod arrange;
pub mod commands;
pub mod cursor;
mod day_cursor;
mod detail;
mod fields;
mod filter;
mod forms;
mod input;
pub mod kept;
mod list_page;
mod model;
pub mod operations;
pub mod pages;
mod place_pages;
pub mod queries;
mod selection;
pub mod series_api;
mod series_pages;
mod task_pages;

pub use crate::items::{Grouping, Sort};
pub use day_cursor::DayCursor;
pub use filter::{SortColumn, Status, TaskFilter};
pub use input::{NO_PRIORITY, NewTask, TaskMove, TaskPatch};
pub use list_page::{OFFER, Row, Search, list_selection, movable_rows, name_rows, rows, sorted_by};
pub use model::{Task, TaskPage};
pub use place_pages::Choice;
pub use selection::{Format, Selection};
