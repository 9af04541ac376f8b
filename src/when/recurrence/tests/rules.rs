//! The text of rules, and their bounds.

use proptest::prelude::*;

use super::super::{Anchor, Recurrence, Rule, Rules};
use super::{due, rules, text, zone};
use crate::timestamp::Timestamp;
use crate::when::{Date, Due, Time, Zone};

fn dates(rule: &str, start: &str, most: usize) -> Vec<String> {
    let rules = rules(rule);
    let dates = rules.dates(due(start), Zone::UTC);
    dates.take(most).map(|due| text(&due)).collect()
}

#[test]
fn a_rule_is_written_in_one_form() {
    for (text, expected) in [
        ("freq=daily", "FREQ=DAILY"),
        ("RRULE:FREQ=DAILY;INTERVAL=1;", "FREQ=DAILY"),
        ("BYDAY=FR,MO,FR;FREQ=WEEKLY", "FREQ=WEEKLY;BYDAY=MO,FR"),
        (
            "FREQ=MONTHLY;BYDAY=+1MO,-1FR",
            "FREQ=MONTHLY;BYDAY=1MO,-1FR",
        ),
        (
            "FREQ=MONTHLY;BYMONTHDAY=-1,15,1",
            "FREQ=MONTHLY;BYMONTHDAY=1,15,-1",
        ),
        (
            "FREQ=DAILY;UNTIL=20260401T120030Z",
            "FREQ=DAILY;UNTIL=20260401T120000Z",
        ),
        ("FREQ=WEEKLY;WKST=SU;COUNT=3", "FREQ=WEEKLY;COUNT=3;WKST=SU"),
        ("FREQ=DAILY;BYSECOND=0", "FREQ=DAILY"),
        (
            "FREQ=DAILY\r\nEXDATE;VALUE=DATE:20260313,20260312\r\n",
            "FREQ=DAILY\nEXDATE;VALUE=DATE:20260312,20260313",
        ),
        (
            "EXDATE:20260312T090000\nFREQ=DAILY\nEXDATE:20260311,20260313T090000",
            "FREQ=DAILY\nEXDATE;VALUE=DATE:20260311\nEXDATE:20260312T090000,20260313T090000",
        ),
        (
            "FREQ=DAILY\nRDATE;TZID=Europe/Berlin:20260401T090000",
            "FREQ=DAILY\nRDATE:20260401T070000Z",
        ),
    ] {
        assert_eq!(rules(text).to_string(), expected, "{text}");
        assert_eq!(rules(expected), rules(text), "{text}");
    }
}

#[test]
fn what_is_accepted_is_read_again() {
    let day = |number: usize| format!("2026{:02}{:02}", 1 + number / 28, 1 + number % 28);
    let dates = |end: &str, most| {
        (0..most)
            .map(|number| day(number) + end)
            .collect::<Vec<_>>()
    };
    let (added, removed) = (
        dates("", 200).join(","),
        dates("T0900", 110).join("00,") + "00",
    );
    let many = format!("FREQ=DAILY\nRDATE:{added}\nEXDATE:{removed}");
    let series = Recurrence {
        rules: rules(&many),
        anchor: Anchor::Completion,
    };
    let column = series.to_column();
    assert_eq!(Recurrence::from_column(&column), Some(series), "{column}");
    // A zone is written as UTC, which is longer than what was entered.
    let longer = format!(
        "FREQ=DAILY\nEXDATE;TZID=UTC:{}00",
        dates("T0900", 200).join("00,")
    );
    let longer = format!("{longer}\nRDATE:{}", dates("", 78).join(","));
    assert!(longer.len() <= 4_000 && Rules::parse(&longer).is_err());
}

