//! One rule of repetition (RFC 5545, section 3.3.10).

use std::fmt;

use jiff::civil::Weekday;

use super::Moment;

/// The longest interval between two periods.
pub const MAX_INTERVAL: u32 = 100_000;
/// The most occurrences that `COUNT` can ask for. They are counted from the start of the series.
pub const MAX_COUNT: u32 = 1_000;

/// The unit of a period.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Frequency {
    /// Every minute.
    Minutely,
    /// Every hour.
    Hourly,
    /// Every day.
    Daily,
    /// Every week.
    Weekly,
    /// Every month.
    Monthly,
    /// Every year.
    Yearly,
}

/// The end of a series.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum End {
    /// There is none.
    #[default]
    Never,
    /// After so many occurrences.
    Count(u32),
    /// After the last occurrence up to this moment, which belongs to it.
    Until(Moment),
}

/// A day of the week, and which one of them within the month or the year.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct WeekdayRule {
    /// 1 is the first one, -1 the last one, 0 each.
    pub ordinal: i16,
    /// The day.
    pub weekday: Weekday,
}

/// A rule by which something repeats. The lists are sorted and without duplicates; an empty one
/// sets no condition.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Rule {
    /// Unit of a period.
    pub frequency: Frequency,
    /// Every how many periods it repeats.
    pub interval: u32,
    /// End of the series.
    pub end: End,
    /// Months, from 1 to 12.
    pub months: Vec<i16>,
    /// Weeks of the year, from 1 to 53; -1 is the last one.
    pub weeks: Vec<i16>,
    /// Days of the year, from 1 to 366; -1 is the last one.
    pub year_days: Vec<i16>,
    /// Days of the month, from 1 to 31; -1 is the last one.
    pub month_days: Vec<i16>,
    /// Days of the week.
    pub weekdays: Vec<WeekdayRule>,
    /// Hours of the day, from 0 to 23.
    pub hours: Vec<i16>,
    /// Minutes of the hour, from 0 to 59.
    pub minutes: Vec<i16>,
    /// Places among the occurrences of a period, from 1 to 366; -1 is the last one.
    pub positions: Vec<i16>,
    /// First day of a week.
    pub week_start: Weekday,
}

impl Frequency {
    /// Frequencies and their names.
    pub(super) const NAMES: [(Frequency, &'static str); 6] = [
        (Frequency::Minutely, "MINUTELY"),
        (Frequency::Hourly, "HOURLY"),
        (Frequency::Daily, "DAILY"),
        (Frequency::Weekly, "WEEKLY"),
        (Frequency::Monthly, "MONTHLY"),
        (Frequency::Yearly, "YEARLY"),
    ];
}

/// The days of a week and their names, from Monday.
pub(super) const WEEKDAYS: [(Weekday, &str); 7] = [
    (Weekday::Monday, "MO"),
    (Weekday::Tuesday, "TU"),
    (Weekday::Wednesday, "WE"),
    (Weekday::Thursday, "TH"),
    (Weekday::Friday, "FR"),
    (Weekday::Saturday, "SA"),
    (Weekday::Sunday, "SU"),
];

/// Returns the number of a day of the week, from 0 for Monday.
pub(super) fn number(weekday: Weekday) -> i64 {
    weekday.to_monday_zero_offset().into()
}

impl Rule {
    /// Creates a rule without conditions.
    pub fn every(interval: u32, frequency: Frequency) -> Rule {
        Rule {
            frequency,
            interval,
            end: End::Never,
            months: Vec::new(),
            weeks: Vec::new(),
            year_days: Vec::new(),
            month_days: Vec::new(),
            weekdays: Vec::new(),
            hours: Vec::new(),
            minutes: Vec::new(),
            positions: Vec::new(),
            week_start: Weekday::Monday,
        }
    }

    /// Returns true if the rule names days itself, so that they do not follow from the start.
    pub(super) fn names_days(&self) -> bool {
        let lists = [&self.weeks, &self.year_days, &self.month_days];
        !self.weekdays.is_empty() || lists.iter().any(|list| !list.is_empty())
    }

    /// Returns true if the rule is only a frequency and an interval.
    pub(super) fn is_plain(&self) -> bool {
        let lists = [&self.months, &self.hours, &self.minutes, &self.positions];
        !self.names_days() && lists.iter().all(|list| list.is_empty())
    }
}

impl fmt::Display for Rule {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let name = |(frequency, name)| (frequency == self.frequency).then_some(name);
        let name = Frequency::NAMES.into_iter().find_map(name);
        write!(formatter, "FREQ={}", name.unwrap_or_default())?;
        if self.interval != 1 {
            write!(formatter, ";INTERVAL={}", self.interval)?;
        }
        match self.end {
            End::Never => {}
            End::Count(count) => write!(formatter, ";COUNT={count}")?,
            End::Until(moment) => write!(formatter, ";UNTIL={moment}")?,
        }
        let weekdays: Vec<_> = self.weekdays.iter().map(ToString::to_string).collect();
        for (name, numbers) in [
            ("BYMONTH", &self.months),
            ("BYWEEKNO", &self.weeks),
            ("BYYEARDAY", &self.year_days),
            ("BYMONTHDAY", &self.month_days),
            ("BYDAY", &Vec::new()),
            ("BYHOUR", &self.hours),
            ("BYMINUTE", &self.minutes),
            ("BYSETPOS", &self.positions),
        ] {
            let values = match name {
                "BYDAY" => weekdays.clone(),
                _ => numbers.iter().map(ToString::to_string).collect(),
            };
            if !values.is_empty() {
                write!(formatter, ";{name}={}", values.join(","))?;
            }
        }
        if self.week_start != Weekday::Monday {
            let (_, name) = WEEKDAYS[self.week_start.to_monday_zero_offset() as usize];
            write!(formatter, ";WKST={name}")?;
        }
        Ok(())
    }
}

impl fmt::Display for WeekdayRule {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.ordinal != 0 {
            write!(formatter, "{}", self.ordinal)?;
        }
        let (_, name) = WEEKDAYS[self.weekday.to_monday_zero_offset() as usize];
        formatter.write_str(name)
    }
}
