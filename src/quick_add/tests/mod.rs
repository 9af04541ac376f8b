mod cases;
mod lines;
mod properties;
mod ranges;

mod titles;

use super::EnglishRepeats as Repeats;
use super::*;
use crate::when::words::{ENGLISH, Now, Style};
use crate::when::{DateOrder, WeekStart, Zone};

/// Returns a reader at this local time, such as `2026-03-11T10:00`.
fn reader(style: Style, local: &str, zone: &str) -> Reader {
    let (date, time) = local.split_once('T').expect("a local time");
    Reader {
        lexicon: &ENGLISH,
        now: Now {
            date: Date::parse(date).expect("a date"),
            time: Time::parse(time).expect("a time"),
            zone: Zone::parse(zone).expect("a zone"),
        },
        style,
        date_order: DateOrder::default(),
        week_start: WeekStart::default(),
    }
}

/// Parses a line on Wednesday, 11 March 2026, at 10:00.
fn todoist(line: &str) -> Parsed {
    parse(
        line,
        &reader(Style::Todoist, "2026-03-11T10:00", "Europe/Berlin"),
        &Repeats,
    )
}

fn vikunja(line: &str) -> Parsed {
    parse(
        line,
        &reader(Style::Vikunja, "2026-03-11T10:00", "Europe/Berlin"),
        &Repeats,
    )
}

/// Returns a due date as in the cases: `2026-03-11` or `2026-03-11T10:00`.
fn text_of(due: Option<Due>) -> String {
    match due {
        None => String::new(),
        Some(Due::Day(date)) => date.to_string(),
        Some(Due::Local(date, time) | Due::Zoned(date, time, _)) => format!("{date}T{time}"),
    }
}
