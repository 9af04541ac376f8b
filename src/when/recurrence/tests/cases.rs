//! Cases of other programs and of RFC 5545. Rows about reminders, undo and CalDAV are for the
//! modules that have them.

use super::super::{Anchor, Recurrence, Rule, Rules};
use super::{due, rules, text, zone};
use crate::timestamp::Timestamp;
use crate::when::{Due, Time, Zone};

const CASES: &str = include_str!("cases.tsv");

struct Case {
    id: &'static str,
    rule: String,
    start: &'static str,
    zone: Zone,
    completed: &'static str,
    expected: &'static str,
    in_utc: &'static str,
    ends: bool,
}

fn cases(kind: &str) -> Vec<Case> {
    let case = |line: &'static str| {
        let cells: Vec<_> = line.split('\t').collect();
        (cells[1] == kind).then(|| Case {
            id: cells[0],
            rule: cells[2].replace("\\n", "\n"),
            start: cells[3],
            zone: Zone::parse(cells[4]).unwrap_or_default(),
            completed: cells[5],
            expected: cells[6],
            in_utc: cells[7],
            ends: cells[8] == "yes",
        })
    };
    CASES.lines().skip(1).filter_map(case).collect()
}

fn instant(local: &str, zone: Zone) -> Timestamp {
    due(local).instant(zone).expect("a time")
}

#[test]
fn dates_are_those_of_the_cases() {
    let cases = cases("rrule");
    assert_eq!(cases.len(), 85);
    for case in cases {
        let rules = rules(&case.rule);
        let expected: Vec<_> = case.expected.split(',').collect();
        let mut dates = rules.dates(due(case.start), case.zone);
        let first: Vec<_> = dates
            .by_ref()
            .take(expected.len())
            .map(|due| text(&due))
            .collect();
        assert_eq!(first, expected, "{}", case.id);
        assert_eq!(dates.next().is_none(), case.ends, "{}", case.id);
    }
}

#[test]
fn times_follow_the_clock_when_it_is_changed() {
    let cases = cases("rrule-dst");
    assert_eq!(cases.len(), 4);
    for case in cases {
        let rules = rules(&case.rule);
        let dates = rules.dates(due(case.start), case.zone);
        for ((local, in_utc), found) in case
            .expected
            .split(',')
            .zip(case.in_utc.split(','))
            .zip(dates)
        {
            let found = found.instant(case.zone).expect("a time");
            assert_eq!(
                found,
                instant(in_utc.trim_end_matches('Z'), Zone::UTC),
                "{}",
                case.id
            );
            let (date, time) = case.zone.local(found);
            assert_eq!(format!("{date}T{time}"), local[..16], "{}", case.id);
        }
    }
}

/// Returns the rules and the anchor of a phrase of the cases.
fn phrase(phrase: &str, start: &Due) -> Option<Recurrence> {
    let (anchor, rule) = match phrase {
        "every 3 days" => (Anchor::Due, "FREQ=DAILY;INTERVAL=3"),
        "every! month" => (Anchor::Completion, "FREQ=MONTHLY"),
        "every! 3 months" => (Anchor::Completion, "FREQ=MONTHLY;INTERVAL=3"),
        "every 2 days 18:00" => (Anchor::Due, "FREQ=DAILY;INTERVAL=2"),
        "monthly (Vikunja repeat_mode=1)" => (Anchor::Due, "FREQ=MONTHLY"),
        "weekly on monday 08:00, schedule-anchored" => (Anchor::Due, "FREQ=WEEKLY;BYDAY=MO"),
        "reminder 2h before due, weekly" => (Anchor::Due, "FREQ=WEEKLY"),
        _ => return None,
    };
    let rule = Rule::parse(rule).expect(phrase).keeping_day(start.date());
    Some(Recurrence {
        rules: Rules::of(rule),
        anchor,
    })
}

