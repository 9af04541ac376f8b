//! The words of titles, and the spans.

use super::*;

/// Returns the title and the due date of lines, on Wednesday, 11 March 2026, at 10:00.
fn check(cases: &[(&str, &str, &str)], parse: fn(&str) -> Parsed) {
    for (line, title, due) in cases {
        let parsed = parse(line);
        assert_eq!(
            (parsed.title.as_str(), text_of(parsed.due).as_str()),
            (*title, *due),
            "{line}"
        );
    }
}

/// Returns the parts of a line that have a meaning.
fn spans(line: &str) -> Vec<(SpanKind, String)> {
    let text = |span: &Span| {
        line.chars()
            .skip(span.start)
            .take(span.end - span.start)
            .collect()
    };
    todoist(line)
        .spans
        .iter()
        .map(|span| (span.kind, text(span)))
        .collect()
}

#[test]
fn words_of_a_title_stay() {
    let titles = [
        "May report",
        "Write May report",
        "paprika",
        "Buy paprika",
        "Sunday roast recipe",
        "Watch Saturday Night Live",
        "Friday night lights",
        "Sunday in the Park with George",
        "Prepare Black Friday",
        "Black Friday deals",
        "Look at the sun",
        "Catch some sun",
        "Sat nav update",
        "Mon - Fri planning",
        "Call Tom",
        "Monthly report",
        "The Daily Show",
        "Every Breath You Take",
        "Walk on 5th avenue",
        "Read the 5th",
        "Buy 1/2 cup sugar",
        "The 9/11 Report",
        "Upgrade to version 1/2",
        "Release 1.5",
        "Read 1984",
        "Read chapter 16",
        "Arrive at 10 Downing Street",
        "Rent a car for 5 days",
        "Boil eggs for 10 min",
        "Meet 4pm-5pm",
        "Meeting 25:00",
        "Meeting 31/4",
        "Meeting feb 30",
        "Fix #123",
        "C# homework",
        "Call +49 176 123",
        "Edit /etc/hosts",
        "Use {{ mustache }}",
        "Task {foo bar}",
        "Done!",
        "Task !important",
        "mail email@example.com",
        "https://example.org/2019/1/233526-some-text",
    ];
    for title in titles {
        for parse in [todoist, vikunja] {
            let parsed = parse(title);
            let expected = Parsed {
                title: title.to_owned(),
                ..Parsed::default()
            };
            assert_eq!(parsed, expected, "{title}");
        }
    }
}

#[test]
fn dates_are_understood_wherever_they_are() {
    check(
        &[
            (
                "Try the Sunday roast recipe sunday",
                "Try the Sunday roast recipe",
                "2026-03-15",
            ),
            ("Call Bob Friday", "Call Bob", "2026-03-13"),
            ("Meet Friday with Bob", "Meet with Bob", "2026-03-13"),
            ("On monday morning call mom", "call mom", "2026-03-16T09:00"),
            ("Friday - call bank", "call bank", "2026-03-13"),
            ("tomorrow: buy milk", "buy milk", "2026-03-12"),
            ("tomorrow at 10 call bank", "call bank", "2026-03-12T10:00"),
            ("friday at 10 call bank", "call bank", "2026-03-13T10:00"),
            ("4pm call tomorrow", "call", "2026-03-12T16:00"),
            ("Call 4pm tomorrow", "Call", "2026-03-12T16:00"),
            ("call tom", "call", "2026-03-12"),
            ("Pay rent on the 5th", "Pay rent", "2026-04-05"),
            ("Pay rent on 5th", "Pay rent", "2026-04-05"),
            ("Prepare slides for Friday", "Prepare slides", "2026-03-13"),
            (
                "Move friday meeting to monday",
                "Move friday meeting to",
                "2026-03-16",
            ),
            ("Call jan 27, 2027 about x", "Call about x", "2027-01-27"),
            ("Call 27th of january", "Call", "2027-01-27"),
            ("Call 27.1.2027", "Call", "2027-01-27"),
            ("Meeting 12/31/26", "Meeting", "2026-12-31"),
            ("Meeting 1/2", "Meeting", "2027-02-01"),
            ("Task @7pm", "Task", "2026-03-11T19:00"),
            ("Task 9am", "Task", "2026-03-12T09:00"),
            ("Task 10 a.m.", "Task", "2026-03-11T10:00"),
            ("Task wed 9am", "Task", "2026-03-18T09:00"),
            ("Task wed 11am", "Task", "2026-03-11T11:00"),
            ("Dinner tonight", "Dinner", "2026-03-11T22:00"),
            ("Dinner tonight at 8", "Dinner", "2026-03-11T20:00"),
            ("Task this weekend", "Task", "2026-03-14"),
            ("Task next friday", "Task", "2026-03-20"),
            ("Task next month", "Task", "2026-04-01"),
            ("Task end of april", "Task", "2026-04-30"),
            ("Task in an hour", "Task", "2026-03-11T11:00"),
            ("Task +5 days", "Task", "2026-03-16"),
            ("Task 3 days ago", "Task", "2026-03-08"),
            ("Task in 3 workdays", "Task", "2026-03-16"),
            ("Task 6 weeks before 21 Jul", "Task", "2026-06-09"),
            ("Task today then tomorrow", "Task today then", "2026-03-12"),
        ],
        todoist,
    );
}

