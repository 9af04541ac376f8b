//! The next date of a task that repeats.

use super::moment::{DAY, local_minutes, of_minutes};
use super::set::{Dates, clock, with_clock};
use super::{End, Frequency, Moment, Rule, Rules, invalid};
use crate::choice::choice;
use crate::error::Violation;
use crate::locale::message;
use crate::timestamp::Timestamp;
use crate::when::{Date, Due, Time, Zone};

/// Minutes by which clocks are set forward at most, except where a whole day was left out.
const LONGEST_SKIP: i64 = 3 * 60;

choice! {
    /// The time from which the next date is counted.
    pub enum Anchor {
        /// The date on which the task was due: `every month`.
        #[default]
        Due = "due",
        /// The date on which it was completed: `every! month`.
        Completion = "completion",
    }
}

/// A series and its anchor.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Recurrence {
    /// The dates.
    pub rules: Rules,
    /// The anchor.
    pub anchor: Anchor,
}

impl Recurrence {
    /// Returns the first date of a series that starts at `start`.
    ///
    /// # Errors
    /// [`Code::Invalid`] if there is none.
    pub fn first(&self, start: Due, zone: Zone) -> Result<Due, Violation> {
        let first = self.rules.dates(start, zone).next();
        first.ok_or_else(|| invalid(message!("rule-no-date")))
    }

    /// Returns the due date after the present one, and the series from there on: those after a
    /// completion on the due date or, if that has passed, now. `None` if the series has ended.
    pub fn following(&self, due: Due, now: Timestamp, zone: Zone) -> Option<(Due, Recurrence)> {
        let midnight = || zone.instant(due.date(), Time::MIDNIGHT);
        let completed = due.instant(zone).unwrap_or_else(midnight);
        self.next(due, completed.max(now), zone)
    }

    /// Returns the due date after a completion, and the series from there on. `None` if the series
    /// has ended. The zone is the user's.
    ///
    /// The date is after the completion and, except for a plain interval from the completion, after
    /// the date on which the task was due. A count is reduced by the dates that have passed.
    pub fn next(&self, due: Due, completed: Timestamp, zone: Zone) -> Option<(Due, Recurrence)> {
        let own = match due {
            Due::Zoned(_, _, own) => own,
            _ => zone,
        };
        let now = local_minutes(completed, own);
        let (today, _) = of_minutes(now);
        let (mut rules, count) = self.rules.without_count();
        let start = match self.anchor {
            Anchor::Due => due,
            Anchor::Completion => {
                rules.keep_day(today);
                rules.start_at_completion(&due, now)
            }
        };
        let counted = count.map(|count| self.counted(&mut rules, count, start, due, zone));
        let mut dates = rules.dates(start, zone);
        self.skip_present(&mut dates, start, due);
        // A time that clocks have just skipped can still come.
        dates.skip_to(now - LONGEST_SKIP);
        // No zone is ever set back by two days, and finding an instant takes longer.
        let is_past = |date: &Due| match date {
            Due::Day(date) => *date <= today,
            time if clock(time) < now - 2 * DAY => true,
            time => time
                .instant(zone)
                .is_some_and(|instant| instant <= completed),
        };
        let next = dates.find(|date| !is_past(date))?;
        let mut rest = self.clone();
        if let (Some(count), Some(counted), [rule]) = (count, counted, &mut *rest.rules.rules) {
            let passed = counted.iter().filter(|time| **time <= clock(&next)).count();
            rule.end = End::Count(count - passed as u32);
        }
        for dates in [&mut rest.rules.added, &mut rest.rules.removed] {
            dates.retain(|moment| moment.last_minute(own) >= clock(&next));
        }
        Some((next, rest))
    }

    /// Returns the times of the rule after the present one, and ends the rule, which has no count,
    /// after the last of them. A date counts even if it is not in the series, and an added one does
    /// not.
    fn counted(&self, rules: &mut Rules, count: u32, start: Due, due: Due, zone: Zone) -> Vec<i64> {
        let alone = Rules {
            rules: rules.rules.clone(),
            ..Rules::default()
        };
        let mut dates = alone.dates(start, zone);
        self.skip_present(&mut dates, start, due);
        let dates: Vec<_> = dates.take(count as usize - 1).collect();
        match dates.last() {
            None => rules.rules.clear(),
            Some(last) => {
                let last = match *last {
                    Due::Day(date) => Moment::Day(date),
                    Due::Local(date, time) | Due::Zoned(date, time, _) => Moment::Local(date, time),
                };
                for rule in &mut rules.rules {
                    rule.end = End::Until(last);
                }
            }
        }
        dates.iter().map(clock).collect()
    }

    /// Passes over the present date.
    fn skip_present(&self, dates: &mut Dates<'_>, start: Due, due: Due) {
        dates.skip_past(&start);
        if !self.rules.are_plain() {
            dates.skip_past(&due);
        }
    }
}

impl Rules {
    /// Adds the intended day to rules that need it; see [`Rule::keeping_day`].
    pub fn keep_day(&mut self, date: Date) {
        for rule in &mut self.rules {
            *rule = rule.clone().keeping_day(date);
        }
    }

    /// Returns the rules without the count that a single one can have, and that count.
    fn without_count(&self) -> (Rules, Option<u32>) {
        let mut rules = self.clone();
        let count = match &mut *rules.rules {
            [rule] => match rule.end {
                End::Count(count) => {
                    rule.end = End::Never;
                    Some(count)
                }
                _ => None,
            },
            _ => None,
        };
        (rules, count)
    }

    /// Returns true if nothing but intervals makes the dates.
    fn are_plain(&self) -> bool {
        !self.rules.is_empty() && self.rules.iter().all(Rule::is_plain)
    }

    /// Returns the day of the completion with the time at which the task was due or, if it repeats
    /// within a day, the time of the completion.
    fn start_at_completion(&self, due: &Due, now: i64) -> Due {
        let (today, now) = of_minutes(now);
        let is_within_days = |rule: &Rule| rule.frequency <= Frequency::Hourly;
        let time = match *due {
            Due::Local(_, time) | Due::Zoned(_, time, _) => time,
            Due::Day(_) => now,
        };
        match self.rules.iter().any(is_within_days) {
            true => with_clock(due, today, now),
            false => with_clock(due, today, time),
        }
    }
}

impl Rule {
    /// Adds the intended day to a rule that repeats by months or years and names no day: the 31st
    /// becomes "the 31st, or else the last day of the month". By itself, such a rule skips months
    /// without the day.
    pub fn keeping_day(mut self, date: Date) -> Rule {
        let day = i16::from(date.day());
        let is_yearly = self.frequency == Frequency::Yearly;
        let is_missing_elsewhere = match self.frequency {
            Frequency::Monthly => day > 28,
            Frequency::Yearly => date.month() == 2 && day == 29,
            _ => false,
        };
        if is_missing_elsewhere && self.is_plain() {
            self.month_days = (28..=day).collect();
            self.positions = vec![-1];
            if is_yearly {
                self.months = vec![2];
            }
        }
        self
    }
}
