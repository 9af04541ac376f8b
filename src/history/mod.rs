//! Undo, activity and synchronisation, for items of every type.

mod activity;
pub mod api;
pub mod events;
mod model;
pub mod pages;
mod position;
mod sentences;
mod sync;
mod token;
mod versions;

pub use model::{Activity, ActivityFilter, ActivityPage, ChangeFilter, ChangePage};
