//! The meaning of a text for people: the text with marks, and the parts that each line has.

use serde::Serialize;

use super::command::WITHOUT_FIELD;
use super::forms::{QuickForm, name_of};
use super::meaning::series;
use super::places::Places;
use super::plan::{Missing, missing};
use crate::auth::User;
use crate::db::Pool;
use crate::error::Error;
use crate::locale::{Message, key, message};
use crate::quick_add::{Item, Parsed, Span, SpanKind};
use crate::when::Preferences;

/// The meaning of a text.
#[derive(Serialize)]
pub(super) struct Preview {
    /// The whole text, in parts.
    marks: Vec<Mark>,
    /// The lines that are tasks.
    lines: Vec<Line>,
    /// Names of what the lines name and does not exist.
    missing: Vec<String>,
}

/// A part of the text, with its kind if it has a meaning.
#[derive(Debug, PartialEq, Serialize)]
struct Mark {
    text: String,
    kind: Option<SpanKind>,
    /// The value of the field that makes it text again.
    keep: Option<String>,
}

#[derive(Serialize)]
struct Line {
    title: String,
    is_subtask: bool,
    facts: Vec<Fact>,
}

/// A part of a line, as understood.
#[derive(Serialize)]
struct Fact {
    kind: SpanKind,
    label: String,
    value: String,
    /// The words of the line.
    text: String,
    keep: String,
}

impl Preview {
    /// Returns the meaning of the text of a form. `None` if the text cannot be read.
    ///
    /// # Errors
    /// [`Error::Database`].
    pub async fn of(pool: &Pool, user: &User, form: &QuickForm) -> Result<Option<Preview>, Error> {
        let Ok(mut items) = form.input().lines(&user.preferences, &WITHOUT_FIELD) else {
            return Ok(None);
        };
        let places = Places::read(pool, &user.id, &items).await?;
        for item in &mut items {
            let spans = &mut item.parsed.spans;
            spans.retain(|span| !WITHOUT_FIELD.contains(&span.kind));
        }
        let missing = missing(&user.id, &items, &places);
        let lines = items.iter().map(|item| {
            let line = form.text.lines().nth(item.line).unwrap_or_default();
            Line::of(item, line, &user.preferences)
        });
        Ok(Some(Preview {
            lines: lines.collect(),
            marks: marks(&form.text, &items),
            missing: missing
                .iter()
                .map(|missing| user.language().say(&missing.message()))
                .collect(),
        }))
    }

    /// Returns the names of what does not exist, in words.
    pub fn missing(&self) -> Option<String> {
        (!self.missing.is_empty()).then(|| self.missing.join(", "))
    }
}

impl Missing {
    /// Returns the name in words.
    fn message(&self) -> Message {
        let project = self.project.as_str();
        match &self.section {
            None => message!("quick-missing-project", project = project),
            Some(section) => {
                message!(
                    "quick-missing-section",
                    section = section,
                    project = project
                )
            }
        }
    }
}

/// Splits a text into the parts with a meaning and the others.
fn marks(text: &str, items: &[Item]) -> Vec<Mark> {
    let mut marks = Vec::new();
    let mut items = items.iter().peekable();
    for (number, line) in text.split('\n').enumerate() {
        let mut rest = Rest::of(line);
        if number > 0 {
            plain(&mut marks, "\n");
        }
        let item = items.next_if(|item| item.line == number);
        for span in item.map(|item| &item.parsed.spans).into_iter().flatten() {
            plain(&mut marks, rest.up_to(span.start));
            marks.push(Mark {
                text: rest.up_to(span.end).to_owned(),
                kind: Some(span.kind),
                keep: Some(name_of(number, *span)),
            });
        }
        plain(&mut marks, rest.up_to(usize::MAX));
    }
    marks
}

fn plain(marks: &mut Vec<Mark>, text: &str) {
    if text.is_empty() {
        return;
    }
    match marks.last_mut().filter(|mark| mark.kind.is_none()) {
        Some(mark) => mark.text.push_str(text),
        None => marks.push(Mark {
            text: text.to_owned(),
            kind: None,
            keep: None,
        }),
    }
}

