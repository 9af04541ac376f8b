//! Finds dates and times at the beginning of a list of words.

use jiff::civil::Weekday;

use super::language::{Meaning, Numeric, Pattern, Sense, Slot, Strength, Unit};
use super::resolve::near;
use super::word::{Lexicon, Word, minutes};
use crate::choice::choice;
use crate::when::{Date, DateOrder, Due, Time, WeekStart, Zone};

choice! {
    /// Style of the signs and dates of quick add.
    #[schema(as = QuickAddStyle)]
    pub enum Style {
        /// Todoist's: `#project @label p1`.
        #[default]
        Todoist = "todoist",
        /// Vikunja's: `+project *label !5`.
        Vikunja = "vikunja",
    }
}

/// The time at which something is read, on the clock of the user.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Now {
    /// The date.
    pub date: Date,
    /// The time.
    pub time: Time,
    /// The zone of the user.
    pub zone: Zone,
}

/// All that the meaning of words depends on.
#[derive(Clone, Copy, Debug)]
pub struct Reader {
    /// The language.
    pub lexicon: &'static Lexicon,
    /// The current time.
    pub now: Now,
    /// The style.
    pub style: Style,
    /// The order of `1/2`. Without a preference, Todoist's style has the day first, and Vikunja's
    /// has the month first.
    pub date_order: DateOrder,
    /// The day on which next week begins.
    pub week_start: WeekStart,
}

/// The kind of a date, as far as titles have words like it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum DateKind {
    /// `9/11` or `5th`.
    Figures,
    /// `friday`.
    Weekday,
    /// `5 days`.
    Length,
    /// `tonight`.
    PartOfDay,
    /// `today`.
    Day,
    /// `jan 27`.
    Date,
    /// Another date or a time.
    Other,
}

/// Words with a meaning.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Found<T> {
    /// The number of words.
    pub words: usize,
    /// The meaning.
    pub value: T,
    /// The certainty.
    pub strength: Strength,
    /// The kind of date.
    pub kind: DateKind,
}

/// The senses of the words of a pattern.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Captured {
    pub number: Option<u16>,
    pub minutes: Option<u32>,
    pub unit: Option<Unit>,
    pub days: Option<i64>,
    pub weekday: Option<Weekday>,
    pub month: Option<i8>,
    pub day: Option<i8>,
    pub is_ordinal: bool,
    pub year: Option<i16>,
    pub hour: Option<i8>,
    pub numeric: Option<Numeric>,
    pub clock: Option<i16>,
    pub half: Option<bool>,
}

impl Reader {
    /// Returns the longest date with which the words begin.
    pub fn date(&self, words: &[Word]) -> Option<Found<Due>> {
        self.date_at(words, true)
    }

    pub(super) fn date_at(&self, words: &[Word], is_outer: bool) -> Option<Found<Due>> {
        let mut longest = match is_outer {
            true => self.of_parts(words),
            false => None,
        };
        for pattern in self.patterns(self.lexicon.language.dates, words) {
            let is_relative = matches!(pattern.meaning, Meaning::Before | Meaning::After);
            let Some(captured) = captured(pattern.slots, words) else {
                continue;
            };
            let length = pattern.slots.len();
            let found = match is_relative {
                false => self
                    .due(pattern.meaning, &captured)
                    .map(|due| (length, due)),
                true if is_outer => self.relative(pattern, &captured, words),
                true => None,
            };
            if found.is_none() && captured.year.is_some() {
                // A day that does not exist. Without its year it would be another one.
                return None;
            }
            let longest_length = longest.map_or(0, |longest| longest.words);
            if let Some((length, value)) = found.filter(|(length, _)| *length > longest_length) {
                longest = Some(Found {
                    words: length,
                    value,
                    strength: strength(pattern, &captured),
                    kind: kind(pattern),
                });
            }
        }
        longest
    }

