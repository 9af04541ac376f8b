//! The filter language: two dialects, one tree. [`parse`] reads a text, [`Filter::at`] replaces its
//! relative dates by those of a moment, and the resulting [`Condition`] compiles to SQL or tests
//! tasks in memory.

mod cursor;
mod dates;
mod narrow;
mod pattern;
mod places;
mod predicate;
mod sql;
mod todoist;
mod tree;
mod vikunja;

pub use cursor::SyntaxError;
pub use dates::Viewpoint;
pub use narrow::{Candidate, Candidates, Source};
pub use places::Places;
pub use sql::Scope;
pub use tree::{Condition, Dialect, Filter};

use crate::error::{Violation, check_length, check_no_nul};
use crate::locale::message;

/// Maximum number of characters of a filter.
const MOST_CHARACTERS: usize = 1_000;

/// Parses a filter. The first term tells the dialect.
///
/// # Errors
/// [`SyntaxError`] with the position of the first character that does not fit.
pub fn parse(text: &str) -> Result<Filter, SyntaxError> {
    match vikunja::begins(text) {
        true => vikunja::parse(text),
        false => todoist::parse(text),
    }
}

/// Checks the length, the characters and the syntax of a filter.
///
/// # Errors
/// If the text breaks a rule.
pub fn check(text: &str) -> Result<(), Violation> {
    check_length(text, MOST_CHARACTERS, message!("thing-filter"))?;
    check_no_nul(text, message!("thing-filter"))?;
    parse(text)?;
    Ok(())
}

#[cfg(test)]
mod tests;
