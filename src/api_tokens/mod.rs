//! Personal API tokens: what programs sign in with, each with a name, scopes and an end.

pub mod api;
mod model;
pub mod pages;
pub mod service;

pub use model::{ApiToken, ApiTokenList, NewApiToken};
