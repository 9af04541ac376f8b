//! Dates of filters, relative to the moment at which a filter is used.

use jiff::civil::Weekday;

use crate::db::Timestamp;
use crate::when::{Date, Preferences, Time, WeekStart, Zone};

const MINUTE: i64 = 60 * 1_000_000;

/// The moment at which a filter is used, and the place.
#[derive(Clone, Copy, Debug)]
pub struct Viewpoint {
    /// The current time.
    pub now: Timestamp,
    /// The zone of all days, such as today.
    pub zone: Zone,
    /// The first day of a week.
    pub week_start: WeekStart,
}

impl Viewpoint {
    /// Returns the viewpoint of a user.
    pub fn of(preferences: &Preferences, now: Timestamp) -> Viewpoint {
        Viewpoint {
            now,
            zone: preferences.time_zone,
            week_start: preferences.week_start,
        }
    }
}

/// A date or a time: a base, and steps from there.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Moment {
    pub base: Base,
    pub steps: Vec<Step>,
    pub precision: Precision,
}

/// The part of time that a moment covers.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Precision {
    Instant,
    Minute,
    Day,
}

#[derive(Clone, Debug, PartialEq)]
pub(super) enum Base {
    Now,
    Today,
    Date(Date),
    Local(Date, Time),
    Utc(Date, Time),
    /// The nearest such day, which can be today.
    Weekday(Weekday, Direction),
    /// The nearest such day of a year: month and day.
    DayOfYear(i8, i8, Direction),
    /// The nearest such day of a month.
    DayOfMonth(i8, Direction),
}

/// The direction in which the nearest day is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Direction {
    Future,
    Past,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Step {
    Add(i64, Unit),
    StartOf(Unit),
    At(Time),
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Unit {
    Second,
    Minute,
    Hour,
    Day,
    Week,
    Month,
    Year,
}

/// An end of a range: the start of a moment, or its end.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Edge {
    Start(Moment),
    End(Moment),
}

/// The first instant after a range, or the first one in it.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Bound {
    pub at: Timestamp,
    /// The same time on the user's clock, as due dates are stored. Every earlier local time sorts
    /// before it.
    pub local: String,
    /// The day. An all-day date counts as the end of its day, so that only earlier days are before
    /// the bound.
    pub day: String,
}

/// A time on a clock, with the microseconds of the minute.
#[derive(Clone, Copy)]
struct Local {
    date: Date,
    time: Time,
    rest: i64,
}

impl Moment {
    /// Returns a day.
    pub fn day(base: Base, steps: Vec<Step>) -> Moment {
        Moment {
            base,
            steps,
            precision: Precision::Day,
        }
    }

    /// Returns a moment that covers at least a minute.
    pub fn at_least_a_minute(self) -> Moment {
        let precision = match self.precision {
            Precision::Instant => Precision::Minute,
            other => other,
        };
        Moment { precision, ..self }
    }

    /// Returns the time as an instant or on the clock.
    fn find(&self, viewpoint: &Viewpoint) -> Local {
        let Viewpoint { now, zone, .. } = *viewpoint;
        let mut local = match &self.base {
            Base::Now => Local::of(now, zone),
            Base::Utc(date, time) => Local::of(Zone::UTC.instant(*date, *time), zone),
            Base::Local(date, time) => Local {
                date: *date,
                time: *time,
                rest: 0,
            },
            other => Local::start_of(nearest(other, zone.local(now).0)),
        };
        for step in &self.steps {
            local = local.after(*step, viewpoint);
        }
        local
    }
}

/// Returns the nearest day of a base that is a day.
fn nearest(base: &Base, today: Date) -> Date {
    let days = |direction| match direction {
        Direction::Future => 1,
        Direction::Past => -1,
    };
    match *base {
        Base::Date(date) => date,
        Base::Weekday(weekday, direction) => {
            let step = days(direction);
            let mut date = today;
            for _ in 0..6 {
                if date.weekday() == weekday {
                    break;
                }
                date = date.plus_days(step);
            }
            date
        }
        Base::DayOfYear(month, day, direction) => {
            // Eight years have a 29 February, even around 1900.
            let years = (0..=8).map(|years| i64::from(today.year()) + years * days(direction));
            let mut dates = years.filter_map(|year| Date::new(year as i16, month, day));
            let found = dates.find(|date| is_reached(*date, today, direction));
            found.unwrap_or(today)
        }
        Base::DayOfMonth(day, direction) => {
            let first = Local::start_of(today).start_of_month();
            let months = (0..=3).map(|months| plus_months(first, months * days(direction)));
            let mut dates = months.filter_map(|first| Date::new(first.year(), first.month(), day));
            let found = dates.find(|date| is_reached(*date, today, direction));
            found.unwrap_or(today)
        }
        Base::Now | Base::Today | Base::Local(..) | Base::Utc(..) => today,
    }
}

fn is_reached(date: Date, today: Date, direction: Direction) -> bool {
    match direction {
        Direction::Future => date >= today,
        Direction::Past => date <= today,
    }
}

