//! The fields of the forms of a task, as text.

use serde::{Deserialize, Serialize};

use super::{Task, TaskPatch};
use crate::error::{Code, Error, FieldError, Violation};
use crate::locale::message;
use crate::quick_add::{EnglishRepeats, parse_date};
use crate::when::recurrence::RecurrenceInput;
use crate::when::words::Reader;
use crate::when::{Date, Due, DueInput};

/// The fields of a task that forms have as text. An absent one is no change.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub(super) struct TaskFields {
    pub priority: Option<String>,
    /// Names, separated by commas.
    pub labels: Option<String>,
    /// The due date in words, with a time or a repetition if they name one.
    pub due_words: Option<String>,
    pub due_date: Option<String>,
    pub due_time: Option<String>,
    /// The zone of the due time. Empty for a local time.
    pub due_zone: Option<String>,
    /// The series in words, or its rule.
    pub repeat: Option<String>,
    /// The series as the page showed it.
    pub repeat_shown: Option<String>,
    pub deadline_words: Option<String>,
    pub deadline: Option<String>,
    pub start_words: Option<String>,
    pub start: Option<String>,
    pub duration_minutes: Option<String>,
}

/// A due date in words.
pub(super) struct When {
    pub due: Due,
    pub recurrence: Option<RecurrenceInput>,
}

impl When {
    /// Reads words for a date.
    ///
    /// # Errors
    /// [`Code::Invalid`] if they are not a date, and nothing else.
    pub fn parse(text: &str, reader: &Reader) -> Result<When, Violation> {
        let parsed = parse_date(text, reader, &EnglishRepeats);
        let parsed = parsed.and_then(|parsed| {
            let recurrence = parsed.recurrence.map(|repeat| RecurrenceInput {
                rrule: None,
                anchor: None,
                text: Some(repeat.text),
            });
            let due = parsed.due?;
            Some(When { due, recurrence })
        });
        parsed.ok_or_else(|| {
            let message = message!("date-not-understood");
            Violation::new(Code::Invalid, message)
        })
    }
}

/// Reads words for a date without a time.
fn day(text: &str, reader: &Reader) -> Result<Date, Violation> {
    match When::parse(text, reader)? {
        When {
            due: Due::Day(date),
            recurrence: None,
        } => Ok(date),
        _ => {
            let message = message!("date-without-time");
            Err(Violation::new(Code::Invalid, message))
        }
    }
}

impl TaskFields {
    /// Returns the values of a task.
    pub fn of(task: &Task) -> TaskFields {
        let due = task.due.map(DueInput::from);
        let text = |date: Option<Date>| Some(date.map(|date| date.to_string()).unwrap_or_default());
        let repeat = task.recurrence.as_ref().map(shown).unwrap_or_default();
        let minutes = task.duration_minutes.map(|minutes| minutes.to_string());
        let part = |of: fn(DueInput) -> Option<String>| {
            let part = due.clone().and_then(of);
            Some(part.unwrap_or_default())
        };
        TaskFields {
            priority: Some(task.priority.to_string()),
            labels: Some(task.labels.join(", ")),
            due_date: part(|due| Some(due.date)),
            due_time: part(|due| due.time),
            due_zone: part(|due| due.time_zone),
            repeat: Some(repeat.clone()),
            repeat_shown: Some(repeat),
            deadline: text(task.deadline),
            start: text(task.start),
            duration_minutes: Some(minutes.unwrap_or_default()),
            ..TaskFields::default()
        }
    }

    /// Returns the fields with those of another form in place of the absent ones.
    pub fn or(self, other: TaskFields) -> TaskFields {
        TaskFields {
            priority: self.priority.or(other.priority),
            labels: self.labels.or(other.labels),
            due_words: self.due_words.or(other.due_words),
            due_date: self.due_date.or(other.due_date),
            due_time: self.due_time.or(other.due_time),
            due_zone: self.due_zone.or(other.due_zone),
            repeat: self.repeat.or(other.repeat),
            repeat_shown: self.repeat_shown.or(other.repeat_shown),
            deadline_words: self.deadline_words.or(other.deadline_words),
            deadline: self.deadline.or(other.deadline),
            start_words: self.start_words.or(other.start_words),
            start: self.start.or(other.start),
            duration_minutes: self.duration_minutes.or(other.duration_minutes),
        }
    }

