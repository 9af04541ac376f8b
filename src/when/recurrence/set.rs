//! Rules together with the dates that they gain and lose.

use std::fmt;
use std::str::FromStr;

use super::moment::{DAY, of_minutes, to_minutes};
use super::walk::{MAX_STEPS, Walk};
use super::{End, Moment, Rule, invalid};
use crate::error::{Code, Violation, check_length};
use crate::locale::message;
use crate::when::{Date, Due, Time, Zone};

/// The most characters of a text of rules and dates.
pub const MAX_RULES_CHARACTERS: usize = 4_000;
/// The most rules of a series.
pub(super) const MAX_RULES: usize = 4;
/// The most dates that a series gains, and the most that it loses.
const MAX_DATES: usize = 200;

/// The dates of a series: those of its rules and further ones, except for some.
///
/// Its text has a line for each: a rule, with or without `RRULE:` before it, `RDATE:` or `EXDATE:`.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub struct Rules {
    /// The rules.
    pub rules: Vec<Rule>,
    /// Dates of the series besides those of the rules (`RDATE`).
    pub added: Vec<Moment>,
    /// Dates that are not in the series (`EXDATE`).
    pub removed: Vec<Moment>,
}

impl Rules {
    /// Creates a series of one rule.
    pub fn of(rule: Rule) -> Rules {
        Rules {
            rules: vec![rule],
            ..Rules::default()
        }
    }

    /// Parses rules and dates, one a line.
    ///
    /// # Errors
    /// [`Code::Invalid`], or the code of an exceeded limit.
    pub fn parse(text: &str) -> Result<Rules, Violation> {
        check_length(text, MAX_RULES_CHARACTERS, message!("thing-rule"))?;
        let mut rules = Rules::default();
        for line in text.lines().map(str::trim).filter(|line| !line.is_empty()) {
            let (head, value) = line.split_once(':').unwrap_or(("RRULE", line));
            let mut parameters = head.split(';');
            let name = parameters.next().unwrap_or_default().to_ascii_uppercase();
            match name.as_str() {
                "RRULE" if head.len() == name.len() => rules.rules.push(Rule::parse(value)?),
                "RDATE" => rules.added.extend(moments(parameters, value)?),
                "EXDATE" => rules.removed.extend(moments(parameters, value)?),
                _ => return Err(invalid(message!("rule-lines"))),
            }
        }
        rules.check()?;
        for dates in [&mut rules.added, &mut rules.removed] {
            dates.sort_unstable();
            dates.dedup();
        }
        // The text that is stored and shown must be one that is read.
        check_length(
            &rules.to_string(),
            MAX_RULES_CHARACTERS,
            message!("thing-rule"),
        )?;
        Ok(rules)
    }

    fn check(&self) -> Result<(), Violation> {
        let too_many = |limit, message| Err(Violation::bounded(Code::TooMany, limit, message));
        if self.rules.is_empty() && self.added.is_empty() {
            return Err(invalid(message!("rule-required")));
        }
        if self.rules.len() > MAX_RULES {
            return too_many(MAX_RULES, message!("rule-too-many", most = MAX_RULES));
        }
        if self.added.len() > MAX_DATES || self.removed.len() > MAX_DATES {
            return too_many(MAX_DATES, message!("rule-too-many-dates", most = MAX_DATES));
        }
        let is_counted = |rule: &Rule| matches!(rule.end, End::Count(_));
        if self.rules.len() > 1 && self.rules.iter().any(is_counted) {
            return Err(invalid(message!("rule-one-count")));
        }
        Ok(())
    }

    /// Returns the dates of the series of a task that is first due at `start`, from there on. They
    /// have the kind of `start`. The zone is the user's.
    pub fn dates(&self, start: Due, zone: Zone) -> Dates<'_> {
        Dates::new(self, start, zone)
    }
}

impl FromStr for Rules {
    type Err = Violation;

    fn from_str(text: &str) -> Result<Rules, Violation> {
        Rules::parse(text)
    }
}

impl fmt::Display for Rules {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut lines: Vec<_> = self.rules.iter().map(ToString::to_string).collect();
        let is_day = |moment: &&Moment| matches!(moment, Moment::Day(_));
        for (name, dates) in [("RDATE", &self.added), ("EXDATE", &self.removed)] {
            let (days, times): (Vec<&Moment>, Vec<&Moment>) = dates.iter().partition(is_day);
            for (kind, moments) in [(";VALUE=DATE", days), ("", times)] {
                let moments: Vec<_> = moments.iter().map(ToString::to_string).collect();
                if !moments.is_empty() {
                    lines.push(format!("{name}{kind}:{}", moments.join(",")));
                }
            }
        }
        formatter.write_str(&lines.join("\n"))
    }
}

