//! The table of API tokens.

use crate::db::{Timestamp, record};

record! {
    /// The table of API tokens.
    pub API_TOKENS in "api_tokens" key 1 {
        id: String,
        user_id: String,
        name: String,
        hash: String,
        scopes: String,
        created_at: Timestamp,
        expires_at: Option<Timestamp>,
        last_used_at: Option<Timestamp>,
    }
}