#[test]
fn the_next_date_after_a_completion_is_that_of_the_cases() {
    let mut held = 0;
    for case in cases("completion") {
        let start = due(case.start.split(' ').next().unwrap_or_default());
        let Some(recurrence) = phrase(&case.rule, &start) else {
            assert_eq!(case.completed, "undo", "{}", case.id);
            continue;
        };
        // The row says what Vikunja does; 2026-09-30 is wanted.
        let expected = match case.id {
            "RC065" => "2026-09-30",
            _ => case.expected.split(' ').next().unwrap_or_default(),
        };
        let completed = instant(case.completed, case.zone);
        let next = recurrence.next(start, completed, case.zone);
        let (next, _) = next.expect("a date");
        assert_eq!(text(&next), expected, "{}", case.id);
        held += 1;
    }
    assert_eq!(held, 8);
}

#[test]
fn the_intended_day_outlives_shorter_months() {
    let rule = Rule::parse("FREQ=MONTHLY").expect("a rule");
    let mut series = Recurrence {
        rules: Rules::of(rule.keeping_day(due("2026-08-31").date())),
        anchor: Anchor::Due,
    };
    let mut now = due("2026-08-31");
    for expected in ["2026-09-30", "2026-10-31", "2026-11-30"] {
        let completed = Zone::UTC.instant(now.date(), Time::MIDNIGHT);
        (now, series) = series.next(now, completed, Zone::UTC).expect("a date");
        assert_eq!(text(&now), expected);
    }
}

#[test]
fn a_zone_of_the_task_counts_rather_than_the_users() {
    let Due::Local(date, time) = due("2026-03-10T23:30") else {
        panic!("a time");
    };
    let start = Due::Zoned(date, time, zone("America/New_York"));
    let series = Recurrence {
        rules: rules("FREQ=DAILY"),
        anchor: Anchor::Completion,
    };
    // 2026-03-11 in Berlin, but the 10th in New York.
    let completed = instant("2026-03-11T03:00", Zone::UTC);
    let (next, _) = series
        .next(start, completed, zone("Europe/Berlin"))
        .expect("a date");
    assert_eq!(text(&next), "2026-03-11T23:30");
}

#[test]
fn a_count_ends_with_the_dates_that_passed() {
    for (anchor, completed, expected) in [
        (Anchor::Due, "2026-03-11T10:00", Some(("2026-03-12", 2))),
        // The 12th passed too.
        (Anchor::Due, "2026-03-12T10:00", Some(("2026-03-13", 1))),
        (Anchor::Due, "2026-03-13T10:00", None),
        (
            Anchor::Completion,
            "2026-03-20T10:00",
            Some(("2026-03-21", 2)),
        ),
    ] {
        let series = Recurrence {
            rules: rules("FREQ=DAILY;COUNT=3"),
            anchor,
        };
        let next = series.next(due("2026-03-11"), instant(completed, Zone::UTC), Zone::UTC);
        let next = next.map(|(due, series)| (text(&due), series.rules.to_string()));
        let expected =
            expected.map(|(date, count)| (date.to_owned(), format!("FREQ=DAILY;COUNT={count}")));
        assert_eq!(next, expected, "{completed}");
    }
    let last = Recurrence {
        rules: rules("FREQ=DAILY;COUNT=1"),
        anchor: Anchor::Completion,
    };
    let completed = instant("2026-03-11T10:00", Zone::UTC);
    assert_eq!(last.next(due("2026-03-11"), completed, Zone::UTC), None);
}

/// Returns the dates of a series, if the task is completed on each of them.
fn completed_in_time(rule: &str, start: &str) -> Vec<String> {
    let anchor = Anchor::Due;
    let mut present = Some((
        due(start),
        Recurrence {
            rules: rules(rule),
            anchor,
        },
    ));
    let mut dates = Vec::new();
    while let Some((date, series)) = present {
        dates.push(text(&date));
        present = series.following(date, date.instant(Zone::UTC).expect("a time"), Zone::UTC);
    }
    dates
}

