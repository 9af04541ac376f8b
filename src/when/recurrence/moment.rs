//! Dates and times in the notation of iCalendar.

use std::fmt;

use super::invalid;
use crate::error::Violation;
use crate::locale::message;
use crate::timestamp::Timestamp;
use crate::when::{Date, Time, Zone};

/// Minutes of a day.
pub(super) const DAY: i64 = 24 * 60;

/// A date or a time in a rule: the end of a series, or a date that is added or left out.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Moment {
    /// A date.
    Day(Date),
    /// A date and a time on the clock of the task.
    Local(Date, Time),
    /// A date and a time in UTC.
    Utc(Date, Time),
}

impl Moment {
    /// Parses `20260401`, `20260401T170000` or `20260401T170000Z`. The seconds are ignored: nothing
    /// is due within a minute.
    pub(super) fn parse(text: &str) -> Result<Moment, Violation> {
        let moment = || {
            let (text, is_utc) = match text.strip_suffix(['Z', 'z']) {
                Some(text) => (text, true),
                None => (text, false),
            };
            let (date, time) = match text.split_once(['T', 't']) {
                Some((date, time)) => (date, Some(digits::<6>(time)?)),
                None => (text, None),
            };
            let [a, b, c, d, month_tens, month, day_tens, day] = digits::<8>(date)?;
            let year = a * 1000 + b * 100 + c * 10 + d;
            let [month, day] = [month_tens * 10 + month, day_tens * 10 + day].map(|n| n as i8);
            let date = Date::new(year, month, day)?;
            let Some([hour_tens, hour, minute_tens, minute, second_tens, _]) = time else {
                return (!is_utc).then_some(Moment::Day(date));
            };
            let (hour, minute) = (hour_tens * 10 + hour, minute_tens * 10 + minute);
            if hour > 23 || minute > 59 || second_tens > 6 {
                return None;
            }
            let time = Time::of_minutes(i64::from(hour * 60 + minute));
            Some(match is_utc {
                true => Moment::Utc(date, time),
                false => Moment::Local(date, time),
            })
        };
        moment().ok_or_else(|| invalid(message!("rule-moment")))
    }

    /// Returns the date.
    pub fn date(self) -> Date {
        match self {
            Moment::Day(date) | Moment::Local(date, _) | Moment::Utc(date, _) => date,
        }
    }

    /// Returns the time on the clock of the task in minutes since 1970. A date is its midnight.
    pub(super) fn minutes(self, zone: Zone) -> i64 {
        match self {
            Moment::Day(date) => date.epoch_days() * DAY,
            Moment::Local(date, time) => to_minutes(date, time),
            Moment::Utc(date, time) => {
                let (date, time) = zone.local(Zone::UTC.instant(date, time));
                to_minutes(date, time)
            }
        }
    }

    /// Returns the last minute that belongs to it, in minutes since 1970.
    pub(super) fn last_minute(self, zone: Zone) -> i64 {
        match self {
            Moment::Day(date) => date.epoch_days() * DAY + DAY - 1,
            other => other.minutes(zone),
        }
    }
}

impl fmt::Display for Moment {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let date = self.date();
        let (year, month, day) = (date.year(), date.month(), date.day());
        write!(formatter, "{year:04}{month:02}{day:02}")?;
        let (time, suffix) = match *self {
            Moment::Day(_) => return Ok(()),
            Moment::Local(_, time) => (time, ""),
            Moment::Utc(_, time) => (time, "Z"),
        };
        write!(
            formatter,
            "T{:02}{:02}00{suffix}",
            time.hour(),
            time.minute()
        )
    }
}

/// Returns the minutes on a clock since 1970.
pub(super) fn to_minutes(date: Date, time: Time) -> i64 {
    date.epoch_days() * DAY + time.minutes()
}

/// Returns the date and the time after so many minutes on a clock since 1970.
pub(super) fn of_minutes(minutes: i64) -> (Date, Time) {
    (
        Date::of_epoch_days(minutes.div_euclid(DAY)),
        Time::of_minutes(minutes),
    )
}

/// Returns the minutes on the clock of a zone at an instant, rounded down.
pub(super) fn local_minutes(instant: Timestamp, zone: Zone) -> i64 {
    let (date, time) = zone.local(instant);
    to_minutes(date, time)
}

fn digits<const COUNT: usize>(text: &str) -> Option<[i16; COUNT]> {
    let bytes: [u8; COUNT] = text.as_bytes().try_into().ok()?;
    let are_digits = bytes.iter().all(u8::is_ascii_digit);
    are_digits.then(|| bytes.map(|byte| i16::from(byte - b'0')))
}
