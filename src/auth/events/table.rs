//! The table of security events.

use super::Kind;
use crate::db::{Table, Timestamp, record};

record! {
    /// A row of `security_events`.
    pub struct EventRow in "security_events" key 1 {
        id: String,
        user_id: String,
        kind: Kind,
        address: String,
        user_agent: String,
        created_at: Timestamp,
    }
}

/// The table of security events.
pub const SECURITY_EVENTS: Table = EventRow::TABLE;
