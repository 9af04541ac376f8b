//! Dates close to today, as people name them: Today, Tomorrow, Friday, 18 Oct.

use serde::Serialize;

use super::{Date, Due, Preferences, Time, today, weekday};
use crate::locale::key;
use crate::timestamp::Timestamp;

/// A date or a time relative to now.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Near {
    /// Text for people.
    pub text: String,
    /// Relation to now.
    pub state: Nearness,
}

/// The relation of a date to now.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Nearness {
    /// It has passed.
    Late,
    /// It is today, and has not passed.
    Today,
    /// It is on a later day.
    Later,
}

impl Preferences {
    /// Names a due date for the user.
    pub fn near(&self, due: &Due, now: Timestamp) -> Near {
        let (date, time) = self.local(due);
        let (today, clock) = self.time_zone.local(now);
        let mut near = near(date, today, self);
        if let Some(time) = time {
            near.text = format!("{} {}", near.text, self.format_time(time));
            if near.state == Nearness::Today && time < clock {
                near.state = Nearness::Late;
            }
        }
        near
    }

    /// Names a date for the user.
    pub fn near_date(&self, date: Date, now: Timestamp) -> Near {
        near(date, today(now, self.time_zone), self)
    }

    /// Names the day and the time of an instant for the user.
    pub fn near_instant(&self, instant: Timestamp, now: Timestamp) -> String {
        let (date, time): (Date, Time) = self.time_zone.local(instant);
        let day = self.near_date(date, now).text;
        format!("{day} {}", self.format_time(time))
    }
}

fn near(date: Date, today: Date, preferences: &Preferences) -> Near {
    let language = preferences.language;
    let days = date.days_since(today);
    let text = match days {
        -1 => language.text(key!("date-yesterday")),
        0 => language.text(key!("date-today")),
        1 => language.text(key!("date-tomorrow")),
        2..=6 => weekday(date, language),
        _ if date.year() == today.year() => preferences.format_day_and_month(date),
        _ => preferences.format_date(date),
    };
    let state = match days {
        ..=-1 => Nearness::Late,
        0 => Nearness::Today,
        1.. => Nearness::Later,
    };
    Near { text, state }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::when::{DateOrder, Zone};

    #[test]
    fn days_near_today_have_names() {
        let preferences = Preferences {
            date_order: DateOrder::DayMonthYear,
            ..Preferences::default()
        };
        let today = Date::new(2026, 11, 27).expect("a date");
        for (days, text, state) in [
            (-400, "23 Oct 2025", Nearness::Late),
            (-2, "25 Nov", Nearness::Late),
            (-1, "Yesterday", Nearness::Late),
            (0, "Today", Nearness::Today),
            (1, "Tomorrow", Nearness::Later),
            (2, "Sunday", Nearness::Later),
            (6, "Thursday", Nearness::Later),
            (7, "4 Dec", Nearness::Later),
            (40, "6 Jan 2027", Nearness::Later),
        ] {
            let near = near(today.plus_days(days), today, &preferences);
            assert_eq!((near.text.as_str(), near.state), (text, state));
        }
    }

    #[test]
    fn a_time_has_passed_by_the_clock_of_the_user() {
        let preferences = Preferences {
            time_zone: Zone::parse("Pacific/Kiritimati").expect("a zone"),
            ..Preferences::default()
        };
        let date = Date::new(2026, 11, 28).expect("a date");
        // 00:30 on that day in Kiritimati, still the day before in UTC.
        let now = preferences
            .time_zone
            .instant(date, Time::parse("00:30").expect("a time"));
        for (time, state) in [("00:29", Nearness::Late), ("00:31", Nearness::Today)] {
            let due = Due::Local(date, Time::parse(time).expect("a time"));
            let near = preferences.near(&due, now);
            assert_eq!(
                (near.text, near.state),
                (format!("Today {time}"), state),
                "{time}"
            );
        }
        let utc = Zone::parse("UTC").expect("a zone");
        let due = Due::Zoned(date, Time::parse("09:00").expect("a time"), utc);
        assert_eq!(preferences.near(&due, now).text, "Today 23:00");
    }
}
