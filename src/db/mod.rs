//! The database: connections, transactions, and what differs between the engines.

mod connection;
mod engine;
mod expiry;
pub(crate) mod failure;
mod file;
mod fold;
mod group;
mod handle;
mod idempotency;
mod migrations;
mod packed;
mod pool;
mod scan;
pub mod schema;
mod sqlite;
mod timestamp;

pub use connection::{Reader, Transaction};
pub use engine::{Engine, sqlite_file};
pub use expiry::delete_before;
pub use fold::{fold, sort_key};
pub use idempotency::{Claim, IdempotencyKey, claim, delete_expired_keys, remember};
pub use packed::{Value, fetch_packed, fetch_together};
pub use pool::{Address, Db, Pool};
pub use scan::Scan;
pub use timestamp::Timestamp;

/// A new identifier: UUID version 7 (RFC 9562), so that rows of one time lie together.
pub fn new_id() -> String {
    uuid::Uuid::now_v7().to_string()
}
