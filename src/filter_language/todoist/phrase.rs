//! Dates in words, such as `1 week after next monday`.

use jiff::civil::Weekday;

use crate::filter_language::dates::{Base, Direction, Moment, Precision, Step, Unit};
use crate::when::{Date, Time};

/// The steps from today to the first day of the next month, and to the day before it.
const END_OF_MONTH: [Step; 3] = [
    Step::StartOf(Unit::Month),
    Step::Add(1, Unit::Month),
    Step::Add(-1, Unit::Day),
];
/// The largest amount of a unit.
const MOST: i64 = 99_999;

/// A word in lower case.
pub(super) struct Word<'t> {
    pub text: std::borrow::Cow<'t, str>,
    /// The start in the filter, in bytes.
    pub place: usize,
}

impl Word<'_> {
    /// Returns the end of a text as a word.
    pub fn end(place: usize) -> Word<'static> {
        Word {
            text: "".into(),
            place,
        }
    }

    pub fn is_letters(&self) -> bool {
        self.text.chars().all(char::is_alphabetic)
    }
}

/// Splits a text, which starts at a place, into words.
pub(super) fn words(text: &str, place: usize) -> Vec<Word<'_>> {
    let words = text.split_whitespace().map(|word| Word {
        place: place + (word.as_ptr() as usize - text.as_ptr() as usize),
        text: word.to_ascii_lowercase().into(),
    });
    words.collect()
}

