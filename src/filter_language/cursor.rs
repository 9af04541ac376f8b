//! The position in a text, and errors there.

use crate::error::Violation;

use super::tree::{MOST_LEVELS, MOST_TERMS};
use crate::locale::{Argument, Message, message};

/// The first error of a filter.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SyntaxError {
    /// The character at which it is, from 1. One more than the length at the end of the text.
    pub position: usize,
    /// The problem and what is expected there, as a sentence.
    pub message: Message,
}

impl From<SyntaxError> for Violation {
    fn from(error: SyntaxError) -> Violation {
        Violation::at(error.position, error.message)
    }
}

impl From<SyntaxError> for garde::Error {
    fn from(error: SyntaxError) -> garde::Error {
        Violation::from(error).into()
    }
}

/// A text, and the position of the parser.
pub(super) struct Cursor<'t> {
    text: &'t str,
    /// The position in bytes.
    at: usize,
    terms: usize,
    levels: usize,
}

impl<'t> Cursor<'t> {
    pub fn new(text: &'t str) -> Cursor<'t> {
        Cursor {
            text,
            at: 0,
            terms: 0,
            levels: 0,
        }
    }

    /// Returns the text that follows.
    pub fn rest(&self) -> &'t str {
        &self.text[self.at..]
    }

    /// Returns the position in bytes.
    pub fn place(&self) -> usize {
        self.at
    }

    /// Goes on by a number of bytes of the rest.
    pub fn skip(&mut self, bytes: usize) {
        self.at += bytes;
    }

    /// Skips blanks.
    pub fn skip_blanks(&mut self) {
        self.at = self.text.len() - self.rest().trim_start().len();
    }

    /// Skips blanks and then this text, if it follows.
    pub fn take(&mut self, text: &str) -> bool {
        self.skip_blanks();
        let follows = self.rest().starts_with(text);
        if follows {
            self.skip(text.len());
        }
        follows
    }

    /// Counts a term that begins at a place.
    ///
    /// # Errors
    /// If there are too many.
    pub fn count_term(&mut self, place: usize) -> Result<(), SyntaxError> {
        self.terms += 1;
        if self.terms > MOST_TERMS {
            let message = message!("filter-mistake-terms", most = MOST_TERMS);
            return Err(self.error_at(place, message));
        }
        Ok(())
    }

    /// Parses one level deeper.
    ///
    /// # Errors
    /// Those of `parse`, or if there are too many levels.
    pub fn deeper<T>(
        &mut self,
        parse: impl FnOnce(&mut Cursor<'t>) -> Result<T, SyntaxError>,
    ) -> Result<T, SyntaxError> {
        self.levels += 1;
        if self.levels > MOST_LEVELS {
            let message = message!("filter-mistake-levels", most = MOST_LEVELS);
            return Err(self.error_at(self.at, message));
        }
        let parsed = parse(self);
        self.levels -= 1;
        parsed
    }

    /// Returns an error at the present position.
    pub fn expected(&self, expected: impl Into<Argument>) -> SyntaxError {
        self.expected_at(self.at, expected)
    }

    /// Returns an error at a position in bytes.
    pub fn expected_at(&self, place: usize, expected: impl Into<Argument>) -> SyntaxError {
        self.error_at(
            place,
            message!("filter-mistake-expected", expected = expected),
        )
    }

    /// Returns an error with a message at a position in bytes.
    pub fn error_at(&self, place: usize, message: impl Into<Argument>) -> SyntaxError {
        let position = self.text[..place].chars().count() + 1;
        let message = message!("filter-mistake-at", position = position, mistake = message);
        SyntaxError { position, message }
    }
}
