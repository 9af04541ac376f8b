//! Personal API tokens: named, scoped and expiring credentials for scripts and programs.

pub mod api;
mod model;
pub mod pages;
pub mod service;
mod table;

pub use model::{ApiToken, ApiTokenList, NewApiToken};
pub use table::API_TOKENS;
