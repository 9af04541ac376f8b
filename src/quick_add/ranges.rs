//! Ranges of times, such as `4pm to 5pm`: the time at which a task is due, and its duration.

use super::phrases::{Finder, Meaning, Phrase, Stated};
use crate::when::words::{Sense, Strength, Word};

/// The most words of a time of day, such as `at 4 pm`.
const MOST_WORDS: usize = 3;

impl Finder<'_, '_> {
    /// Returns the end of a range: `to 5pm`, directly after a time.
    pub(super) fn range_end(&self, place: usize) -> Option<Phrase> {
        let word = &self.words[place];
        let links = self.reader.lexicon.language.range_links;
        if !links.contains(&&*word.text) || !word.end.is_empty() || !self.follows_time(place) {
            return None;
        }
        let words = &self.words[place + 1..];
        let end = self.reader.time(words, true)?;
        let is_certain = match end.strength {
            Strength::Suffix => matches!(words[0].sense, Some(Sense::Part(_))),
            Strength::Strong => true,
            _ => self.is_closed(place + 1, place + 1 + end.words),
        };
        is_certain.then_some(Phrase {
            tokens: end.words + 1,
            meaning: Meaning::Until(end.value),
        })
    }

    /// Returns true if a word begins a range, and a phrase, which ends before the place `end`, is its
    /// first time: `from 4pm` before `to 5pm`.
    pub(super) fn begins_range(&self, word: &Word, first: &Stated, end: usize) -> bool {
        let next = self.phrases.get(end).and_then(Option::as_ref);
        word.text == self.reader.lexicon.language.range_start
            && first.time.is_some()
            && matches!(
                next,
                Some(Phrase {
                    meaning: Meaning::Until(_),
                    ..
                })
            )
    }

    /// Returns true if a phrase at a place is the duration of the task.
    pub(super) fn is_duration(&self, place: usize) -> bool {
        let phrase = self.phrases[place].as_ref();
        matches!(
            phrase.map(|phrase| &phrase.meaning),
            Some(Meaning::Duration(_) | Meaning::Until(_))
        )
    }

    fn follows_time(&self, place: usize) -> bool {
        let is_time = |length: usize| {
            let words = &self.words[place - length..place];
            let time = self.reader.time(words, true);
            words[length - 1].end.is_empty() && time.is_some_and(|time| time.words == length)
        };
        (1..=MOST_WORDS.min(place)).any(is_time)
    }
}