    fn relative(
        &self,
        pattern: &Pattern,
        captured: &Captured,
        words: &[Word],
    ) -> Option<(usize, Due)> {
        let length = pattern.slots.len();
        let last = words.get(length - 1)?;
        if !last.end.is_empty() {
            return None;
        }
        let base = self.date_at(&words[length..], false)?;
        let sign = if pattern.meaning == Meaning::Before {
            -1
        } else {
            1
        };
        let due = self.shifted(base.value, captured, sign)?;
        Some((length + base.words, due))
    }

    /// Returns the longest time of day with which the words begin. `follows` is true directly after
    /// a date.
    pub fn time(&self, words: &[Word], follows: bool) -> Option<Found<Time>> {
        let mut longest: Option<Found<Time>> = None;
        for pattern in self.patterns(self.lexicon.language.times, words) {
            let length = pattern.slots.len();
            let longest_length = longest.map_or(0, |longest| longest.words);
            if length <= longest_length || (pattern.strength == Strength::Suffix && !follows) {
                continue;
            }
            let time = captured(pattern.slots, words).and_then(|captured| time(&captured));
            if let Some(value) = time {
                let strength = pattern.strength;
                longest = Some(Found {
                    words: length,
                    value,
                    strength,
                    kind: DateKind::Other,
                });
            }
        }
        let is_part = |found: &Found<Time>| {
            found.words == 1
                && words[0].end.is_empty()
                && matches!(words[0].sense, Some(Sense::Part(_)))
        };
        // "Evening at 8".
        if let Some(part) = longest.filter(is_part)
            && let Some(time) = self.time(&words[1..], true)
        {
            return Some(Found {
                words: time.words + 1,
                value: near(time.value, part.value),
                ..time
            });
        }
        longest
    }

    /// Returns the length of time in minutes with which the words begin, such as `1 hour 30 min`.
    pub fn minutes(&self, words: &[Word]) -> Option<Found<u32>> {
        let (mut read, mut sum) = (0, 0_u32);
        loop {
            let words = &words[read..];
            let (length, minutes) = match captured(&[Slot::Amount], words) {
                Some(captured) => (1, captured.minutes),
                None => match captured(&[Slot::Count, Slot::Unit], words) {
                    Some(Captured {
                        number: Some(number),
                        unit: Some(unit),
                        ..
                    }) => {
                        let factor = match unit {
                            Unit::Minute => Some(1),
                            Unit::Hour => Some(60),
                            _ => None,
                        };
                        (2, factor.map(|factor| factor * u32::from(number)))
                    }
                    _ => break,
                },
            };
            let Some(minutes) = minutes else { break };
            (read, sum) = (read + length, sum.saturating_add(minutes));
            if !words[length - 1].end.is_empty() {
                break;
            }
        }
        (read > 0).then_some(Found {
            words: read,
            value: sum,
            strength: Strength::Strong,
            kind: DateKind::Other,
        })
    }

    /// Returns the patterns that can begin with the first word.
    fn patterns(
        &self,
        patterns: &'static [Pattern],
        words: &[Word],
    ) -> impl Iterator<Item = &'static Pattern> {
        let first = words.first().filter(|word| word.sense.is_some());
        let patterns = if first.is_some() { patterns } else { &[] };
        let is_vikunja = self.style == Style::Vikunja;
        let mut unused = Captured::default();
        patterns.iter().filter(move |pattern| {
            let slot = pattern.slots.first();
            let begins = slot
                .zip(first)
                .is_some_and(|(slot, word)| fill(*slot, word, &mut unused));
            begins && !(pattern.only_todoist && is_vikunja)
        })
    }
}

fn kind(pattern: &Pattern) -> DateKind {
    match pattern.meaning {
        Meaning::Numeric | Meaning::DayOfMonth => DateKind::Figures,
        Meaning::Weekday => DateKind::Weekday,
        Meaning::Day => DateKind::Day,
        Meaning::Date => DateKind::Date,
        Meaning::Night | Meaning::PartOfToday => DateKind::PartOfDay,
        Meaning::In if pattern.strength < Strength::Strong => DateKind::Length,
        _ => DateKind::Other,
    }
}

