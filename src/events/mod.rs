//! Security events: what happened to an account, from where, for its user to see.

pub mod api;
mod model;
pub mod pages;
pub mod service;
mod table;

pub use model::{Event, EventFilter, EventPage, Kind};
pub use table::SECURITY_EVENTS;
