//! The table of accounts.

use crate::appearance::{Density, LanguageChoice, Suggestions, Theme};
use crate::db::{Table, Timestamp, record};
use crate::when::words::Style;
use crate::when::{Clock, DateOrder, WeekStart, Zone};

record! {
    /// A row of `users`.
    pub struct UserRow in "users" key 1 {
        id: String,
        email: String,
        email_folded: String,
        display_name: String,
        time_zone: Zone,
        week_start: WeekStart,
        date_order: DateOrder,
        clock: Clock,
        quick_add_style: Style,
        theme: Theme,
        density: Density,
        suggestions: Suggestions,
        language: LanguageChoice,
        view_settings: Option<String>,
        password_hash: String,
        disabled: bool,
        created_at: Timestamp,
        updated_at: Timestamp,
    }
}

/// The table of accounts.
pub const USERS: Table = UserRow::TABLE;
