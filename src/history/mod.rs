//! Undo and synchronisation, for items of every type.

pub mod api;
mod sync;
mod token;

pub use sync::{ChangeFilter, ChangePage};