/// The rest of a line, which is taken apart by characters.
struct Rest<'l> {
    text: &'l str,
    place: usize,
}

impl<'l> Rest<'l> {
    fn of(text: &'l str) -> Rest<'l> {
        Rest { text, place: 0 }
    }

    /// Takes the characters before a place in the line.
    fn up_to(&mut self, place: usize) -> &'l str {
        let count = place.saturating_sub(self.place);
        let end = self.text.char_indices().nth(count);
        let (part, rest) = self
            .text
            .split_at(end.map_or(self.text.len(), |(end, _)| end));
        (self.text, self.place) = (rest, place);
        part
    }
}

impl Line {
    fn of(item: &Item, line: &str, preferences: &Preferences) -> Line {
        let parsed = &item.parsed;
        let facts = parsed.spans.iter().map(|span| {
            let length = span.end - span.start;
            let text: String = line.chars().skip(span.start).take(length).collect();
            Fact {
                kind: span.kind,
                label: preferences.language.text(label_of(span.kind)),
                value: value_of(*span, &text, parsed, preferences),
                text,
                keep: name_of(item.line, *span),
            }
        });
        Line {
            title: parsed.title.clone(),
            is_subtask: item.parent.is_some(),
            facts: facts.collect(),
        }
    }
}

fn label_of(kind: SpanKind) -> &'static str {
    match kind {
        SpanKind::Due => key!("field-due"),
        SpanKind::Recurrence => key!("quick-repeats"),
        SpanKind::Deadline => key!("field-deadline"),
        SpanKind::Duration => key!("quick-duration"),
        SpanKind::Priority => key!("field-priority"),
        SpanKind::Label => key!("field-label"),
        SpanKind::Project => key!("field-project"),
        SpanKind::Section => key!("field-section"),
        SpanKind::Assignee => key!("quick-person"),
        SpanKind::Reminder => key!("field-reminder"),
    }
}

/// Returns the value of a part of a line. A name is its own value, without the sign before it.
fn value_of(span: Span, text: &str, parsed: &Parsed, preferences: &Preferences) -> String {
    let value = match span.kind {
        SpanKind::Due => parsed.due.map(|due| preferences.format(&due)),
        SpanKind::Recurrence => parsed.recurrence.as_ref().and_then(|repeat| {
            let words = series(repeat).text?;
            let first = parsed.due.map(|due| preferences.format(&due));
            Some(match first {
                None => words,
                Some(first) => {
                    let message = message!("quick-first-on", words = words, date = first);
                    preferences.language.say(&message)
                }
            })
        }),
        SpanKind::Deadline => parsed.deadline.map(|date| preferences.format_date(date)),
        SpanKind::Duration => parsed.duration_minutes.map(|minutes| {
            let message = message!("quick-minutes", count = minutes);
            preferences.language.say(&message)
        }),
        SpanKind::Priority => parsed.priority.map(|priority| priority.to_string()),
        SpanKind::Project => parsed.project.clone(),
        SpanKind::Section => parsed.section.clone(),
        SpanKind::Label | SpanKind::Assignee | SpanKind::Reminder => {
            let name = text.chars().skip(1);
            let quotes = ['"', '\'', '\u{201c}', '\u{201d}'];
            Some(name.collect::<String>().trim_matches(quotes).to_owned())
        }
    };
    value.unwrap_or_else(|| text.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::quick_tasks::input::QuickInput;

    #[test]
    fn marks_are_the_whole_text() {
        let text = "\u{fc}ber p1 @a\n\n  Write p2,\n";
        let input = QuickInput {
            text: text.to_owned(),
            ..QuickInput::default()
        };
        let items = input.lines(&Preferences::default(), &[]).expect("lines");
        let marks = marks(text, &items);
        let whole: String = marks.iter().map(|mark| mark.text.as_str()).collect();
        assert_eq!(whole, text);
        let kept: Vec<_> = marks
            .iter()
            .filter_map(|mark| Some((mark.text.as_str(), mark.keep.as_deref()?)))
            .collect();
        assert_eq!(kept, [("p1", "0:5:7"), ("@a", "0:8:10"), ("p2", "2:8:10")]);
    }
}
