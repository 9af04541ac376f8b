//! The table of accounts.

use crate::db::{Timestamp, record};

record! {
    /// The table of accounts.
    pub USERS in "users" key 1 {
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
