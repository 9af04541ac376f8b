//! Calendar dates and times of day, without a zone.

use std::fmt;

use jiff::{SignedDuration, civil};
use serde::de::{Error as _, Unexpected};
use serde::{Deserialize, Deserializer, Serialize, Serializer};

use crate::error::{Code, Violation};
use crate::locale::message;

pub(super) const MICROSECONDS_PER_MINUTE: i64 = 60 * 1_000_000;
pub(super) const MICROSECONDS_PER_DAY: i64 = 24 * 60 * MICROSECONDS_PER_MINUTE;

const EPOCH: civil::Date = civil::Date::constant(1970, 1, 1);

/// A date of the Gregorian calendar, in the years 1 to 9999. Its text is `2026-04-01`, which sorts
/// by time.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Date(civil::Date);

impl Date {
    /// The first date: 0001-01-01.
    pub const MIN: Date = Date(civil::Date::constant(1, 1, 1));
    /// The last date: 9999-12-31.
    pub const MAX: Date = Date(civil::Date::constant(9999, 12, 31));

    /// Returns the date, if it exists.
    pub fn new(year: i16, month: i8, day: i8) -> Option<Date> {
        let date = Date(civil::Date::new(year, month, day).ok()?);
        (Date::MIN..=Date::MAX).contains(&date).then_some(date)
    }

    /// Parses a date such as `2026-04-01`.
    ///
    /// # Errors
    /// [`Code::WrongType`].
    pub fn parse(text: &str) -> Result<Date, Violation> {
        let date = || {
            let [year, month, day] = numbers(text, *b"0000-00-00", [0..4, 5..7, 8..10])?;
            let [month, day] = [month, day].map(i8::try_from);
            Date::new(year, month.ok()?, day.ok()?)
        };
        date().ok_or_else(|| Violation::new(Code::WrongType, message!("error-date")))
    }

    /// Returns the year.
    pub fn year(self) -> i16 {
        self.0.year()
    }

    /// Returns the month, from 1.
    pub fn month(self) -> i8 {
        self.0.month()
    }

    /// Returns the day of the month, from 1.
    pub fn day(self) -> i8 {
        self.0.day()
    }

    /// Returns the day of the week.
    pub fn weekday(self) -> civil::Weekday {
        self.0.weekday()
    }

    /// Returns the date a number of days later, or earlier if negative. Stops at the first and the
    /// last date.
    pub fn plus_days(self, days: i64) -> Date {
        Date::of_epoch_days(self.epoch_days().saturating_add(days))
    }

    /// Returns the days from another date to this one.
    pub fn days_since(self, other: Date) -> i64 {
        self.epoch_days() - other.epoch_days()
    }

    /// Returns the days since 1970-01-01.
    pub(super) fn epoch_days(self) -> i64 {
        self.0.duration_since(EPOCH).as_hours() / 24
    }

    /// Returns the date a number of days after 1970-01-01. Stops at the first and the last date.
    pub(super) fn of_epoch_days(days: i64) -> Date {
        let days = days.clamp(Date::MIN.epoch_days(), Date::MAX.epoch_days());
        let date = EPOCH.checked_add(SignedDuration::from_hours(24 * days));
        date.map_or(Date::MIN, Date)
    }

    pub(super) fn at(self, time: Time) -> civil::DateTime {
        self.0.at(time.hour, time.minute, 0, 0)
    }
}

impl fmt::Display for Date {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (year, month, day) = (self.year(), self.month(), self.day());
        write!(formatter, "{year:04}-{month:02}-{day:02}")
    }
}

impl Serialize for Date {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for Date {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Date, D::Error> {
        let text = String::deserialize(deserializer)?;
        let expected = &"a date, such as 2026-04-01";
        Date::parse(&text).map_err(|_| D::Error::invalid_value(Unexpected::Str(&text), expected))
    }
}

/// A time of day, to the minute. Its text is `17:00`, which sorts by time.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Time {
    hour: i8,
    minute: i8,
}

impl Time {
    /// The beginning of a day.
    pub const MIDNIGHT: Time = Time { hour: 0, minute: 0 };
    /// The time for reminders of a day.
    pub const MORNING: Time = Time { hour: 9, minute: 0 };

