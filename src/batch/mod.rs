//! Batches: several commands in one request.

pub mod api;
mod parse;

pub use parse::Operations;
