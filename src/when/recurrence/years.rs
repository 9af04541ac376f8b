//! The days of a year that fulfil the conditions of a rule.
//!
//! There are only a few kinds of year: what a day depends on is the weekday of 1 January and which
//! years around it are leap years. The days of each kind are computed once per series.

use super::rule::number;
use super::{Frequency, Rule};

/// Days from 0001-01-01 to 1970-01-01.
const DAYS_TO_EPOCH: i64 = 719_162;

/// The last day of the calendar, 9999-12-31.
pub(super) const LAST_DAY: i64 = 2_932_896;

const KINDS: usize = 7 * 8;

/// Days of a common year before each of its months.
const DAYS_BEFORE: [i64; 12] = [0, 31, 59, 90, 120, 151, 181, 212, 243, 273, 304, 334];

/// A bit per day of a year.
type Days = [u64; 6];

/// The conditions of a rule, and the days of each kind of year that fulfil them.
pub(super) struct Years {
    months: u64,
    weeks: Signed<1>,
    year_days: Signed<6>,
    month_days: Signed<1>,
    /// Days of the week, from bit 0 for Monday.
    weekdays: u64,
    /// Numbers of each day of the week.
    ordinals: [Signed<1>; 7],
    has_weekdays: bool,
    /// True if numbers of days of the week count within the month.
    by_month: bool,
    week_start: i64,
    kinds: Vec<Option<Days>>,
    current: Year,
}

/// The days of one year.
#[derive(Clone, Copy, Default)]
struct Year {
    start: i64,
    /// First day of the next year.
    end: i64,
    days: Days,
}

/// Numbers that count from the start, and those that count from the end.
#[derive(Clone, Copy)]
struct Signed<const WORDS: usize> {
    forward: [u64; WORDS],
    backward: [u64; WORDS],
}

impl<const WORDS: usize> Signed<WORDS> {
    const EMPTY: Self = Signed {
        forward: [0; WORDS],
        backward: [0; WORDS],
    };

    fn of(numbers: &[i16]) -> Self {
        let mut signed = Self::EMPTY;
        for number in numbers {
            signed.insert(*number);
        }
        signed
    }

    fn insert(&mut self, number: i16) {
        let words = match number < 0 {
            true => &mut self.backward,
            false => &mut self.forward,
        };
        let place = usize::from(number.unsigned_abs());
        words[place / 64] |= 1 << (place % 64);
    }

    fn is_empty(&self) -> bool {
        self.forward == [0; WORDS] && self.backward == [0; WORDS]
    }

    /// Returns true if one of the numbers is `forward` from the start or `backward` from the end.
    fn contains(&self, forward: i64, backward: i64) -> bool {
        let has = |words: &[u64; WORDS], place: i64| {
            let place = place as usize;
            words[place / 64] >> (place % 64) & 1 == 1
        };
        has(&self.forward, forward) || has(&self.backward, backward)
    }
}

impl Years {
    /// Compiles the conditions of a rule. Those that follow from the start are added.
    pub(super) fn new(rule: &Rule, start: i64) -> Years {
        let mut years = Years {
            months: rule.months.iter().fold(0, |bits, month| bits | 1 << month),
            weeks: Signed::of(&rule.weeks),
            year_days: Signed::of(&rule.year_days),
            month_days: Signed::of(&rule.month_days),
            weekdays: 0,
            ordinals: [Signed::EMPTY; 7],
            has_weekdays: !rule.weekdays.is_empty(),
            by_month: rule.frequency == Frequency::Monthly || !rule.months.is_empty(),
            week_start: number(rule.week_start),
            kinds: vec![None; KINDS],
            current: Year::default(),
        };
        for day in &rule.weekdays {
            match day.ordinal {
                0 => years.weekdays |= 1 << number(day.weekday),
                ordinal => years.ordinals[number(day.weekday) as usize].insert(ordinal),
            }
        }
        if !rule.names_days() {
            let (_, month, day) = civil(start);
            match rule.frequency {
                Frequency::Yearly | Frequency::Monthly => years.month_days.insert(day as i16),
                Frequency::Weekly => {
                    years.weekdays = 1 << weekday(start);
                    years.has_weekdays = true;
                }
                _ => {}
            }
            if rule.frequency == Frequency::Yearly && rule.months.is_empty() {
                years.months = 1 << month;
            }
        }
        years
    }

    /// Returns the first day from `day` on that fulfils the conditions, if it is before `end` and in
    /// the same year. Otherwise, returns the earlier of `end` and the start of the next year.
    pub(super) fn first(&mut self, day: i64, end: i64) -> Result<i64, i64> {
        let year = self.year(day);
        let end = end.min(year.end);
        let (mut place, last) = ((day - year.start) as usize, (end - year.start) as usize);
        while place < last {
            let word = year.days[place / 64] >> (place % 64);
            if word != 0 {
                place += word.trailing_zeros() as usize;
                if place < last {
                    return Ok(year.start + place as i64);
                }
                break;
            }
            place = (place / 64 + 1) * 64;
        }
        Err(end)
    }

