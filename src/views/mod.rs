//! Views: lists of the tasks of all projects that answer a question, such as what to do today. A
//! view is a filter, an order and groups; [`DEFINITIONS`](definition::DEFINITIONS) has all of them.

pub mod api;
pub mod definition;
mod groups;
mod list;

pub use list::ViewPage;
