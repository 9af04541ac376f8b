//! The table of security events.

use crate::db::{Timestamp, record};

record! {
    /// The table of security events.
    pub SECURITY_EVENTS in "security_events" key 1 {
        id: String,
        user_id: String,
        kind: String,
        address: String,
        user_agent: String,
        created_at: Timestamp,
    }
}
