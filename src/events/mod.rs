//! Security events: what happened to an account, from where, for its user to see.

pub mod api;
mod model;
pub mod pages;
pub mod service;

pub use model::{Event, EventFilter, EventPage, Kind};
