//! The table of API tokens.

use crate::db::{Table, Timestamp, record};

record! {
    /// A row of `api_tokens`.
    pub struct TokenRow in "api_tokens" key 1 {
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

/// The table of API tokens.
pub const API_TOKENS: Table = TokenRow::TABLE;
