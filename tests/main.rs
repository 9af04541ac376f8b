//! The black-box suites: each starts servers of its own and speaks to them over HTTP.

mod support;

mod access;
mod accounts;
mod browser;
mod cluster;
mod commands;
mod conditional;
mod config;
mod forms;
mod headers;
mod idempotency;
mod isolation;
mod keys;
mod markdown;
mod openapi;
mod outage;
mod paging;
mod pooler;
mod protocol;
mod readme;
mod refresh;
mod renewal;
mod schema;
mod sessions;
mod tasks;
mod tokens;
mod transfer;
mod validation;
