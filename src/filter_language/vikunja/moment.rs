//! Dates with arithmetic: `now-1M/M`, `2026-03-11||+1w`.

use crate::filter_language::dates::{Base, Moment, Precision, Step, Unit};
use crate::when::{Date, Time};

/// The largest amount of a unit.
const MOST: i64 = 99_999;

/// Maximum number of steps.
const MOST_STEPS: usize = 8;

/// Parses a time. Returns true with a date alone, which is the start of its day.
pub(super) fn parse(text: &str) -> Option<(Moment, bool)> {
    let ((base, mut steps), more) = match text.strip_prefix("now") {
        Some(more) => ((Base::Now, Vec::new()), more),
        None => {
            let (base, more) = text.split_once("||").unwrap_or((text, ""));
            if more.is_empty() && base.len() < text.len() {
                return None;
            }
            (date(base)?, more)
        }
    };
    let is_day = matches!(base, Base::Date(_)) && more.is_empty();
    steps.extend(self::steps(more)?);
    let moment = Moment {
        base,
        steps,
        precision: Precision::Instant,
    };
    Some((moment, is_day))
}

/// Parses `2026-03-11`, `2026-3-11 14:00`, `2026-03-11T14:00:00Z` or `2026-03-11T14:00:00+01:00`.
/// Seconds and the offset are steps.
fn date(text: &str) -> Option<(Base, Vec<Step>)> {
    let Some((date, time)) = text.split_once(['T', ' ']) else {
        return Some((Base::Date(day(text)?), Vec::new()));
    };
    let date = day(date)?;
    let (time, offset) = match time.find(['Z', '+', '-']) {
        Some(end) => (&time[..end], Some(offset(&time[end..])?)),
        None => (time, None),
    };
    let (time, seconds) = match time.match_indices(':').nth(1) {
        Some((end, _)) => (&time[..end], number(&time[end + 1..], 2)?),
        None => (time, 0),
    };
    let time = Time::parse(time).ok()?;
    let seconds = seconds - 60 * offset.unwrap_or(0);
    let steps = vec![Step::Add(seconds, Unit::Second)];
    let base = match offset {
        Some(_) => Base::Utc(date, time),
        None => Base::Local(date, time),
    };
    Some((base, if seconds == 0 { Vec::new() } else { steps }))
}

/// Parses `2026-03-11` or `2026-3-11`. In the year 0 it is the first day of all.
fn day(text: &str) -> Option<Date> {
    let mut parts = text.split('-');
    let (year, month, day) = (parts.next()?, parts.next()?, parts.next()?);
    let year = number(year, 4).filter(|_| year.len() == 4 && parts.next().is_none())?;
    let (month, day) = (number(month, 2)?, number(day, 2)?);
    let date = Date::new(year.max(1) as i16, month as i8, day as i8)?;
    Some(if year == 0 { Date::MIN } else { date })
}

/// Parses `Z` or `+01:00`, in minutes.
fn offset(text: &str) -> Option<i64> {
    if text == "Z" {
        return Some(0);
    }
    let (hours, minutes) = text[1..].split_once(':')?;
    let minutes = 60 * number(hours, 2)? + number(minutes, 2).filter(|minutes| *minutes < 60)?;
    Some(if text.starts_with('-') {
        -minutes
    } else {
        minutes
    })
}

/// Parses a number of at most so many digits.
fn number(text: &str, digits: usize) -> Option<i64> {
    let is_number = (1..=digits).contains(&text.len()) && text.bytes().all(|b| b.is_ascii_digit());
    text.parse().ok().filter(|_| is_number)
}

fn steps(mut text: &str) -> Option<Vec<Step>> {
    let mut steps = Vec::new();
    while let Some(sign) = text.chars().next() {
        text = &text[sign.len_utf8()..];
        let digits = text
            .find(|letter: char| !letter.is_ascii_digit())
            .unwrap_or(text.len());
        let count: Option<i64> = text[..digits].parse().ok();
        text = &text[digits..];
        let unit = unit(text.chars().next()?)?;
        text = &text[1..];
        steps.push(match (sign, count) {
            ('+', Some(count)) if count <= MOST => Step::Add(count, unit),
            ('-', Some(count)) if count <= MOST => Step::Add(-count, unit),
            ('/', None) if digits == 0 => Step::StartOf(unit),
            _ => return None,
        });
        if steps.len() > MOST_STEPS {
            return None;
        }
    }
    Some(steps)
}

fn unit(letter: char) -> Option<Unit> {
    Some(match letter {
        's' => Unit::Second,
        'm' => Unit::Minute,
        'h' => Unit::Hour,
        'd' => Unit::Day,
        'w' => Unit::Week,
        'M' => Unit::Month,
        'y' => Unit::Year,
        _ => return None,
    })
}
