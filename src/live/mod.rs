//! Notices of changes, for clients that wait for them. Each transaction that changes projects adds a
//! row with its notices, so that every node learns of it. The hub of a node knows the projects of each
//! open stream and wakes only the streams that a notice concerns.

mod hub;
mod notice;
mod position;
mod state;
mod watch;

pub use hub::{Credential, Event, Hub, Subscription};
pub use notice::{Notice, delete_old, record};
pub use watch::watch;
