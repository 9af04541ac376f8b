//! Calendars: months and weeks of open tasks, of all projects or of one.

mod entries;
mod names;
mod pages;
mod read;
mod span;

pub use pages::routes;
pub use read::{Asked, Calendar, calendar};

use serde::{Deserialize, Serialize};

use crate::http::input::present;
use crate::when::Date;

/// The part of a calendar to show.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct CalendarQuery {
    /// A month, such as `2026-11`; the present one if neither it nor a week is given.
    #[serde(
        default,
        deserialize_with = "present",
        skip_serializing_if = "Option::is_none"
    )]
    pub month: Option<String>,
    /// A week of ISO 8601, such as `2026-W48`.
    #[serde(
        default,
        deserialize_with = "present",
        skip_serializing_if = "Option::is_none"
    )]
    pub week: Option<String>,
    /// The day of which all tasks are listed.
    #[serde(
        default,
        deserialize_with = "present",
        skip_serializing_if = "Option::is_none"
    )]
    pub day: Option<Date>,
}