    /// Returns true if a day fulfils the conditions.
    pub(super) fn contains(&mut self, day: i64) -> bool {
        self.first(day, day + 1).is_ok()
    }

    /// Returns the year of a day. Consecutive calls are mostly about the same one.
    fn year(&mut self, day: i64) -> Year {
        if day < self.current.start || day >= self.current.end {
            let year = year_of(day);
            let start = year_start(year);
            let leaps = [year - 1, year, year + 1].map(|year| usize::from(is_leap(year)));
            let kind = weekday(start) as usize * 8 + leaps[0] * 4 + leaps[1] * 2 + leaps[2];
            let days = self.kinds[kind].unwrap_or_else(|| self.compute(year));
            self.kinds[kind] = Some(days);
            self.current = Year {
                start,
                end: start + year_length(year),
                days,
            };
        }
        self.current
    }

    fn compute(&self, year: i64) -> Days {
        let (start, length) = (year_start(year), year_length(year));
        let week_one = self.week_one(year);
        let next_week_one = self.week_one(year + 1);
        let (mut days, mut of_year) = ([0; 6], 0);
        for month in 1..=12 {
            let month_length = month_length(year, month);
            for day in 1..=month_length {
                let weekday = weekday(start + of_year);
                let backward = month_length - day + 1;
                let is_weekday = || {
                    let (forward, backward) = match self.by_month {
                        true => (day, backward),
                        false => (of_year + 1, length - of_year),
                    };
                    let ordinals = &self.ordinals[weekday as usize];
                    self.weekdays >> weekday & 1 == 1
                        || ordinals.contains((forward + 6) / 7, (backward + 6) / 7)
                };
                let is_week = || {
                    let day = start + of_year;
                    let (this, next) = if day < week_one {
                        (self.week_one(year - 1), week_one)
                    } else if day < next_week_one {
                        (week_one, next_week_one)
                    } else {
                        (next_week_one, self.week_one(year + 2))
                    };
                    self.weeks
                        .contains((day - this) / 7 + 1, (next - day + 6) / 7)
                };
                if (self.months == 0 || self.months >> month & 1 == 1)
                    && (self.month_days.is_empty() || self.month_days.contains(day, backward))
                    && (self.year_days.is_empty()
                        || self.year_days.contains(of_year + 1, length - of_year))
                    && (!self.has_weekdays || is_weekday())
                    && (self.weeks.is_empty() || is_week())
                {
                    days[of_year as usize / 64] |= 1 << (of_year % 64);
                }
                of_year += 1;
            }
        }
        days
    }

    /// Returns the first day of the first week of a year: the first week with at least four days in
    /// the year.
    fn week_one(&self, year: i64) -> i64 {
        let start = year_start(year);
        let passed = (weekday(start) - self.week_start).rem_euclid(7);
        match passed <= 3 {
            true => start - passed,
            false => start - passed + 7,
        }
    }
}

/// Returns the day of the week, from 0 for Monday.
pub(super) fn weekday(day: i64) -> i64 {
    (day + 3).rem_euclid(7)
}

/// Returns the days from 1970-01-01 to the first day of a year.
pub(super) fn year_start(year: i64) -> i64 {
    let past = year - 1;
    past * 365 + past.div_euclid(4) - past.div_euclid(100) + past.div_euclid(400) - DAYS_TO_EPOCH
}

/// Returns the year of a day.
pub(super) fn year_of(day: i64) -> i64 {
    let year = ((day + DAYS_TO_EPOCH) * 400).div_euclid(146_097) + 1;
    if day < year_start(year) {
        year - 1
    } else if day >= year_start(year + 1) {
        year + 1
    } else {
        year
    }
}

/// Returns the first day of a month, which is counted from the year 0.
pub(super) fn month_start(month: i64) -> i64 {
    let (year, month) = (month.div_euclid(12), month.rem_euclid(12));
    let leap_day = i64::from(month > 1 && is_leap(year));
    year_start(year) + DAYS_BEFORE[month as usize] + leap_day
}

/// Returns the month of a day, counted from the year 0.
pub(super) fn month_of(day: i64) -> i64 {
    let year = year_of(day);
    // Months are shorter than 31 days by less than a month in all.
    let month = year * 12 + (day - year_start(year)) / 31;
    month + i64::from(day >= month_start(month + 1))
}

/// Returns year, month and day of the month, each from 1.
fn civil(day: i64) -> (i64, i64, i64) {
    let month = month_of(day);
    (
        month.div_euclid(12),
        month.rem_euclid(12) + 1,
        day - month_start(month) + 1,
    )
}

fn is_leap(year: i64) -> bool {
    year % 4 == 0 && (year % 100 != 0 || year % 400 == 0)
}

fn year_length(year: i64) -> i64 {
    365 + i64::from(is_leap(year))
}

fn month_length(year: i64, month: i64) -> i64 {
    match month {
        4 | 6 | 9 | 11 => 30,
        2 => 28 + i64::from(is_leap(year)),
        _ => 31,
    }
}
