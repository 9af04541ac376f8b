//! Quick add: the meaning of a line such as `Pay rent every month on the 1st p1 #home @bills`.
//!
//! A line is split into [tokens](token). From the last to the first, each gets the longest
//! [phrase](phrases) that begins there; a word that titles have too, such as a weekday, is a date
//! only where no word of the title follows. [`parse`] then chooses between the phrases, and the rest
//! is the title. Nothing here knows which projects or labels exist.

mod assemble;
mod lines;
mod phrases;
mod ranges;
mod repeats;
mod title;
mod token;

#[cfg(test)]
mod tests;

use serde::Serialize;
use utoipa::ToSchema;

use crate::when::words::Reader;
use crate::when::{Date, Due, Time};

pub use assemble::{parse, parse_date, parse_keeping};
pub use lines::{Item, parse_lines};
pub use repeats::EnglishRepeats;
pub use title::keep_as_text;

/// The meaning of a line.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Parsed {
    /// The words that have no other meaning. Empty if the line has none.
    pub title: String,
    /// The due date, or the first one of a series.
    pub due: Option<Due>,
    /// The deadline.
    pub deadline: Option<Date>,
    /// The duration.
    pub duration_minutes: Option<u32>,
    /// The repetition.
    pub recurrence: Option<Repeat>,
    /// The priority, from 1 to 4.
    pub priority: Option<i8>,
    /// Names of labels.
    pub labels: Vec<String>,
    /// Name of the project.
    pub project: Option<String>,
    /// Name of the section.
    pub section: Option<String>,
    /// Names of people.
    pub assignees: Vec<String>,
    /// The reminders.
    pub reminders: Vec<Reminder>,
    /// The parts of the line that have a meaning, from the first to the last.
    pub spans: Vec<Span>,
}

/// The time of a reminder.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Reminder {
    /// At this time.
    At(Date, Time),
    /// So many minutes before the task is due.
    Before(u32),
}

/// A part of a line that has a meaning.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, ToSchema)]
pub struct Span {
    /// The number of characters before it.
    pub start: usize,
    /// The number of characters before its end.
    pub end: usize,
    /// Its kind.
    pub kind: SpanKind,
}

/// The field of a task that a part of a line sets.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
#[allow(missing_docs)]
pub enum SpanKind {
    Due,
    Recurrence,
    Deadline,
    Duration,
    Priority,
    Label,
    Project,
    Section,
    Assignee,
    Reminder,
}

/// A phrase for repetition, as understood.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Repeat {
    /// The phrase in lower case.
    pub text: String,
    /// The rules of RFC 5545, one a line.
    pub rules: String,
    /// True if the next date counts from the completion: `every!`.
    pub from_completion: bool,
    /// The first date.
    pub first: Due,
    /// True if the phrase itself says on which day or at which time: `every friday`, not `every
    /// week`.
    pub names_first: bool,
}

/// The date and the time that a line states beside a phrase for repetition.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Start {
    /// The date before which the series does not begin. Without it, it begins today.
    pub date: Option<Date>,
    /// The time of each date.
    pub time: Option<Time>,
}

/// A reader of phrases for repetition.
pub trait RepeatReader {
    /// Returns the length in bytes of the longest phrase with which a text begins. The text is in
    /// lower case, with one blank between words: `every 3rd friday at 20:00 starting tomorrow`.
    /// `None` if it begins with none.
    fn length(&self, text: &str, reader: &Reader) -> Option<usize>;

    /// Reads such a phrase. `None` if the series has no date.
    ///
    /// A time that has passed moves the first date to the next one, except in Vikunja's style.
    fn read(&self, phrase: &str, start: Start, reader: &Reader) -> Option<Repeat>;
}
