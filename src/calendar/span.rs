//! Months and weeks.

use crate::error::{Code, Error};
use crate::locale::{Message, message};
use crate::when::{Date, WeekStart};

/// Days of a week.
pub(super) const WEEK: i64 = 7;

/// The part of a calendar that a page shows.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Span {
    /// A year and a month, from 1.
    Month(i16, i8),
    /// The Thursday of a week of ISO 8601. It is in the same week whichever day weeks begin on.
    Week(Date),
}

impl Span {
    /// Returns the month of a day.
    pub fn month_of(day: Date) -> Span {
        Span::Month(day.year(), day.month())
    }

    /// Returns the week of a day, if weeks begin on this day.
    pub fn week_of(day: Date, start: WeekStart) -> Span {
        let first = first_of_week(day, start);
        let days = (0..WEEK).map(|days| first.plus_days(days));
        let mut thursdays = days.filter(|day| monday_offset(*day) == 3);
        Span::Week(thursdays.next().unwrap_or(day))
    }

    /// Parses a month such as `2026-11`.
    ///
    /// # Errors
    /// [`Error::Invalid`].
    pub fn parse_month(text: &str) -> Result<Span, Error> {
        let first = Date::parse(&format!("{text}-01"));
        first
            .map(Span::month_of)
            .map_err(|_| wrong("month", message!("calendar-month-syntax")))
    }

    /// Parses a week such as `2026-W48`.
    ///
    /// # Errors
    /// [`Error::Invalid`].
    pub fn parse_week(text: &str) -> Result<Span, Error> {
        let parse = || {
            let (year, week) = text.split_once("-W")?;
            let is_number = |part: &str, length| {
                part.len() == length && part.bytes().all(|byte| byte.is_ascii_digit())
            };
            if !is_number(year, 4) || !is_number(week, 2) {
                return None;
            }
            let year: i16 = year.parse().ok()?;
            let fourth = Date::new(year, 1, 4)?;
            let first = fourth.plus_days(3 - monday_offset(fourth));
            let number: i64 = week.parse().ok()?;
            let thursday = first.plus_days(WEEK * (number - 1));
            (number > 0 && thursday.year() == year).then_some(Span::Week(thursday))
        };
        parse().ok_or_else(|| wrong("week", message!("calendar-week-syntax")))
    }

    /// Returns the name that the parameter of a query has, and its value.
    pub fn parameter(self) -> (&'static str, String) {
        match self {
            Span::Month(year, month) => ("month", format!("{year:04}-{month:02}")),
            Span::Week(thursday) => ("week", week_name(thursday)),
        }
    }

    /// Returns the spans before and after this one. `None` beyond the years 1 to 9999.
    pub fn neighbours(self) -> [Option<Span>; 2] {
        match self {
            Span::Month(year, month) => {
                let previous = match month {
                    1 => Date::new(year - 1, 12, 1),
                    _ => Date::new(year, month - 1, 1),
                };
                let next = match month {
                    12 => Date::new(year.saturating_add(1), 1, 1),
                    _ => Date::new(year, month + 1, 1),
                };
                [previous, next].map(|first| first.map(Span::month_of))
            }
            Span::Week(thursday) => [-WEEK, WEEK].map(|days| {
                let other = thursday.plus_days(days);
                (other.days_since(thursday) == days).then_some(Span::Week(other))
            }),
        }
    }

    /// Returns the first day of the month, or the middle one of the week.
    pub fn first(self) -> Option<Date> {
        match self {
            Span::Month(year, month) => Date::new(year, month, 1),
            Span::Week(thursday) => Some(thursday),
        }
    }

    /// Returns true for the days that belong to the span, and not only to one of its weeks.
    pub fn contains(self, day: Date) -> bool {
        match self {
            Span::Month(year, month) => (day.year(), day.month()) == (year, month),
            Span::Week(_) => true,
        }
    }

    /// Returns the days of all weeks of the span.
    pub fn weeks(self, start: WeekStart) -> Vec<Vec<Date>> {
        let first = self.first().unwrap_or(Date::MIN);
        let last = match self {
            Span::Month(..) => {
                let next = self.neighbours()[1].and_then(Span::first);
                next.map_or(Date::MAX, |next| next.plus_days(-1))
            }
            Span::Week(_) => first,
        };
        let mut monday = first_of_week(first, start);
        let mut weeks = Vec::new();
        while monday <= last {
            let mut days: Vec<Date> = (0..WEEK).map(|days| monday.plus_days(days)).collect();
            // The first and the last week of all have fewer days.
            days.dedup();
            weeks.push(days);
            let next = monday.plus_days(WEEK);
            if next.days_since(monday) < WEEK {
                break;
            }
            monday = next;
        }
        weeks
    }
}

