//! Saved filters: views of tasks that a user has given a name.

pub mod api;
pub mod commands;
mod counting;
mod input;
pub mod kept;
mod model;
pub mod operations;
pub mod pages;
pub mod queries;
mod show;

pub use counting::{Counting, Favourite, favourites};
pub use input::{FilterMove, FilterPatch, FilterTasks, NewFilter};
pub use model::{Filter, FilterList};