    /// Returns the changes. Words mean what they mean to the reader.
    ///
    /// # Errors
    /// [`Error::Invalid`] for each field that cannot be parsed.
    pub fn patch(&self, reader: &Reader) -> Result<TaskPatch, Error> {
        let mut errors = Vec::new();
        let words = |text: &str| day(text, reader);
        let mut patch = TaskPatch {
            priority: optional(&self.priority, "priority", number, &mut errors),
            labels: self.labels.as_deref().map(names),
            due: self.due(),
            recurrence: self.recurrence(),
            deadline: optional(&self.deadline_words, "deadline_words", words, &mut errors).or(
                optional(&self.deadline, "deadline", Date::parse, &mut errors),
            ),
            start: optional(&self.start_words, "start_words", words, &mut errors).or(optional(
                &self.start,
                "start",
                Date::parse,
                &mut errors,
            )),
            duration_minutes: optional(
                &self.duration_minutes,
                "duration_minutes",
                number,
                &mut errors,
            ),
            ..TaskPatch::default()
        };
        let when = |text: &str| When::parse(text, reader);
        match optional(&self.due_words, "due_words", when, &mut errors) {
            Some(Some(when)) => {
                patch.due = Some(Some(when.due.into()));
                patch.recurrence = when.recurrence.map(Some).or(patch.recurrence);
            }
            Some(None) => patch.due = Some(None),
            None => {}
        }
        match errors.is_empty() {
            true => Ok(patch),
            false => Err(Error::Invalid(errors)),
        }
    }

    /// Returns the due date and its time, as a form of them names those that the page showed.
    pub fn due_shown(&self) -> Option<String> {
        let (date, time) = (self.due_date.as_ref()?, self.due_time.as_ref()?);
        Some(format!("{date} {time}").trim().to_owned())
    }

    /// Returns the series, unless the field is as the page showed it. A series that was not entered
    /// in words must not become what its words mean, and one whose date is removed ends.
    fn recurrence(&self) -> Option<Option<RecurrenceInput>> {
        let text = self.repeat.as_deref()?.trim();
        let shown = self.repeat_shown.as_deref().map(str::trim);
        match text {
            text if shown == Some(text) => None,
            "" => Some(None),
            text => Some(Some(series(text))),
        }
    }

    /// Returns the due date. Without a time, the zone of the form means nothing.
    fn due(&self) -> Option<Option<DueInput>> {
        let date = self.due_date.as_deref()?.trim();
        let text = |text: &Option<String>| {
            let text = text.as_deref().map(str::trim);
            text.filter(|text| !text.is_empty()).map(str::to_owned)
        };
        let time = text(&self.due_time);
        if date.is_empty() && time.is_none() {
            return Some(None);
        }
        let time_zone = text(&self.due_zone).filter(|_| time.is_some());
        Some(Some(DueInput {
            date: date.to_owned(),
            time,
            time_zone,
        }))
    }
}

/// Returns the words for a series or, without words, its rule in one line.
pub(super) fn shown(series: &RecurrenceInput) -> String {
    let rule = || series.rrule.as_deref().map(|rule| rule.replace('\n', " "));
    series.text.clone().or_else(rule).unwrap_or_default()
}

/// Reads a series from a field: a rule, or words.
fn series(text: &str) -> RecurrenceInput {
    let upper = text.to_ascii_uppercase();
    let is_rule = ["FREQ=", "RRULE", "RDATE"]
        .iter()
        .any(|start| upper.starts_with(start));
    let lines = || text.split_whitespace().collect::<Vec<_>>().join("\n");
    RecurrenceInput {
        rrule: is_rule.then(lines),
        anchor: None,
        text: (!is_rule).then(|| text.to_owned()),
    }
}

/// Splits the names of labels.
pub(super) fn names(text: &str) -> Vec<String> {
    let names = text.split(',').map(str::trim);
    names
        .filter(|name| !name.is_empty())
        .map(str::to_owned)
        .collect()
}

/// Parses a field. `None` if it is absent; an empty field is a removal.
fn optional<T>(
    text: &Option<String>,
    field: &str,
    parse: impl Fn(&str) -> Result<T, Violation>,
    errors: &mut Vec<FieldError>,
) -> Option<Option<T>> {
    let text = text.as_deref()?.trim();
    if text.is_empty() {
        return Some(None);
    }
    match parse(text) {
        Ok(value) => Some(Some(value)),
        Err(violation) => {
            errors.push(violation.of(field));
            None
        }
    }
}

