//! HTML forms of tasks.

use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use super::kept::{KeptFields, KeptNewTask, KeptTask};
use super::{NewTask, Sort, Task, TaskFilter, TaskPatch};
use crate::error::{Code, Error, FieldError, Violation};
use crate::http::Id;
use crate::when::recurrence::RecurrenceInput;
use crate::when::{Date, DueInput};

/// The form of a new task.
#[derive(Clone, Default, Deserialize)]
#[serde(default)]
pub(super) struct NewTaskForm {
    pub title: String,
    pub description: String,
    pub project_id: String,
    pub section_id: String,
    pub parent_id: String,
    /// The name of a label.
    pub label: String,
    pub due_date: String,
    /// The page to return to.
    pub next: String,
}

/// The form of a task. A field that is absent, as in a page of an earlier version, is no change.
#[derive(Default, Deserialize)]
#[serde(default)]
pub(super) struct TaskForm {
    pub title: String,
    pub description: String,
    pub completed: String,
    pub version: String,
    #[serde(flatten)]
    pub fields: TaskFields,
}

/// The fields of a task that its form shows as text.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub(super) struct TaskFields {
    pub priority: Option<String>,
    /// Names, separated by commas.
    pub labels: Option<String>,
    pub due_date: Option<String>,
    pub due_time: Option<String>,
    /// The zone of the due time. Empty for a local time.
    pub due_zone: Option<String>,
    /// The series in words, or its rule.
    pub repeat: Option<String>,
    /// The series as the page showed it.
    pub repeat_shown: Option<String>,
    pub deadline: Option<String>,
    pub start: Option<String>,
    pub duration_minutes: Option<String>,
}

impl NewTaskForm {
    /// Returns the new task. Browsers submit line breaks as CR LF. Only LF is stored.
    pub fn parse(&self) -> NewTask {
        let id = |text: &str| (!text.is_empty()).then(|| text.to_owned());
        NewTask {
            title: self.title.clone(),
            description: Some(unix_lines(&self.description)),
            project_id: id(&self.project_id),
            section_id: id(&self.section_id),
            parent_id: id(&self.parent_id),
            labels: id(&self.label).map(|label| vec![label]),
            due: id(&self.due_date).map(|date| DueInput {
                date,
                time: None,
                time_zone: None,
            }),
            ..NewTask::default()
        }
    }

    /// Returns the list that has the form.
    pub fn list(&self) -> TaskFilter {
        let some = |text: &str| (!text.is_empty()).then(|| text.to_owned());
        let project = some(&self.project_id);
        TaskFilter {
            sort: match project {
                Some(_) => Sort::Position,
                None => Sort::default(),
            },
            label: some(&self.label).filter(|_| project.is_none()),
            project,
            ..TaskFilter::default()
        }
    }

    /// Returns the fields that survive a sign-in.
    pub fn into_kept(self) -> KeptNewTask {
        KeptNewTask {
            title: self.title,
            description: self.description,
            project_id: self.project_id,
            section_id: self.section_id,
            parent_id: self.parent_id,
            label: self.label,
            due_date: self.due_date,
        }
    }
}

impl TaskForm {
    /// Returns the changes.
    ///
    /// # Errors
    /// [`Error::Invalid`] for each field that cannot be parsed.
    pub fn patch(&self) -> Result<TaskPatch, Error> {
        let mut patch = self.fields.patch()?;
        patch.title = Some(self.title.clone());
        patch.description = Some(unix_lines(&self.description));
        patch.completed = Some(self.completed == "true");
        Ok(patch)
    }

    /// Returns the values of the form for the template.
    pub fn values(&self) -> Value {
        let mut values = json!(self.fields);
        values["title"] = json!(self.title);
        values["description"] = json!(self.description);
        values["completed"] = json!(self.completed == "true");
        values["version"] = json!(self.version);
        values
    }

    /// Returns the fields that survive a sign-in.
    pub fn into_kept(self, id: &Id) -> KeptTask {
        KeptTask {
            id: id.0.clone(),
            title: self.title,
            description: self.description,
            completed: self.completed == "true",
            version: self.version,
            fields: KeptFields(self.fields),
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
        let (date, time, zone) = match due {
            Some(due) => (
                due.date,
                due.time.unwrap_or_default(),
                due.time_zone.unwrap_or_default(),
            ),
            None => <(String, String, String)>::default(),
        };
        TaskFields {
            priority: Some(task.priority.to_string()),
            labels: Some(task.labels.join(", ")),
            due_date: Some(date),
            due_time: Some(time),
            due_zone: Some(zone),
            repeat: Some(repeat.clone()),
            repeat_shown: Some(repeat),
            deadline: text(task.deadline),
            start: text(task.start),
            duration_minutes: Some(minutes.unwrap_or_default()),
        }
    }

    fn patch(&self) -> Result<TaskPatch, Error> {
        let mut errors = Vec::new();
        let patch = TaskPatch {
            priority: optional(&self.priority, "priority", number, &mut errors),
            labels: self.labels.as_deref().map(names),
            due: self.due(),
            recurrence: self.recurrence(),
            deadline: optional(&self.deadline, "deadline", Date::parse, &mut errors),
            start: optional(&self.start, "start", Date::parse, &mut errors),
            duration_minutes: optional(
                &self.duration_minutes,
                "duration_minutes",
                number,
                &mut errors,
            ),
            ..TaskPatch::default()
        };
        match errors.is_empty() {
            true => Ok(patch),
            false => Err(Error::Invalid(errors)),
        }
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

/// Returns the text with LF for each CR LF.
fn unix_lines(text: &str) -> String {
    text.replace("\r\n", "\n")
}

/// Splits the names of labels.
fn names(text: &str) -> Vec<String> {
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
    parse: fn(&str) -> Result<T, Violation>,
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

fn number(text: &str) -> Result<i64, Violation> {
    let number = text.parse();
    number.map_err(|_| Violation::new(Code::WrongType, "Enter a whole number."))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn text(text: &str) -> Option<String> {
        Some(text.to_owned())
    }

    #[test]
    fn an_absent_field_is_no_change_and_an_empty_one_a_removal() {
        let patch = TaskFields::default().patch().expect("a patch");
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
        let patch = empty.patch().expect("a patch");
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
        let patch = fields.patch().expect("a patch");
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
        let error = wrong.patch().expect_err("wrong fields");
        let fields: Vec<_> = error.fields().iter().map(|error| &*error.field).collect();
        assert_eq!(
            fields,
            ["priority", "deadline", "start", "duration_minutes"]
        );
    }
}
