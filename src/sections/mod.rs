//! Sections, which divide a project. They are also the columns of a board.

pub mod api;
pub mod commands;
mod input;
mod model;
pub mod operations;
pub mod queries;

pub use input::{NewSection, Remaining, SectionFilter, SectionMove, SectionPatch, SectionTasks};
pub use model::{Section, SectionList};
