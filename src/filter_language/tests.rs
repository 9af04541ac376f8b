//! The collected cases, and decisions where the dialects leave a choice.

mod syntax;

use std::collections::HashMap;

use super::{Places, Viewpoint, parse};
use crate::db::Timestamp;
use crate::items::TaskRow;
use crate::locale::Language;
use crate::when::{Date, Time, WeekStart, Zone};

const CASES: &str = include_str!("../../tests/cases/filter-cases.tsv");
const TASKS: &str = include_str!("../../tests/cases/filter-fixture-tasks.tsv");

/// Cases that need what tasks do not have yet, with the tasks that are found instead.
const OTHERWISE: [(&str, &str); 7] = [
    // Other people.
    ("FC069", "none"),
    ("FC071", "none"),
    ("FC073", "1,2,3,4,5,6,7,8,9,10,11,13,14,15"),
    ("FC075", "none"),
    ("FC125", "none"),
    // Vikunja's priorities 2 and 3 are one here.
    ("FC109", "2,3,4,5,8,14,15"),
    ("FC111", "1,2,3,4,6,7,8,9,10,11,12,13,15"),
];

/// The rows of a table, by the names of the columns.
fn rows(table: &'static str) -> impl Iterator<Item = HashMap<&'static str, &'static str>> {
    let mut lines = table.lines();
    let names: Vec<_> = lines.next().unwrap_or_default().split('\t').collect();
    lines.map(move |line| names.iter().copied().zip(line.split('\t')).collect())
}

fn zone() -> Zone {
    Zone::parse("Europe/Berlin").expect("a zone")
}

fn instant(local: &str) -> Timestamp {
    let (date, time) = local.split_once('T').expect("a local time");
    let (date, time) = (Date::parse(date), Time::parse(time));
    zone().instant(date.expect("a date"), time.expect("a time"))
}

fn viewpoint(local: &str) -> Viewpoint {
    Viewpoint {
        now: instant(local),
        zone: zone(),
        week_start: WeekStart::Monday,
    }
}

fn fixture() -> (Vec<TaskRow>, Places) {
    let text = |value: &str| Some(value.to_owned()).filter(|value| !value.is_empty());
    let mut places = Places::default();
    let tasks = rows(TASKS).map(|row| {
        let project = row["project"];
        places.add_project(project, project, text(row["parent_project"]).as_deref());
        if !row["section"].is_empty() {
            places.add_section(row["section"], row["section"]);
        }
        let labels: Vec<&str> = row["labels"].split(',').filter(|x| !x.is_empty()).collect();
        TaskRow {
            section_id: text(row["section"]),
            parent_id: text(row["parent_task"]),
            title: row["title"].into(),
            priority: row["prio_p"].parse().expect("a priority"),
            labels: (!labels.is_empty()).then(|| serde_json::json!(labels).to_string()),
            due: text(row["due"]),
            recurrence: (row["recurring"] == "true").then(|| "due\nFREQ=WEEKLY".into()),
            deadline: text(row["deadline"]),
            completed_at: text(row["done_at"]).map(|local| instant(&local)),
            created_at: instant(row["created"]),
            ..TaskRow::example(project, row["id"])
        }
    });
    let tasks = tasks.collect();
    for parent in ["Work", "School"] {
        places.add_project(parent, parent, None);
    }
    (tasks, places)
}

/// Returns the ids of the tasks of the fixture that a filter selects at the moment of the cases.
fn found(text: &str) -> String {
    let (tasks, places) = fixture();
    found_among(text, &viewpoint("2026-03-11T10:00"), &tasks, &places)
}

fn found_among(text: &str, at: &Viewpoint, tasks: &[TaskRow], places: &Places) -> String {
    let filter = parse(text)
        .unwrap_or_else(|error| panic!("{text}: {}", Language::English.say(&error.message)));
    let condition = filter.at(at);
    let found = tasks.iter().filter(|task| condition.matches(task, places));
    let ids: Vec<_> = found.map(|task| task.id.as_str()).collect();
    match ids.is_empty() {
        true => "none".into(),
        false => ids.join(","),
    }
}

