//! Undo, activity and synchronisation, for items of every type.

mod activity;
pub mod api;
mod position;
mod sync;
mod token;

pub use activity::{Activity, ActivityFilter, ActivityPage};
pub use sync::{ChangeFilter, ChangePage};
