//! The trash: deleted items of every type.

pub mod api;
mod model;
pub mod pages;
pub mod queries;

pub use model::{TrashFilter, TrashPage, TrashedItem};
