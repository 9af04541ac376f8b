//! Labels: names that a user gives to tasks in any project.

pub mod api;
pub mod commands;
mod input;
pub mod kept;
mod model;
pub mod operations;
pub mod pages;
pub mod queries;

pub use input::{LabelMerge, LabelMove, LabelPatch, NewLabel};
pub use model::{Label, LabelList, Tags};
