mod properties;

use super::super::{Anchor, Recurrence, Rules};
use super::{Language, Phrase};
use crate::when::{Date, Due, Time};

/// Rows of a collection: id, phrase, time, rules, anchor and first due date. A time that has passed
/// makes the next day the first one, where Vikunja stays at the same.
const CASES: &str = include_str!("cases.tsv");

fn date(text: &str) -> Date {
    Date::parse(text).expect(text)
}

fn parsed(text: &str, today: &str) -> Phrase {
    let phrase = Phrase::parse(text, Language::English, date(today));
    phrase.unwrap_or_else(|violation| panic!("{text}: {violation:?}"))
}

fn anchor(name: &str) -> Anchor {
    match name {
        "completion" => Anchor::Completion,
        _ => Anchor::Due,
    }
}

fn text(due: &Due) -> String {
    due.to_columns().0
}

fn recurrence(rule: &str, anchor: Anchor) -> Recurrence {
    let rules = Rules::parse(rule).expect(rule);
    Recurrence { rules, anchor }
}

#[test]
fn phrases_mean_what_the_cases_say() {
    assert_eq!(CASES.lines().count(), 22);
    for case in CASES.lines() {
        let [id, words, now, rule, anchor_name, due] = case.split('\t').collect::<Vec<_>>()[..]
        else {
            panic!("{case}");
        };
        let (today, now) = now.split_once('T').expect("a time");
        let phrase = parsed(words, today);
        let found = phrase.first(date(today), Time::parse(now).expect("a time"));
        let (first, series) = found.expect(words);
        assert_eq!(
            series.rules.to_string(),
            rule.replace("\\n", "\n"),
            "{id} {words}"
        );
        assert_eq!(series.anchor, anchor(anchor_name), "{id} {words}");
        assert_eq!(text(&first), due, "{id} {words}");
    }
}

