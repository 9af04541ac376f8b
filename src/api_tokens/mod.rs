//! Personal API tokens: named, scoped and expiring credentials for scripts and programs.

pub mod api;
mod model;
pub mod pages;
pub mod service;

pub use model::{ApiToken, ApiTokenList, NewApiToken};
