//! Random lines.

use std::cell::Cell;

use proptest::prelude::*;
use proptest::sample::select;

use super::*;

const WORDS: [&str; 98] = [
    "every",
    "each",
    "ev!",
    "after",
    "daily",
    "weekly",
    "day",
    "days",
    "weeks",
    "month",
    "hour",
    "min",
    "monday",
    "fri",
    "Sunday",
    "jan",
    "May",
    "27",
    "5",
    "1900",
    "10",
    "27th",
    "1st",
    "31st",
    "2027",
    "today",
    "tom",
    "Tomorrow",
    "tonight",
    "yesterday",
    "next",
    "this",
    "later",
    "end",
    "of",
    "the",
    "a",
    "in",
    "on",
    "by",
    "at",
    "@",
    "for",
    "before",
    "from",
    "until",
    "starting",
    "morning",
    "night",
    "noon",
    "4pm",
    "4:30",
    "16:00",
    "pm",
    "45min",
    "1h30m",
    "+5",
    "27/1",
    "9/11",
    "01.02",
    "2027-01-27",
    "99999",
    "p1",
    "!1",
    "!14:00",
    "!30",
    "#home",
    "+Bob",
    "*label",
    "/section",
    "#\"my",
    "home\"",
    "\"quoted",
    "words\"",
    "'one",
    "two'",
    "{march",
    "30}",
    "\\today",
    "\\",
    "-",
    "milk",
    "\u{fc}ber",
    "\u{2026}!,",
    "everyday",
    "mon-fri",
    "to",
    "last",
    "coming",
    "year",
    "eve",
    "halloween",
    "ending",
    "evening",
    "but",
    "workday",
    "5.30pm",
    "2nd",
];

fn line() -> impl Strategy<Value = String> {
    let word = prop_oneof![
        12 => select(&WORDS[..]).prop_map(str::to_owned),
        1 => ".{0,6}",
        1 => select(&WORDS[..]).prop_map(|word| format!("{word},")),
    ];
    prop::collection::vec(word, 0..12).prop_map(|words| words.join(" "))
}

fn any_reader() -> impl Strategy<Value = Reader> {
    let orders = [
        DateOrder::YearMonthDay,
        DateOrder::DayMonthYear,
        DateOrder::MonthDayYear,
    ];
    let weeks = [WeekStart::Monday, WeekStart::Sunday, WeekStart::Saturday];
    let zones = ["UTC", "Europe/Berlin", "America/Havana", "Pacific/Apia"];
    let style = select(&[Style::Todoist, Style::Vikunja][..]);
    let now = (-750_000_i64..4_000_000, "([01][0-9]|2[0-3]):[0-5][0-9]");
    (
        style,
        now,
        select(orders.to_vec()),
        select(weeks.to_vec()),
        select(zones.to_vec()),
    )
        .prop_map(|(style, (days, time), date_order, week_start, zone)| {
            let now = format!("{}T{time}", Date::MIN.plus_days(days));
            Reader {
                date_order,
                week_start,
                ..reader(style, &now, zone)
            }
        })
}

/// Reads no phrase, and counts the bytes that it is asked for.
struct Counting(Cell<usize>);

impl RepeatReader for Counting {
    fn length(&self, text: &str, _: &Reader) -> Option<usize> {
        self.0.set(self.0.get() + text.len());
        None
    }

    fn read(&self, _: &str, _: Start, _: &Reader) -> Option<Repeat> {
        None
    }
}

proptest! {
    #[test]
    fn spans_are_words_of_the_line(line in line(), reader in any_reader()) {
        let parsed = parse(&line, &reader, &Repeats);
        let characters: Vec<_> = line.chars().collect();
        let mut last = 0;
        for span in &parsed.spans {
            prop_assert!(last <= span.start && span.start < span.end, "{:?}", parsed.spans);
            prop_assert!(span.end <= characters.len());
            prop_assert!(!characters[span.start].is_whitespace());
            prop_assert!(!characters[span.end - 1].is_whitespace());
            last = span.end;
        }
        prop_assert!(!parsed.title.is_empty() || quoted_or_blank(&line), "{:?}", line);
        prop_assert_eq!(parsed.title.trim(), &parsed.title);
        prop_assert!(parsed.priority.is_none_or(|priority| (1..=4).contains(&priority)));
        prop_assert!(parsed.duration_minutes.is_none_or(|minutes| (1..=1440).contains(&minutes)));
    }

    #[test]
    fn a_span_that_becomes_text_has_no_meaning(line in line(), reader in any_reader()) {
        for span in parse(&line, &reader, &Repeats).spans {
            let again = keep_as_text(&line, span);
            // Each word of the span has one more character.
            let words = again.chars().count() - line.chars().count();
            let parsed = parse(&again, &reader, &Repeats);
            for other in parsed.spans {
                let is_apart = other.end <= span.start || other.start >= span.end + words;
                prop_assert!(is_apart, "{line:?} {span:?} {again:?} {other:?}");
            }
        }
    }

    #[test]
    fn words_with_backslashes_are_a_title(words in prop::collection::vec(select(&WORDS[..]), 1..12)) {
        let words: Vec<_> = words.into_iter().filter(|word| !word.starts_with('\\')).collect();
        let line: Vec<_> = words.iter().map(|word| format!("\\{word}")).collect();
        let parsed = todoist(&line.join(" "));
        prop_assert_eq!(&parsed.title, &words.join(" "));
        prop_assert_eq!(parsed.spans, []);
    }

    #[test]
    fn no_text_causes_a_panic(text in any::<String>(), reader in any_reader()) {
        for item in parse_lines(&text, 5, &[], &reader, &Repeats) {
            prop_assert!(item.parsed.spans.iter().all(|span| span.start < span.end));
        }
    }

    #[test]
    fn parents_come_first(text in "([ \t]{0,5}[ab]?\n){0,12}", depth in 0_usize..5) {
        let reader = reader(Style::Todoist, "2026-03-11T10:00", "UTC");
        let items = parse_lines(&text, depth, &[], &reader, &Repeats);
        let mut levels = Vec::new();
        for (place, item) in items.iter().enumerate() {
            prop_assert!(item.parent.is_none_or(|parent| parent < place));
            let level = item.parent.map_or(0, |parent| levels[parent] + 1);
            prop_assert!(level <= depth);
            levels.push(level);
        }
    }

    #[test]
    fn no_word_is_read_twice_for_repetition(line in line()) {
        let counting = Counting(Cell::new(0));
        let reader = reader(Style::Todoist, "2026-03-11T10:00", "UTC");
        parse(&line, &reader, &counting);
        // A letter can become several in lower case.
        prop_assert!(counting.0.get() <= 3 * line.len(), "{line:?}");
    }
}

fn quoted_or_blank(line: &str) -> bool {
    let line = line.trim();
    line.is_empty() || line.starts_with(['"', '\'', '\u{201c}'])
}
