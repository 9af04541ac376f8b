//! The dates that patterns mean.

use jiff::civil::Weekday;

use super::language::{Meaning, Numeric, Unit};
use super::reader::{Captured, Reader, Style};
use crate::when::{Date, DateOrder, Due, Time, WeekStart};

impl Reader {
    pub(super) fn due(&self, meaning: Meaning, captured: &Captured) -> Option<Due> {
        let today = self.now.date;
        let first = |date: Date| Date::new(date.year(), date.month(), 1);
        let in_months = |months| plus_months(today, months);
        let in_week = |weekday, weeks: i64| next(today, weekday).plus_days(7 * weeks);
        let is_vikunja = self.style == Style::Vikunja;
        let day = match meaning {
            Meaning::Day => today.plus_days(captured.days?),
            Meaning::Night => {
                return Some(Due::Local(today, hour(if is_vikunja { 21 } else { 22 })));
            }
            Meaning::PartOfToday => return Some(Due::Local(today, hour(captured.hour?))),
            Meaning::In => return self.relative_to_now(captured, 1),
            Meaning::Ago => return self.relative_to_now(captured, -1),
            Meaning::Weekday => in_week(captured.weekday?, 0),
            Meaning::NextWeekday if is_vikunja => in_week(captured.weekday?, 0),
            Meaning::NextWeekday => in_week(captured.weekday?, 1),
            Meaning::LastWeekday => in_week(captured.weekday?, 0).plus_days(-7),
            Meaning::OfNextWeek => next(self.next_week(), captured.weekday?),
            Meaning::NextWorkday => plus_workdays(today, 1),
            Meaning::Weekend => self.weekend(),
            Meaning::NextWeekend => self.weekend().plus_days(7),
            Meaning::NextWeek if is_vikunja => today.plus_days(7),
            Meaning::NextWeek => self.next_week(),
            Meaning::NextMonth => first(in_months(1)?)?,
            Meaning::NextYear => Date::new(today.year().checked_add(1)?, 1, 1)?,
            Meaning::LaterThisWeek => self.later(),
            Meaning::LaterNextWeek => self.later().plus_days(7),
            Meaning::EndOfMonth => {
                let month = captured.month.unwrap_or(today.month());
                let year = today.year() + i16::from(month < today.month());
                plus_months(Date::new(year, month, 1)?, 1)?.plus_days(-1)
            }
            Meaning::EndOfNextMonth => first(in_months(2)?)?.plus_days(-1),
            Meaning::DayOfNextMonth => {
                let month = in_months(1)?;
                Date::new(month.year(), month.month(), captured.day?)?
            }
            Meaning::EndOfYear => Date::new(today.year(), 12, 31)?,
            Meaning::MiddleOfMonth => self.upcoming(captured.month?, 15)?,
            Meaning::Holiday(month, day) => self.upcoming(month, day)?,
            Meaning::Date => self.date_of(captured)?,
            Meaning::DayOfMonth => self.day_of_month(captured.day?)?,
            Meaning::Numeric => self.numeric(captured.numeric?)?,
            Meaning::Before | Meaning::After | Meaning::Time => return None,
        };
        Some(Due::Day(day))
    }

    /// Returns a date so much time before or after another one.
    pub(super) fn shifted(&self, base: Due, captured: &Captured, sign: i64) -> Option<Due> {
        // "The day after" is one.
        let count = sign * i64::from(captured.number.unwrap_or(1));
        let date = base.date();
        let date = match captured.unit? {
            Unit::Minute | Unit::Hour => return None,
            Unit::Day => date.plus_days(count),
            Unit::Workday => plus_workdays(date, count),
            Unit::Week => date.plus_days(7 * count),
            Unit::Month => plus_months(date, count)?,
            Unit::Year => plus_months(date, 12 * count)?,
        };
        Some(match base {
            Due::Local(_, time) => Due::Local(date, time),
            _ => Due::Day(date),
        })
    }

    fn relative_to_now(&self, captured: &Captured, sign: i64) -> Option<Due> {
        let now = self.now;
        let minutes = match (captured.minutes, captured.unit) {
            (Some(minutes), _) => Some(i64::from(minutes)),
            (None, Some(Unit::Minute)) => Some(i64::from(captured.number?)),
            (None, Some(Unit::Hour)) => Some(60 * i64::from(captured.number?)),
            _ => None,
        };
        if let Some(minutes) = minutes {
            let instant = now.zone.instant(now.date, now.time);
            let (date, time) = now.zone.local(instant.plus_seconds(sign * 60 * minutes));
            return Some(Due::Local(date, time));
        }
        let due = self.shifted(Due::Day(now.date), captured, sign)?;
        let is_in_months = matches!(captured.unit, Some(Unit::Month | Unit::Year));
        // A shorter month has no such moment, only a last day.
        let is_clamped = is_in_months && due.date().day() != now.date.day();
        match self.style {
            Style::Vikunja if sign > 0 && !is_clamped => Some(Due::Local(due.date(), now.time)),
            _ => Some(due),
        }
    }

