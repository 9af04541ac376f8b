//! Words and the senses that they have by themselves.

use std::borrow::Cow;
use std::collections::HashMap;
use std::fmt;
use std::sync::LazyLock;

use super::language::{Language, Numeric, Sense, Slot};

/// Punctuation that ends a phrase without being part of it.
const ENDS: [char; 6] = [',', ';', ':', '.', '!', '?'];
/// The longest word that has a sense, in bytes.
const LONGEST: usize = 24;

/// A language with an index of its words.
pub struct Lexicon {
    /// The language.
    pub language: &'static Language,
    senses: HashMap<&'static str, Sense>,
}

/// A word of a line.
#[derive(Clone, Debug)]
pub struct Word<'text> {
    /// The word in lower case, without the punctuation at its end.
    pub text: Cow<'text, str>,
    /// The punctuation at its end.
    pub end: &'text str,
    /// Its sense, if it has one.
    pub sense: Option<Sense>,
}

/// English with its index.
pub static ENGLISH: LazyLock<Lexicon> = LazyLock::new(|| Lexicon::new(&super::english::ENGLISH));

impl Lexicon {
    fn new(language: &'static Language) -> Lexicon {
        let mut senses: HashMap<_, _> = language.words.iter().copied().collect();
        let patterns = language.dates.iter().chain(language.times);
        for slot in patterns.flat_map(|pattern| pattern.slots) {
            if let Slot::Is(word) = slot {
                senses.entry(word).or_insert(Sense::Other);
            }
        }
        Lexicon { language, senses }
    }

    /// Reads a word.
    pub fn word<'text>(&self, text: &'text str) -> Word<'text> {
        if let Some(sense) = self.sense_of_whole(text) {
            let text = lower(text);
            return Word {
                text,
                end: "",
                sense: Some(sense),
            };
        }
        let core = text.trim_end_matches(ENDS);
        let (core, end) = match core.is_empty() {
            true => (text, ""),
            false => text.split_at(core.len()),
        };
        if core.len() > LONGEST {
            return Word {
                text: Cow::Borrowed(core),
                end,
                sense: None,
            };
        }
        let lowered = lower(core);
        let is_name = |sense: &Sense| {
            matches!(sense, Sense::Day(_))
                && self.language.lower_case.contains(&lowered.as_ref())
                && core != lowered
        };
        let known = self.senses.get(lowered.as_ref()).copied();
        let sense = known
            .filter(|sense| !is_name(sense))
            .or_else(|| self.figures(&lowered));
        Word {
            text: lowered,
            end,
            sense,
        }
    }

    /// Returns the sense of a word that ends with punctuation of its own, such as `every!`.
    fn sense_of_whole(&self, text: &str) -> Option<Sense> {
        if text.len() > LONGEST || !text.ends_with(ENDS) {
            return None;
        }
        let text = lower(text);
        let half = self.language.halves.iter().find(|(half, _)| *half == text);
        let known = self.senses.get(text.as_ref()).copied();
        known.or(half.map(|(_, half)| Sense::Half(*half)))
    }

    /// Reads a word with figures.
    fn figures(&self, text: &str) -> Option<Sense> {
        if let Some((_, half)) = self.language.halves.iter().find(|(half, _)| *half == text) {
            return Some(Sense::Half(*half));
        }
        if let Some(text) = text.strip_prefix('+') {
            return Some(Sense::Plus(number(text, 4)?));
        }
        if !text.starts_with(|first: char| first.is_ascii_digit()) {
            return None;
        }
        let figures = text.bytes().take_while(u8::is_ascii_digit).count();
        let (figures, rest) = text.split_at(figures);
        if rest.is_empty() {
            return Some(Sense::Number(number(figures, 4)?));
        }
        if self.language.ordinal_ends.contains(&rest) {
            let day = i8::try_from(number(figures, 2)?).ok()?;
            return Some(Sense::Ordinal(day));
        }
        clock(text, self.language)
            .or_else(|| amount(text, self.language))
            .or_else(|| numeric(text).map(Sense::Numeric))
    }
}

fn lower(text: &str) -> Cow<'_, str> {
    match text
        .chars()
        .any(|character| character.is_uppercase() || character == '\u{2019}')
    {
        true => Cow::Owned(text.to_lowercase().replace('\u{2019}', "'")),
        false => Cow::Borrowed(text),
    }
}

