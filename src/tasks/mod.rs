//! Tasks: list, create, read, update, delete, toggle.

pub mod api;
pub mod cursor;
mod lists;
mod model;
pub mod pages;
pub mod service;

pub use lists::{Face, Lists};
pub use model::{NewTask, Sort, Status, Task, TaskFilter, TaskPage, TaskPatch};
