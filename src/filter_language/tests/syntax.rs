//! Errors, limits, and arbitrary texts.

use proptest::prelude::*;

use super::{fixture, viewpoint};
use crate::filter_language::parse;
use crate::locale::Language;

#[test]
fn an_error_has_a_position_and_what_is_expected() {
    for (text, position, expected) in [
        ("", 1, "expected a term"),
        ("   ", 4, "expected a term"),
        ("| today", 1, "expected a term"),
        ("today |", 8, "expected a term"),
        ("today)", 6, "expected & or |"),
        ("(today", 7, "expected & or | or )"),
        ("p1 & |", 6, "expected a term"),
        ("today p1", 7, "expected the end of the date"),
        ("\u{e9}t\u{e9} | p1", 1, "expected a term"),
        ("p1 & \u{e9}t\u{e9}", 6, "expected a term"),
        ("p1 & @", 7, "expected the name of a label"),
        ("#", 2, "expected the name of a project"),
        ("search:", 8, "expected the text to search for"),
        ("date: someday", 7, "expected a date"),
        ("date:", 6, "expected a date"),
        (
            "date before: 5 weeks after",
            22,
            "expected the end of the date",
        ),
        ("color: red", 1, "expected date:, due:"),
        ("search before: x", 1, "expected date:, due:"),
        ("today && p1", 8, "expected a term"),
        ("due_date = no", 12, "expected a date such as"),
        ("user_id = 'user1'", 1, "there is no field user_id"),
        (
            "done = false && user_id = 1",
            17,
            "there is no field user_id",
        ),
        ("priority >> 3", 10, "expected =, !=, <"),
        ("priority == 3", 10, "expected =, !=, <"),
        (
            "priority like 3",
            10,
            "expected =, !=, <, <=, >, >=, in or not in.",
        ),
        ("priority = high", 12, "expected a whole number"),
        ("done = yes", 8, "expected true or false"),
        ("done > false", 6, "expected = or !="),
        ("done =", 7, "expected a value"),
        ("done = false &&", 16, "expected the name of a field"),
        ("done = false & p1", 8, "expected true or false"),
        ("(done = false", 14, "expected && or || or )"),
        ("done = false)", 13, "expected && or ||"),
        ("title = 'a", 11, "expected ' at the end"),
        ("labels in a, ", 14, "expected a value"),
        ("dueDate < 2026-02-30", 11, "expected a date such as"),
        ("dueDate < now+", 11, "expected a date such as"),
        ("dueDate < now+1x", 11, "expected a date such as"),
        ("dueDate < now/d+9999999d", 11, "expected a date such as"),
    ] {
        let error = parse(text).expect_err(text);
        let message = Language::English.say(&error.message);
        assert_eq!(error.position, position, "{text}: {message}");
        let start = format!("Character {position}: {expected}");
        assert!(message.starts_with(&start), "{text}: {message}");
        assert!(message.ends_with('.'), "{message}");
    }
}

#[test]
fn a_filter_has_at_most_64_terms_and_16_levels() {
    let terms = |count| vec!["p1"; count].join(" | ");
    assert!(parse(&terms(64)).is_ok());
    let error = parse(&terms(65)).expect_err("too many");
    assert_eq!(
        Language::English.say(&error.message),
        "Character 321: a filter can have 64 terms."
    );
    let values = |count| format!("labels in {}", vec!["a"; count].join(","));
    assert!(parse(&values(64)).is_ok());
    assert!(parse(&values(65)).is_err());
    for (open, term, close) in [("(", "p1", ")"), ("!", "p1", ""), ("(", "done = true", ")")] {
        let nested = |count| format!("{}{term}{}", open.repeat(count), close.repeat(count));
        assert!(parse(&nested(16)).is_ok());
        let error = parse(&nested(17)).expect_err("too deep");
        assert_eq!(
            Language::English.say(&error.message),
            "Character 18: a filter can have 16 levels."
        );
        assert!(parse(&nested(100_000)).is_err());
    }
}

/// Texts of the words and signs of both dialects, and other characters.
fn texts() -> impl Strategy<Value = String> {
    let word = prop_oneof![
        prop::sample::select(vec![
            "today",
            "p1",
            "@a",
            "#b*",
            "##",
            "/s",
            "search: x",
            "date before:",
            "5 days",
            "next",
            "week",
            "no date",
            "&",
            "|",
            "!",
            "(",
            ")",
            ",",
            "\\",
            ":",
            "done",
            "=",
            "!=",
            "<",
            "dueDate",
            "now",
            "+7d",
            "/d",
            "||",
            "&&",
            "not in",
            "in",
            "like",
            "'",
            "\"",
            "labels",
            "2026-03-11",
            "before",
            "after",
            "1 week",
            "at",
            "10:00",
            "false",
            "%",
            "feb 29",
            "Z",
        ])
        .prop_map(str::to_owned),
        "\\PC{0,3}",
    ];
    prop::collection::vec((word, " ?"), 0..12).prop_map(|words| {
        let words = words.into_iter().map(|(word, blank)| word + blank.as_str());
        words.collect()
    })
}

proptest! {
    #[test]
    fn every_text_is_a_filter_or_has_an_error_within_it(text in texts()) {
        match parse(&text) {
            Ok(filter) => {
                let condition = filter.at(&viewpoint("2026-03-11T10:00"));
                let (tasks, places) = fixture();
                for task in &tasks {
                    condition.matches(task, &places);
                }
            }
            Err(error) => {
                let end = text.chars().count() + 1;
                prop_assert!((1..=end).contains(&error.position), "{:?}", error);
            }
        }
    }
}