    /// Returns the time of a reminder that names only a day.
    pub fn morning(&self) -> Time {
        hour(9)
    }

    /// Returns the first day of the week after this one.
    fn next_week(&self) -> Date {
        let start = match self.week_start {
            WeekStart::Monday => Weekday::Monday,
            WeekStart::Sunday => Weekday::Sunday,
            WeekStart::Saturday => Weekday::Saturday,
        };
        next(self.now.date.plus_days(1), start)
    }

    fn weekend(&self) -> Date {
        match self.now.date.weekday() {
            Weekday::Sunday => self.now.date,
            _ => next(self.now.date, Weekday::Saturday),
        }
    }

    fn later(&self) -> Date {
        match self.now.date.weekday() {
            Weekday::Friday | Weekday::Saturday | Weekday::Sunday => self.now.date,
            _ => self.now.date.plus_days(2),
        }
    }

    /// Returns the next such day, which can be today. 29 February is in the next leap year.
    fn upcoming(&self, month: i8, day: i8) -> Option<Date> {
        let today = self.now.date;
        (0..=8)
            .filter_map(|years| Date::new(today.year().checked_add(years)?, month, day))
            .find(|date| *date >= today)
    }

    fn date_of(&self, captured: &Captured) -> Option<Date> {
        let (month, day) = (captured.month?, captured.day?);
        match captured.year {
            Some(year) => Date::new(year, month, day),
            // Vikunja takes an ordinal number for a day of this year, even if it has passed.
            None if self.style == Style::Vikunja && captured.is_ordinal => {
                Date::new(self.now.date.year(), month, day)
            }
            None => self.upcoming(month, day),
        }
    }

    fn day_of_month(&self, day: i8) -> Option<Date> {
        let today = self.now.date;
        let first = Date::new(today.year(), today.month(), 1)?;
        (0..=2)
            .filter_map(|months| plus_months(first, months))
            .filter_map(|month| Date::new(month.year(), month.month(), day))
            .find(|date| *date >= today)
    }

    fn numeric(&self, numeric: Numeric) -> Option<Date> {
        let [first, second, third] = numeric.figures;
        let (first, second) = (first?, second?);
        if numeric.year_first {
            return date(i16::try_from(first).ok()?, second, third?);
        }
        if numeric.separator == b'.' && third.is_none() && self.style == Style::Todoist {
            // More often a version than a date.
            return None;
        }
        let is_month_first = match (numeric.separator, self.date_order) {
            (b'.', _) | (_, DateOrder::DayMonthYear) => false,
            (_, DateOrder::MonthDayYear) => true,
            (_, DateOrder::YearMonthDay) => self.style == Style::Vikunja,
        };
        let order = |is_month_first| {
            let (month, day) = if is_month_first {
                (first, second)
            } else {
                (second, first)
            };
            match third {
                Some(year) => date(i16::try_from(full_year(year)).ok()?, month, day),
                None => self.upcoming(i8::try_from(month).ok()?, i8::try_from(day).ok()?),
            }
        };
        order(is_month_first)
            .or_else(|| order(!is_month_first).filter(|_| numeric.separator != b'.'))
    }
}

fn date(year: i16, month: u16, day: u16) -> Option<Date> {
    Date::new(year, i8::try_from(month).ok()?, i8::try_from(day).ok()?)
}

fn full_year(year: u16) -> u16 {
    if year < 100 { 2000 + year } else { year }
}

fn hour(hour: i8) -> Time {
    Time::of_minutes(60 * i64::from(hour))
}

/// Returns the first such weekday from a date on.
fn next(date: Date, weekday: Weekday) -> Date {
    date.plus_days(date.weekday().until(weekday).into())
}

/// Returns the same day of another month, or its last day if it is shorter.
fn plus_months(date: Date, months: i64) -> Option<Date> {
    let month = i64::from(date.year()) * 12 + i64::from(date.month()) - 1 + months;
    let year = i16::try_from(month.div_euclid(12)).ok()?;
    let month = i8::try_from(month.rem_euclid(12) + 1).ok()?;
    (1..=date.day())
        .rev()
        .take(4)
        .find_map(|day| Date::new(year, month, day))
}

fn plus_workdays(date: Date, count: i64) -> Date {
    let step = count.signum();
    let mut date = date.plus_days(7 * (count / 5));
    let mut left = (count % 5).abs();
    let is_weekend = |date: Date| matches!(date.weekday(), Weekday::Saturday | Weekday::Sunday);
    while left > 0 || is_weekend(date) {
        date = date.plus_days(if step == 0 { 1 } else { step });
        left -= i64::from(!is_weekend(date)).min(left);
    }
    date
}

/// Returns a time on a clock of twelve hours in the half of the day of another one: `tonight at 8`.
pub fn near(time: Time, other: Time) -> Time {
    let is_earlier_half = time.hour() < 12 && other.hour() >= 12;
    Time::of_minutes(time.minutes() + 12 * 60 * i64::from(is_earlier_half))
}
