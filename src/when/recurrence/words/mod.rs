//! Words for rules: `every 3rd Friday`.
//!
//! A language translates single words into [`Word`], and rules into its words. The grammar of
//! phrases works on the former and is shared; see `english.rs` for what a language consists of.

mod days;
mod ends;
mod english;
mod grammar;
mod lexer;

#[cfg(test)]
mod tests;

use jiff::civil::Weekday;

use self::grammar::Grammar;
use super::moment::{of_minutes, to_minutes};
use super::{Frequency, MAX_INTERVAL, Recurrence, invalid};
use crate::error::Violation;
use crate::locale::message;
use crate::when::{Date, Due, Time, Zone};

/// The most characters of words without a meaning that an error shows.
const MAX_SHOWN: usize = 40;

/// A language of phrases.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum Language {
    /// English.
    #[default]
    English,
}

/// A repetition in words, with the time and the start that can belong to it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Phrase {
    /// The series. A rule that names no day repeats on that of the first due date.
    pub recurrence: Recurrence,
    /// Time of day at which the task is due.
    pub time: Option<Time>,
    /// First day on which the task can be due.
    pub from: Option<Date>,
}

/// The meaning of a word.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Word {
    Every,
    After,
    /// As in "every other day".
    Other,
    /// A unit, as so many periods of a rule: a quarter is three months.
    Unit(Frequency, u32),
    /// A whole phrase, such as "quarterly".
    Each(Frequency, u32),
    Weekday(Weekday),
    /// Monday to Friday.
    Workday,
    Weekend,
    Month(i16),
    Number(u32),
    Ordinal(i16),
    Last,
    On,
    Of,
    The,
    And,
    Or,
    Except,
    /// As in "Monday to Friday".
    To,
    /// A day of each year: the month and the day.
    Holiday(i16, i16),
    /// As in "new year day" and "new year eve".
    New,
    Eve,
    /// As in "next Monday".
    Next,
    Comma,
    /// The mark of a repetition from the completion.
    Bang,
    At,
    Time(Time),
    /// The afternoon or another part of a day, by the time at which it begins.
    Part(Time),
    /// Half of the day: the hours to add to 12 o'clock.
    Half(u32),
    From,
    Until,
    For,
    Times,
    /// So many days after today.
    Relative(i64),
    Date(Date),
    Unknown,
}

impl Language {
    fn word(self, text: &str) -> Option<Word> {
        match self {
            Language::English => english::word(text),
        }
    }

    fn write(self, recurrence: &Recurrence) -> Option<String> {
        match self {
            Language::English => english::write(recurrence),
        }
    }
}

impl Phrase {
    /// Parses a text that consists of a phrase. Dates such as "tomorrow" count from `today`.
    ///
    /// # Errors
    /// [`Code::Invalid`](crate::error::Code::Invalid).
    pub fn parse(text: &str, language: Language, today: Date) -> Result<Phrase, Violation> {
        let found = Phrase::at_start_of(text, language, today);
        let length = found.as_ref().map_or(0, |(_, length)| *length);
        match (found, text[length..].trim()) {
            (Some((phrase, _)), "") => Ok(phrase),
            (_, rest) => Err(not_understood(rest)),
        }
    }

    /// Parses the longest phrase with which a text begins, and returns its length in bytes.
    pub fn at_start_of(text: &str, language: Language, today: Date) -> Option<(Phrase, usize)> {
        Grammar::new(text, language, today).phrase()
    }

    /// Returns the first date on which the task is due, and its series from there on. `now` is the
    /// time on the clock of the user, and the date is not before it. `None` if the series has no
    /// date.
    pub fn first(&self, today: Date, now: Time) -> Option<(Due, Recurrence)> {
        let rules = &self.recurrence.rules.rules;
        let within_days = rules
            .iter()
            .find(|rule| rule.frequency <= Frequency::Hourly);
        let mut day = self.from.unwrap_or(today);
        let start = match (self.time, within_days) {
            (Some(time), _) => {
                let is_daily =
                    |rule: &super::Rule| rule.frequency == Frequency::Daily && rule.is_plain();
                if day == today && time < now && rules.iter().all(is_daily) {
                    day = today.plus_days(1);
                }
                Due::Local(day, time)
            }
            (None, Some(rule)) if day <= today => {
                let unit = if rule.frequency == Frequency::Hourly {
                    60
                } else {
                    1
                };
                let minutes = to_minutes(today, now) + unit * i64::from(rule.interval);
                let (date, time) = of_minutes(minutes);
                Due::Local(date, time)
            }
            (None, Some(_)) => Due::Local(day, now),
            (None, None) => Due::Day(day),
        };
        let mut recurrence = self.recurrence.clone();
        recurrence.rules.keep_day(start.date());
        // "Every other Tuesday" begins on the next Tuesday, and weeks count from there.
        let mut rules = recurrence.rules.clone();
        for rule in &mut rules.rules {
            if rule.frequency == Frequency::Weekly && rule.names_days() {
                rule.interval = 1;
            }
        }
        let mut dates = rules.dates(start, Zone::UTC);
        dates.skip_to(match start {
            Due::Day(_) => to_minutes(today, Time::MIDNIGHT),
            _ => to_minutes(today, now),
        });
        let first = dates.next()?;
        Some((first, recurrence))
    }
}

impl Recurrence {
    /// Returns the words for the series, from which [`Phrase::parse`] reads the same series. `None`
    /// if the language has no words for it.
    pub fn to_words(&self, language: Language) -> Option<String> {
        let text = language.write(self)?;
        // The words name no date that depends on today.
        let phrase = Phrase::parse(&text, language, Date::MIN).ok()?;
        (phrase.recurrence == *self).then_some(text)
    }
}

/// Returns the error of words without a meaning. It has their beginning, because the words before
/// them have one.
fn not_understood(words: &str) -> Violation {
    if words.is_empty() {
        return invalid(message!("repeat-required"));
    }
    let beginning: String = words.chars().take(MAX_SHOWN).collect();
    let more = match beginning.len() < words.len() {
        true => "…",
        false => "",
    };
    let words = format!("{beginning}{more}");
    invalid(message!("repeat-not-understood", words = words))
}

/// Checks the number of periods between two dates.
fn interval(number: u32, periods: u32) -> Option<u32> {
    let interval = number.checked_mul(periods)?;
    (1..=MAX_INTERVAL).contains(&interval).then_some(interval)
}
