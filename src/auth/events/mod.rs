//! Security events: the history of an account's sign-ins and credentials, visible to its user.

mod model;
pub mod service;
mod table;

pub use model::{Event, EventFilter, EventPage, Kind};
pub use table::SECURITY_EVENTS;