#[test]
fn vikunja_has_its_own_dates() {
    check(
        &[
            ("next friday Lorem", "Lorem", "2026-03-13"),
            ("Lorem next week", "Lorem", "2026-03-18"),
            ("Lorem tonight", "Lorem", "2026-03-11T21:00"),
            ("9/11 meeting", "meeting", "2026-09-11"),
            ("01.02 Lorem", "Lorem", "2027-02-01"),
            ("Lorem 2nd March at 5", "Lorem", "2026-03-02T05:00"),
            ("Lorem at 10:00 in 5 days", "Lorem", "2026-03-16T10:00"),
            ("Lorem at 10:00 sep 17th", "Lorem", "2026-09-17T10:00"),
            ("Lorem 15:00 today", "Lorem 15:00", "2026-03-11"),
            ("Lorem at 9:00", "Lorem", "2026-03-11T09:00"),
            ("Lorem 5 days", "Lorem 5 days", ""),
        ],
        vikunja,
    );
}

#[test]
fn punctuation_follows_the_title() {
    check(
        &[
            ("Buy milk today!", "Buy milk!", "2026-03-11"),
            (
                "Buy milk tomorrow, then tea",
                "Buy milk, then tea",
                "2026-03-12",
            ),
            ("Buy milk tomorrow, p1", "Buy milk", "2026-03-12"),
            ("Buy milk - tomorrow", "Buy milk", "2026-03-12"),
            ("Buy   milk\ttoday  ", "Buy milk", "2026-03-11"),
            ("Email (due friday)", "Email (due friday)", ""),
        ],
        todoist,
    );
}

#[test]
fn quotes_and_backslashes_keep_words() {
    check(
        &[
            ("\"Call today\"", "Call today", ""),
            ("'Call today p1'", "Call today p1", ""),
            ("\u{201c}Call today\u{201d}", "Call today", ""),
            ("\"\"", "", ""),
            (
                "Read \"tomorrow never dies\" today",
                "Read \"tomorrow never dies\"",
                "2026-03-11",
            ),
            ("\"Call today", "\"Call", "2026-03-11"),
            ("5\" screen today", "5\" screen", "2026-03-11"),
            ("Read \\tomorrow today", "Read tomorrow", "2026-03-11"),
            ("Buy \\#foo \\p1 \\@bar", "Buy #foo p1 @bar", ""),
            ("Open C:\\today \\\\server", "Open C:\\today \\server", ""),
            ("a \\ b", "a \\ b", ""),
        ],
        todoist,
    );
}

#[test]
fn a_line_without_other_words_is_a_title() {
    check(
        &[
            ("tomorrow", "tomorrow", ""),
            ("p1 tomorrow", "p1 tomorrow", ""),
            ("  ", "", ""),
        ],
        todoist,
    );
}

#[test]
fn names_and_numbers_are_read() {
    let parsed =
        todoist("Plan #Work /Meetings +Bob, @a @\"b c\" @a p2 p3 #Home friday 4pm for 1h 30m");
    let expected = Parsed {
        title: "Plan, p3 #Home".to_owned(),
        due: parsed.due,
        duration_minutes: Some(90),
        priority: Some(2),
        labels: vec!["a".to_owned(), "b c".to_owned()],
        project: Some("Work".to_owned()),
        section: Some("Meetings".to_owned()),
        assignees: vec!["Bob".to_owned()],
        spans: parsed.spans.clone(),
        ..Parsed::default()
    };
    assert_eq!(parsed, expected);
    assert_eq!(text_of(parsed.due), "2026-03-13T16:00");
    let kept = [SpanKind::Assignee, SpanKind::Label];
    let line = "Call friday +Bob, @a p1";
    let berlin = reader(Style::Todoist, "2026-03-11T10:00", "Europe/Berlin");
    let keeping = parse_keeping(line, &kept, &berlin, &Repeats);
    assert_eq!(keeping.title, "Call +Bob, @a");
    let title = "Call".to_owned();
    assert_eq!(Parsed { title, ..keeping }, todoist(line));
    let parsed = vikunja("Plan *a +Work @bob !5");
    assert_eq!(parsed.title, "Plan @bob");
    assert_eq!(
        (parsed.priority, parsed.project.as_deref()),
        (Some(1), Some("Work"))
    );
    assert_eq!(
        todoist("Meet today 4pm for 25 hours").title,
        "Meet for 25 hours"
    );
}

