//! The time, the start and the end in phrases: "at 20:00", "starting tomorrow", "for 3 weeks".

use jiff::civil::Weekday;

use super::grammar::Grammar;
use super::lexer::clock;
use super::{Word, interval};
use crate::when::recurrence::{End, Frequency, MAX_COUNT, Moment};
use crate::when::words::near;
use crate::when::{Date, Time};

impl Grammar {
    /// Reads a time, a start or an end.
    pub(super) fn suffix(&mut self) -> Option<()> {
        self.take(Word::Comma);
        if let Some(time) = self.attempt(|grammar| grammar.time_of_day(false)) {
            return self.set_time(time);
        }
        match self.next()? {
            Word::At => {
                let time = self.time_of_day(true)?;
                self.set_time(time)
            }
            // "In the morning".
            Word::Of => {
                self.take(Word::The);
                match self.next()? {
                    Word::Part(time) => self.set_time(time),
                    _ => None,
                }
            }
            Word::Number(count) if self.take(Word::Times) => self.set_count(count),
            Word::From => {
                self.take(Word::On);
                if self.take(Word::At) {
                    let time = self.time_of_day(true)?;
                    return self.set_time(time);
                }
                if let Some(time) = self.attempt(|grammar| grammar.time_of_day(false)) {
                    return self.set_time(time);
                }
                let date = self.attempt(Grammar::date);
                let date = date.or_else(|| self.attempt(|grammar| grammar.month(false)))?;
                self.from.replace(date).is_none().then_some(())
            }
            Word::Until => {
                self.take(Word::On);
                // "Ending in 6 months", counted from the start.
                if self.take(Word::Of) {
                    let length = self.distance()?;
                    return self.set_length(length);
                }
                let date = self.attempt(Grammar::date);
                let date = date.or_else(|| self.attempt(|grammar| grammar.month(true)))?;
                self.set_end(End::Until(Moment::Day(date)))
            }
            Word::For => {
                if let Some(length) = self.attempt(Grammar::distance) {
                    return self.set_length(length);
                }
                match (self.next()?, self.next()?) {
                    (Word::Number(count), Word::Times) => self.set_count(count),
                    _ => None,
                }
            }
            _ => None,
        }
    }

    fn set_time(&mut self, time: Time) -> Option<()> {
        self.time.replace(time).is_none().then_some(())
    }

    fn set_length(&mut self, length: (u32, Frequency)) -> Option<()> {
        let is_first = self.end.is_none() && self.length.is_none();
        self.length = Some(length);
        is_first.then_some(())
    }

    fn set_count(&mut self, count: u32) -> Option<()> {
        (1..=MAX_COUNT).contains(&count).then_some(())?;
        self.set_end(End::Count(count))
    }

    fn set_end(&mut self, end: End) -> Option<()> {
        let is_first = self.end.is_none() && self.length.is_none();
        self.end = Some(end);
        is_first.then_some(())
    }

    /// Reads a time of day: "20:00", "8 pm". After "at", a number is one too: "at 10", "at 1900".
    pub(super) fn time_of_day(&mut self, after_at: bool) -> Option<Time> {
        let half = |grammar: &mut Grammar| match grammar.next()? {
            Word::Half(half) => Some(half),
            _ => None,
        };
        match self.next()? {
            Word::Part(part) => {
                let time = self.attempt(|grammar| match grammar.take(Word::At) {
                    true => grammar.time_of_day(true),
                    false => None,
                });
                Some(time.map_or(part, |time| near(time, part)))
            }
            Word::Time(time) => match self.attempt(half) {
                None => Some(time),
                half => clock(
                    time.hour().try_into().ok()?,
                    time.minute().try_into().ok()?,
                    half,
                ),
            },
            Word::Number(number) => {
                let half = self.attempt(half);
                match number {
                    0..24 if after_at || half.is_some() => clock(number, 0, half),
                    24.. if after_at && half.is_none() => clock(number / 100, number % 100, None),
                    _ => None,
                }
            }
            _ => None,
        }
    }

