//! The trash: deleted items of every type.

pub mod api;
mod model;
pub mod pages;
pub mod queries;
mod search;

pub use model::{TrashFilter, TrashPage, TrashedItem};
