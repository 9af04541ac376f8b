//! HTML forms of tasks.

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde::{Deserialize, Serialize};

use super::fields::{TaskFields, When, names, number};
use super::kept::{KeptFields, KeptNewTask, KeptTask};
use super::{NewTask, Sort, Task, TaskFilter, TaskPatch};
use crate::error::{Error, Violation};
use crate::http::{Id, digest_of};
use crate::items::label_key;
use crate::ui::{ticked, unticked};
use crate::when::words::Reader;
use crate::when::{DueInput, ReminderInput};

/// The form of a new task.
#[derive(Clone, Default, Serialize, Deserialize)]
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

/// A form of a task. A field that is absent is no change.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub(super) struct TaskForm {
    pub title: Option<String>,
    /// The title as the page showed it.
    pub title_shown: Option<String>,
    pub description: Option<String>,
    /// The [tag](notes_tag) of the notes that the page showed.
    pub description_shown: Option<String>,
    /// The number of an item of a list in the notes, and the state that it is to have: `3:true`.
    pub tick: Option<String>,
    /// The [tag](notes_tag) of the notes that the page showed, with no item ticked.
    pub list_shown: Option<String>,
    pub completed: Option<String>,
    /// The version of the task that all of the form is based on.
    pub version: Option<String>,
    /// The priority as the page showed it. A form that is sent at once may replace any other.
    pub priority_shown: Option<String>,
    /// The due date and its time as the page showed them.
    pub due_shown: Option<String>,
    /// Names of labels, separated by commas.
    pub add_label: Option<String>,
    /// The name of a label.
    pub remove_label: Option<String>,
    /// Minutes before the due date.
    pub add_reminder: Option<String>,
    /// The time of a reminder in words.
    pub reminder_words: Option<String>,
    /// A reminder as JSON.
    pub remove_reminder: Option<String>,
    #[serde(flatten)]
    pub fields: TaskFields,
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
    /// Returns the changes of a task.
    ///
    /// # Errors
    /// [`Error::Invalid`] for each field that cannot be parsed. [`Error::Stale`] if the task has
    /// another title or other notes than those that the page showed.
    pub fn patch(&self, task: &Task, reader: &Reader) -> Result<TaskPatch, Error> {
        let mut patch = self.fields.patch(reader)?;
        patch.title = self.title.as_deref().map(one_line);
        patch.description = self.description.as_deref().map(unix_lines);
        patch.completed = self.completed.as_ref().map(|completed| completed == "true");
        if let Some(tick) = &self.tick {
            patch.description = Some(self.ticked(tick, &task.description)?);
        }
        if patch.labels.is_none() {
            patch.labels = self.labels(task);
        }
        patch.reminders = self.reminders(task, reader)?;
        let title = self.title_shown.as_ref();
        let notes = self.description_shown.as_ref();
        let has_another_title = title.is_some_and(|title| one_line(title) != one_line(&task.title))
            && patch.title.as_ref() != Some(&task.title);
        let has_other_notes = notes.is_some_and(|tag| *tag != notes_tag(&task.description))
            && patch.description.as_ref() != Some(&task.description);
        match has_another_title || has_other_notes {
            true => Err(Error::Stale),
            false => Ok(patch),
        }
    }

    /// Returns true if the task has another priority or due date than those that the page showed. A
    /// form that waited must not replace what was chosen since.
    pub fn is_outdated(&self, task: &Task) -> bool {
        let present = TaskFields::of(task);
        let differs = |shown: &Option<String>, value: Option<String>| {
            shown.is_some() && value.is_some() && *shown != value
        };
        differs(&self.priority_shown, present.priority.clone())
            || differs(&self.due_shown, present.due_shown())
    }

    /// Returns true if the changes depend on the present task.
    pub fn is_relative(&self) -> bool {
        [
            &self.title_shown,
            &self.description_shown,
            &self.tick,
            &self.add_label,
            &self.remove_label,
            &self.add_reminder,
            &self.reminder_words,
            &self.remove_reminder,
        ]
        .iter()
        .any(|field| field.is_some())
    }

    /// Returns true if the form has a text that somebody wrote.
    pub fn has_text(&self) -> bool {
        self.title.is_some() || self.description.is_some()
    }

    /// Returns the notes with an item ticked. Other ticks may have been set since the page was shown.
    fn ticked(&self, tick: &str, notes: &str) -> Result<String, Error> {
        let shown = self.list_shown.as_deref().unwrap_or_default();
        if shown != notes_tag(&unticked(notes)) {
            return Err(Error::Stale);
        }
        let (item, done) = tick.split_once(':').unwrap_or_default();
        let item = item.parse().map_err(|_| Error::Stale)?;
        ticked(notes, item, done == "true").ok_or(Error::Stale)
    }

    fn labels(&self, task: &Task) -> Option<Vec<String>> {
        let mut labels = task.labels.clone();
        let key = self.remove_label.as_deref().map(label_key);
        labels.retain(|label| Some(label_key(label)) != key);
        labels.extend(self.add_label.as_deref().map(names).unwrap_or_default());
        (labels != task.labels).then_some(labels)
    }

    fn reminders(&self, task: &Task, reader: &Reader) -> Result<Option<Vec<ReminderInput>>, Error> {
        let mut reminders = task.reminders.clone();
        if let Some(removed) = &self.remove_reminder {
            let removed = serde_json::from_str::<ReminderInput>(removed).ok();
            reminders.retain(|reminder| Some(reminder) != removed.as_ref());
        }
        let given = |text: &&String| !text.trim().is_empty();
        let invalid = |field, violation: Violation| Error::Invalid(vec![violation.of(field)]);
        let mut added = Vec::new();
        if let Some(minutes) = self.add_reminder.as_ref().filter(given) {
            let minutes = number(minutes).map_err(|error| invalid("add_reminder", error))?;
            added.push(ReminderInput {
                at: None,
                minutes_before: Some(minutes),
            });
        }
        if let Some(words) = self.reminder_words.as_ref().filter(given) {
            let when = When::parse(words, reader);
            let when = when.map_err(|error| invalid("reminder_words", error))?;
            added.push(ReminderInput {
                at: Some(when.due.into()),
                minutes_before: None,
            });
        }
        for reminder in added {
            if !reminders.contains(&reminder) {
                reminders.push(reminder);
            }
        }
        Ok((reminders != task.reminders).then_some(reminders))
    }

    /// Returns the fields that survive a sign-in.
    pub fn into_kept(self, id: &Id) -> KeptTask {
        KeptTask {
            id: id.0.clone(),
            fields: KeptFields(self),
        }
    }
}