#[test]
fn a_count_is_of_the_dates_of_the_rule() {
    for (rule, expected) in [
        // A date that is left out counts.
        (
            "FREQ=DAILY;COUNT=3\nEXDATE:20260313T090000",
            &["2026-03-12T09:00", "2026-03-14T09:00"][..],
        ),
        (
            "FREQ=DAILY;COUNT=3\nEXDATE:20260313T090000,20260314T090000",
            &["2026-03-12T09:00"],
        ),
        // A date that is added does not.
        (
            "FREQ=DAILY;COUNT=3\nRDATE:20260320T090000",
            &[
                "2026-03-12T09:00",
                "2026-03-13T09:00",
                "2026-03-14T09:00",
                "2026-03-20T09:00",
            ],
        ),
        (
            "FREQ=WEEKLY;BYDAY=TH,FR;COUNT=3\nRDATE:20260314T090000",
            &[
                "2026-03-12T09:00",
                "2026-03-13T09:00",
                "2026-03-14T09:00",
                "2026-03-19T09:00",
            ],
        ),
    ] {
        assert_eq!(
            completed_in_time(rule, "2026-03-12T09:00"),
            expected,
            "{rule}"
        );
    }
}

#[test]
fn early_and_late_completions() {
    for (rule, anchor, start, completed, expected) in [
        // On a day of the series: the next one is after it.
        (
            "FREQ=DAILY;INTERVAL=3",
            Anchor::Due,
            "2026-03-11",
            "2026-03-20T12:00",
            "2026-03-23",
        ),
        (
            "FREQ=DAILY;INTERVAL=3",
            Anchor::Due,
            "2026-03-14",
            "2026-03-11T12:00",
            "2026-03-17",
        ),
        (
            "FREQ=DAILY",
            Anchor::Due,
            "2026-03-10T18:00",
            "2026-03-11T10:00",
            "2026-03-11T18:00",
        ),
        (
            "FREQ=DAILY;INTERVAL=3",
            Anchor::Completion,
            "2026-03-14",
            "2026-03-11T12:00",
            "2026-03-14",
        ),
        (
            "FREQ=DAILY;INTERVAL=3",
            Anchor::Completion,
            "2026-03-11T09:00",
            "2026-03-19T14:00",
            "2026-03-22T09:00",
        ),
        (
            "FREQ=HOURLY;INTERVAL=12",
            Anchor::Completion,
            "2026-03-11T09:00",
            "2026-03-11T14:30",
            "2026-03-12T02:30",
        ),
        // The date on which it was due is not due again.
        (
            "FREQ=MONTHLY;INTERVAL=2;BYMONTHDAY=27",
            Anchor::Completion,
            "2026-03-27",
            "2026-03-25T12:00",
            "2026-05-27",
        ),
        (
            "FREQ=HOURLY",
            Anchor::Due,
            "1970-01-01T00:30",
            "2026-03-11T14:45",
            "2026-03-11T15:30",
        ),
        (
            "FREQ=DAILY\nEXDATE:20260312,20260313",
            Anchor::Due,
            "2026-03-11",
            "2026-03-11T12:00",
            "2026-03-14",
        ),
        (
            "FREQ=YEARLY\nRDATE:20260401",
            Anchor::Due,
            "2026-03-11",
            "2026-03-11T12:00",
            "2026-04-01",
        ),
    ] {
        let series = Recurrence {
            rules: rules(rule),
            anchor,
        };
        let (next, _) = series
            .next(due(start), instant(completed, Zone::UTC), Zone::UTC)
            .expect(rule);
        assert_eq!(text(&next), expected, "{rule} {start} {completed}");
    }
}

#[test]
fn a_time_that_clocks_skip_is_not_lost() {
    let berlin = zone("Europe/Berlin");
    let series = Recurrence {
        rules: rules("FREQ=DAILY"),
        anchor: Anchor::Due,
    };
    // 03:10, ten minutes after clocks went from 02:00 to 03:00: 02:30 is 03:30 today.
    let completed = instant("2026-03-29T01:10", Zone::UTC);
    let (next, _) = series
        .next(due("2026-03-27T02:30"), completed, berlin)
        .expect("a date");
    assert_eq!(text(&next), "2026-03-29T02:30");
}

#[test]
fn a_time_that_comes_twice_is_not_in_the_past() {
    let berlin = zone("Europe/Berlin");
    let series = Recurrence {
        rules: rules("FREQ=MINUTELY;INTERVAL=30"),
        anchor: Anchor::Due,
    };
    // 02:10 for the second time; 02:30 has been there.
    let completed = instant("2026-10-25T01:10", Zone::UTC);
    let (next, _) = series
        .next(due("2026-10-25T01:00"), completed, berlin)
        .expect("a date");
    assert_eq!(text(&next), "2026-10-25T03:00");
}
