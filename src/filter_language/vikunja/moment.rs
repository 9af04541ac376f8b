//! Dates with arithmetic: `now-1M/M`, `2026-03-11||+1w`.

use crate::filter_language::dates::{Base, Moment, Precision, Step, Unit};
use crate::when::{Date, Time};

/// The largest amount of a unit.
const MOST: i64 = 99_999;

/// Maximum number of steps.
const MOST_STEPS: usize = 8;

/// Parses a time. Returns true with a date alone, which is the start of its day.
pub(super) fn parse(text: &str) -> Option<(Moment, bool)> {
    let (base, steps) = match text.strip_prefix("now") {
        Some(steps) => (Base::Now, steps),
        None => {
            let (base, steps) = text.split_once("||").unwrap_or((text, ""));
            if steps.is_empty() && base.len() < text.len() {
                return None;
            }
            (date(base)?, steps)
        }
    };
    let is_day = matches!(base, Base::Date(_)) && steps.is_empty();
    let moment = Moment {
        base,
        steps: self::steps(steps)?,
        precision: Precision::Instant,
    };
    Some((moment, is_day))
}

/// Parses `2026-03-11`, `2026-03-11 14:00` or `2026-03-11T14:00:00Z`.
fn date(text: &str) -> Option<Base> {
    let Some((date, time)) = text.split_once(['T', ' ']) else {
        return Some(Base::Date(Date::parse(text).ok()?));
    };
    let date = Date::parse(date).ok()?;
    let (time, is_utc) = match time.strip_suffix('Z') {
        Some(time) => (time, true),
        None => (time, false),
    };
    // Due dates have no seconds.
    let time = match time.len() {
        8 => time.strip_suffix(":00")?,
        _ => time,
    };
    let time = Time::parse(time).ok()?;
    Some(match is_utc {
        true => Base::Utc(date, time),
        false => Base::Local(date, time),
    })
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
