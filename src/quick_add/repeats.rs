//! Phrases for repetition.

use super::{Repeat, RepeatReader, Start};
use crate::when::Time;
use crate::when::recurrence::{Anchor, Language, Phrase};
use crate::when::words::{Reader, Style};

/// Reads phrases for repetition in English.
#[derive(Clone, Copy, Debug)]
pub struct EnglishRepeats;

impl RepeatReader for EnglishRepeats {
    fn length(&self, text: &str, reader: &Reader) -> Option<usize> {
        let (_, length) = Phrase::at_start_of(text, Language::English, reader.now.date)?;
        Some(length)
    }

    fn read(&self, phrase: &str, start: Start, reader: &Reader) -> Option<Repeat> {
        let now = reader.now;
        let (mut read, _) = Phrase::at_start_of(phrase, Language::English, now.date)?;
        let rules = read.recurrence.rules.to_string();
        let names_first = read.time.is_some() || read.from.is_some() || rules.contains(";BY");
        read.from = start.date.or(read.from);
        read.time = start.time.or(read.time);
        let may_have_passed = reader.style == Style::Vikunja && read.time.is_some();
        let time = match may_have_passed {
            true => Time::MIDNIGHT,
            false => now.time,
        };
        let (first, recurrence) = read.first(now.date, time)?;
        Some(Repeat {
            text: phrase.to_owned(),
            rules: recurrence.rules.to_string(),
            from_completion: recurrence.anchor == Anchor::Completion,
            first,
            names_first,
        })
    }
}
