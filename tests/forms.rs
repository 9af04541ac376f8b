//! Pages and forms as used by a browser without JavaScript, and the fragments requested by htmx.

mod accounts;
mod activity;
mod bulk;
mod detail;
mod dues;
mod errors;
mod filters;
mod first_steps;
mod in_place;
mod kept;
mod organise;
mod outline;
mod quick;
mod repeat;
mod settings;
mod tasks;
mod tokens;
pub mod visitor;
mod waiting;