fn strength(pattern: &Pattern, captured: &Captured) -> Strength {
    match captured.numeric {
        // With a year it can be nothing else.
        Some(Numeric {
            figures: [_, _, Some(_)],
            ..
        }) => Strength::Strong,
        _ => pattern.strength,
    }
}

fn time(captured: &Captured) -> Option<Time> {
    let minutes = match *captured {
        Captured {
            clock: Some(clock),
            half: Some(half),
            ..
        } => {
            let (hour, minute) = (
                u16::try_from(clock / 60).ok()?,
                u16::try_from(clock % 60).ok()?,
            );
            minutes(hour, minute, Some(half))?
        }
        Captured {
            clock: Some(clock), ..
        } => clock,
        Captured {
            hour: Some(hour), ..
        } => i16::from(hour) * 60,
        Captured {
            number: Some(number @ 100..),
            half: None,
            ..
        } => minutes(number / 100, number % 100, None)?,
        Captured {
            number: Some(hour),
            half,
            ..
        } => minutes(hour, 0, half)?,
        _ => return None,
    };
    Some(Time::of_minutes(minutes.into()))
}

/// Returns the senses of the words if they fill all slots. Punctuation separates words, except for
/// the comma before a year.
fn captured(slots: &[Slot], words: &[Word]) -> Option<Captured> {
    if words.len() < slots.len() {
        return None;
    }
    let mut captured = Captured::default();
    for (place, (slot, word)) in slots.iter().zip(words).enumerate() {
        let before = place.checked_sub(1).map_or("", |before| words[before].end);
        let is_one = before.is_empty() || (before == "," && *slot == Slot::Year);
        if !is_one || !fill(*slot, word, &mut captured) {
            return None;
        }
    }
    Some(captured)
}

fn fill(slot: Slot, word: &Word, captured: &mut Captured) -> bool {
    let Some(sense) = word.sense else {
        return false;
    };
    match (slot, sense) {
        (Slot::Is(text), _) => return word.text == text,
        (Slot::Number | Slot::Count, Sense::Number(number))
        | (Slot::Plus, Sense::Plus(number))
        | (Slot::Hour, Sense::Number(number)) => captured.number = Some(number),
        (Slot::Count, Sense::Article) if matches!(&*word.text, "a" | "an") => {
            captured.number = Some(1);
        }
        (Slot::FourDigits, Sense::Number(number)) if word.text.len() == 4 => {
            captured.number = Some(number);
            return number >= 100;
        }
        (Slot::Amount, Sense::Amount(minutes)) => captured.minutes = Some(minutes),
        (Slot::Unit, Sense::Unit(unit)) => captured.unit = Some(unit),
        (Slot::Day, Sense::Day(days)) => captured.days = Some(days),
        (Slot::Weekday, Sense::Weekday(weekday)) => captured.weekday = Some(weekday),
        (Slot::Month, Sense::Month(month)) => captured.month = Some(month),
        (Slot::Ordinal | Slot::DayOfMonth, Sense::Ordinal(day @ 1..=31)) => {
            (captured.day, captured.is_ordinal) = (Some(day), true);
        }
        (Slot::DayOfMonth, Sense::Number(number @ 1..=31)) => {
            captured.day = i8::try_from(number).ok();
            return word.text.starts_with(|first: char| first.is_ascii_digit());
        }
        (Slot::Year, Sense::Number(year @ 1970..=2199)) => captured.year = i16::try_from(year).ok(),
        (Slot::Numeric, Sense::Numeric(numeric)) => captured.numeric = Some(numeric),
        (Slot::Part, Sense::Part(hour)) => captured.hour = Some(hour),
        (
            Slot::Clock,
            Sense::Clock {
                minutes,
                has_half: false,
            },
        )
        | (
            Slot::ClockWithHalf,
            Sense::Clock {
                minutes,
                has_half: true,
            },
        ) => {
            captured.clock = Some(minutes);
        }
        (Slot::Half, Sense::Half(half)) => captured.half = Some(half),
        (Slot::At, Sense::At) => {}
        _ => return false,
    }
    true
}
