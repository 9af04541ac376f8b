//! The entries of the days of a calendar.

use std::collections::{BTreeMap, HashMap};

use serde::Serialize;

use crate::db::Timestamp;
use crate::items::Colour;
use crate::tasks::Task;
use crate::when::{Date, Preferences};

/// Maximum number of dates of a series that are computed.
const MOST_OF_SERIES: usize = 366;

/// Maximum number of dates of all series that are computed.
const MOST_DATES: usize = 3_000;

/// The meaning of an entry.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "lowercase")]
pub(super) enum Kind {
    /// The task is due.
    Due,
    /// The deadline of the task.
    Deadline,
    /// A later date of a task that repeats.
    Coming,
}

/// An entry of a day.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub(super) struct Entry {
    pub kind: Kind,
    pub id: String,
    pub title: String,
    pub priority: i64,
    pub time: Option<String>,
    /// The due date of a task that repeats, for the form that completes this date and no other.
    pub due_key: Option<String>,
    pub repeats: bool,
    /// The colour of the project, if the calendar has several.
    pub colour: Option<Colour>,
}

/// The values that entries depend on.
pub(super) struct Viewpoint<'v> {
    pub preferences: &'v Preferences,
    pub now: Timestamp,
    pub colours: HashMap<String, Colour>,
}

impl Viewpoint<'_> {
    /// Returns the entry of a task on its day, which is that of its due date or of its deadline.
    pub fn of_day(&self, task: &Task, day: Date) -> Entry {
        let local = task.due.as_ref().map(|due| self.preferences.local(due));
        match local {
            Some((date, time)) if date == day => {
                let time = time.map(|time| self.preferences.format_time(time));
                self.entry(task, Kind::Due, time)
            }
            _ => self.entry(task, Kind::Deadline, None),
        }
    }

    /// Returns the deadlines of tasks that are due on an earlier day, by day.
    pub fn deadlines(&self, tasks: &[Task]) -> BTreeMap<Date, Vec<Entry>> {
        let mut found: BTreeMap<Date, Vec<Entry>> = BTreeMap::new();
        for task in tasks {
            let due = task.due.as_ref();
            let due = due.map(|due| self.preferences.local(due).0);
            if let (Some(due), Some(deadline)) = (due, task.deadline)
                && due < deadline
            {
                let entry = self.entry(task, Kind::Deadline, None);
                found.entry(deadline).or_default().push(entry);
            }
        }
        found
    }

    /// Returns the dates after the present ones of tasks that repeat, on the days from `from` until
    /// the one before `before`.
    pub fn coming(&self, tasks: &[Task], from: Date, before: Date) -> BTreeMap<Date, Vec<Entry>> {
        let mut left = MOST_DATES;
        let mut found: BTreeMap<Date, Vec<Entry>> = BTreeMap::new();
        for task in tasks {
            let dates = task.next_dates(self.now, self.preferences.time_zone);
            let mut last = None;
            for due in dates.take(MOST_OF_SERIES.min(left)) {
                left -= 1;
                let (day, time) = self.preferences.local(&due);
                if day >= before {
                    break;
                }
                // One entry stands for all times of a day.
                if day < from || last == Some(day) {
                    continue;
                }
                last = Some(day);
                let time = time.map(|time| self.preferences.format_time(time));
                let entry = self.entry(task, Kind::Coming, time);
                found.entry(day).or_default().push(entry);
            }
        }
        found
    }

    fn entry(&self, task: &Task, kind: Kind, time: Option<String>) -> Entry {
        let repeats = task.recurrence.is_some();
        let due = task.due.filter(|_| repeats && kind != Kind::Coming);
        Entry {
            kind,
            id: task.id.clone(),
            title: task.title.clone(),
            priority: task.priority,
            time,
            due_key: due.map(|due| due.to_columns().0),
            repeats,
            colour: self.colours.get(&task.project_id).copied(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::items::TaskRow;
    use crate::when::{Time, Zone};

    fn date(text: &str) -> Date {
        Date::parse(text).expect("a date")
    }

    /// 2026-11-27T12:00Z
    fn noon() -> Timestamp {
        let time = Time::parse("12:00").expect("a time");
        Zone::UTC.instant(date("2026-11-27"), time)
    }

    fn task(change: impl FnOnce(&mut TaskRow)) -> Task {
        let mut row = TaskRow::example("home", "task");
        change(&mut row);
        row.into()
    }

    fn days(entries: &BTreeMap<Date, Vec<Entry>>) -> Vec<String> {
        let days = entries.iter();
        days.flat_map(|(day, entries)| entries.iter().map(move |_| day.to_string()))
            .collect()
    }

    #[test]
    fn a_task_is_on_its_days_by_the_clock_of_the_user() {
        let preferences = Preferences {
            time_zone: Zone::parse("Europe/Berlin").expect("a zone"),
            ..Preferences::default()
        };
        let viewpoint = Viewpoint {
            preferences: &preferences,
            now: noon(),
            colours: [("home".to_owned(), Colour::Teal)].into(),
        };
        let late = task(|row| {
            row.due = Some("2026-11-30T23:30".into());
            row.due_zone = Some("America/New_York".into());
            row.deadline = Some("2026-12-04".into());
        });
        let entry = viewpoint.of_day(&late, date("2026-12-01"));
        assert_eq!(
            (entry.kind, entry.time.as_deref()),
            (Kind::Due, Some("05:30"))
        );
        assert_eq!((entry.colour, entry.due_key), (Some(Colour::Teal), None));
        let deadline = task(|row| row.deadline = Some("2026-12-02".into()));
        let entry = viewpoint.of_day(&deadline, date("2026-12-02"));
        assert_eq!((entry.kind, entry.time), (Kind::Deadline, None));
        // A day has one entry for a task.
        let marks = viewpoint.deadlines(&[late, deadline]);
        assert_eq!(days(&marks), ["2026-12-04"]);
    }

    #[test]
    fn later_dates_of_a_series_are_those_of_the_range() {
        let preferences = Preferences::default();
        let viewpoint = Viewpoint {
            preferences: &preferences,
            now: noon(),
            colours: HashMap::new(),
        };
        let repeats = |rule: &str, due: &str| {
            task(|row| {
                row.recurrence = Some(format!("due\n{rule}"));
                row.due = Some(due.into());
            })
        };
        let of = |task: Task, from: &str, before: &str| {
            days(&viewpoint.coming(&[task], date(from), date(before)))
        };
        let weekly = repeats("FREQ=WEEKLY", "2026-11-20");
        let found = of(weekly.clone(), "2026-11-01", "2026-12-12");
        // The present date is no later one, and the series goes on after today.
        assert_eq!(found, ["2026-12-04", "2026-12-11"]);
        assert!(of(weekly.clone(), "2026-10-01", "2026-11-20").is_empty());
        assert!(of(weekly, "2126-10-01", "2126-11-01").is_empty());
        let hourly = repeats("FREQ=HOURLY", "2026-11-28T00:00");
        let found = of(hourly, "2026-11-28", "2026-11-30");
        assert_eq!(found, ["2026-11-28", "2026-11-29"]);
        let ends = repeats("FREQ=DAILY;COUNT=3", "2026-11-28");
        let found = of(ends, "2026-11-28", "2026-12-28");
        assert_eq!(found, ["2026-11-29", "2026-11-30"]);
        assert!(of(task(|_| {}), "2026-11-01", "2026-12-01").is_empty());
    }
}