#[test]
fn wrong_and_hostile_rules_are_rejected() {
    for text in [
        "",
        "every day",
        "FREQ=",
        "FREQ=SECONDLY",
        "FREQ=DAILY;INTERVAL=0",
        "FREQ=DAILY;INTERVAL=-1",
        "FREQ=DAILY;INTERVAL=4294967296",
        "FREQ=DAILY;COUNT=1000000",
        "FREQ=DAILY;COUNT=3;UNTIL=20260401",
        "FREQ=DAILY;FREQ=DAILY",
        "INTERVAL=2",
        "FREQ=DAILY;UNTIL=20260230",
        "FREQ=DAILY;UNTIL=2026-04-01",
        "FREQ=DAILY;UNTIL=20260401Z",
        "FREQ=DAILY;BYMONTH=13",
        "FREQ=DAILY;BYMONTH=-1",
        "FREQ=MONTHLY;BYMONTHDAY=0",
        "FREQ=MONTHLY;BYMONTHDAY=--1",
        "FREQ=MONTHLY;BYDAY=6MO",
        "FREQ=YEARLY;BYDAY=54MO",
        "FREQ=YEARLY;BYWEEKNO=20;BYDAY=1MO",
        "FREQ=WEEKLY;BYDAY=1MO",
        "FREQ=WEEKLY;BYDAY=",
        "FREQ=WEEKLY;BYDAY=\u{e9}",
        "FREQ=DAILY;BYHOUR=24",
        "FREQ=DAILY;BYSECOND=30",
        "FREQ=DAILY;BYEASTER=1",
        "FREQ=DAILY;RSCALE=HEBREW",
        "DTSTART:20260401\nFREQ=DAILY",
        "FREQ=DAILY\nEXDATE;VALUE=PERIOD:20260401/P1D",
        "FREQ=DAILY\nEXDATE;TZID=Mars/Olympus:20260401T090000",
        "EXDATE:20260401",
        "FREQ=DAILY;COUNT=2\nFREQ=WEEKLY",
        "FREQ=DAILY\nFREQ=DAILY\nFREQ=DAILY\nFREQ=DAILY\nFREQ=DAILY",
    ] {
        assert!(Rules::parse(text).is_err(), "{text}");
    }
    let long = format!("FREQ=DAILY;BYMONTH={}1", "1,".repeat(2_000));
    assert!(Rules::parse(&long).is_err());
}

#[test]
fn rules_without_a_date_end() {
    for (rule, start) in [
        ("FREQ=YEARLY;BYMONTH=2;BYMONTHDAY=30", "2026-01-01"),
        ("FREQ=DAILY;INTERVAL=7;BYDAY=MO", "2026-03-10"),
        ("FREQ=HOURLY;INTERVAL=168;BYDAY=MO", "2026-03-10T10:00"),
        ("FREQ=MINUTELY;INTERVAL=2;BYMINUTE=1", "2026-03-10T10:00"),
        ("FREQ=MINUTELY;BYMINUTE=5;BYSETPOS=2", "2026-03-10T10:00"),
        ("FREQ=WEEKLY;BYDAY=MO;BYSETPOS=2", "2026-03-10"),
        ("FREQ=MONTHLY;INTERVAL=12;BYMONTH=1", "0001-02-01"),
        ("FREQ=DAILY;UNTIL=20260309", "2026-03-10"),
        ("FREQ=DAILY;COUNT=1\nEXDATE:20260310", "2026-03-10"),
    ] {
        let series = Recurrence {
            rules: rules(rule),
            anchor: Anchor::Due,
        };
        assert!(series.first(due(start), Zone::UTC).is_err(), "{rule}");
    }
    for rule in [
        "FREQ=DAILY",
        "FREQ=MINUTELY",
        "FREQ=WEEKLY;INTERVAL=2",
        "FREQ=MONTHLY;BYSETPOS=1",
    ] {
        assert_eq!(dates(rule, "9999-12-31", 9), ["9999-12-31"], "{rule}");
    }
}

#[test]
fn several_rules_share_their_dates() {
    let rule = "FREQ=YEARLY;BYMONTH=1;BYDAY=1WE\nFREQ=YEARLY;BYMONTH=7;BYDAY=3TH\nRDATE:20270106";
    let expected = ["2026-07-16", "2027-01-06", "2027-07-15", "2028-01-05"];
    assert_eq!(dates(rule, "2026-03-11", 4), expected);
}

#[test]
fn a_task_without_a_time_is_due_once_a_day() {
    let expected = ["2026-03-11", "2026-03-12"];
    assert_eq!(dates("FREQ=HOURLY", "2026-03-11", 2), expected);
    assert_eq!(dates("FREQ=DAILY;BYHOUR=9,17", "2026-03-11", 2), expected);
    let expected = ["2026-03-11T17:00", "2026-03-12T09:00"];
    assert_eq!(
        dates("FREQ=DAILY;BYHOUR=9,17", "2026-03-11T10:00", 2),
        expected
    );
}

#[test]
fn the_end_in_utc_is_on_the_clock_of_the_task() {
    let rules = rules("FREQ=DAILY;UNTIL=20260312T220000Z");
    let dates = rules.dates(due("2026-03-11T23:30"), zone("Europe/Berlin"));
    // 22:00 in UTC is 23:00 in Berlin.
    assert_eq!(
        dates.map(|due| text(&due)).collect::<Vec<_>>(),
        ["2026-03-11T23:30"]
    );
}

