//! Words of a text.

use super::{Language, Word};
use crate::when::{Date, Time};

/// No phrase has more words.
const MAX_TOKENS: usize = 120;

/// A word with its place.
#[derive(Clone, Copy, Debug)]
pub(super) struct Token {
    pub(super) word: Word,
    /// Bytes of the text up to the end of the word.
    pub(super) end: usize,
    /// True for "27", and not for "one".
    pub(super) has_figures: bool,
}

/// Splits a text into words, up to the first one without a meaning. Returns true if there is none.
pub(super) fn tokens(text: &str, language: Language) -> (Vec<Token>, bool) {
    let mut tokens = Vec::new();
    let mut rest = text;
    while tokens.len() < MAX_TOKENS {
        rest = rest.trim_start();
        let Some(first) = rest.chars().next() else {
            return (tokens, true);
        };
        let length = match first {
            ',' | '!' | '@' => 1,
            _ => rest
                .find(|letter: char| letter.is_whitespace() || matches!(letter, ',' | '!' | '@'))
                .unwrap_or(rest.len()),
        };
        let (text_of_word, after) = rest.split_at(length);
        if let Some(range) = range(text_of_word, language) {
            rest = after;
            let end = text.len() - rest.len();
            let has_figures = false;
            tokens.extend(range.map(|word| Token {
                word,
                end,
                has_figures,
            }));
            continue;
        }
        let word = match first {
            ',' => Word::Comma,
            '!' => Word::Bang,
            '@' => Word::At,
            _ => word(&text_of_word.to_lowercase(), language),
        };
        if word == Word::Unknown {
            break;
        }
        rest = after;
        tokens.push(Token {
            word,
            end: text.len() - rest.len(),
            has_figures: first.is_ascii_digit(),
        });
    }
    (tokens, false)
}

/// Reads days of the week with a hyphen between them: "mon-fri".
fn range(text: &str, language: Language) -> Option<[Word; 3]> {
    let (first, last) = text.split_once(['-', '\u{2013}'])?;
    let weekday = |text: &str| {
        let word = language.word(&text.to_lowercase());
        word.filter(|word| matches!(word, Word::Weekday(_)))
    };
    Some([weekday(first)?, Word::To, weekday(last)?])
}

fn word(text: &str, language: Language) -> Word {
    let number = || Some(Word::Number(natural(text)?));
    let date = || Some(Word::Date(Date::parse(text).ok()?));
    language
        .word(text)
        .or_else(number)
        .or_else(date)
        .or_else(|| time(text, language))
        .unwrap_or(Word::Unknown)
}

/// Parses `20:00`, `8:30` and, if the language has halves of the day, `8pm` and `8:30pm`.
fn time(text: &str, language: Language) -> Option<Word> {
    let digits = text.trim_end_matches(|letter: char| letter.is_alphabetic());
    let half = match text.get(digits.len()..) {
        Some("") | None => None,
        Some(suffix) => match language.word(suffix)? {
            Word::Half(hours) => Some(hours),
            _ => return None,
        },
    };
    let (hour, minute) = match digits.split_once(':') {
        Some((hour, minute)) if minute.len() == 2 => (natural(hour)?, natural(minute)?),
        None if half.is_some() => (natural(digits)?, 0),
        _ => return None,
    };
    clock(hour, minute, half).map(Word::Time)
}

/// Returns the time of day. With a half, the hours go from 1 to 12.
pub(super) fn clock(hour: u32, minute: u32, half: Option<u32>) -> Option<Time> {
    let hour = match half {
        Some(half) if (1..=12).contains(&hour) => hour % 12 + half,
        Some(_) => return None,
        None => hour,
    };
    let is_time = hour < 24 && minute < 60;
    is_time.then(|| Time::of_minutes(i64::from(hour * 60 + minute)))
}

/// Parses a number of up to six digits.
pub(super) fn natural(text: &str) -> Option<u32> {
    let is_number = (1..=6).contains(&text.len()) && text.bytes().all(|byte| byte.is_ascii_digit());
    text.parse().ok().filter(|_| is_number)
}
