//! Repetition: rules of RFC 5545, the dates that follow from them, and the words for them.
//!
//! Rules apply to the clock of the task, so an alarm at 09:00 stays at 09:00 when clocks change.
//! [`Zone::instant`](super::Zone::instant) finds the instant of a time that clocks skip or repeat.
//! Nothing here knows a database or a request, and the work for any rule is bounded.

mod form;
mod moment;
mod next;
mod parse;
mod rule;
mod set;
mod walk;
mod words;
mod years;

#[cfg(test)]
mod tests;

pub use form::RecurrenceInput;
pub use moment::Moment;
pub use next::{Anchor, Recurrence};
pub use rule::{End, Frequency, MAX_COUNT, MAX_INTERVAL, Rule, WeekdayRule};
pub use set::{Dates, MAX_RULES_CHARACTERS, Rules};
pub use words::{Language, Phrase};

use crate::error::{Code, Violation};
use crate::locale::Message;

fn invalid(message: Message) -> Violation {
    Violation::new(Code::Invalid, message)
}
