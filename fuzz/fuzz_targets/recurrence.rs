//! Rules of repetition: the first line is the date on which a task is due and the minute at which
//! it is completed, the rest a rule or words for one.

#![no_main]

use docket::when::recurrence::{Anchor, Language, Phrase, Recurrence, Rules};
use docket::when::{Due, Time, Zone};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|input: &str| {
    let (head, text) = input.split_once('\n').unwrap_or(("2026-03-11T09:00 29553120", input));
    let (due, completed) = head.split_once(' ').unwrap_or((head, ""));
    let Some(due) = Due::from_columns(due, None) else {
        return;
    };
    let rules = match Phrase::at_start_of(text, Language::English, due.date()) {
        Some((phrase, length)) => {
            assert!(text.is_char_boundary(length));
            let _ = phrase.first(due.date(), Time::MIDNIGHT);
            if let Some(words) = phrase.recurrence.to_words(Language::English) {
                let again = Phrase::parse(&words, Language::English, due.date());
                assert_eq!(again.expect("a phrase").recurrence, phrase.recurrence, "{words}");
            }
            phrase.recurrence.rules
        }
        None => match Rules::parse(text) {
            Ok(rules) => rules,
            Err(_) => return,
        },
    };
    assert_eq!(Rules::parse(&rules.to_string()), Ok(rules.clone()), "{text:?}");
    let zone = Zone::parse("Europe/Berlin").expect("a zone");
    let dates: Vec<_> = rules.dates(due, zone).take(50).collect();
    let columns: Vec<_> = dates.iter().map(|date| date.to_columns().0).collect();
    assert!(columns.is_sorted_by(|one, other| one < other), "{text:?}");
    assert!(columns.first().is_none_or(|first| *first >= due.to_columns().0));
    let minute = completed.parse::<u32>().unwrap_or(29_553_120);
    let completed = docket::db::Timestamp(i64::from(minute) * 60_000_000);
    for anchor in [Anchor::Due, Anchor::Completion] {
        let series = Recurrence {
            rules: rules.clone(),
            anchor,
        };
        if let Some((next, rest)) = series.next(due, completed, zone) {
            assert!(!next.is_overdue(completed, zone), "{next:?} {text:?}");
            assert_eq!(Rules::parse(&rest.rules.to_string()), Ok(rest.rules));
        }
    }
});
