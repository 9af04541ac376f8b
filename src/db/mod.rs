//! The database: connections, transactions, and the differences between engines.

pub(crate) mod batcher;
mod checkpoint;
mod connection;
mod doorbell;
mod engine;
mod expiry;
pub(crate) mod failure;
mod file;
mod fold;
mod group;
mod handle;
mod migrations;
mod pool;
mod preferences;
mod record;
mod rows;
mod scan;
pub mod schema;
mod set;
mod share;
mod sql;
mod sqlite;
mod words;

pub use crate::timestamp::Timestamp;
pub use connection::{Reader, Transaction};
pub use doorbell::Doorbell;
pub use engine::{Engine, sqlite_file};
pub use expiry::delete_before;
pub use failure::{is_deadlock, is_unique_violation};
pub use fold::{fold, push_search_key, search_key, sort_key};
pub use pool::{Address, Db, Pool};
pub use record::{Column, Kind, Table};
pub(crate) use record::{record, row};
pub use rows::{FromColumns, Size};
pub use scan::{FIRST_ROWS, SCAN_TIME, Scan, next_rows};
pub use set::Row;
pub use share::Lookup;
pub(crate) use sql::next_field;
pub use sql::{Bind, Scalar, Sql, Value};
pub use words::Words;

use std::sync::Mutex;

use uuid::ContextV7;

/// Returns a new identifier: a UUID version 7 (RFC 9562), so that rows created together are stored
/// together.
pub fn new_id() -> String {
    uuid::Uuid::now_v7().to_string()
}

/// Returns a new identifier for an instant. Within a process, identifiers of the same instant
/// ascend.
pub fn new_id_at(instant: Timestamp) -> String {
    static CONTEXT: Mutex<ContextV7> = Mutex::new(ContextV7::new());
    let seconds = u64::try_from(instant.unix_seconds()).unwrap_or_default();
    let nanoseconds = u32::try_from(instant.0.rem_euclid(1_000_000) * 1_000).unwrap_or_default();
    let timestamp = uuid::Timestamp::from_unix(&CONTEXT, seconds, nanoseconds);
    uuid::Uuid::new_v7(timestamp).to_string()
}

/// Returns the least identifier of an instant.
pub fn id_at(instant: Timestamp) -> String {
    let milliseconds = u64::try_from(instant.0.div_euclid(1_000)).unwrap_or_default();
    uuid::Builder::from_unix_timestamp_millis(milliseconds, &[0; 10])
        .into_uuid()
        .to_string()
}