/// Returns the date a number of months later. The day is at most the last one of its month.
fn plus_months(date: Date, months: i64) -> Date {
    let month = i64::from(date.year()) * 12 + i64::from(date.month()) - 1;
    let month = month.saturating_add(months);
    let year = month.div_euclid(12);
    if year < 1 {
        return Date::MIN;
    }
    if year > 9_999 {
        return Date::MAX;
    }
    let month = month.rem_euclid(12) as i8 + 1;
    let days = (28..=date.day()).rev().chain([date.day()]);
    let mut dates = days.filter_map(|day| Date::new(year as i16, month, day));
    dates.next().unwrap_or(date)
}

impl Local {
    fn of(instant: Timestamp, zone: Zone) -> Local {
        let (date, time) = zone.local(instant);
        let rest = instant.0.rem_euclid(MINUTE);
        Local { date, time, rest }
    }

    fn start_of(date: Date) -> Local {
        Local {
            date,
            time: Time::MIDNIGHT,
            rest: 0,
        }
    }

    fn instant(self, zone: Zone) -> Timestamp {
        Timestamp(
            zone.instant(self.date, self.time)
                .0
                .saturating_add(self.rest),
        )
    }

    fn start_of_month(self) -> Date {
        self.date.plus_days(1 - i64::from(self.date.day()))
    }

    fn after(self, step: Step, viewpoint: &Viewpoint) -> Local {
        let zone = viewpoint.zone;
        let later = |seconds: i64| Local::of(self.instant(zone).plus_seconds(seconds), zone);
        let on = |date: Date| Local { date, ..self };
        match step {
            Step::Add(count, Unit::Second) => later(count),
            Step::Add(count, Unit::Minute) => later(count.saturating_mul(60)),
            Step::Add(count, Unit::Hour) => later(count.saturating_mul(60 * 60)),
            Step::Add(count, Unit::Day) => on(self.date.plus_days(count)),
            Step::Add(count, Unit::Week) => on(self.date.plus_days(count.saturating_mul(7))),
            Step::Add(count, Unit::Month) => on(plus_months(self.date, count)),
            Step::Add(count, Unit::Year) => on(plus_months(self.date, count.saturating_mul(12))),
            Step::StartOf(Unit::Second) => Local {
                rest: self.rest - self.rest % 1_000_000,
                ..self
            },
            Step::StartOf(Unit::Minute) => Local { rest: 0, ..self },
            Step::StartOf(Unit::Hour) => Local {
                rest: 0,
                ..later(-60 * i64::from(self.time.minute()))
            },
            Step::StartOf(Unit::Day) => Local::start_of(self.date),
            Step::StartOf(Unit::Week) => {
                let first = match viewpoint.week_start {
                    WeekStart::Monday => Weekday::Monday,
                    WeekStart::Sunday => Weekday::Sunday,
                    WeekStart::Saturday => Weekday::Saturday,
                };
                let base = Base::Weekday(first, Direction::Past);
                Local::start_of(nearest(&base, self.date))
            }
            Step::StartOf(Unit::Month) => Local::start_of(self.start_of_month()),
            Step::StartOf(Unit::Year) => {
                let january = Date::new(self.date.year(), 1, 1);
                Local::start_of(january.unwrap_or(self.date))
            }
            Step::At(time) => Local {
                time,
                rest: 0,
                ..self
            },
        }
    }
}

impl Edge {
    pub fn resolve(&self, viewpoint: &Viewpoint) -> Bound {
        let zone = viewpoint.zone;
        let (moment, is_end) = match self {
            Edge::Start(moment) => (moment, false),
            Edge::End(moment) => (moment, true),
        };
        let local = moment.find(viewpoint);
        match moment.precision {
            Precision::Day => Bound::of_day(local.date.plus_days(i64::from(is_end)), zone),
            Precision::Minute => {
                let local = Local { rest: 0, ..local };
                let length = if is_end { 60 } else { 0 };
                Bound::of(local.instant(zone).plus_seconds(length), zone)
            }
            Precision::Instant => {
                // The base itself, because its clock can show the same time twice.
                let at = match moment.base {
                    Base::Now if moment.steps.is_empty() => viewpoint.now,
                    _ => local.instant(zone),
                };
                Bound::of(Timestamp(at.0.saturating_add(i64::from(is_end))), zone)
            }
        }
    }
}

impl Bound {
    fn of(at: Timestamp, zone: Zone) -> Bound {
        let Local { date, time, rest } = Local::of(at, zone);
        // A minute that has begun is before the bound.
        let minute = i64::from(time.minute()) + i64::from(rest > 0);
        let hour = i64::from(time.hour()) + minute / 60;
        Bound {
            at,
            // 24:00 sorts after every time of the day, and before the next day.
            local: format!("{date}T{hour:02}:{:02}", minute % 60),
            day: date.to_string(),
        }
    }

    /// Returns the bound at the end of a minute that has begun.
    pub fn rounded_up(self) -> Bound {
        let minutes = self.at.0.div_euclid(MINUTE) + i64::from(self.at.0.rem_euclid(MINUTE) > 0);
        let at = Timestamp(minutes.saturating_mul(MINUTE));
        Bound { at, ..self }
    }

    fn of_day(date: Date, zone: Zone) -> Bound {
        Bound {
            at: crate::when::day_bounds(date, zone).start,
            local: format!("{date}T{}", Time::MIDNIGHT),
            day: date.to_string(),
        }
    }
}
