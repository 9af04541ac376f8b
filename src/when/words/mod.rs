//! Words for dates and times of day, in tables of one language each.
//!
//! A [`Lexicon`] knows the words that have a sense by themselves, and patterns of them. A [`Reader`]
//! finds the longest pattern with which a list of words begins, and its date at the current time.

mod english;
mod language;
mod parts;
mod reader;
mod resolve;
mod word;

pub use language::{Language, Meaning, Numeric, Pattern, Sense, Slot, Strength, Unit};
pub use reader::{DateKind, Found, Now, Reader, Style};
pub use resolve::near;
pub use word::{ENGLISH, Lexicon, Word};
