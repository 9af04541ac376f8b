//! English.

use jiff::civil::Weekday;

use super::Word;
use super::lexer::natural;
use crate::when::Time;
use crate::when::names::{MONTHS, WEEKDAYS};
use crate::when::recurrence::rule::number;
use crate::when::recurrence::{Anchor, End, Frequency, Moment, Recurrence, Rule, WeekdayRule};

const NUMBERS: [&str; 10] = [
    "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten",
];
const ORDINALS: [&str; 5] = ["first", "second", "third", "fourth", "fifth"];
/// Longer lists are no text for people.
const MAX_ENTRIES: usize = 12;

/// Returns the meaning of a word in lower case.
pub(super) fn word(text: &str) -> Option<Word> {
    let at = |minutes| Word::Part(Time::of_minutes(minutes));
    Some(match text {
        "every" | "ev" | "each" => Word::Every,
        "after" => Word::After,
        "other" => Word::Other,
        "minute" | "minutes" | "min" | "mins" => Word::Unit(Frequency::Minutely, 1),
        "hour" | "hours" | "hr" | "hrs" => Word::Unit(Frequency::Hourly, 1),
        "day" | "days" => Word::Unit(Frequency::Daily, 1),
        "week" | "weeks" => Word::Unit(Frequency::Weekly, 1),
        "fortnight" | "fortnights" => Word::Unit(Frequency::Weekly, 2),
        "month" | "months" => Word::Unit(Frequency::Monthly, 1),
        "quarter" | "quarters" => Word::Unit(Frequency::Monthly, 3),
        "year" | "years" | "year's" => Word::Unit(Frequency::Yearly, 1),
        "hourly" => Word::Each(Frequency::Hourly, 1),
        "daily" | "everyday" => Word::Each(Frequency::Daily, 1),
        "weekly" => Word::Each(Frequency::Weekly, 1),
        "biweekly" | "bi-weekly" | "fortnightly" => Word::Each(Frequency::Weekly, 2),
        "monthly" => Word::Each(Frequency::Monthly, 1),
        "bimonthly" => Word::Each(Frequency::Monthly, 2),
        "quarterly" => Word::Each(Frequency::Monthly, 3),
        "biannually" | "semiannually" => Word::Each(Frequency::Monthly, 6),
        "yearly" | "annually" => Word::Each(Frequency::Yearly, 1),
        "biennially" => Word::Each(Frequency::Yearly, 2),
        "weekday" | "weekdays" | "workday" | "workdays" => Word::Workday,
        "weekend" | "weekends" => Word::Weekend,
        "last" => Word::Last,
        "on" => Word::On,
        "of" => Word::Of,
        "in" => Word::Of,
        "the" | "a" | "an" => Word::The,
        "and" | "&" => Word::And,
        "or" => Word::Or,
        "except" | "but" => Word::Except,
        "to" | "through" | "-" | "\u{2013}" => Word::To,
        "next" => Word::Next,
        "valentine" | "valentines" | "valentine's" => Word::Holiday(2, 14),
        "halloween" => Word::Holiday(10, 31),
        "new" => Word::New,
        "eve" => Word::Eve,
        "at" => Word::At,
        "am" | "a.m" | "a.m." => Word::Half(0),
        "pm" | "p.m" | "p.m." => Word::Half(12),
        "morning" => at(9 * 60),
        "noon" => Word::Time(Time::of_minutes(12 * 60)),
        "midnight" => Word::Time(Time::MIDNIGHT),
        "afternoon" => at(12 * 60),
        "evening" => at(19 * 60),
        "night" => at(22 * 60),
        "starting" | "start" | "from" | "beginning" => Word::From,
        "ending" | "end" | "until" | "till" => Word::Until,
        "for" => Word::For,
        "times" | "time" => Word::Times,
        "today" | "tod" => Word::Relative(0),
        "tomorrow" | "tom" => Word::Relative(1),
        _ => return named(text).or_else(|| ordinal(text)),
    })
}

fn named(text: &str) -> Option<Word> {
    let place = |names: &[&str]| {
        // Abbreviations, with a full stop or without: "tue", "tues.", "sept".
        let text = text.strip_suffix('.').unwrap_or(text);
        let text = text
            .strip_suffix('s')
            .filter(|text| text.ends_with("day"))
            .unwrap_or(text);
        let is_name = |name: &&str| {
            let name = name.to_lowercase();
            text == name || (3..=4).contains(&text.len()) && name.starts_with(text)
        };
        names.iter().position(is_name)
    };
    let of_number = |place: usize| u32::try_from(place + 1).ok();
    if let Some(place) = place(&WEEKDAYS) {
        return Some(Word::Weekday(weekday(place)));
    }
    if text == "thur" || text == "thurs" {
        return Some(Word::Weekday(Weekday::Thursday));
    }
    if let Some(place) = place(&MONTHS) {
        return Some(Word::Month(place as i16 + 1));
    }
    if let Some(place) = ORDINALS.iter().position(|name| *name == text) {
        return Some(Word::Ordinal(place as i16 + 1));
    }
    let place = NUMBERS.iter().position(|name| *name == text)?;
    of_number(place).map(Word::Number)
}

