//! Docket, a self-hosted task manager. `docs/architecture.md` explains the modules and their order;
//! `main.rs` contains the command line.

#![forbid(unsafe_code)]

pub mod access;
pub mod accounts;
pub mod api;
pub mod api_tokens;
pub mod appearance;
pub mod auth;
pub mod batch;
pub mod bulk;
pub mod calendar;
mod choice;
pub mod config;
pub mod console;
pub mod counts;
pub mod db;
pub mod error;
pub mod events;
pub mod filter_language;
pub mod filters;
#[cfg(fuzzing)]
pub mod fuzzing;
pub mod history;
pub mod http;
mod idempotency;
pub mod items;
mod jobs;
mod keys;
pub mod labels;
pub mod limits;
mod listener;
pub mod live;
pub mod locale;
pub mod log;
pub mod navigation;
pub mod openapi;
pub mod outline;
pub mod palette;
mod platform;
pub mod position;
pub mod projects;
pub mod quick_add;
pub mod quick_tasks;
pub mod rendered;
pub mod sections;
mod server;
mod slots;
pub mod tasks;
mod timestamp;
pub mod transfer;
pub mod trash;
pub mod ui;
pub mod views;
pub mod when;
pub mod work;

pub use server::{executor, make_data_dir, open_database, serve};