pub(super) fn number(text: &str) -> Result<i64, Violation> {
    let number = text.parse();
    number.map_err(|_| Violation::new(Code::WrongType, message!("error-whole-number")))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::when::Preferences;

    fn text(text: &str) -> Option<String> {
        Some(text.to_owned())
    }

    /// Returns a reader on Friday, 27 November 2026, at 10:00 UTC.
    fn reader() -> Reader {
        let now = serde_json::from_str("\"2026-11-27T10:00:00Z\"").expect("an instant");
        Preferences::default().reader(now)
    }

    #[test]
    fn words_are_a_date_and_nothing_else() {
        let fields = |words: &str| TaskFields {
            due_words: text(words),
            deadline_words: text("tomorrow"),
            ..TaskFields::default()
        };
        for (words, due, series) in [
            ("next fri 9am", "2026-12-04T09:00", None),
            ("Tomorrow", "2026-11-28", None),
            ("2026-12-24", "2026-12-24", None),
            (
                "every monday at 8:00",
                "2026-11-30T08:00",
                Some("every monday"),
            ),
        ] {
            let patch = fields(words).patch(&reader()).expect(words);
            let input = patch.due.flatten().expect("a date");
            let found = Due::try_from(input).expect("a date").to_columns().0;
            assert_eq!(found, due, "{words}");
            let found = patch.recurrence.flatten().and_then(|series| series.text);
            assert_eq!(found.is_some(), series.is_some(), "{words}: {found:?}");
            assert_eq!(patch.deadline, Some(Date::new(2026, 11, 28)));
        }
        let patch = fields("").patch(&reader()).expect("a patch");
        assert_eq!(patch.due, Some(None));
        for words in ["fribble", "tomorrow p1", "tomorrow #home", "buy milk today"] {
            let error = fields(words).patch(&reader()).expect_err(words);
            assert_eq!(error.fields()[0].field, "due_words", "{words}");
        }
        let timed = TaskFields {
            start_words: text("tomorrow 9am"),
            ..TaskFields::default()
        };
        let error = timed.patch(&reader()).expect_err("a time");
        assert_eq!(error.fields()[0].field, "start_words");
    }

    #[test]
    fn an_absent_field_is_no_change_and_an_empty_one_a_removal() {
        let patch = TaskFields::default().patch(&reader()).expect("a patch");
        assert_eq!(
            (patch.due, patch.deadline, patch.labels),
            (None, None, None)
        );
        let empty = TaskFields {
            labels: text(" , "),
            due_date: text(""),
            due_time: text(""),
            due_zone: text("Europe/Berlin"),
            deadline: text(" "),
            ..TaskFields::default()
        };
        let patch = empty.patch(&reader()).expect("a patch");
        assert_eq!((patch.due, patch.deadline), (Some(None), Some(None)));
        assert_eq!(patch.labels, Some(Vec::new()));
    }

    #[test]
    fn a_series_is_words_or_a_rule_and_no_change_if_it_is_as_shown() {
        let rule = |text: &str| RecurrenceInput {
            rrule: Some(text.to_owned()),
            ..RecurrenceInput::default()
        };
        let words = |words: &str| RecurrenceInput {
            text: Some(words.to_owned()),
            ..RecurrenceInput::default()
        };
        for (repeat, shown, expected) in [
            ("every day ", "every day", None),
            ("", "", None),
            ("", "every day", Some(None)),
            ("every day", "", Some(Some(words("every day")))),
            (
                "freq=daily EXDATE:20260312",
                "every day",
                Some(Some(rule("freq=daily\nEXDATE:20260312"))),
            ),
        ] {
            let fields = TaskFields {
                repeat: text(repeat),
                repeat_shown: text(shown),
                ..TaskFields::default()
            };
            assert_eq!(fields.recurrence(), expected, "{repeat}");
        }
        assert_eq!(
            super::shown(&rule("FREQ=DAILY\nEXDATE:1")),
            "FREQ=DAILY EXDATE:1"
        );
    }

    #[test]
    fn fields_are_parsed_and_each_error_names_its_field() {
        let fields = TaskFields {
            priority: text("1"),
            labels: text("home, bills"),
            due_date: text("2026-04-01"),
            due_zone: text("Europe/Berlin"),
            ..TaskFields::default()
        };
        let patch = fields.patch(&reader()).expect("a patch");
        assert_eq!(patch.priority, Some(Some(1)));
        assert_eq!(patch.labels, Some(vec!["home".into(), "bills".into()]));
        let due = patch.due.flatten().expect("a date");
        assert_eq!((due.time, due.time_zone), (None, None));

        let wrong = TaskFields {
            priority: text("high"),
            deadline: text("tomorrow"),
            start: text("2026-02-30"),
            duration_minutes: text("1 h"),
            ..TaskFields::default()
        };
        let error = wrong.patch(&reader()).expect_err("wrong fields");
        let fields: Vec<_> = error.fields().iter().map(|error| &*error.field).collect();
        assert_eq!(
            fields,
            ["priority", "deadline", "start", "duration_minutes"]
        );
    }
}
