//! Groups of tasks by day, and their headings.

use serde::Serialize;
use utoipa::ToSchema;

use crate::when::{Date, DateOrder, format_date, format_day_and_month, weekday};

/// A day of a view.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema)]
pub struct Day {
    /// The day. For views of open tasks, it is the earlier one of the due date and the deadline.
    #[schema(value_type = String, format = Date)]
    pub date: Date,
    /// Number of consecutive items of this day.
    pub items: usize,
}

/// Counts consecutive days.
pub(super) fn days_of(days: impl Iterator<Item = Date>) -> Vec<Day> {
    let mut found: Vec<Day> = Vec::new();
    for date in days {
        match found.last_mut() {
            Some(last) if last.date == date => last.items += 1,
            _ => found.push(Day { date, items: 1 }),
        }
    }
    found
}

/// Returns the heading of a day, such as `Fri 27 Nov · Tomorrow`. The year is left out if it is the
/// present one.
pub(super) fn heading(date: Date, today: Date, order: DateOrder) -> String {
    let weekday = &weekday(date)[..3];
    let day = match order {
        DateOrder::DayMonthYear | DateOrder::MonthDayYear if date.year() == today.year() => {
            format_day_and_month(date, order)
        }
        _ => format_date(date, order),
    };
    let name = match () {
        () if date == today => " · Today",
        () if date == today.plus_days(1) => " · Tomorrow",
        () if date == today.plus_days(-1) => " · Yesterday",
        () => "",
    };
    format!("{weekday} {day}{name}")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn date(text: &str) -> Date {
        Date::parse(text).expect("a date")
    }

    #[test]
    fn a_day_has_the_form_that_the_user_prefers() {
        let today = date("2026-11-26");
        for (day, order, expected) in [
            (
                "2026-11-27",
                DateOrder::DayMonthYear,
                "Fri 27 Nov · Tomorrow",
            ),
            ("2026-11-26", DateOrder::MonthDayYear, "Thu Nov 26 · Today"),
            (
                "2026-11-25",
                DateOrder::YearMonthDay,
                "Wed 2026-11-25 · Yesterday",
            ),
            ("2027-01-04", DateOrder::DayMonthYear, "Mon 4 Jan 2027"),
            ("2027-01-04", DateOrder::MonthDayYear, "Mon Jan 4, 2027"),
            ("2026-12-05", DateOrder::MonthDayYear, "Sat Dec 5"),
        ] {
            assert_eq!(heading(date(day), today, order), expected);
        }
        assert_eq!(
            heading(Date::MAX, Date::MAX, DateOrder::YearMonthDay),
            "Fri 9999-12-31 · Today"
        );
    }

    #[test]
    fn consecutive_items_of_a_day_are_counted() {
        let days = ["2026-11-26", "2026-11-26", "2026-11-27"].map(date);
        let counts: Vec<_> = days_of(days.into_iter())
            .into_iter()
            .map(|day| (day.date.day(), day.items))
            .collect();
        assert_eq!(counts, [(26, 2), (27, 1)]);
    }
}
