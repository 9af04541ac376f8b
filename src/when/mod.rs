//! Dates, times, zones and repetition as people enter them. An instant is a [`Timestamp`](crate::timestamp).

mod date;
mod due;
mod names;
mod near;
mod preferences;
pub mod recurrence;
mod reminder;
pub mod words;
mod zone;

pub use date::{Date, Time};
pub use due::{Due, DueInput};
pub use names::{month, short_month, short_weekday, weekday};
pub use near::{Near, Nearness};
pub use preferences::{Clock, DateOrder, Preferences, WeekStart};
pub use reminder::{MOST_REMINDERS, ReminderInput, check_reminders};
pub use zone::{Zone, day_bounds, today, zone_names};
