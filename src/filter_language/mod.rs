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
pub use narrow::Candidates;
pub use places::Places;
pub use sql::Scope;
pub use tree::{Condition, Dialect, Filter};

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

#[cfg(test)]
mod tests;
