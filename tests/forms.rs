//! The pages and forms as a browser without JavaScript uses them, and the fragments that htmx asks
//! for instead.

mod accounts;
mod activity;
mod errors;
mod in_place;
mod kept;
mod settings;
mod tasks;
mod tokens;
pub mod visitor;
