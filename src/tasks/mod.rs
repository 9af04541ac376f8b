//! Tasks: list, create, read, update, delete, toggle.

pub mod api;
pub mod commands;
pub mod cursor;
pub mod kept;
mod list_cache;
mod model;
pub mod pages;
pub mod queries;

pub use list_cache::{Format, ListCache};
pub use model::{NewTask, Sort, Status, Task, TaskFilter, TaskPage, TaskPatch};
