//! The table of accounts.

use crate::db::{Table, Timestamp, record};

record! {
    /// A row of `users`.
    pub struct UserRow in "users" key 1 {
        id: String,
        email: String,
        email_folded: String,
        display_name: String,
        password_hash: String,
        disabled: bool,
        created_at: Timestamp,
        updated_at: Timestamp,
    }
}

/// The table of accounts.
pub const USERS: Table = UserRow::TABLE;
