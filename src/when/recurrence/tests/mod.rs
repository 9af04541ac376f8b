//! Tests of rules and of the dates that follow from them.

mod cases;
mod oracle;
mod rules;

use super::Rules;
use crate::when::{Date, Due, Time, Zone};

/// Parses `2026-04-01` or `2026-04-01T17:00`.
fn due(text: &str) -> Due {
    match text.split_once('T') {
        None => Due::Day(Date::parse(text).expect(text)),
        Some((date, time)) => {
            let time = Time::parse(time).expect(text);
            Due::Local(Date::parse(date).expect(text), time)
        }
    }
}

fn zone(name: &str) -> Zone {
    Zone::parse(name).expect("a zone")
}

fn rules(text: &str) -> Rules {
    Rules::parse(text).unwrap_or_else(|violation| panic!("{text}: {violation:?}"))
}

fn text(due: &Due) -> String {
    match due {
        Due::Day(date) => date.to_string(),
        Due::Local(date, time) | Due::Zoned(date, time, _) => format!("{date}T{time}"),
    }
}
