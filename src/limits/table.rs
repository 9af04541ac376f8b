//! The table of rate limits.

use crate::db::{Timestamp, record};

record! {
    /// The table of rate limits. It is about a deployment, and left out of backups.
    pub RATE_LIMITS in "rate_limits" key 1 {
        id: String,
        whole_at: Timestamp,
    }
}
