//! Ranges of times.

use super::{text_of, todoist};

/// Compares the title, the due date and the duration of a line.
fn check(line: &str, expected: (&str, &str, Option<u32>)) {
    let parsed = todoist(line);
    let due = text_of(parsed.due);
    let found = (parsed.title.as_str(), due.as_str(), parsed.duration_minutes);
    assert_eq!(found, expected, "{line}");
}

#[test]
fn a_time_after_a_time_is_the_end() {
    for (line, title, due, minutes) in [
        (
            "Meet Bob tomorrow 4pm to 5pm",
            "Meet Bob",
            "2026-03-12T16:00",
            60,
        ),
        (
            "Meet Bob 4 pm until 5:30 pm tomorrow",
            "Meet Bob",
            "2026-03-12T16:00",
            90,
        ),
        (
            "Meet Bob from 4pm to 5pm tomorrow p1",
            "Meet Bob",
            "2026-03-12T16:00",
            60,
        ),
        (
            "Meet Bob from tomorrow 4pm till 6pm",
            "Meet Bob",
            "2026-03-12T16:00",
            120,
        ),
        ("Meet Bob 16:00 - 16:45", "Meet Bob", "2026-03-11T16:00", 45),
        (
            "Meet Bob 16:00 \u{2013} 16:45 #Work",
            "Meet Bob",
            "2026-03-11T16:00",
            45,
        ),
        (
            "Night shift tomorrow at 22:00 to 6:00",
            "Night shift",
            "2026-03-12T22:00",
            480,
        ),
        (
            "Workshop tomorrow 9am to noon",
            "Workshop",
            "2026-03-12T09:00",
            180,
        ),
        (
            "Stand-up every day 11am to 11:15",
            "Stand-up",
            "2026-03-11T11:00",
            15,
        ),
    ] {
        check(line, (title, due, Some(minutes)));
    }
}

#[test]
fn other_words_between_times_are_text() {
    for (line, title, due) in [
        (
            "Drive tomorrow 4pm to Berlin",
            "Drive to Berlin",
            "2026-03-12T16:00",
        ),
        (
            "Drive tomorrow 4pm to 5 Elm Street",
            "Drive to 5 Elm Street",
            "2026-03-12T16:00",
        ),
        (
            "Move the meeting to 5pm",
            "Move the meeting to",
            "2026-03-11T17:00",
        ),
        ("Read 10:00 - 11:00 slot", "Read 10:00 - 11:00 slot", ""),
        (
            "Meet Bob tomorrow 4pm, to 5pm",
            "Meet Bob, to 5pm",
            "2026-03-12T16:00",
        ),
        ("Count from 4pm", "Count from", "2026-03-11T16:00"),
        ("Meet Bob 4pm to 4pm", "Meet Bob to 4pm", "2026-03-11T16:00"),
    ] {
        check(line, (title, due, None));
    }
}
