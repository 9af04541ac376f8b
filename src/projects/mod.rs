//! Projects, which contain the tasks and form a tree.

pub mod api;
pub mod commands;
mod forms;
mod input;
pub mod kept;
mod model;
pub mod operations;
pub mod pages;
pub mod queries;
mod tree;

pub use input::{NewProject, ProjectFilter, ProjectMove, ProjectPatch};
pub use model::{MemberRole, Project, ProjectPage, USUAL_GROUPS, USUAL_ORDER, View};
pub use tree::levels;
