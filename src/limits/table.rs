//! The table of rate limits.

use crate::db::{Table, Timestamp, record};

record! {
    /// A row of `rate_limits`.
    pub struct RateLimitRow in "rate_limits" key 1 {
        id: String,
        whole_at: Timestamp,
    }
}

/// The table of rate limits. It is about a deployment, and left out of backups.
pub const RATE_LIMITS: Table = RateLimitRow::TABLE;