fn moments<'a>(
    parameters: impl Iterator<Item = &'a str>,
    value: &str,
) -> Result<Vec<Moment>, Violation> {
    let mut zone = None;
    for parameter in parameters {
        let (name, value) = parameter.split_once('=').unwrap_or((parameter, ""));
        match (
            name.to_ascii_uppercase().as_str(),
            value.to_ascii_uppercase().as_str(),
        ) {
            ("TZID", _) => zone = Some(Zone::parse(value.trim_matches('"'))?),
            ("VALUE", "DATE" | "DATE-TIME") => {}
            _ => return Err(invalid(message!("rule-dates"))),
        }
    }
    let in_utc = |moment| match (moment, zone) {
        (Moment::Local(date, time), Some(zone)) => {
            let (date, time) = Zone::UTC.local(zone.instant(date, time));
            Moment::Utc(date, time)
        }
        (moment, _) => moment,
    };
    let values = value.split(',').map(|value| Moment::parse(value.trim()));
    values.map(|moment| moment.map(in_utc)).collect()
}

/// The dates of a series, in their order.
pub struct Dates<'a> {
    walks: Vec<(Walk<'a>, Option<i64>)>,
    /// Added times, from the last one on.
    added: Vec<i64>,
    removed: Vec<Removed>,
    start: Due,
    past: i64,
}

enum Removed {
    Day(i64),
    Minute(i64),
}

impl<'a> Dates<'a> {
    fn new(rules: &'a Rules, start: Due, zone: Zone) -> Dates<'a> {
        let zone = match start {
            Due::Zoned(_, _, own) => own,
            _ => zone,
        };
        let whole_days = matches!(start, Due::Day(_));
        let from = clock(&start);
        // All rules of a series share the steps.
        let steps = MAX_STEPS / rules.rules.len().max(1) as u32;
        let walk = |rule: &'a Rule| {
            let last = match rule.end {
                End::Until(moment) => moment.last_minute(zone),
                _ => i64::MAX,
            };
            let mut walk = Walk::new(rule, from, last, whole_days, steps);
            let first = walk.next();
            (walk, first)
        };
        let (_, time) = of_minutes(from);
        let added = rules.added.iter().map(|moment| match *moment {
            // A date without a time is due at that of the series.
            Moment::Day(date) => to_minutes(date, time),
            moment => moment.minutes(zone),
        });
        let mut added: Vec<_> = added.collect();
        added.sort_unstable_by(|one, other| other.cmp(one));
        let removed = rules.removed.iter().map(|moment| match *moment {
            Moment::Day(date) => Removed::Day(date.epoch_days()),
            moment if whole_days => Removed::Day(moment.minutes(zone).div_euclid(DAY)),
            moment => Removed::Minute(moment.minutes(zone)),
        });
        Dates {
            walks: rules.rules.iter().map(walk).collect(),
            added,
            removed: removed.collect(),
            start,
            past: from,
        }
    }

    /// Passes over the dates up to a time, which is one of the kind of the start.
    pub(super) fn skip_past(&mut self, time: &Due) {
        self.skip_to(clock(time) + self.unit());
    }

    /// Passes over the dates before a time on the clock.
    pub(super) fn skip_to(&mut self, time: i64) {
        self.past = self.past.max(time);
        for (walk, next) in &mut self.walks {
            if next.is_some_and(|next| next < time) {
                walk.skip_to(time);
                *next = walk.next();
            }
        }
    }

    /// Minutes after which another date can follow.
    fn unit(&self) -> i64 {
        match self.start {
            Due::Day(_) => DAY,
            _ => 1,
        }
    }

    fn next_minute(&mut self) -> Option<i64> {
        while self.added.pop_if(|time| *time < self.past).is_some() {}
        let of_rules = self.walks.iter().filter_map(|(_, next)| *next).min();
        let next = of_rules
            .into_iter()
            .chain(self.added.last().copied())
            .min()?;
        let day = next.div_euclid(DAY);
        let next = match self.start {
            Due::Day(_) => day * DAY,
            _ => next,
        };
        self.skip_to(next + self.unit());
        Some(next)
    }

    fn is_removed(&self, minute: i64) -> bool {
        self.removed.iter().any(|removed| match removed {
            Removed::Day(day) => *day == minute.div_euclid(DAY),
            Removed::Minute(other) => *other == minute,
        })
    }
}

impl Iterator for Dates<'_> {
    type Item = Due;

    fn next(&mut self) -> Option<Due> {
        let minute = loop {
            let minute = self.next_minute()?;
            if !self.is_removed(minute) {
                break minute;
            }
        };
        let (date, time) = of_minutes(minute);
        Some(with_clock(&self.start, date, time))
    }
}

/// Returns the time on the clock in minutes since 1970. A date is its midnight.
pub(super) fn clock(due: &Due) -> i64 {
    match *due {
        Due::Day(date) => date.epoch_days() * DAY,
        Due::Local(date, time) | Due::Zoned(date, time, _) => to_minutes(date, time),
    }
}

/// Returns a due date of the same kind.
pub(super) fn with_clock(due: &Due, date: Date, time: Time) -> Due {
    match *due {
        Due::Day(_) => Due::Day(date),
        Due::Local(..) => Due::Local(date, time),
        Due::Zoned(_, _, zone) => Due::Zoned(date, time, zone),
    }
}