#[test]
fn phrases_of_the_help_pages() {
    // At 10:00 on a Wednesday.
    for (words, rule, first) in [
        ("every day", "FREQ=DAILY", "2026-03-11"),
        ("every day at 9am", "FREQ=DAILY", "2026-03-12T09:00"),
        ("every morning", "FREQ=DAILY", "2026-03-12T09:00"),
        ("every 5pm", "FREQ=DAILY", "2026-03-11T17:00"),
        ("every! 8 am", "FREQ=DAILY", "2026-03-12T08:00"),
        ("every day in the evening", "FREQ=DAILY", "2026-03-11T19:00"),
        ("every evening", "FREQ=DAILY", "2026-03-11T19:00"),
        ("every other day", "FREQ=DAILY;INTERVAL=2", "2026-03-11"),
        ("every two weeks", "FREQ=WEEKLY;INTERVAL=2", "2026-03-11"),
        ("every fortnight", "FREQ=WEEKLY;INTERVAL=2", "2026-03-11"),
        (
            "every other friday",
            "FREQ=WEEKLY;INTERVAL=2;BYDAY=FR",
            "2026-03-13",
        ),
        (
            "every 2 fridays",
            "FREQ=WEEKLY;INTERVAL=2;BYDAY=FR",
            "2026-03-13",
        ),
        ("every weekend", "FREQ=WEEKLY;BYDAY=SA", "2026-03-14"),
        (
            "every weekday at 7:30",
            "FREQ=WEEKLY;BYDAY=MO,TU,WE,TH,FR",
            "2026-03-12T07:30",
        ),
        (
            "ev mon, fri at 20:00",
            "FREQ=WEEKLY;BYDAY=MO,FR",
            "2026-03-13T20:00",
        ),
        (
            "Every Mon and Wed 8 pm",
            "FREQ=WEEKLY;BYDAY=MO,WE",
            "2026-03-11T20:00",
        ),
        ("every tues, thurs", "FREQ=WEEKLY;BYDAY=TU,TH", "2026-03-12"),
        (
            "every monday morning",
            "FREQ=WEEKLY;BYDAY=MO",
            "2026-03-16T09:00",
        ),
        ("every 27th", "FREQ=MONTHLY;BYMONTHDAY=27", "2026-03-27"),
        (
            "every month on the 1st",
            "FREQ=MONTHLY;BYMONTHDAY=1",
            "2026-04-01",
        ),
        (
            "every 3 months on the 15",
            "FREQ=MONTHLY;INTERVAL=3;BYMONTHDAY=15",
            "2026-03-15",
        ),
        ("every last day", "FREQ=MONTHLY;BYMONTHDAY=-1", "2026-03-31"),
        (
            "every last day of the month",
            "FREQ=MONTHLY;BYMONTHDAY=-1",
            "2026-03-31",
        ),
        (
            "every 2nd last day",
            "FREQ=MONTHLY;BYMONTHDAY=-2",
            "2026-03-30",
        ),
        (
            "every 1st and 15th",
            "FREQ=MONTHLY;BYMONTHDAY=1,15",
            "2026-03-15",
        ),
        ("every last friday", "FREQ=MONTHLY;BYDAY=-1FR", "2026-03-27"),
        (
            "every third tuesday of the month",
            "FREQ=MONTHLY;BYDAY=3TU",
            "2026-03-17",
        ),
        (
            "every 2nd workday of the month",
            "FREQ=MONTHLY;BYDAY=MO,TU,WE,TH,FR;BYSETPOS=2",
            "2026-04-02",
        ),
        (
            "every 14 jan, 14 apr",
            "FREQ=YEARLY;BYMONTH=1,4;BYMONTHDAY=14",
            "2026-04-14",
        ),
        (
            "every 14 jan, 15 apr, 15 jul, 15 oct",
            "FREQ=YEARLY;BYMONTH=1;BYMONTHDAY=14\nFREQ=YEARLY;BYMONTH=4,7,10;BYMONTHDAY=15",
            "2026-04-15",
        ),
        (
            "every 15th workday, first workday, last workday",
            "FREQ=MONTHLY;BYDAY=MO,TU,WE,TH,FR;BYSETPOS=1,15,-1",
            "2026-03-20",
        ),
        (
            "every january",
            "FREQ=YEARLY;BYMONTH=1;BYMONTHDAY=1",
            "2027-01-01",
        ),
        (
            "every 2 years on jan 27",
            "FREQ=YEARLY;INTERVAL=2;BYMONTH=1;BYMONTHDAY=27",
            "2028-01-27",
        ),
        (
            "every feb 29",
            "FREQ=YEARLY;BYMONTH=2;BYMONTHDAY=29",
            "2028-02-29",
        ),
        (
            "every last day of february",
            "FREQ=YEARLY;BYMONTH=2;BYMONTHDAY=-1",
            "2027-02-28",
        ),
        ("every! month", "FREQ=MONTHLY", "2026-03-11"),
        ("every ! 10 days", "FREQ=DAILY;INTERVAL=10", "2026-03-11"),
        ("after 10 days", "FREQ=DAILY;INTERVAL=10", "2026-03-11"),
        ("daily", "FREQ=DAILY", "2026-03-11"),
        ("quarterly", "FREQ=MONTHLY;INTERVAL=3", "2026-03-11"),
        ("annually", "FREQ=YEARLY", "2026-03-11"),
        ("biennially", "FREQ=YEARLY;INTERVAL=2", "2026-03-11"),
        (
            "every 30 minutes",
            "FREQ=MINUTELY;INTERVAL=30",
            "2026-03-11T10:30",
        ),
        (
            "every 12 hours starting at 9pm",
            "FREQ=HOURLY;INTERVAL=12",
            "2026-03-11T21:00",
        ),
        (
            "every day from 10 may until 20 may",
            "FREQ=DAILY;UNTIL=20260520",
            "2026-05-10",
        ),
        (
            "every day starting aug 3 ending aug 7",
            "FREQ=DAILY;UNTIL=20260807",
            "2026-08-03",
        ),
        (
            "every day for 10 times",
            "FREQ=DAILY;COUNT=10",
            "2026-03-11",
        ),
        ("every week, 3 times", "FREQ=WEEKLY;COUNT=3", "2026-03-11"),
        (
            "every day for 2 months from 31 dec",
            "FREQ=DAILY;UNTIL=20270228",
            "2026-12-31",
        ),
        ("every day at 1900", "FREQ=DAILY", "2026-03-11T19:00"),
        (
            "every day except mon, wed",
            "FREQ=WEEKLY;BYDAY=TU,TH,FR,SA,SU",
            "2026-03-12",
        ),
        (
            "every month starting jan 31",
            "FREQ=MONTHLY;BYMONTHDAY=28,29,30,31;BYSETPOS=-1",
            "2027-01-31",
        ),
    ] {
        let phrase = parsed(words, "2026-03-11");
        let first_found = phrase.first(date("2026-03-11"), Time::of_minutes(600));
        let (due, series) = first_found.expect(words);
        assert_eq!(series.rules.to_string(), rule, "{words}");
        assert_eq!(text(&due), first, "{words}");
        let is_after = words.contains('!') || words.starts_with("after");
        assert_eq!(series.anchor == Anchor::Completion, is_after, "{words}");
    }
}