#[test]
fn reminders_are_times_or_relative() {
    for (line, title, expected) in [
        ("Task !30 min before", "Task", "30"),
        ("Task friday !1 hour 30 min before", "Task", "90"),
        ("Task !9am", "Task", "2026-03-12T09:00"),
        ("Task friday !9am", "Task", "2026-03-13T09:00"),
        ("Task !tomorrow", "Task", "2026-03-12T09:00"),
        ("Task !2", "Task !2", ""),
    ] {
        let parsed = todoist(line);
        let text = parsed.reminders.first().map(|reminder| match reminder {
            Reminder::At(date, time) => format!("{date}T{time}"),
            Reminder::Before(minutes) => minutes.to_string(),
        });
        assert_eq!(
            (parsed.title.as_str(), text.unwrap_or_default().as_str()),
            (title, expected),
            "{line}"
        );
    }
}

#[test]
fn a_date_beside_a_repetition_begins_it() {
    for (line, title, due) in [
        ("Water every 3 days friday", "Water", "2026-03-13"),
        (
            "9pm water plants every day",
            "water plants",
            "2026-03-11T21:00",
        ),
        (
            "9am water plants every day",
            "water plants",
            "2026-03-12T09:00",
        ),
        ("Water weekly 9am for 30min", "Water", "2026-03-18T09:00"),
        (
            "Stand-up every day at 11:00 for 30 minutes",
            "Stand-up",
            "2026-03-11T11:00",
        ),
    ] {
        let parsed = todoist(line);
        assert_eq!(
            (parsed.title.as_str(), text_of(parsed.due).as_str()),
            (title, due),
            "{line}"
        );
        assert!(parsed.recurrence.is_some(), "{line}");
    }
}

#[test]
fn a_series_without_dates_is_part_of_the_title() {
    let parsed = todoist("Water every day until 2020-01-01 p1");
    assert_eq!(parsed.title, "Water every day until 2020-01-01");
    assert_eq!((parsed.due, parsed.recurrence), (None, None));
}

#[test]
fn a_length_after_a_time_is_the_duration() {
    let parsed = todoist("Stand-up every day at 11:00 for 30 minutes");
    assert_eq!(parsed.duration_minutes, Some(30));
    assert_eq!(
        parsed.recurrence.map(|repeat| repeat.rules),
        Some("FREQ=DAILY".to_owned())
    );
    let parsed = todoist("Water every day for 3 weeks");
    assert_eq!(parsed.duration_minutes, None);
    let rules = parsed.recurrence.map(|repeat| repeat.rules);
    assert_eq!(rules, Some("FREQ=DAILY;UNTIL=20260401".to_owned()));
}

#[test]
fn spans_count_characters() {
    assert_eq!(
        spans("\u{fc}ber Pay rent every month on the 1st, p1 #home @bills {march 30} on friday!"),
        [
            (SpanKind::Recurrence, "every month on the 1st"),
            (SpanKind::Priority, "p1"),
            (SpanKind::Project, "#home"),
            (SpanKind::Label, "@bills"),
            (SpanKind::Deadline, "{march 30}"),
            (SpanKind::Due, "on friday"),
        ]
        .map(|(kind, text)| (kind, text.to_owned()))
    );
}

#[test]
fn a_span_becomes_text_again() {
    let line = "Pay in 5 days #\"my home\" \u{fc} {next friday} p1";
    for (place, expected) in [
        (0, "Pay in 5 days \u{fc}"),
        (1, "Pay #\"my home\" \u{fc}"),
        (2, "Pay \u{fc} {next friday}"),
        (3, "Pay \u{fc} p1"),
    ] {
        let again = keep_as_text(line, todoist(line).spans[place]);
        assert_eq!(todoist(&again).title, expected, "{again}");
        assert_eq!(todoist(&again).spans.len(), 3, "{again}");
    }
}