    /// Reads a date. Without a year, it is the next one.
    fn date(&mut self) -> Option<Date> {
        self.take(Word::The);
        let (day, month) = match self.next()? {
            Word::Date(date) => return Some(date),
            Word::Relative(days) => return Some(self.today.plus_days(days)),
            Word::Next => {
                let next = self.next()?;
                return self.following(next);
            }
            // "Starting in 2 weeks".
            Word::Of => {
                let (number, frequency) = self.distance()?;
                return after(self.today, number, frequency);
            }
            // "End of year".
            Word::Until => {
                self.take(Word::Of).then_some(())?;
                self.take(Word::The);
                let (year, month) = match self.next()? {
                    Word::Unit(Frequency::Monthly, 1) => (self.today.year(), self.today.month()),
                    Word::Unit(Frequency::Yearly, 1) => (self.today.year(), 12),
                    _ => return None,
                };
                let next = after(Date::new(year, month, 1)?, 1, Frequency::Monthly)?;
                return Some(next.plus_days(-1));
            }
            Word::Weekday(weekday) => {
                let mut days = (1..=7).map(|days| self.today.plus_days(days));
                return days.find(|date| date.weekday() == weekday);
            }
            Word::Month(month) => match self.next()? {
                Word::Ordinal(day) => (i32::from(day), month),
                Word::Number(day) => (i32::try_from(day).ok()?, month),
                _ => return None,
            },
            Word::Ordinal(day) => (day.into(), self.of_month()?),
            Word::Number(day) => (i32::try_from(day).ok()?, self.of_month()?),
            _ => return None,
        };
        let (day, month) = (i8::try_from(day).ok()?, i8::try_from(month).ok()?);
        match self.attempt(Grammar::year) {
            Some(year) => Date::new(year, month, day),
            // 29 February can be eight years away.
            None => (self.today.year()..=self.today.year() + 8)
                .filter_map(|year| Date::new(year, month, day))
                .find(|date| *date >= self.today),
        }
    }

    /// Reads a month, and returns its first or its last day.
    fn month(&mut self, is_end: bool) -> Option<Date> {
        let Word::Month(month) = self.next()? else {
            return None;
        };
        let month = i8::try_from(month).ok()?;
        let day = |year| {
            let first = Date::new(year, month, 1)?;
            match is_end {
                true => Some(after(first, 1, Frequency::Monthly)?.plus_days(-1)),
                false => Some(first),
            }
        };
        match self.attempt(Grammar::year) {
            Some(year) => day(year),
            None => (self.today.year()..=self.today.year() + 1)
                .filter_map(day)
                .find(|date| *date >= self.today),
        }
    }

    fn year(&mut self) -> Option<i16> {
        match self.next()? {
            Word::Number(year @ 1000..=9999) => i16::try_from(year).ok(),
            _ => None,
        }
    }

    /// Returns the first day of the week, the month or the year after this one, or the day of the
    /// week after the coming one.
    fn following(&self, unit: Word) -> Option<Date> {
        let today = self.today;
        let from = |days: i64, weekday: Weekday| {
            let mut days = (days..days + 7).map(|days| today.plus_days(days));
            days.find(|date| date.weekday() == weekday)
        };
        match unit {
            Word::Weekday(weekday) => from(7, weekday),
            Word::Unit(Frequency::Weekly, 1) => from(1, Weekday::Monday),
            Word::Unit(Frequency::Monthly, 1) => after(
                Date::new(today.year(), today.month(), 1)?,
                1,
                Frequency::Monthly,
            ),
            Word::Unit(Frequency::Yearly, 1) => Date::new(today.year() + 1, 1, 1),
            _ => None,
        }
    }

    /// Reads a number of units after an article, or without one: "a week".
    fn distance(&mut self) -> Option<(u32, Frequency)> {
        self.take(Word::The);
        self.amount()
    }

    /// Reads a number of units: "3 weeks".
    pub(super) fn amount(&mut self) -> Option<(u32, Frequency)> {
        let number = match self.peek()? {
            Word::Number(number) => {
                self.next();
                number
            }
            _ => 1,
        };
        match self.next()? {
            Word::Unit(frequency, periods) => Some((interval(number, periods)?, frequency)),
            _ => None,
        }
    }
}

/// Returns the date so many periods later, or the last day of a month that is too short.
pub(super) fn after(start: Date, number: u32, frequency: Frequency) -> Option<Date> {
    let number = i64::from(number);
    Some(match frequency {
        Frequency::Minutely | Frequency::Hourly => return None,
        Frequency::Daily => start.plus_days(number),
        Frequency::Weekly => start.plus_days(number * 7),
        Frequency::Monthly | Frequency::Yearly => {
            let months = if frequency == Frequency::Monthly {
                1
            } else {
                12
            };
            let month =
                i64::from(start.year()) * 12 + i64::from(start.month()) - 1 + number * months;
            let year = i16::try_from(month.div_euclid(12)).ok()?;
            let month = month.rem_euclid(12) as i8 + 1;
            (28..=start.day())
                .rev()
                .chain([start.day().min(28)])
                .find_map(|day| Date::new(year, month, day))?
        }
    })
}
