//! Lines of quick add: spans lie within the line, and one that becomes text has no meaning.

#![no_main]

use docket::quick_add::{EnglishRepeats, keep_as_text, parse, parse_lines};
use docket::when::words::{ENGLISH, Now, Reader, Style};
use docket::when::{Date, DateOrder, Time, WeekStart, Zone};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|text: &str| {
    for style in [Style::Todoist, Style::Vikunja] {
        let reader = Reader {
            lexicon: &ENGLISH,
            now: Now {
                date: Date::new(2026, 3, 29).expect("a date"),
                time: Time::MIDNIGHT,
                zone: Zone::parse("Europe/Berlin").expect("a zone"),
            },
            style,
            date_order: DateOrder::default(),
            week_start: WeekStart::default(),
        };
        for (place, item) in parse_lines(text, 5, &[], &reader, &EnglishRepeats)
            .iter()
            .enumerate()
        {
            assert!(item.parent.is_none_or(|parent| parent < place));
        }
        for line in text.lines() {
            check(line, &reader);
        }
    }
});

fn check(line: &str, reader: &Reader) {
    let mut last = 0;
    for span in parse(line, reader, &EnglishRepeats).spans {
        assert!(last <= span.start && span.start < span.end);
        assert!(span.end <= line.chars().count());
        last = span.end;
        let again = keep_as_text(line, span);
        let words = again.chars().count() - line.chars().count();
        for other in parse(&again, reader, &EnglishRepeats).spans {
            assert!(
                other.end <= span.start || other.start >= span.end + words,
                "{again:?}"
            );
        }
    }
}