/// Returns the name of the ISO week of a Thursday.
fn week_name(thursday: Date) -> String {
    let first = Date::new(thursday.year(), 1, 1).unwrap_or(thursday);
    let week = thursday.days_since(first) / WEEK + 1;
    format!("{:04}-W{week:02}", thursday.year())
}

fn first_of_week(day: Date, start: WeekStart) -> Date {
    let start = match start {
        WeekStart::Monday => 0,
        WeekStart::Saturday => 5,
        WeekStart::Sunday => 6,
    };
    day.plus_days(-(monday_offset(day) - start).rem_euclid(WEEK))
}

/// Returns the number of days since Monday.
fn monday_offset(day: Date) -> i64 {
    i64::from(day.weekday().to_monday_zero_offset())
}

fn wrong(field: &str, message: Message) -> Error {
    Error::invalid(field, Code::WrongType, message)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn date(text: &str) -> Date {
        Date::parse(text).expect("a date")
    }

    const STARTS: [WeekStart; 3] = [WeekStart::Monday, WeekStart::Sunday, WeekStart::Saturday];

    #[test]
    fn a_month_has_whole_weeks() {
        let month = Span::parse_month("2026-11").expect("a month");
        for (start, first, last) in [
            (WeekStart::Monday, "2026-10-26", "2026-12-06"),
            (WeekStart::Sunday, "2026-11-01", "2026-12-05"),
            (WeekStart::Saturday, "2026-10-31", "2026-12-04"),
        ] {
            let weeks = month.weeks(start);
            assert_eq!(weeks[0][0], date(first));
            assert_eq!(weeks[weeks.len() - 1][6], date(last));
        }
        let parameters = month
            .neighbours()
            .map(|span| span.expect("a month").parameter().1);
        assert_eq!(parameters, ["2026-10", "2026-12"]);
        let ends = ["2026-01", "2026-12"].map(|month| {
            let span = Span::parse_month(month).expect("a month");
            span.neighbours()
                .map(|span| span.expect("a month").parameter().1)
        });
        assert_eq!(ends, [["2025-12", "2026-02"], ["2026-11", "2027-01"]]);
    }

    #[test]
    fn a_week_has_the_name_of_its_iso_week() {
        for (day, start, name, first) in [
            ("2026-11-27", WeekStart::Monday, "2026-W48", "2026-11-23"),
            ("2026-11-29", WeekStart::Sunday, "2026-W49", "2026-11-29"),
            ("2026-11-28", WeekStart::Saturday, "2026-W49", "2026-11-28"),
            ("2027-01-01", WeekStart::Monday, "2026-W53", "2026-12-28"),
            ("2024-12-31", WeekStart::Monday, "2025-W01", "2024-12-30"),
        ] {
            let week = Span::week_of(date(day), start);
            assert_eq!(week.parameter(), ("week", name.to_owned()));
            assert_eq!(Span::parse_week(name).expect(name), week);
            assert_eq!(week.weeks(start)[0][0], date(first));
        }
        for wrong in [
            "",
            "2026-W00",
            "2026-W54",
            "2025-W53",
            "2026-48",
            "2026-W1",
            "0000-W01",
            "20é6-W01",
        ] {
            assert!(Span::parse_week(wrong).is_err(), "{wrong}");
        }
        for wrong in ["", "2026", "2026-13", "2026-1", "2026-11-01", "0000-01"] {
            assert!(Span::parse_month(wrong).is_err(), "{wrong}");
        }
    }

    #[test]
    fn the_calendar_ends_with_its_years() {
        for day in [Date::MIN, Date::MAX] {
            for start in STARTS {
                for span in [Span::month_of(day), Span::week_of(day, start)] {
                    let weeks = span.weeks(start);
                    assert!(weeks.iter().flatten().any(|other| *other == day));
                    let ends = span.neighbours().map(|span| span.is_none());
                    assert!(ends[0] || ends[1]);
                }
            }
        }
    }

    proptest! {
        #[test]
        fn each_day_is_in_its_month_and_week(days in -719_000_i64..=2_932_000, start in 0_usize..3) {
            let (day, start) = (date("1970-01-01").plus_days(days), STARTS[start]);
            for span in [Span::month_of(day), Span::week_of(day, start)] {
                let weeks = span.weeks(start);
                prop_assert!(weeks.iter().all(|week| week.len() == 7));
                let found = weeks.iter().flatten().filter(|other| **other == day);
                prop_assert_eq!(found.count(), 1);
                prop_assert!(span.contains(day));
                let (name, value) = span.parameter();
                let parsed = match name {
                    "month" => Span::parse_month(&value),
                    _ => Span::parse_week(&value),
                };
                prop_assert_eq!(parsed.expect("a span"), span);
            }
        }
    }
}
