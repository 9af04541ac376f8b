//! Views: lists of tasks that answer a question, such as what to do today. A view is a filter, an
//! order and groups; [`DEFINITIONS`](definition::DEFINITIONS) has those of all projects. The pages
//! of a label, of a section and of a search look like those of views.

pub mod api;
pub mod definition;
mod groups;
mod list;
mod menu;
pub mod pages;
mod place_pages;
mod reschedule;
mod values;

pub use list::ViewPage;
