//! Occurrences of one rule, in minutes on a clock.
//!
//! A search jumps to the period that contains the time from which it starts, so the age of a series
//! costs nothing. Each period without an occurrence costs a step, and steps are limited.

use super::moment::DAY;
use super::rule::number;
use super::years::{LAST_DAY, Years, month_of, month_start, weekday, year_of, year_start};
use super::{End, Frequency, Rule};

/// Periods that one series examines. A rule that needs more ends: it names dates that do not exist,
/// or almost none.
pub(super) const MAX_STEPS: u32 = 5_000;
/// Days of a period that cost as much as a period.
const DAYS_PER_STEP: u32 = 8;

/// A rule with its start.
pub(super) struct Walk<'a> {
    rule: &'a Rule,
    start: i64,
    last: i64,
    /// Occurrences left by `COUNT`.
    left: Option<u32>,
    /// The next occurrence is not before this time.
    cursor: i64,
    years: Years,
    /// Minutes of the day or, if the rule repeats by hours, of the hour.
    times: Vec<i64>,
    /// Hours in which the rule applies, if it repeats within a day.
    hours: u64,
    /// Days of a period.
    days: Vec<i64>,
    /// Those occurrences of a period that have the places of the rule.
    chosen: Vec<i64>,
    /// First day of that period.
    chosen_in: Option<i64>,
    steps: u32,
}

