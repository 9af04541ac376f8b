//! Groups of tasks by day.

use serde::Serialize;
use utoipa::ToSchema;

use crate::when::Date;

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

#[cfg(test)]
mod tests {
    use super::*;

    fn date(text: &str) -> Date {
        Date::parse(text).expect("a date")
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