    /// Parses a time such as `17:00`.
    ///
    /// # Errors
    /// [`Code::WrongType`].
    pub fn parse(text: &str) -> Result<Time, Violation> {
        let time = || {
            let [hour, minute] = numbers(text, *b"00:00", [0..2, 3..5])?;
            let [hour, minute] = [hour, minute].map(i8::try_from);
            let (hour, minute) = (hour.ok()?, minute.ok()?);
            (hour < 24 && minute < 60).then_some(Time { hour, minute })
        };
        let message = message!("error-time");
        time().ok_or_else(|| Violation::new(Code::WrongType, message))
    }

    /// Returns the hour, from 0 to 23.
    pub fn hour(self) -> i8 {
        self.hour
    }

    /// Returns the minute, from 0 to 59.
    pub fn minute(self) -> i8 {
        self.minute
    }

    /// Returns the time a number of minutes after midnight, within one day.
    pub(super) fn of_minutes(minutes: i64) -> Time {
        let minutes = minutes.rem_euclid(24 * 60);
        Time {
            hour: (minutes / 60) as i8,
            minute: (minutes % 60) as i8,
        }
    }

    /// Returns the minutes since midnight on a clock.
    pub fn minutes(self) -> i64 {
        i64::from(self.hour) * 60 + i64::from(self.minute)
    }
}

impl fmt::Display for Time {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "{:02}:{:02}", self.hour, self.minute)
    }
}

/// Returns the numbers at these places of a text that has the form of `pattern`, where `0` stands
/// for any digit.
fn numbers<const BYTES: usize, const NUMBERS: usize>(
    text: &str,
    pattern: [u8; BYTES],
    places: [std::ops::Range<usize>; NUMBERS],
) -> Option<[i16; NUMBERS]> {
    let bytes = text.as_bytes();
    let has_form = bytes.len() == BYTES
        && bytes
            .iter()
            .zip(pattern)
            .all(|(byte, wanted)| match wanted {
                b'0' => byte.is_ascii_digit(),
                _ => *byte == wanted,
            });
    has_form.then(|| {
        places.map(|place| {
            let digits = bytes[place].iter();
            digits.fold(0, |number, digit| number * 10 + i16::from(digit - b'0'))
        })
    })
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn only_dates_of_the_calendar_with_ten_characters_are_parsed() {
        for text in ["0001-01-01", "2024-02-29", "2026-04-01", "9999-12-31"] {
            assert_eq!(Date::parse(text).expect(text).to_string(), text);
        }
        for text in [
            "",
            "0000-12-31",
            "2023-02-29",
            "2026-4-1",
            "2026-04-31",
            "2026-13-01",
            "2026-00-10",
            "2026-01-00",
            "+2026-04-01",
            "-026-04-01",
            "2026/04/01",
            "20260401",
            "10000-01-01",
            "2026-04-01 ",
            "2026-04-01T10:00",
            "202\u{e9}-04-0",
            "\u{0662}026-04-1",
        ] {
            assert!(Date::parse(text).is_err(), "{text}");
        }
    }

    #[test]
    fn only_times_to_the_minute_are_parsed() {
        for text in ["00:00", "09:05", "17:00", "23:59"] {
            assert_eq!(Time::parse(text).expect(text).to_string(), text);
        }
        for text in [
            "",
            "24:00",
            "12:60",
            "9:05",
            "09:05:00",
            "0905",
            "09.05",
            "-1:05",
            "09:05 ",
            "09:\u{e9}",
        ] {
            assert!(Time::parse(text).is_err(), "{text}");
        }
    }

    #[test]
    fn days_are_added_up_to_the_first_and_the_last_date() {
        let date = |text| Date::parse(text).expect("a date");
        assert_eq!(date("2024-02-28").plus_days(2), date("2024-03-01"));
        assert_eq!(date("2024-03-01").plus_days(-2), date("2024-02-28"));
        assert_eq!(Date::MAX.plus_days(1), Date::MAX);
        assert_eq!(Date::MIN.plus_days(i64::MIN), Date::MIN);
        assert_eq!(date("1970-01-01").plus_days(i64::MAX), Date::MAX);
    }

    proptest! {
        #[test]
        fn days_since_the_epoch_are_those_of_the_date(days in -719_162_i64..=2_932_896) {
            let date = Date::of_epoch_days(days);
            prop_assert_eq!(date.epoch_days(), days);
            prop_assert_eq!(Date::parse(&date.to_string()), Ok(date));
            prop_assert_eq!(date.to_string() < date.plus_days(1).to_string(), date < Date::MAX);
        }

        #[test]
        fn no_text_causes_a_panic(text in ".{0,12}") {
            let _ = (Date::parse(&text), Time::parse(&text));
        }
    }
}