#[test]
fn a_phrase_ends_where_the_words_belong_to_something_else() {
    for (words, length) in [
        ("every friday p1", "every friday"),
        ("every friday, 2 apples", "every friday"),
        ("every day for the team", "every day"),
        ("every day at school", "every day"),
        ("every day from home", "every day"),
        ("every 2 weeks on the train", "every 2 weeks"),
        ("every monday and then some", "every monday"),
        ("daily standup", "daily"),
        ("every 20th century", "every 20th"),
        ("every day #home", "every day"),
    ] {
        let found = Phrase::at_start_of(words, Language::English, date("2026-03-11"));
        let (_, found) = found.expect(words);
        assert_eq!(&words[..found], length);
    }
    for words in [
        "",
        "every",
        "every one",
        "every man",
        "every 3 workdays",
        "every 3 apples",
        "every new year",
        "every 0 days",
        "every 32nd",
        "every 31 feb",
        "every 30th of february",
        "every 6th monday",
        "every last",
        "after all",
        "after",
        "each other",
        "monday",
        "everyone",
        "every 99999999999 days",
        "every 999999 days",
    ] {
        let found = Phrase::at_start_of(words, Language::English, date("2026-03-11"));
        assert_eq!(found, None, "{words}");
    }
}

#[test]
fn rules_have_words() {
    for (rule, anchor, words) in [
        ("FREQ=DAILY", Anchor::Due, "every day"),
        (
            "FREQ=DAILY;INTERVAL=10",
            Anchor::Completion,
            "every! 10 days",
        ),
        ("FREQ=HOURLY;INTERVAL=12", Anchor::Due, "every 12 hours"),
        (
            "FREQ=WEEKLY;BYDAY=MO,TU,WE,TH,FR",
            Anchor::Due,
            "every weekday",
        ),
        (
            "FREQ=WEEKLY;BYDAY=MO,FR",
            Anchor::Due,
            "every Monday and Friday",
        ),
        (
            "FREQ=WEEKLY;INTERVAL=2;BYDAY=MO,WE,FR",
            Anchor::Due,
            "every 2 weeks on Monday, Wednesday and Friday",
        ),
        ("FREQ=MONTHLY;BYDAY=3FR", Anchor::Due, "every 3rd Friday"),
        (
            "FREQ=MONTHLY;BYDAY=1MO,-2FR",
            Anchor::Due,
            "every 1st Monday and 2nd last Friday",
        ),
        ("FREQ=MONTHLY;BYMONTHDAY=-1", Anchor::Due, "every last day"),
        (
            "FREQ=MONTHLY;BYMONTHDAY=2,15,22",
            Anchor::Due,
            "every 2nd, 15th and 22nd",
        ),
        (
            "FREQ=MONTHLY;INTERVAL=3;BYDAY=1FR",
            Anchor::Due,
            "every 3 months on 1st Friday",
        ),
        (
            "FREQ=MONTHLY;BYDAY=MO,TU,WE,TH,FR;BYSETPOS=1,-1",
            Anchor::Due,
            "every 1st weekday and last weekday",
        ),
        (
            "FREQ=MONTHLY;BYMONTHDAY=28,29,30,31;BYSETPOS=-1",
            Anchor::Due,
            "every month on the 31st or the last day",
        ),
        (
            "FREQ=YEARLY;BYMONTH=2;BYMONTHDAY=28,29;BYSETPOS=-1",
            Anchor::Due,
            "every year on February 29th or the last day",
        ),
        (
            "FREQ=YEARLY;BYMONTH=1,7;BYMONTHDAY=27",
            Anchor::Due,
            "every January 27th and July 27th",
        ),
        (
            "FREQ=YEARLY;BYMONTH=1;BYDAY=1WE\nFREQ=YEARLY;BYMONTH=7;BYDAY=3TH",
            Anchor::Due,
            "every 1st Wednesday of January and 3rd Thursday of July",
        ),
        (
            "FREQ=DAILY;UNTIL=20270131",
            Anchor::Due,
            "every day until 2027-01-31",
        ),
        ("FREQ=WEEKLY;COUNT=3", Anchor::Due, "every week for 3 times"),
    ] {
        let series = recurrence(rule, anchor);
        assert_eq!(
            series.to_words(Language::English).as_deref(),
            Some(words),
            "{rule}"
        );
    }
    for rule in [
        "FREQ=DAILY;BYHOUR=9,17",
        "FREQ=YEARLY;BYWEEKNO=20",
        "FREQ=YEARLY;BYYEARDAY=100",
        "FREQ=DAILY;UNTIL=20270131T220000Z",
        "FREQ=MONTHLY;BYDAY=MO,TU;BYSETPOS=2",
        "FREQ=WEEKLY;INTERVAL=2;BYDAY=TU,SU;WKST=SU",
        "FREQ=DAILY;BYMONTH=1",
        "FREQ=DAILY\nEXDATE:20260401",
        "RDATE:20260401",
    ] {
        assert_eq!(
            recurrence(rule, Anchor::Due).to_words(Language::English),
            None,
            "{rule}"
        );
    }
}
