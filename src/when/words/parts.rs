//! Dates of several parts that no pattern lists.

use super::language::{Meaning, Sense, Strength};
use super::reader::{Captured, DateKind, Found, Reader};
use super::word::Word;
use crate::when::Due;

impl Reader {
    /// Returns the date with which the words begin, if it consists of several parts.
    pub(super) fn of_parts(&self, words: &[Word]) -> Option<Found<Due>> {
        self.in_minutes(words).or_else(|| self.with_weekday(words))
    }

    /// Returns the date after a length of more than one unit: "in 1 hour 30 min".
    fn in_minutes(&self, words: &[Word]) -> Option<Found<Due>> {
        let (first, rest) = words.split_first()?;
        if first.text != self.lexicon.language.within || !first.end.is_empty() {
            return None;
        }
        let length = self.minutes(rest).filter(|length| length.words > 1)?;
        let captured = Captured {
            minutes: Some(length.value),
            ..Captured::default()
        };
        Some(Found {
            words: length.words + 1,
            value: self.due(Meaning::In, &captured)?,
            strength: Strength::Strong,
            kind: DateKind::Other,
        })
    }

    /// Returns a date after its day of the week: "fri, oct 9".
    fn with_weekday(&self, words: &[Word]) -> Option<Found<Due>> {
        let (first, rest) = words.split_first()?;
        let Some(Sense::Weekday(weekday)) = first.sense else {
            return None;
        };
        let date = self.date_at(rest, false)?;
        let is_date = matches!(date.kind, DateKind::Date | DateKind::Figures)
            && date.value.date().weekday() == weekday
            && matches!(first.end, "" | ",");
        is_date.then_some(Found {
            words: date.words + 1,
            ..date
        })
    }
}