/// Returns a short text that differs for other notes. A form has it in place of the notes that it
/// replaces.
pub(super) fn notes_tag(notes: &str) -> String {
    URL_SAFE_NO_PAD.encode(&digest_of(&[notes.as_bytes()])[..9])
}

/// Returns the text in one line.
fn one_line(text: &str) -> String {
    text.replace("\r\n", "\n").replace(['\n', '\r'], " ")
}

/// Returns the text with LF for each CR LF.
fn unix_lines(text: &str) -> String {
    text.replace("\r\n", "\n")
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::items::TaskRow;
    use crate::timestamp::Timestamp;
    use crate::when::Preferences;

    fn task() -> Task {
        Task {
            title: "Book the train".into(),
            description: "Window seat".into(),
            labels: vec!["home".into(), "Bills".into()],
            reminders: vec![ReminderInput {
                at: None,
                minutes_before: Some(30),
            }],
            ..Task::from(TaskRow::example("project", "task"))
        }
    }

    fn text(text: &str) -> Option<String> {
        Some(text.to_owned())
    }

    fn patch(form: &TaskForm) -> Result<TaskPatch, Error> {
        let now = serde_json::from_str("\"2026-11-27T10:00:00Z\"").expect("an instant");
        form.patch(&task(), &Preferences::default().reader(now))
    }

    #[test]
    fn a_text_replaces_only_the_one_that_was_shown() {
        let notes = |shown: &str, notes: &str| TaskForm {
            description: text(notes),
            description_shown: Some(notes_tag(shown)),
            ..TaskForm::default()
        };
        let saved = patch(&notes("Window seat", "Aisle\r\nseat")).expect("a patch");
        assert_eq!(saved.description.as_deref(), Some("Aisle\nseat"));
        assert_eq!((saved.title, saved.labels), (None, None));
        let stale = patch(&notes("Any seat", "Aisle seat"));
        assert!(matches!(stale, Err(Error::Stale)));
        let same = patch(&notes("Any seat", "Window seat"));
        assert!(same.is_ok(), "it is saved already");
        for (shown, title, is_stale) in [
            ("Book the train", "Book\r\na train", false),
            ("Bok the train", "Book a train", true),
            ("Bok the train", "Book the train", false),
        ] {
            let form = TaskForm {
                title: text(title),
                title_shown: text(shown),
                ..TaskForm::default()
            };
            assert_eq!(patch(&form).is_err(), is_stale, "{title}");
        }
    }

    #[test]
    fn items_are_ticked_in_any_order_but_not_in_other_notes() {
        let notes = "- [ ] one\n- [ ] two";
        let form = TaskForm {
            tick: text("1:true"),
            list_shown: Some(notes_tag(notes)),
            ..TaskForm::default()
        };
        let reader = Preferences::default().reader(Timestamp::now());
        let patch = |description: &str, tick: &str| {
            let task = Task {
                description: description.to_owned(),
                ..task()
            };
            let form = TaskForm {
                tick: text(tick),
                ..form.clone()
            };
            form.patch(&task, &reader)
        };
        let after = patch("- [x] one\n- [ ] two", "1:true").expect("a patch");
        let expected = "- [x] one\n- [x] two";
        assert_eq!(after.description.as_deref(), Some(expected));
        for (notes, tick) in [
            ("- [ ] another\n- [ ] two", "1:true"),
            (notes, "2:true"),
            (notes, "x:true"),
            (notes, ""),
        ] {
            assert!(matches!(patch(notes, tick), Err(Error::Stale)), "{tick}");
        }
    }

    #[test]
    fn labels_and_reminders_are_added_and_removed_one_by_one() {
        let form = TaskForm {
            add_label: text(" errand, phone"),
            remove_label: text("bills"),
            add_reminder: text("60"),
            reminder_words: text("tomorrow 9am"),
            remove_reminder: text("{\"minutes_before\":30}"),
            ..TaskForm::default()
        };
        let found = patch(&form).expect("a patch");
        let labels = ["home", "errand", "phone"].map(str::to_owned);
        assert_eq!(found.labels, Some(labels.to_vec()));
        let expected = json!([
            { "minutes_before": 60 },
            { "at": { "date": "2026-11-28", "time": "09:00" } },
        ]);
        assert_eq!(json!(found.reminders), expected);
        let form = TaskForm {
            remove_label: text("none"),
            remove_reminder: text("no JSON"),
            add_reminder: text(""),
            ..TaskForm::default()
        };
        let found = patch(&form).expect("a patch");
        assert_eq!((found.labels, found.reminders), (None, None));
        let form = TaskForm {
            add_reminder: text("soon"),
            ..TaskForm::default()
        };
        let error = patch(&form).expect_err("no number");
        assert_eq!(error.fields()[0].field, "add_reminder");
    }
}