/// Returns a number of at most so many digits.
fn number(text: &str, digits: usize) -> Option<u16> {
    let is_number = (1..=digits).contains(&text.len()) && text.bytes().all(|b| b.is_ascii_digit());
    is_number.then(|| text.parse().ok())?
}

/// Reads `16:00`, `4pm`, `4:30pm` or `4.30pm`.
fn clock(text: &str, language: &Language) -> Option<Sense> {
    let half = language
        .halves
        .iter()
        .find_map(|(end, half)| Some((text.strip_suffix(end)?, *half)));
    let time = half.map_or(text, |(time, _)| time);
    // Without its half, 5.30 is a number.
    let separator = if half.is_some() && !time.contains(':') {
        '.'
    } else {
        ':'
    };
    let (hour, minute) = match time.split_once(separator) {
        Some((hour, minute)) if minute.len() == 2 => (number(hour, 2)?, number(minute, 2)?),
        Some(_) => return None,
        None => (number(time, 2)?, 0),
    };
    let minutes = minutes(hour, minute, half.map(|(_, half)| half))?;
    let has_half = half.is_some();
    (has_half || time.contains(':')).then_some(Sense::Clock { minutes, has_half })
}

/// Returns the minutes since midnight.
pub(super) fn minutes(hour: u16, minute: u16, half: Option<bool>) -> Option<i16> {
    let hour = match half {
        None if hour < 24 => hour,
        Some(is_second) if (1..=12).contains(&hour) => hour % 12 + 12 * u16::from(is_second),
        _ => return None,
    };
    (minute < 60).then(|| i16::try_from(hour * 60 + minute).ok())?
}

/// Reads `45min`, `1h30m` or `1.5h`.
fn amount(text: &str, language: &Language) -> Option<Sense> {
    let mut minutes = 0;
    let mut rest = text;
    while !rest.is_empty() {
        let split = rest.find(|character: char| !character.is_ascii_digit() && character != '.')?;
        let (figures, unit) = rest.split_at(split);
        let split = unit
            .find(|character: char| character.is_ascii_digit())
            .unwrap_or(unit.len());
        let (unit, next) = unit.split_at(split);
        let (_, unit) = language.amount_ends.iter().find(|(end, _)| *end == unit)?;
        minutes += match figures.split_once('.') {
            None => u32::from(number(figures, 4)?) * unit,
            Some((whole, tenths)) => {
                let tenths = u32::from(number(whole, 2)?) * 10 + u32::from(number(tenths, 1)?);
                tenths * unit / 10
            }
        };
        rest = next;
    }
    (minutes > 0).then_some(Sense::Amount(minutes))
}

/// Reads `2027-01-27`, `27/1`, `1/27/27`, `27.1`, `27.1.2027` or `27-1-2027`.
fn numeric(text: &str) -> Option<Numeric> {
    let separator = *text.as_bytes().iter().find(|byte| !byte.is_ascii_digit())?;
    if !matches!(separator, b'-' | b'/' | b'.') {
        return None;
    }
    let mut figures = text.split(char::from(separator));
    let mut next = |digits| {
        figures
            .next()
            .map(|text| number(text, digits).map(|n| (n, text.len())))
    };
    let (first, first_digits) = next(4)??;
    let (second, second_digits) = next(2)??;
    let third = match next(4) {
        None => None,
        Some(third) => Some(third?),
    };
    if figures.next().is_some() {
        return None;
    }
    let year_first = first_digits == 4;
    let has_form = match third {
        // 1.5 is a version, and 01.05 a date.
        None if separator == b'.' => first_digits == 2 && second_digits == 2,
        None => first_digits <= 2 && separator == b'/',
        Some((_, digits)) if year_first => digits <= 2,
        Some((_, 4)) => first_digits <= 2,
        Some((_, digits)) => first_digits <= 2 && digits == 2 && separator != b'-',
    };
    let figures = [Some(first), Some(second), third.map(|(third, _)| third)];
    has_form.then_some(Numeric {
        figures,
        separator,
        year_first,
    })
}

impl fmt::Debug for Lexicon {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.debug_struct("Lexicon").finish_non_exhaustive()
    }
}
