//! The table of sessions.

use crate::db::{Table, Timestamp, record};

record! {
    /// A row of `sessions`.
    pub struct SessionRow in "sessions" key 1 {
        id: String,
        user_id: String,
        user_agent: String,
        address: String,
        created_at: Timestamp,
        last_seen_at: Timestamp,
        expires_at: Timestamp,
        refresh_generation: i64,
        refresh_hash: String,
        refresh_key: String,
    }
}

/// The table of sessions.
pub const SESSIONS: Table = SessionRow::TABLE;
