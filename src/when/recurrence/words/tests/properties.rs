//! Properties of the words of random rules.

use proptest::prelude::*;

use super::super::{Language, Phrase};
use super::parsed;
use crate::when::recurrence::{Anchor, Recurrence, Rule, Rules};
use crate::when::{Date, Time};

/// Rules that have words.
fn any_rule() -> impl Strategy<Value = Rule> {
    let list = |most: i16| {
        let day = prop_oneof![1..=most, -most..=-1];
        prop::collection::btree_set(day, 1..4)
    };
    let joined = |list: std::collections::BTreeSet<i16>| {
        let list: Vec<_> = list.iter().map(ToString::to_string).collect();
        list.join(",")
    };
    let weekdays =
        || prop::sample::subsequence(vec!["MO", "TU", "WE", "TH", "FR", "SA", "SU"], 1..4);
    let month = || prop::collection::btree_set(1_i16..=12, 1..4);
    let text = prop_oneof![
        prop::sample::select(vec![
            "DAILY", "WEEKLY", "MONTHLY", "YEARLY", "HOURLY", "MINUTELY"
        ])
        .prop_map(|frequency| format!("FREQ={frequency}")),
        weekdays().prop_map(|days| format!("FREQ=WEEKLY;BYDAY={}", days.join(","))),
        list(31).prop_map(move |days| format!("FREQ=MONTHLY;BYMONTHDAY={}", joined(days))),
        list(23).prop_map(move |days| format!(
            "FREQ=MONTHLY;BYDAY=MO,TU,WE,TH,FR;BYSETPOS={}",
            joined(days)
        )),
        (list(5), weekdays()).prop_map(|(numbers, days)| {
            let days: Vec<_> = numbers
                .iter()
                .zip(days)
                .map(|(n, day)| format!("{n}{day}"))
                .collect();
            format!("FREQ=MONTHLY;BYDAY={}", days.join(","))
        }),
        (month(), 1_i16..=28).prop_map(move |(months, day)| {
            format!("FREQ=YEARLY;BYMONTH={};BYMONTHDAY={day}", joined(months))
        }),
        (month(), list(28)).prop_map(move |(months, days)| {
            format!(
                "FREQ=YEARLY;BYMONTH={};BYMONTHDAY={}",
                joined(months),
                joined(days)
            )
        }),
        (month(), list(5)).prop_map(move |(months, numbers)| {
            let days: Vec<_> = numbers.iter().map(|number| format!("{number}FR")).collect();
            format!(
                "FREQ=YEARLY;BYMONTH={};BYDAY={}",
                joined(months),
                days.join(",")
            )
        }),
    ];
    let end = prop_oneof![
        Just(String::new()),
        (1_u32..900).prop_map(|count| format!(";COUNT={count}")),
        (2026_i16..2100, 1_u8..=12, 1_u8..=28)
            .prop_map(|(year, month, day)| format!(";UNTIL={year}{month:02}{day:02}")),
    ];
    (text, 1_u32..90, end).prop_map(|(text, interval, end)| {
        let rule = format!("{text};INTERVAL={interval}{end}");
        Rule::parse(&rule).expect("a rule")
    })
}

proptest! {
    #[test]
    fn words_are_read_as_they_were_written(rule in any_rule(), completion in any::<bool>()) {
        let anchor = if completion { Anchor::Completion } else { Anchor::Due };
        let series = Recurrence { rules: Rules::of(rule), anchor };
        let words = series.to_words(Language::English);
        let entries = series.rules.rules[0].months.len().max(1)
            * series.rules.rules[0].month_days.len().max(1);
        prop_assert!(words.is_some() || entries > 12, "{}", series.rules);
        if let Some(words) = words {
            prop_assert_eq!(parsed(&words, "2026-03-11").recurrence, series);
        }
    }

    #[test]
    fn no_text_causes_a_panic(
        words in prop::collection::vec(prop::sample::select(vec![
            "every", "!", "3rd", "last", "2", "other", "days", "weeks", "friday", "jan", ",", "and",
            "the", "of", "or", "day", "workday", "at", "20:00", "8pm", "until", "starting",
            "tomorrow", "for", "times", "after", "daily", "except", "2026-04-01", "\u{130}", "9999",
            "everyday", "mon-fri", "to", "next", "new", "year", "eve", "halloween", "ending", "in",
            "a", "month", "end", "pm", "but", "evening", "second", "27", "tue", "1st",
        ]), 0..12),
    ) {
        let text = words.join(" ");
        for today in [Date::MIN, Date::MAX] {
            if let Some((phrase, length)) = Phrase::at_start_of(&text, Language::English, today) {
                prop_assert!(text.is_char_boundary(length));
                // Rules made of words are rules.
                let rules = phrase.recurrence.rules.to_string();
                prop_assert_eq!(Rules::parse(&rules), Ok(phrase.recurrence.rules.clone()));
                let _ = phrase.first(today, Time::MIDNIGHT);
            }
        }
    }
}
