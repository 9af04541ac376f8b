//! A user's preferences for dates and times.

use super::names::short_month;
use super::words::{ENGLISH, Now, Reader, Style};
use super::{Date, Due, Time, Zone};
use crate::choice::choice;
use crate::locale::{Language, message};
use crate::timestamp::Timestamp;

choice! {
    /// First day of the week.
    pub enum WeekStart {
        /// As in ISO 8601.
        #[default]
        Monday = "monday",
        /// As in North America.
        Sunday = "sunday",
        /// As in Egypt.
        Saturday = "saturday",
    }
}

choice! {
    /// Order of year, month and day in a date.
    pub enum DateOrder {
        /// 2026-04-01
        #[default]
        YearMonthDay = "ymd",
        /// 1 Apr 2026
        DayMonthYear = "dmy",
        /// Apr 1, 2026
        MonthDayYear = "mdy",
    }
}

choice! {
    /// Form of a time of day.
    pub enum Clock {
        /// 17:00
        #[default]
        TwentyFourHours = "24h",
        /// 5:00 pm
        TwelveHours = "12h",
    }
}

/// The preferences of a user.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Preferences {
    /// Zone of all days, such as today.
    pub time_zone: Zone,
    /// First day of the week.
    pub week_start: WeekStart,
    /// Form of dates.
    pub date_order: DateOrder,
    /// Form of times.
    pub clock: Clock,
    /// Style of quick add.
    pub quick_add_style: Style,
    /// Language of the names of days and months. It depends on the request, too.
    pub language: Language,
}

impl Preferences {
    /// Formats a due date for the user. A time in a zone becomes the one on the user's clock.
    pub fn format(&self, due: &Due) -> String {
        let (date, time) = self.local(due);
        let date = self.format_date(date);
        match time {
            None => date,
            Some(time) => format!("{date}, {}", self.format_time(time)),
        }
    }

    /// Formats an instant on the clock of the user.
    pub fn format_instant(&self, instant: Timestamp) -> String {
        let (date, time) = self.time_zone.local(instant);
        self.format(&Due::Local(date, time))
    }

    /// Returns the meaning of words for dates that the user writes at an instant.
    pub fn reader(&self, written_at: Timestamp) -> Reader {
        let zone = self.time_zone;
        let (date, time) = zone.local(written_at);
        Reader {
            lexicon: &ENGLISH,
            now: Now { date, time, zone },
            style: self.quick_add_style,
            date_order: self.date_order,
            week_start: self.week_start,
        }
    }

    /// Formats a date of this year.
    pub fn format_day_and_month(&self, date: Date) -> String {
        let (day, month) = (date.day(), short_month(date, self.language));
        let message = match self.date_order {
            // Without a year, numbers would be ambiguous.
            DateOrder::YearMonthDay | DateOrder::DayMonthYear => {
                message!("date-day-month", day = day, month = month)
            }
            DateOrder::MonthDayYear => message!("date-month-day", day = day, month = month),
        };
        self.language.say(&message)
    }

    /// Formats a date. Only the form that begins with the year has the month as a number, because
    /// nobody confuses it with the day there.
    pub fn format_date(&self, date: Date) -> String {
        let (day, month) = (date.day(), short_month(date, self.language));
        let year = date.year().to_string();
        let message = match self.date_order {
            DateOrder::YearMonthDay => return date.to_string(),
            DateOrder::DayMonthYear => {
                message!("date-day-month-year", day = day, month = month, year = year)
            }
            DateOrder::MonthDayYear => {
                message!("date-month-day-year", day = day, month = month, year = year)
            }
        };
        self.language.say(&message)
    }

    /// Formats a time of day.
    pub fn format_time(&self, time: Time) -> String {
        let hour = match time.hour() % 12 {
            0 => 12,
            hour => hour,
        };
        let clock = format!("{hour}:{:02}", time.minute());
        let message = match (self.clock, time.hour()) {
            (Clock::TwentyFourHours, _) => return time.to_string(),
            (Clock::TwelveHours, ..12) => message!("time-morning", time = clock),
            (Clock::TwelveHours, _) => message!("time-afternoon", time = clock),
        };
        self.language.say(&message)
    }

    /// Returns the date and the time of a due date on the clock of the user.
    pub fn local(&self, due: &Due) -> (Date, Option<Time>) {
        match *due {
            Due::Day(date) => (date, None),
            Due::Local(date, time) => (date, Some(time)),
            Due::Zoned(date, time, zone) if zone == self.time_zone => (date, Some(time)),
            Due::Zoned(date, time, zone) => {
                let (date, time) = self.time_zone.local(zone.instant(date, time));
                (date, Some(time))
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_choice_has_the_same_name_in_json_and_in_the_database() {
        for choice in [WeekStart::Monday, WeekStart::Sunday, WeekStart::Saturday] {
            assert_eq!(WeekStart::parse(choice.as_str()), Ok(choice));
            assert_eq!(serde_json::json!(choice), choice.as_str());
        }
        for choice in [Clock::TwentyFourHours, Clock::TwelveHours] {
            assert_eq!(Clock::parse(choice.as_str()), Ok(choice));
            assert_eq!(serde_json::json!(choice), choice.as_str());
        }
        for name in ["", "Monday", "tuesday"] {
            assert!(WeekStart::parse(name).is_err(), "{name}");
        }
    }

    #[test]
    fn dates_and_times_have_the_form_that_the_user_prefers() {
        let date = Date::new(2026, 4, 1).expect("a date");
        for (order, expected) in [
            (DateOrder::YearMonthDay, "2026-04-01"),
            (DateOrder::DayMonthYear, "1 Apr 2026"),
            (DateOrder::MonthDayYear, "Apr 1, 2026"),
        ] {
            let preferences = Preferences {
                date_order: order,
                ..Preferences::default()
            };
            assert_eq!(preferences.format_date(date), expected);
        }
        for (text, expected) in [
            ("00:00", "12:00 am"),
            ("00:05", "12:05 am"),
            ("11:59", "11:59 am"),
            ("12:00", "12:00 pm"),
            ("17:00", "5:00 pm"),
            ("23:59", "11:59 pm"),
        ] {
            let time = Time::parse(text).expect("a time");
            let mut preferences = Preferences {
                clock: Clock::TwelveHours,
                ..Preferences::default()
            };
            assert_eq!(preferences.format_time(time), expected);
            preferences.clock = Clock::TwentyFourHours;
            assert_eq!(preferences.format_time(time), text);
        }
    }

    #[test]
    fn a_due_date_is_shown_by_the_clock_of_the_user() {
        let preferences = Preferences {
            time_zone: Zone::parse("America/New_York").expect("a zone"),
            date_order: DateOrder::MonthDayYear,
            clock: Clock::TwelveHours,
            ..Preferences::default()
        };
        let date = Date::new(2026, 4, 1).expect("a date");
        let time = Time::parse("02:00").expect("a time");
        let berlin = Zone::parse("Europe/Berlin").expect("a zone");
        for (due, expected) in [
            (Due::Day(date), "Apr 1, 2026"),
            (Due::Local(date, time), "Apr 1, 2026, 2:00 am"),
            (
                Due::Zoned(date, time, preferences.time_zone),
                "Apr 1, 2026, 2:00 am",
            ),
            (Due::Zoned(date, time, berlin), "Mar 31, 2026, 8:00 pm"),
        ] {
            assert_eq!(preferences.format(&due), expected);
        }
    }
}
