//! The English names of months and weekdays.

use super::Date;

/// January first.
pub(super) const MONTHS: [&str; 12] = [
    "January",
    "February",
    "March",
    "April",
    "May",
    "June",
    "July",
    "August",
    "September",
    "October",
    "November",
    "December",
];

/// Monday first.
pub(super) const WEEKDAYS: [&str; 7] = [
    "Monday",
    "Tuesday",
    "Wednesday",
    "Thursday",
    "Friday",
    "Saturday",
    "Sunday",
];

/// Returns the name of the month of a date.
pub fn month(date: Date) -> &'static str {
    let place = usize::try_from(date.month() - 1).ok();
    let name = place.and_then(|place| MONTHS.get(place));
    name.copied().unwrap_or_default()
}

/// Returns the name of the weekday of a date.
pub fn weekday(date: Date) -> &'static str {
    let place = usize::try_from(date.weekday().to_monday_zero_offset()).ok();
    let name = place.and_then(|place| WEEKDAYS.get(place));
    name.copied().unwrap_or_default()
}
