//! Parsing of a rule.

use std::ops::RangeInclusive;

use jiff::civil::Weekday;

use super::rule::{MAX_COUNT, MAX_INTERVAL, WEEKDAYS, number};
use super::{End, Frequency, Moment, Rule, WeekdayRule, invalid};
use crate::error::{Code, Violation};
use crate::locale::message;

/// More entries than any list of a rule needs.
const MAX_ENTRIES: usize = 2 * 366;

impl Rule {
    /// Parses a rule such as `FREQ=MONTHLY;BYDAY=3FR`.
    ///
    /// # Errors
    /// [`Code::Invalid`], or [`Code::OutOfRange`] for a number that is too large.
    pub fn parse(text: &str) -> Result<Rule, Violation> {
        let text = text.trim().to_ascii_uppercase();
        let mut rule = Rule::every(1, Frequency::Daily);
        let mut names = Vec::new();
        for part in text.trim_end_matches(';').split(';') {
            let (name, value) = part
                .split_once('=')
                .ok_or_else(|| invalid(message!("rule-syntax")))?;
            let (name, value) = (name.trim(), value.trim());
            if names.contains(&name) {
                return Err(invalid(message!("rule-twice")));
            }
            names.push(name);
            rule.set(name, value)?;
        }
        if !names.contains(&"FREQ") {
            return Err(invalid(message!("rule-no-frequency")));
        }
        if names.contains(&"COUNT") && names.contains(&"UNTIL") {
            return Err(invalid(message!("rule-two-ends")));
        }
        rule.check_ordinals()?;
        Ok(rule)
    }

    fn set(&mut self, name: &str, value: &str) -> Result<(), Violation> {
        match name {
            "FREQ" => self.frequency = frequency(value)?,
            "INTERVAL" => self.interval = bounded(value, MAX_INTERVAL)?,
            "COUNT" => self.end = End::Count(bounded(value, MAX_COUNT)?),
            "UNTIL" => self.end = End::Until(Moment::parse(value)?),
            "BYMONTH" => self.months = numbers(value, 1..=12, false)?,
            "BYWEEKNO" => self.weeks = numbers(value, 1..=53, true)?,
            "BYYEARDAY" => self.year_days = numbers(value, 1..=366, true)?,
            "BYMONTHDAY" => self.month_days = numbers(value, 1..=31, true)?,
            "BYDAY" => self.weekdays = weekdays(value)?,
            "BYHOUR" => self.hours = numbers(value, 0..=23, false)?,
            "BYMINUTE" => self.minutes = numbers(value, 0..=59, false)?,
            // Nothing is due within a minute.
            "BYSECOND" if value == "0" => {}
            "BYSETPOS" => self.positions = numbers(value, 1..=366, true)?,
            "WKST" => self.week_start = weekday(value)?,
            _ => {
                return Err(invalid(message!("rule-part-unknown")));
            }
        }
        Ok(())
    }

    fn check_ordinals(&self) -> Result<(), Violation> {
        let has_ordinals = self.weekdays.iter().any(|day| day.ordinal != 0);
        let most = match self.frequency {
            Frequency::Yearly if !self.weeks.is_empty() => 0,
            Frequency::Yearly if self.months.is_empty() => 53,
            Frequency::Yearly | Frequency::Monthly => 5,
            _ => 0,
        };
        if has_ordinals && most == 0 {
            let message = message!("rule-numbered-days");
            return Err(invalid(message));
        }
        let is_possible = |day: &WeekdayRule| day.ordinal.abs() <= most;
        match self.weekdays.iter().all(is_possible) {
            true => Ok(()),
            false => Err(invalid(message!("rule-five-days"))),
        }
    }
}

fn frequency(name: &str) -> Result<Frequency, Violation> {
    let found = Frequency::NAMES
        .into_iter()
        .find(|(_, other)| *other == name);
    found
        .map(|(frequency, _)| frequency)
        .ok_or_else(|| invalid(message!("rule-frequencies")))
}

fn bounded(text: &str, most: u32) -> Result<u32, Violation> {
    let message = message!("rule-number", most = most);
    let is_number = !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
    match text.parse() {
        Ok(number) if is_number && (1..=most).contains(&number) => Ok(number),
        _ if is_number => Err(Violation::bounded(Code::OutOfRange, most as usize, message)),
        _ => Err(invalid(message)),
    }
}

fn numbers(text: &str, range: RangeInclusive<i16>, signed: bool) -> Result<Vec<i16>, Violation> {
    let parse = |entry: &str| {
        let (digits, is_negative) = match entry.strip_prefix('-') {
            Some(digits) if signed => (digits, true),
            _ => (entry.strip_prefix('+').unwrap_or(entry), false),
        };
        let number = natural(digits).filter(|number| range.contains(number))?;
        Some(if is_negative { -number } else { number })
    };
    let mut numbers = entries(text, parse)?;
    // Those from the start, then those from the end, by date.
    numbers.sort_by_key(|number| (*number < 0, *number));
    numbers.dedup();
    Ok(numbers)
}

fn weekdays(text: &str) -> Result<Vec<WeekdayRule>, Violation> {
    let parse = |entry: &str| {
        let (ordinal, name) = entry.split_at_checked(entry.len().checked_sub(2)?)?;
        let weekday = weekday(name).ok()?;
        let (digits, sign) = match ordinal.strip_prefix('-') {
            Some(digits) => (digits, -1),
            None => (ordinal.strip_prefix('+').unwrap_or(ordinal), 1),
        };
        let ordinal = match ordinal {
            "" => 0,
            _ => sign * natural(digits).filter(|number| (1..=53).contains(number))?,
        };
        Some(WeekdayRule { ordinal, weekday })
    };
    let mut weekdays = entries(text, parse)?;
    sort_weekdays(&mut weekdays);
    Ok(weekdays)
}

/// Sorts days of the week and removes duplicates.
pub(super) fn sort_weekdays(weekdays: &mut Vec<WeekdayRule>) {
    weekdays.sort_by_key(|day| (day.ordinal < 0, day.ordinal, number(day.weekday)));
    weekdays.dedup();
}

fn entries<T>(text: &str, parse: impl Fn(&str) -> Option<T>) -> Result<Vec<T>, Violation> {
    let entries: Option<Vec<T>> = text
        .split(',')
        .take(MAX_ENTRIES + 1)
        .map(|entry| parse(entry.trim()))
        .collect();
    match entries {
        Some(entries) if entries.len() <= MAX_ENTRIES => Ok(entries),
        Some(_) => Err(invalid(message!("rule-list-long"))),
        None => Err(invalid(message!("rule-list-value"))),
    }
}

fn natural(digits: &str) -> Option<i16> {
    let is_number = !digits.is_empty() && digits.bytes().all(|byte| byte.is_ascii_digit());
    digits.parse().ok().filter(|_| is_number)
}

fn weekday(name: &str) -> Result<Weekday, Violation> {
    let found = WEEKDAYS.into_iter().find(|(_, other)| *other == name);
    found
        .map(|(weekday, _)| weekday)
        .ok_or_else(|| invalid(message!("rule-weekdays")))
}
