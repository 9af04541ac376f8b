//! The names of months and weekdays.

use super::Date;
use crate::locale::{Language, key};

/// In English, January first.
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

/// In English, Monday first.
pub(super) const WEEKDAYS: [&str; 7] = [
    "Monday",
    "Tuesday",
    "Wednesday",
    "Thursday",
    "Friday",
    "Saturday",
    "Sunday",
];

/// The messages with the names of months and their short forms, January first.
const MONTH_KEYS: [(&str, &str); 12] = [
    (key!("month-january"), key!("month-january-short")),
    (key!("month-february"), key!("month-february-short")),
    (key!("month-march"), key!("month-march-short")),
    (key!("month-april"), key!("month-april-short")),
    (key!("month-may"), key!("month-may-short")),
    (key!("month-june"), key!("month-june-short")),
    (key!("month-july"), key!("month-july-short")),
    (key!("month-august"), key!("month-august-short")),
    (key!("month-september"), key!("month-september-short")),
    (key!("month-october"), key!("month-october-short")),
    (key!("month-november"), key!("month-november-short")),
    (key!("month-december"), key!("month-december-short")),
];

/// The messages with the names of weekdays and their short forms, Monday first.
const WEEKDAY_KEYS: [(&str, &str); 7] = [
    (key!("weekday-monday"), key!("weekday-monday-short")),
    (key!("weekday-tuesday"), key!("weekday-tuesday-short")),
    (key!("weekday-wednesday"), key!("weekday-wednesday-short")),
    (key!("weekday-thursday"), key!("weekday-thursday-short")),
    (key!("weekday-friday"), key!("weekday-friday-short")),
    (key!("weekday-saturday"), key!("weekday-saturday-short")),
    (key!("weekday-sunday"), key!("weekday-sunday-short")),
];

/// Returns the name of the month of a date.
pub fn month(date: Date, language: Language) -> String {
    language.text(of_month(date).0)
}

/// Returns the short name of the month of a date.
pub fn short_month(date: Date, language: Language) -> String {
    language.text(of_month(date).1)
}

/// Returns the name of the weekday of a date.
pub fn weekday(date: Date, language: Language) -> String {
    language.text(of_weekday(date).0)
}

/// Returns the short name of the weekday of a date.
pub fn short_weekday(date: Date, language: Language) -> String {
    language.text(of_weekday(date).1)
}

fn of_month(date: Date) -> (&'static str, &'static str) {
    let place = usize::try_from(date.month() - 1).unwrap_or_default();
    MONTH_KEYS[place % MONTH_KEYS.len()]
}

fn of_weekday(date: Date) -> (&'static str, &'static str) {
    let place = usize::try_from(date.weekday().to_monday_zero_offset()).unwrap_or_default();
    WEEKDAY_KEYS[place % WEEKDAY_KEYS.len()]
}
