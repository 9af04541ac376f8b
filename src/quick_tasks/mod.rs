//! Quick add of tasks: lines of text become tasks, in the projects and with the labels that they
//! name. [`quick_add`](crate::quick_add) has the meaning of a line, and knows none of them.

pub mod api;
mod command;
mod forms;
mod input;
pub mod kept;
mod meaning;
pub mod pages;
mod places;
mod plan;
mod preview;
