//! What a line of the log looks like.

use std::fmt::Write;
use std::time::Duration;

use super::Format;
use super::escape::{write_json, write_text};
use crate::db::Timestamp;

/// How much a line matters.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Level {
    Info,
    Error,
}

/// The value of a member.
pub(super) enum Value<'a> {
    Text(&'a str),
    /// null in JSON, `-` as text.
    Absent,
    Number(u16),
    /// In milliseconds, with three decimals.
    Time(Duration),
}

impl<'a> Value<'a> {
    pub(super) fn of(text: Option<&'a str>) -> Value<'a> {
        text.map_or(Value::Absent, Value::Text)
    }
}

/// A line, with its end.
pub(super) fn written(format: Format, level: Level, members: &[(&str, Value<'_>)]) -> String {
    let time = Timestamp::now();
    let level = match level {
        Level::Info => "info",
        Level::Error => "error",
    };
    let mut line = String::with_capacity(256);
    // Writing to a String cannot fail.
    let _ = match format {
        Format::Json => write!(line, "{{\"time\":\"{time}\",\"level\":\"{level}\""),
        Format::Text => write!(line, "{time} {level}"),
    };
    for (name, value) in members {
        let _ = match format {
            Format::Json => write!(line, ",\"{name}\":"),
            Format::Text => write!(line, " {name}="),
        };
        write_value(&mut line, format, value);
    }
    line.push_str(match format {
        Format::Json => "}\n",
        Format::Text => "\n",
    });
    line
}

fn write_value(line: &mut String, format: Format, value: &Value<'_>) {
    match (value, format) {
        (Value::Text(text), Format::Json) => write_json(line, text),
        (Value::Text(text), Format::Text) => write_text(line, text),
        (Value::Absent, Format::Json) => line.push_str("null"),
        (Value::Absent, Format::Text) => line.push('-'),
        (Value::Number(number), _) => {
            let _ = write!(line, "{number}");
        }
        (Value::Time(time), _) => {
            let _ = write!(line, "{:.3}", time.as_secs_f64() * 1_000.0);
        }
    }
}