#[test]
fn the_collected_cases_hold() {
    let mut tried = 0;
    for row in rows(CASES) {
        let (id, text, expected) = (row["id"], row["query"], row["expected_ids"]);
        if row["valid"] == "no" {
            assert!(parse(text).is_err(), "{id} {text}");
            tried += 1;
            continue;
        }
        let is_vikunja = row["dialect"] == "vikunja";
        let filter = parse(text).unwrap_or_else(|error| panic!("{id} {text}: {error:?}"));
        assert_eq!(
            filter.dialect == super::Dialect::Vikunja,
            is_vikunja,
            "{id}"
        );
        let otherwise = OTHERWISE.iter().find(|(case, _)| *case == id);
        let expected = otherwise.map_or(expected, |(_, ids)| ids);
        if expected != "n/a" {
            assert_eq!(found(text), expected, "{id} {text}");
        }
        tried += 1;
    }
    assert_eq!(tried, 118);
}

#[test]
fn decisions_where_the_dialects_leave_a_choice() {
    let mut failed = Vec::new();
    for (text, expected) in [
        // Without a time, but with a date or a deadline.
        ("no time", "2,3,6,8,10"),
        // Until the end of today, a date without a time is not before a time of today.
        ("due before: +8 hours & !overdue", "4"),
        ("-3 days", "3"),
        (
            "#Inbox & no date, All & !#Inbox & !no date",
            "1,2,3,4,5,6,7,8,10,11,13,15",
        ),
        ("next 2 weeks", "2,4,5,6,7,10,13"),
        ("wed", "2,4,5"),
        ("next wed", "none"),
        ("sat", "6"),
        ("date: next week", "13"),
        ("date: Mar 12", "10"),
        ("date: 12 march 2026", "10"),
        ("date: 3/12", "10"),
        ("date: 2026-03-12", "10"),
        ("date: 12th", "10"),
        ("in 1 day", "10"),
        ("deadline: end of month", "8"),
        ("due before: today 8pm & due after: today at 2pm", "none"),
        ("due before: today 8:01pm & due after: today 13:59", "4,5"),
        ("date: today 14:00", "4"),
        ("created: yesterday", "none"),
        (
            "created before: 1 week ago",
            "1,2,3,4,5,6,7,8,9,10,11,13,15",
        ),
        ("created: Dec 1", "none"),
        ("created: 2024-12-01", "11"),
        ("created after: now", "none"),
        ("##Work", "2,4,5,13,15"),
        ("#wOr*", "2,4,13,15"),
        ("#*or\\*", "none"),
        ("/*", "4,13"),
        ("@*", "2,3,4,6,8,10,11,13,14,15"),
        ("no labels", "1,5,7,9"),
        ("@h*", "6,10"),
        ("search: R*T", "3,4,9,14"),
        ("search: 'stuff in", "14"),
        ("!!p1", "2,4,15"),
        ("no priority & @email, p3", "5,14"),
        (
            "uncompletable | shared | assigned | assigned to: me",
            "none",
        ),
        ("recurring", "3,13"),
        ("no time & !recurring & !no date", "2,6,8,10"),
        ("view all & workspace: Home", "none"),
        // The dialect of Vikunja.
        ("dueDate = 2026-03-11", "2,4,5"),
        ("dueDate = 2026-03-11T14:00", "4"),
        ("dueDate = '2026-03-11 13:00:00Z'", "4"),
        ("dueDate <= 2026-03-11T14:00 && dueDate > 2026-03-11", "4"),
        (
            "done = false && dueDate != 2026-03-11",
            "1,3,6,7,8,9,10,11,13,14,15",
        ),
        ("dueDate >= now/w && dueDate < now/w+1w", "2,3,4,5,6,10,12"),
        ("dueDate < now/M", "none"),
        ("dueDate > now-1M/M && due_date<now-5d", "none"),
        ("deadline = 2026-03-31", "8"),
        ("recurring = true", "3,13"),
        ("recurring != true && project = Work", "2,4,12,15"),
        (
            "endDate < now || reminders > now || startDate < now+1y",
            "none",
        ),
        ("priority in 1, 5", "2,4,5,14,15"),
        ("priority > 0 && priority < 4", "5,14"),
        ("priority not in 0,1,2", "2,3,4,8,15"),
        ("percentDone = 100", "12"),
        ("percentDone > 0", "12"),
        ("labels like ho% && labels not in homework", "6"),
        (
            "(labels = email || labels = phone) && project like or",
            "2,4,15",
        ),
        ("title = 'call ANNA'", "2"),
        ("title like c%a", "2"),
        (
            "title ~ stuff && project ?= Science,Work && labels ?!= email",
            "14",
        ),
        (
            "assignees != me && project = Home && done = false",
            "3,6,7,8,9",
        ),
        ("doneAt = 2026-03-10", "12"),
        ("updated < now", "1,2,3,4,5,6,7,8,9,10,11,12,13,14,15"),
    ] {
        if found(text) != expected {
            failed.push(format!("{text}: {}", found(text)));
        }
    }
    assert!(failed.is_empty(), "{failed:#?}");
}