/// Texts that have the form of rules.
fn any_rule() -> impl Strategy<Value = String> {
    let frequency = prop::sample::select(vec![
        "MINUTELY", "HOURLY", "DAILY", "WEEKLY", "MONTHLY", "YEARLY",
    ]);
    let part = prop_oneof![
        (1_u32..400).prop_map(|n| format!(";INTERVAL={n}")),
        (1_u32..50).prop_map(|n| format!(";COUNT={n}")),
        prop::collection::vec(1_i32..13, 1..4).prop_map(|list| joined("BYMONTH", &list)),
        prop::collection::vec(-31_i32..32, 1..6).prop_map(|list| joined("BYMONTHDAY", &list)),
        prop::collection::vec(-366_i32..367, 1..6).prop_map(|list| joined("BYYEARDAY", &list)),
        prop::collection::vec(-53_i32..54, 1..6).prop_map(|list| joined("BYWEEKNO", &list)),
        prop::collection::vec(-9_i32..10, 1..3).prop_map(|list| joined("BYSETPOS", &list)),
        prop::collection::vec(0_i32..24, 1..3).prop_map(|list| joined("BYHOUR", &list)),
        prop::collection::vec(0_i32..60, 1..3).prop_map(|list| joined("BYMINUTE", &list)),
        prop::sample::select(vec![
            ";BYDAY=MO",
            ";BYDAY=SA,SU",
            ";BYDAY=1FR,-1MO",
            ";WKST=SU"
        ])
        .prop_map(str::to_owned),
    ];
    (frequency, prop::collection::vec(part, 0..4))
        .prop_map(|(frequency, parts)| format!("FREQ={frequency}{}", parts.concat()))
}

fn joined(name: &str, numbers: &[i32]) -> String {
    let numbers: Vec<_> = numbers
        .iter()
        .filter(|n| **n != 0 || !name.ends_with("DAY"))
        .map(ToString::to_string)
        .collect();
    format!(";{name}={}", numbers.join(","))
}

fn any_start() -> impl Strategy<Value = Due> {
    (
        -719_162_i64..=2_932_896,
        proptest::option::of(0_i64..24 * 60),
    )
        .prop_map(|(days, minutes)| {
            let date = Date::of_epoch_days(days);
            match minutes {
                None => Due::Day(date),
                Some(minutes) => Due::Local(date, Time::of_minutes(minutes)),
            }
        })
}

proptest! {
    #[test]
    fn no_text_causes_a_panic(text in "[A-Z0-9=;:,+\n\\-]{0,40}") {
        let _ = Rules::parse(&text);
    }

    #[test]
    fn a_rule_is_read_as_it_was_written(rule in any_rule()) {
        if let Ok(rules) = Rules::parse(&rule) {
            prop_assert_eq!(Rules::parse(&rules.to_string()), Ok(rules));
        }
    }

    #[test]
    fn dates_increase_and_a_later_start_of_the_search_finds_the_same(
        rule in any_rule(), start in any_start(), skipped in 0_usize..11,
    ) {
        let Ok(rules) = Rules::parse(&rule) else { return Ok(()) };
        let dates: Vec<_> = rules.dates(start, Zone::UTC).take(12).collect();
        let texts: Vec<_> = dates.iter().map(text).collect();
        prop_assert!(texts.is_sorted_by(|one, other| one < other), "{texts:?}");
        prop_assert!(texts.first().is_none_or(|first| *first >= text(&start)));
        if let Some(past) = dates.get(skipped) {
            let mut later = rules.dates(start, Zone::UTC);
            later.skip_past(past);
            let next = later.next();
            prop_assert_eq!(next.as_ref(), dates.get(skipped + 1));
        }
    }

    #[test]
    fn the_next_date_is_never_in_the_past(
        rule in any_rule(), start in any_start(), seconds in 0_i64..4_000_000_000,
        completion in any::<bool>(),
    ) {
        let Ok(rules) = Rules::parse(&rule) else { return Ok(()) };
        let anchor = if completion { Anchor::Completion } else { Anchor::Due };
        let (berlin, now) = (zone("Europe/Berlin"), Timestamp(seconds * 1_000_000));
        let series = Recurrence { rules, anchor };
        if let Some((next, rest)) = series.next(start, now, berlin) {
            prop_assert!(!next.is_overdue(now, berlin), "{next:?}");
            prop_assert_eq!(Rules::parse(&rest.rules.to_string()), Ok(rest.rules));
        }
    }

    #[test]
    fn an_intended_day_is_the_last_one_of_shorter_months(day in 29_i8..=31, months in 1_u32..13) {
        let start = Date::new(2026, 1, day).expect("a date");
        let rule = Rule::parse(&format!("FREQ=MONTHLY;INTERVAL={months}")).expect("a rule");
        let rules = Rules::of(rule.keeping_day(start));
        for next in rules.dates(Due::Day(start), Zone::UTC).take(20) {
            let next = next.date();
            prop_assert!(next.day() == day || next.plus_days(1).day() == 1 && next.day() < day);
        }
    }
}