fn ordinal(text: &str) -> Option<Word> {
    let digits = text.get(..text.len().checked_sub(2)?)?;
    let number = i16::try_from(natural(digits)?)
        .ok()
        .filter(|number| *number > 0)?;
    // People type 22th and 3th.
    let is_ordinal = ["st", "nd", "rd", "th"].contains(&&text[digits.len()..]);
    is_ordinal.then_some(Word::Ordinal(number))
}

fn weekday(place: usize) -> Weekday {
    let weekday = Weekday::from_monday_zero_offset(place as i8);
    weekday.unwrap_or(Weekday::Monday)
}

/// Returns words for the series. They can mean a little less, which the caller checks.
pub(super) fn write(recurrence: &Recurrence) -> Option<String> {
    let every = match recurrence.anchor {
        Anchor::Due => "every",
        Anchor::Completion => "every!",
    };
    let rules = &recurrence.rules.rules;
    let rule = rules.first()?;
    let mut days = Vec::new();
    for other in rules {
        days.extend(days_of(other)?);
    }
    if days.len() > MAX_ENTRIES {
        return None;
    }
    let unit = match rule.frequency {
        Frequency::Minutely => "minute",
        Frequency::Hourly => "hour",
        Frequency::Daily => "day",
        Frequency::Weekly => "week",
        Frequency::Monthly => "month",
        Frequency::Yearly => "year",
    };
    let period = match rule.interval {
        1 => unit.to_owned(),
        interval => format!("{interval} {unit}s"),
    };
    let keeps_day = is_last_place(rule) && !rule.month_days.is_empty();
    let what = match joined(&days) {
        None => period,
        // "The 31st or the last day" needs its month or year before it.
        Some(days) if rule.interval == 1 && !keeps_day => days,
        Some(days) => format!("{period} on {days}"),
    };
    let end = match rule.end {
        End::Never => String::new(),
        End::Count(count) => format!(" for {count} times"),
        End::Until(Moment::Day(date)) => format!(" until {date}"),
        End::Until(_) => return None,
    };
    Some(format!("{every} {what}{end}"))
}

fn days_of(rule: &Rule) -> Option<Vec<String>> {
    let days = |days: &[i16]| days.iter().map(|day| nth_day(*day)).collect::<Vec<_>>();
    let is_workdays = workdays(rule);
    Some(match rule.frequency {
        _ if rule.is_plain() => Vec::new(),
        Frequency::Weekly if is_workdays && rule.interval == 1 => vec!["weekday".to_owned()],
        Frequency::Weekly => rule.weekdays.iter().map(nth_weekday).collect(),
        Frequency::Monthly if is_workdays && !rule.positions.is_empty() => rule
            .positions
            .iter()
            .map(|place| format!("{} weekday", nth(*place)))
            .collect(),
        Frequency::Monthly if is_last_place(rule) => {
            vec![format!(
                "the {} or the last day",
                nth_day(*rule.month_days.last()?)
            )]
        }
        Frequency::Monthly if rule.weekdays.is_empty() => days(&rule.month_days),
        Frequency::Monthly => rule.weekdays.iter().map(nth_weekday).collect(),
        Frequency::Yearly => {
            let of_month = |month: &i16| {
                let month = MONTHS[usize::try_from(month - 1).ok()?];
                Some(if is_last_place(rule) {
                    let day = nth_day(*rule.month_days.last()?);
                    vec![format!("{month} {day} or the last day")]
                } else if rule.weekdays.is_empty() {
                    let days = rule.month_days.iter();
                    days.map(|day| match day {
                        1.. => format!("{month} {}", nth_day(*day)),
                        _ => format!("{} of {month}", nth_day(*day)),
                    })
                    .collect()
                } else {
                    let days = rule.weekdays.iter();
                    days.map(|day| format!("{} of {month}", nth_weekday(day)))
                        .collect()
                })
            };
            let days: Option<Vec<Vec<_>>> = rule.months.iter().map(of_month).collect();
            days?.concat()
        }
        _ => return None,
    })
}

fn is_last_place(rule: &Rule) -> bool {
    rule.positions == [-1] && rule.month_days.first() == Some(&28)
}

fn workdays(rule: &Rule) -> bool {
    let days = rule
        .weekdays
        .iter()
        .map(|day| (day.ordinal, number(day.weekday)));
    days.eq((0..5).map(|day| (0, day)))
}

fn joined(items: &[String]) -> Option<String> {
    Some(match items.split_last()? {
        (last, []) => last.clone(),
        (last, others) => format!("{} and {last}", others.join(", ")),
    })
}

fn nth_weekday(day: &WeekdayRule) -> String {
    let name = WEEKDAYS[number(day.weekday) as usize];
    match day.ordinal {
        0 => name.to_owned(),
        ordinal => format!("{} {name}", nth(ordinal)),
    }
}

fn nth_day(day: i16) -> String {
    match day {
        1.. => nth(day),
        _ => format!("{} day", nth(day)),
    }
}

fn nth(number: i16) -> String {
    let suffix = match (number.abs() % 10, number.abs() % 100) {
        (1, hundred) if hundred != 11 => "st",
        (2, hundred) if hundred != 12 => "nd",
        (3, hundred) if hundred != 13 => "rd",
        _ => "th",
    };
    match number {
        1.. => format!("{number}{suffix}"),
        -1 => "last".to_owned(),
        _ => format!("{}{suffix} last", number.abs()),
    }
}