#[test]
fn days_are_those_of_the_user() {
    let (tasks, places) = fixture();
    // The same instant is on another day in another zone.
    let night = viewpoint("2026-03-12T00:30");
    assert_eq!(found_among("today", &night, &tasks, &places), "10");
    let utc = Viewpoint {
        zone: Zone::UTC,
        ..night
    };
    assert_eq!(found_among("today", &utc, &tasks, &places), "2,4,5");
    // A week begins on the day that the user prefers.
    let week = "dueDate >= now/w && dueDate < now/w+1w";
    let friday = viewpoint("2026-03-06T10:00");
    let sunday = Viewpoint {
        week_start: WeekStart::Sunday,
        ..friday
    };
    let saturday = Viewpoint {
        week_start: WeekStart::Saturday,
        ..friday
    };
    assert_eq!(found_among(week, &friday, &tasks, &places), "15");
    assert_eq!(found_among(week, &sunday, &tasks, &places), "15");
    assert_eq!(
        found_among("date: next week", &saturday, &tasks, &places),
        "none"
    );
    let after = "date before: 1 week after next week & date after: next week";
    assert_eq!(found_among(after, &saturday, &tasks, &places), "2,3,4,5,10");
}

#[test]
fn a_time_in_a_zone_is_compared_as_an_instant() {
    let places = Places::default();
    let at = viewpoint("2026-03-11T10:00");
    let task = TaskRow {
        // In Honolulu it is still the day before.
        due: Some("2026-03-10T23:00".into()),
        due_at: Some(instant("2026-03-11T10:00")),
        ..TaskRow::example("a", "1")
    };
    for (text, expected) in [
        ("today", "1"),
        ("yesterday", "none"),
        ("overdue", "none"),
        ("dueDate <= now", "1"),
        ("dueDate < now", "none"),
        ("date: today 10:00", "1"),
        ("no time", "none"),
    ] {
        let tasks = std::slice::from_ref(&task);
        assert_eq!(found_among(text, &at, tasks, &places), expected, "{text}");
    }
}

#[test]
fn a_minute_has_passed_when_the_next_second_has_begun() {
    let places = Places::default();
    let task = |due: &str| TaskRow {
        due: Some(due.into()),
        ..TaskRow::example("a", "1")
    };
    let mut at = viewpoint("2026-03-11T23:59");
    let overdue =
        |due: &str, at: &Viewpoint| found_among("overdue", at, &[task(due)], &places) == "1";
    assert!(!overdue("2026-03-11T23:59", &at));
    at.now.0 += 1;
    assert!(overdue("2026-03-11T23:59", &at));
    assert!(!overdue("2026-03-11", &at));
    assert!(!overdue("2026-03-12", &at));
    assert!(overdue("2026-03-10", &at));
}

#[test]
fn a_month_later_is_at_most_the_last_day() {
    let places = Places::default();
    let at = viewpoint("2026-01-31T10:00");
    let task = |due: &str| TaskRow {
        due: Some(due.into()),
        ..TaskRow::example("a", "1")
    };
    for (text, due) in [
        ("date: in 1 month", "2026-02-28"),
        ("date: next month", "2026-02-01"),
        ("date: end of month", "2026-01-31"),
        ("date: 1 month before today", "2025-12-31"),
        ("date: 25 months after today", "2028-02-29"),
        ("date: feb 29", "2028-02-29"),
        ("date: 30th", "2026-03-30"),
        ("date after: 99999 years before today", "9999-12-31"),
        ("due before: 99999 years after today", "0001-01-01"),
        ("date: -99999 weeks", "0109-07-27"),
    ] {
        let tasks = [task(due)];
        assert_eq!(found_among(text, &at, &tasks, &places), "1", "{text}");
    }
}

#[test]
fn the_tasks_of_some_filters_are_all_open() {
    for (text, open) in [
        ("today", true),
        ("done = false", true),
        ("done != true && priority = 3", true),
        ("done = true && priority = 3", false),
        ("priority = 3 && done = false", true),
        ("priority = 3 || done = false", false),
        ("(priority = 3 || labels = a) && done = false", true),
    ] {
        let filter = parse(text).expect("a filter");
        assert_eq!(filter.is_of_open_tasks(), open, "{text}");
    }
}