/// Parses a date.
///
/// # Errors
/// The place of the first word that does not fit, in bytes.
pub(super) fn parse(words: &[Word<'_>], direction: Direction) -> Result<Moment, usize> {
    let first = words.first().map_or(0, |word| word.place);
    if let Some((count, unit, used)) = amount(words)
        && let [relation, rest @ ..] = &words[used..]
    {
        let sign = match &*relation.text {
            "after" => Some(1),
            "before" => Some(-1),
            _ => None,
        };
        if let Some(sign) = sign {
            let mut moment = parse(rest, direction).map_err(|place| place.max(relation.place))?;
            moment.steps.push(Step::Add(sign * count, unit));
            if matches!(unit, Unit::Minute | Unit::Hour) {
                moment = moment.at_least_a_minute();
                moment.precision = Precision::Minute;
            }
            return Ok(moment);
        }
    }
    let (moment, used) = day(words, direction).ok_or(first)?;
    let Some(next) = words.get(used) else {
        return Ok(moment);
    };
    match time(&words[used..]) {
        Some((time, more)) if moment.precision == Precision::Day => match words.get(used + more) {
            None => Ok(at(moment, time)),
            Some(word) => Err(word.place),
        },
        _ => Err(next.place),
    }
}

fn at(mut moment: Moment, time: Time) -> Moment {
    moment.steps.push(Step::At(time));
    moment.precision = Precision::Minute;
    moment
}

/// Parses a number with a unit: `5 days`, `-3 days`, `+8 hours` or `2h`. Returns the number of
/// words, too.
pub(super) fn amount(words: &[Word<'_>]) -> Option<(i64, Unit, usize)> {
    let first = &*words.first()?.text;
    let digits = first.trim_start_matches(['+', '-']);
    let end = digits
        .find(|letter: char| !letter.is_ascii_digit())
        .unwrap_or(digits.len());
    let count: i64 = digits[..end].parse().ok()?;
    if count > MOST || first.len() - digits.len() > 1 {
        return None;
    }
    let count = if first.starts_with('-') {
        -count
    } else {
        count
    };
    match &digits[end..] {
        "" => Some((count, unit(&words.get(1)?.text)?, 2)),
        name => Some((count, unit(name)?, 1)),
    }
}

fn unit(name: &str) -> Option<Unit> {
    Some(match name {
        "m" | "min" | "mins" | "minute" | "minutes" => Unit::Minute,
        "h" | "hour" | "hours" => Unit::Hour,
        "d" | "day" | "days" => Unit::Day,
        "w" | "week" | "weeks" => Unit::Week,
        "month" | "months" => Unit::Month,
        "y" | "year" | "years" => Unit::Year,
        _ => return None,
    })
}

fn later(count: i64, unit: Unit) -> Moment {
    match unit {
        Unit::Second | Unit::Minute | Unit::Hour => Moment {
            base: Base::Now,
            steps: vec![Step::Add(count, unit)],
            precision: Precision::Instant,
        },
        _ => Moment::day(Base::Today, vec![Step::Add(count, unit)]),
    }
}

/// Parses a day, or a time from now. Returns the number of words, too.
fn day(words: &[Word<'_>], direction: Direction) -> Option<(Moment, usize)> {
    let text = |index: usize| words.get(index).map_or("", |word| &*word.text);
    let first = text(0);
    let simple = |base| Some((Moment::day(base, Vec::new()), 1));
    let steps = |steps: &[Step], used| Some((Moment::day(Base::Today, steps.to_vec()), used));
    match first {
        "today" | "tod" => return simple(Base::Today),
        "tomorrow" | "tom" | "tmr" => return steps(&[Step::Add(1, Unit::Day)], 1),
        "yesterday" => return steps(&[Step::Add(-1, Unit::Day)], 1),
        "now" => return Some((later(0, Unit::Second), 1)),
        "this" if text(1) == "weekend" => {
            let (moment, _) = simple(Base::Weekday(Weekday::Saturday, direction))?;
            return Some((moment, 2));
        }
        "end" if (text(1), text(2)) == ("of", "month") => return steps(&END_OF_MONTH, 3),
        // Of the next month, and of this one.
        "first" if text(1) == "day" => return steps(&END_OF_MONTH[..2], 2),
        "last" if text(1) == "day" => return steps(&END_OF_MONTH, 2),
        "next" => {
            if let Some(unit @ (Unit::Week | Unit::Month | Unit::Year)) = unit(text(1)) {
                return steps(&[Step::StartOf(unit), Step::Add(1, unit)], 2);
            }
            // The one after the coming one.
            let base = Base::Weekday(weekday(text(1))?, direction);
            return Some((Moment::day(base, vec![Step::Add(1, Unit::Week)]), 2));
        }
        "in" => {
            let (count, unit, used) = amount(&words[1..])?;
            return Some((later(count, unit), used + 1));
        }
        _ => {}
    }
    if let Some(weekday) = weekday(first) {
        return simple(Base::Weekday(weekday, direction));
    }
    if let Some((count, unit, used)) = amount(words) {
        return Some(match text(used) {
            "ago" => (later(-count, unit), used + 1),
            "from" if text(used + 1) == "now" => (later(count, unit), used + 2),
            _ => (later(count, unit), used),
        });
    }
    if let Ok(date) = Date::parse(first) {
        return simple(Base::Date(date));
    }
    if let Some(date) = slashed(first, direction) {
        return simple(date);
    }
    in_month(text, direction)
}

/// Parses `Jan 27`, `27 Jan` or `27th`, with or without a year.
fn in_month<'w>(text: impl Fn(usize) -> &'w str, direction: Direction) -> Option<(Moment, usize)> {
    let (month, day) = match (month(text(0)), month(text(1))) {
        (Some(month), _) => (month, ordinal(text(1))?),
        (None, Some(month)) => (month, ordinal(text(0))?),
        (None, None) => {
            let day = ordinal(text(0)).filter(|_| !text(0).ends_with(is_digit))?;
            return Some((Moment::day(Base::DayOfMonth(day, direction), vec![]), 1));
        }
    };
    let year = Some(text(2)).filter(|text| text.len() == 4 && text.bytes().all(is_digit_byte));
    let (base, used) = match year {
        Some(year) => (Base::Date(Date::new(year.parse().ok()?, month, day)?), 3),
        None => (day_of_year(month, day, direction)?, 2),
    };
    Some((Moment::day(base, Vec::new()), used))
}

fn is_digit(letter: char) -> bool {
    letter.is_ascii_digit()
}

fn is_digit_byte(byte: u8) -> bool {
    byte.is_ascii_digit()
}

/// Returns the base for a day that exists in leap years at least.
fn day_of_year(month: i8, day: i8, direction: Direction) -> Option<Base> {
    Date::new(2024, month, day)?;
    Some(Base::DayOfYear(month, day, direction))
}

/// Parses `1/27` or `1/27/2027`, or the day first if it cannot be a month.
fn slashed(text: &str, direction: Direction) -> Option<Base> {
    let mut parts = text.split('/').map(|part| part.parse::<i16>().ok());
    let (one, other) = (parts.next()??, parts.next()??);
    let (month, day) = if one > 12 { (other, one) } else { (one, other) };
    let (month, day) = (i8::try_from(month).ok()?, i8::try_from(day).ok()?);
    let year = parts.next();
    match (year, parts.next()) {
        (None, None) => day_of_year(month, day, direction),
        (Some(year), None) => Some(Base::Date(Date::new(year?, month, day)?)),
        _ => None,
    }
}

/// Parses the day of a month, such as `3` or `3rd`.
fn ordinal(text: &str) -> Option<i8> {
    let end = text.find(|letter| !is_digit(letter)).unwrap_or(text.len());
    let day: i8 = text[..end].parse().ok()?;
    let is_day = matches!(&text[end..], "" | "st" | "nd" | "rd" | "th");
    (is_day && (1..=31).contains(&day)).then_some(day)
}

/// Parses a time of day: `14:00`, `2pm`, `2:30 pm`, or `at` with one of them or an hour. Returns
/// the number of words, too.
fn time(words: &[Word<'_>]) -> Option<(Time, usize)> {
    let (at, words) = match words {
        [at, rest @ ..] if at.text == "at" => (1, rest),
        other => (0, other),
    };
    let first = &*words.first()?.text;
    let end = first
        .find(|letter: char| !is_digit(letter) && letter != ':')
        .unwrap_or(first.len());
    let (clock, suffix) = first.split_at(end);
    let next = words.get(1).map_or("", |word| &*word.text);
    let (half, used) = match (suffix, next) {
        ("am" | "pm", _) => (suffix, 1),
        ("", "am" | "pm") => (next, 2),
        ("", _) if at == 1 || clock.contains(':') => ("", 1),
        _ => return None,
    };
    let (hour, minute) = clock.split_once(':').unwrap_or((clock, "00"));
    let hour: u8 = hour.parse().ok().filter(|_| hour.len() <= 2)?;
    let hour = match half {
        "" => hour,
        _ if !(1..=12).contains(&hour) => return None,
        "am" => hour % 12,
        _ => hour % 12 + 12,
    };
    let time = Time::parse(&format!("{hour:02}:{minute}")).ok()?;
    Some((time, at + used))
}

fn weekday(text: &str) -> Option<Weekday> {
    Some(match text {
        "mon" | "monday" => Weekday::Monday,
        "tue" | "tues" | "tuesday" => Weekday::Tuesday,
        "wed" | "wednesday" => Weekday::Wednesday,
        "thu" | "thur" | "thurs" | "thursday" => Weekday::Thursday,
        "fri" | "friday" => Weekday::Friday,
        "sat" | "saturday" => Weekday::Saturday,
        "sun" | "sunday" => Weekday::Sunday,
        _ => return None,
    })
}

fn month(text: &str) -> Option<i8> {
    Some(match text {
        "jan" | "january" => 1,
        "feb" | "february" => 2,
        "mar" | "march" => 3,
        "apr" | "april" => 4,
        "may" => 5,
        "jun" | "june" => 6,
        "jul" | "july" => 7,
        "aug" | "august" => 8,
        "sep" | "sept" | "september" => 9,
        "oct" | "october" => 10,
        "nov" | "november" => 11,
        "dec" | "december" => 12,
        _ => return None,
    })
}
