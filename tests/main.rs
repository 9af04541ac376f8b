//! The black-box suites: each starts servers of its own and speaks to them over HTTP.

mod support;

mod access;
mod accounts;
mod api_tokens;
mod browser;
mod cluster;
mod commands;
mod conditional;
mod config;
mod connections;
mod events;
mod faults;
mod forms;
mod headers;
mod idempotency;
mod isolation;
mod limits;
mod logs;
mod openapi;
mod outage;
mod paging;
mod pooler;
mod properties;
mod protocol;
mod readme;
mod refresh;
mod renewal;
mod schema;
mod scopes;
mod sessions;
mod tasks;
mod tokens;
mod transfer;
mod validation;
