//! Personal API tokens: what programs sign in with, each with a name, scopes and an end.

pub mod api;
mod model;
pub mod pages;
pub mod service;
mod table;

pub use model::{ApiToken, ApiTokenList, NewApiToken};
pub use table::API_TOKENS;