impl<'a> Walk<'a> {
    /// Creates a walk from `start` up to `last`. If `whole_days`, the time of day has no
    /// effect. The walk ends after so many steps.
    pub(super) fn new(
        rule: &'a Rule,
        start: i64,
        last: i64,
        whole_days: bool,
        steps: u32,
    ) -> Walk<'a> {
        let minute = start.rem_euclid(DAY);
        let or_start = |numbers: &[i16], start: i64| match numbers {
            [] => vec![start],
            numbers => numbers.iter().map(|number| i64::from(*number)).collect(),
        };
        let minutes = or_start(&rule.minutes, minute % 60);
        let times = match rule.frequency {
            _ if whole_days && rule.frequency >= Frequency::Daily => vec![0],
            Frequency::Minutely if rule.minutes.is_empty() => (0..60).collect(),
            Frequency::Minutely => minutes,
            Frequency::Hourly => chosen(&minutes, &rule.positions),
            _ => {
                let hours = or_start(&rule.hours, minute / 60);
                let times = hours
                    .iter()
                    .flat_map(|hour| minutes.iter().map(move |minute| hour * 60 + minute));
                times.collect()
            }
        };
        let hours = rule.hours.iter().fold(0, |bits, hour| bits | 1 << hour);
        Walk {
            rule,
            start,
            last: last.min(LAST_DAY * DAY + DAY - 1),
            left: match rule.end {
                End::Count(count) => Some(count),
                _ => None,
            },
            cursor: start,
            years: Years::new(rule, start.div_euclid(DAY)),
            times,
            hours: if hours == 0 { u64::MAX } else { hours },
            days: Vec::new(),
            chosen: Vec::new(),
            chosen_in: None,
            steps,
        }
    }

    /// Passes over the occurrences before a time. Those that `COUNT` includes are counted.
    pub(super) fn skip_to(&mut self, time: i64) {
        while self.left.is_some() && self.cursor < time {
            let before = (self.cursor, self.left);
            match self.next() {
                Some(found) if found >= time => {
                    (self.cursor, self.left) = (found, before.1);
                    return;
                }
                Some(_) => {}
                None => return,
            }
        }
        self.cursor = self.cursor.max(time);
    }

    fn first_from(&mut self, time: i64) -> Option<i64> {
        match self.rule.frequency {
            Frequency::Minutely | Frequency::Hourly => self.within_days(time),
            _ if self.rule.positions.is_empty() => self.by_days(time),
            _ => self.by_places(time),
        }
    }

    /// Returns the first occurrence from `time` of a rule that repeats by days or longer units.
    fn by_days(&mut self, time: i64) -> Option<i64> {
        let (mut day, mut minute) = (time.div_euclid(DAY), time.rem_euclid(DAY));
        if self.times.last().is_none_or(|last| *last < minute) {
            (day, minute) = (day + 1, 0);
        }
        let wanted = day;
        while day <= LAST_DAY {
            let (from, to) = self.period(day);
            let (from, to) = (from.max(day), to.min(LAST_DAY + 1));
            if let Some(found) = self.first_day(from, to)? {
                let minute = if found == wanted { minute } else { 0 };
                let time = self.times.iter().find(|time| **time >= minute)?;
                return Some(found * DAY + time);
            }
            day = to.max(from);
        }
        None
    }

    /// Returns the first occurrence from `time` of a rule that chooses some of each period.
    fn by_places(&mut self, time: i64) -> Option<i64> {
        let mut day = time.div_euclid(DAY);
        while day <= LAST_DAY {
            let (from, to) = self.period(day);
            if from > LAST_DAY {
                return None;
            }
            if self.chosen_in != Some(from) {
                self.choose(from, to.min(LAST_DAY + 1))?;
                self.chosen_in = Some(from);
            }
            let place = self.chosen.partition_point(|other| *other < time);
            if let Some(found) = self.chosen.get(place) {
                return Some(*found);
            }
            day = to;
        }
        None
    }

    /// Returns the first occurrence from `time` of a rule that repeats by hours or minutes.
    fn within_days(&mut self, mut time: i64) -> Option<i64> {
        let unit = if self.rule.frequency == Frequency::Hourly {
            60
        } else {
            1
        };
        let (base, step) = (
            self.start - self.start.rem_euclid(unit),
            unit * i64::from(self.rule.interval),
        );
        if self.times.is_empty() || unit == 1 && chosen(&[0], &self.rule.positions).is_empty() {
            return None;
        }
        loop {
            let wanted = time - time.rem_euclid(unit) - base;
            let period =
                base + wanted.div_euclid(step) * step + if wanted % step == 0 { 0 } else { step };
            time = time.max(period);
            let day = time.div_euclid(DAY);
            if day > LAST_DAY {
                return None;
            }
            self.spend(1)?;
            if !self.years.contains(day) {
                time = self.first_day(day + 1, LAST_DAY + 1)?? * DAY;
                continue;
            }
            let hour = time - time.rem_euclid(60);
            if self.hours >> (hour.rem_euclid(DAY) / 60) & 1 == 0 {
                time = hour + 60;
                continue;
            }
            match self.times.iter().find(|minute| hour + **minute >= time) {
                Some(minute) if unit == 60 || hour + minute == period => {
                    return Some(hour + minute);
                }
                Some(minute) => time = hour + minute,
                None => time = hour + 60,
            }
        }
    }

    /// Returns the period of the rule that contains a day or else the next one after it, as its
    /// first day and the day after its last one. If the rule repeats every period, boundaries do
    /// not matter, and the period goes on to the last day.
    fn period(&self, day: i64) -> (i64, i64) {
        let interval = i64::from(self.rule.interval);
        if interval == 1 && self.rule.positions.is_empty() {
            return (day, LAST_DAY + 1);
        }
        let start = self.start.div_euclid(DAY);
        // Returns the first number from `at` that is a multiple of the interval after `first`.
        let aligned = |at: i64, first: i64| at + (first - at).rem_euclid(interval);
        match self.rule.frequency {
            Frequency::Weekly => {
                let week =
                    |day: i64| day - (weekday(day) - number(self.rule.week_start)).rem_euclid(7);
                let (at, first) = (week(day), week(start));
                let from = at + ((first - at) / 7).rem_euclid(interval) * 7;
                (from, from + 7)
            }
            Frequency::Monthly => {
                let month = aligned(month_of(day), month_of(start));
                (month_start(month), month_start(month + 1))
            }
            Frequency::Yearly => {
                let year = aligned(year_of(day), year_of(start));
                (year_start(year), year_start(year + 1))
            }
            _ => {
                let day = aligned(day, start);
                (day, day + 1)
            }
        }
    }

    /// Returns the first day in a range that fulfils the conditions. The outer value is `None` if the
    /// steps are used up.
    fn first_day(&mut self, mut from: i64, to: i64) -> Option<Option<i64>> {
        while from < to {
            self.spend(1)?;
            match self.years.first(from, to) {
                Ok(day) => return Some(Some(day)),
                Err(end) => from = end,
            }
        }
        Some(None)
    }

    /// Finds the occurrences of a period that have the places of the rule. `None` if the steps are
    /// used up.
    fn choose(&mut self, mut from: i64, to: i64) -> Option<()> {
        self.days.clear();
        while from < to {
            match self.years.first(from, to) {
                Ok(day) => {
                    self.days.push(day);
                    from = day + 1;
                }
                Err(end) => from = end,
            }
        }
        self.spend(2 + self.days.len() as u32 / DAYS_PER_STEP)?;
        let (count, times) = (self.days.len() as i64, self.times.len() as i64);
        self.chosen.clear();
        for position in &self.rule.positions {
            let position = i64::from(*position);
            let place = match position < 0 {
                true => count * times + position,
                false => position - 1,
            };
            let day = usize::try_from(place.div_euclid(times)).ok();
            if let Some(day) = day.and_then(|day| self.days.get(day)) {
                let time = self.times[place.rem_euclid(times) as usize];
                self.chosen.push(day * DAY + time);
            }
        }
        self.chosen.sort_unstable();
        self.chosen.dedup();
        Some(())
    }

    fn spend(&mut self, steps: u32) -> Option<()> {
        self.steps = self.steps.checked_sub(steps)?;
        Some(())
    }
}

impl Iterator for Walk<'_> {
    type Item = i64;

    fn next(&mut self) -> Option<i64> {
        if self.left == Some(0) || self.cursor > self.last {
            return None;
        }
        let found = self
            .first_from(self.cursor)
            .filter(|found| *found <= self.last);
        let Some(found) = found else {
            self.left = Some(0);
            return None;
        };
        self.cursor = found + 1;
        self.left = self.left.map(|left| left - 1);
        Some(found)
    }
}

/// Returns those of the values that have these places. Without places, returns all.
fn chosen(values: &[i64], positions: &[i16]) -> Vec<i64> {
    if positions.is_empty() {
        return values.to_vec();
    }
    let count = values.len();
    let is_chosen = |place: usize| {
        let forward = i16::try_from(place + 1).unwrap_or(i16::MAX);
        let backward = i16::try_from(count - place).unwrap_or(i16::MAX);
        positions.contains(&forward) || positions.contains(&-backward)
    };
    let places = (0..count).filter(|place| is_chosen(*place));
    places.map(|place| values[place]).collect()
}
