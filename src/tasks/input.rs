//! The input to create, change and move tasks.

use std::collections::BTreeSet;

use garde::Validate;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::error::{Code, Violation, check_length, check_no_nul};
pub use crate::http::input::check_uuid;
use crate::http::input::{check_id, check_position, nullable, present};
use crate::items::{check_label_name, label_key};
use crate::locale::message;
use crate::when::recurrence::RecurrenceInput;
use crate::when::{Date, DueInput, ReminderInput, check_reminders};

const TITLE_CHARACTERS: usize = 500;
const DESCRIPTION_CHARACTERS: usize = 50_000;
const MOST_LABELS: usize = 50;
/// The longest duration in minutes: 31 days.
const MOST_MINUTES: i64 = 31 * 24 * 60;
/// The lowest priority, which is that of a task without one.
pub const NO_PRIORITY: i64 = 4;

/// A new task, or the replacement of an existing one.
#[derive(Clone, Debug, Default, Serialize, Deserialize, Validate, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NewTask {
    /// Id of the project; that of the section or of the parent, or the Inbox, if omitted. A
    /// replaced task stays in its project.
    #[garde(custom(check_id))]
    #[serde(default)]
    #[schema(format = "uuid")]
    pub project_id: Option<String>,
    /// Id of a section of the project.
    #[garde(custom(check_id))]
    #[serde(default)]
    #[schema(format = "uuid")]
    pub section_id: Option<String>,
    /// Id of a task of the project, of which this becomes a subtask.
    #[garde(custom(check_id))]
    #[serde(default)]
    #[schema(format = "uuid")]
    pub parent_id: Option<String>,
    /// Position among the tasks of the same project, section and parent; the last if omitted.
    #[garde(custom(check_position))]
    #[serde(default)]
    #[schema(max_length = 1000, pattern = "^[-0-9a-z]*[0-9a-z]$")]
    pub position: Option<String>,
    /// 1 to 500 characters after trimming.
    #[garde(custom(check_title))]
    #[schema(
        example = "Book the train to Ghent",
        pattern = r"^[^\x00]*[^\s\x00][^\x00]*$"
    )]
    pub title: String,
    /// Up to 50,000 characters of Markdown.
    #[garde(custom(check_description))]
    #[serde(default)]
    #[schema(
        example = "Before *Friday*.",
        max_length = 50_000,
        pattern = r"^[^\x00]*$"
    )]
    pub description: Option<String>,
    /// 1 (highest) to 4 (none).
    #[garde(custom(check_priority))]
    #[serde(default)]
    #[schema(minimum = 1, maximum = 4)]
    pub priority: Option<i64>,
    /// Up to 50 names. Labels that do not exist are created.
    #[garde(custom(check_labels))]
    #[serde(default)]
    #[schema(example = json!(["errand"]), max_items = 50)]
    pub labels: Option<Vec<String>>,
    /// Date on which, or time at which, the task is to be done.
    #[garde(dive)]
    #[serde(default)]
    pub due: Option<DueInput>,
    /// Repetition of the task, by a rule or in words. Without a due date, the task is first due on
    /// the first date of the series from today.
    #[garde(dive)]
    #[serde(default)]
    pub recurrence: Option<RecurrenceInput>,
    /// Up to 20 reminders, each at a time or at a distance to the due date.
    #[garde(dive, custom(check_reminder_count))]
    #[serde(default)]
    #[schema(max_items = 20)]
    pub reminders: Option<Vec<ReminderInput>>,
    /// Last date on which the task can be done.
    #[garde(skip)]
    #[serde(default)]
    #[schema(value_type = Option<String>, format = Date)]
    pub deadline: Option<Date>,
    /// Date before which views leave the task out.
    #[garde(skip)]
    #[serde(default)]
    #[schema(value_type = Option<String>, format = Date)]
    pub start: Option<Date>,
    /// Expected duration in minutes, up to 31 days.
    #[garde(custom(check_duration))]
    #[serde(default)]
    #[schema(minimum = 1, maximum = 44_640)]
    pub duration_minutes: Option<i64>,
    /// True if the task is already completed.
    #[garde(skip)]
    #[serde(default)]
    pub completed: Option<bool>,
}

/// A JSON merge patch (RFC 7396) of a task. Omitted fields keep their values.
#[derive(Clone, Debug, Default, Serialize, Deserialize, Validate, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct TaskPatch {
    /// Id of the project to move the task and its subtasks to; null is the Inbox.
    #[garde(inner(custom(check_id)))]
    #[serde(default, deserialize_with = "nullable")]
    #[schema(value_type = Option<String>, format = "uuid")]
    pub project_id: Option<Option<String>>,
    /// Id of a section of the project; null is none.
    #[garde(inner(custom(check_id)))]
    #[serde(default, deserialize_with = "nullable")]
    #[schema(value_type = Option<String>, format = "uuid")]
    pub section_id: Option<Option<String>>,
    /// Id of a task of the project, of which this becomes a subtask; null is none.
    #[garde(inner(custom(check_id)))]
    #[serde(default, deserialize_with = "nullable")]
    #[schema(value_type = Option<String>, format = "uuid")]
    pub parent_id: Option<Option<String>>,
    /// Position among the tasks of the same project, section and parent; null is that of
    /// creation.
    #[garde(inner(custom(check_position)))]
    #[serde(default, deserialize_with = "nullable")]
    #[schema(value_type = Option<String>, max_length = 1000,
        pattern = "^[-0-9a-z]*[0-9a-z]$")]
    pub position: Option<Option<String>>,
    /// 1 to 500 characters after trimming.
    #[garde(inner(custom(check_title)))]
    #[serde(default, deserialize_with = "present")]
    #[schema(value_type = String, required = false, pattern = r"^[^\x00]*[^\s\x00][^\x00]*$")]
    pub title: Option<String>,
    /// Up to 50,000 characters of Markdown; null removes it.
    #[garde(custom(check_description))]
    #[serde(default, deserialize_with = "nullable")]
    #[schema(value_type = Option<String>, max_length = 50_000, pattern = r"^[^\x00]*$")]
    pub description: Option<String>,
    /// 1 (highest) to 4 (none); null is 4.
    #[garde(inner(custom(check_priority)))]
    #[serde(default, deserialize_with = "nullable")]
    #[schema(value_type = Option<i64>, minimum = 1, maximum = 4)]
    pub priority: Option<Option<i64>>,
    /// Up to 50 names, which replace the present ones; null removes all. Labels that do not exist
    /// are created.
    #[garde(custom(check_labels))]
    #[serde(default, deserialize_with = "nullable")]
    #[schema(value_type = Option<Vec<String>>, max_items = 50)]
    pub labels: Option<Vec<String>>,
    /// Date on which, or time at which, the task is to be done; null removes it.
    #[garde(dive)]
    #[serde(default, deserialize_with = "nullable")]
    #[schema(value_type = Option<DueInput>)]
    pub due: Option<Option<DueInput>>,
    /// Repetition of the task, by a rule or in words, in place of the present one. Without a due
    /// date, the task is first due on the first date of the series from today. Null ends the
    /// series, and so does the removal of the due date.
    #[garde(dive)]
    #[serde(default, deserialize_with = "nullable")]
    #[schema(value_type = Option<RecurrenceInput>)]
    pub recurrence: Option<Option<RecurrenceInput>>,
    /// Up to 20 reminders, which replace the present ones; null removes all. Those that count from
    /// the due date are removed with it.
    #[garde(dive, custom(check_reminder_count))]
    #[serde(default, deserialize_with = "nullable")]
    #[schema(value_type = Option<Vec<ReminderInput>>, max_items = 20)]
    pub reminders: Option<Vec<ReminderInput>>,
    /// Last date on which the task can be done; null removes it.
    #[garde(skip)]
    #[serde(default, deserialize_with = "nullable")]
    #[schema(value_type = Option<String>, format = Date)]
    pub deadline: Option<Option<Date>>,
    /// Date before which views leave the task out; null removes it.
    #[garde(skip)]
    #[serde(default, deserialize_with = "nullable")]
    #[schema(value_type = Option<String>, format = Date)]
    pub start: Option<Option<Date>>,
    /// Expected duration in minutes, up to 31 days; null removes it.
    #[garde(inner(custom(check_duration)))]
    #[serde(default, deserialize_with = "nullable")]
    #[schema(value_type = Option<i64>, minimum = 1, maximum = 44_640)]
    pub duration_minutes: Option<Option<i64>>,
    /// True if the task is completed; null is false.
    #[garde(skip)]
    #[serde(default, deserialize_with = "nullable")]
    #[schema(value_type = Option<bool>, example = true)]
    pub completed: Option<bool>,
}

impl From<NewTask> for TaskPatch {
    /// Converts a replacement. Omitted fields get their default values, but the task keeps its
    /// place.
    fn from(new: NewTask) -> TaskPatch {
        TaskPatch {
            project_id: new.project_id.map(Some),
            section_id: new.section_id.map(Some),
            parent_id: new.parent_id.map(Some),
            position: new.position.map(Some),
            title: Some(new.title),
            description: Some(new.description.unwrap_or_default()),
            priority: Some(new.priority),
            labels: Some(new.labels.unwrap_or_default()),
            due: Some(new.due),
            recurrence: Some(new.recurrence),
            reminders: Some(new.reminders.unwrap_or_default()),
            deadline: Some(new.deadline),
            start: Some(new.start),
            duration_minutes: Some(new.duration_minutes),
            completed: Some(new.completed.unwrap_or_default()),
        }
    }
}

impl TaskPatch {
    /// Returns the approximate number of bytes of its texts.
    pub fn weight(&self) -> usize {
        let length = |text: &Option<String>| text.as_ref().map_or(0, String::len);
        let labels = self.labels.iter().flatten();
        let recurrence = self.recurrence.iter().flatten();
        let recurrence = recurrence.map(|series| length(&series.rrule) + length(&series.text));
        length(&self.title)
            + length(&self.description)
            + labels.map(String::len).sum::<usize>()
            + recurrence.sum::<usize>()
    }
}

/// A new place of a task. Omitted fields keep their values.
#[derive(Clone, Debug, Default, Serialize, Deserialize, Validate, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct TaskMove {
    /// Id of the project to move the task and its subtasks to.
    #[garde(custom(check_id))]
    #[serde(default)]
    #[schema(format = "uuid")]
    pub project_id: Option<String>,
    /// Id of a section of the project; null is none.
    #[garde(inner(custom(check_id)))]
    #[serde(default, deserialize_with = "nullable")]
    #[schema(value_type = Option<String>, format = "uuid")]
    pub section_id: Option<Option<String>>,
    /// Id of a task of the project, of which this becomes a subtask; null is none.
    #[garde(inner(custom(check_id)))]
    #[serde(default, deserialize_with = "nullable")]
    #[schema(value_type = Option<String>, format = "uuid")]
    pub parent_id: Option<Option<String>>,
    /// Id of the task that is to precede this one.
    #[garde(custom(check_id))]
    #[serde(default)]
    #[schema(format = "uuid")]
    pub after: Option<String>,
    /// Id of the task that is to follow this one.
    #[garde(custom(check_id))]
    #[serde(default)]
    #[schema(format = "uuid")]
    pub before: Option<String>,
}

fn check_title(text: &str, _: &()) -> garde::Result {
    let trimmed = text.trim();
    if trimmed.is_empty() {
        return Err(Violation::new(Code::Required, message!("task-title-required")).into());
    }
    check_length(trimmed, TITLE_CHARACTERS, message!("thing-title"))?;
    Ok(check_no_nul(text, message!("thing-title"))?)
}

fn check_description(text: &Option<String>, _: &()) -> garde::Result {
    let text = text.as_deref().unwrap_or_default();
    check_length(text, DESCRIPTION_CHARACTERS, message!("thing-description"))?;
    Ok(check_no_nul(text, message!("thing-description"))?)
}

fn check_priority(priority: &Option<i64>, _: &()) -> garde::Result {
    if priority.is_none_or(|priority| (1..=NO_PRIORITY).contains(&priority)) {
        return Ok(());
    }
    let message = message!("task-priority-range");
    Err(Violation::new(Code::OutOfRange, message).into())
}

fn check_duration(minutes: &Option<i64>, _: &()) -> garde::Result {
    if minutes.is_none_or(|minutes| (1..=MOST_MINUTES).contains(&minutes)) {
        return Ok(());
    }
    let message = message!("task-duration-range");
    Err(Violation::new(Code::OutOfRange, message).into())
}

fn check_reminder_count(reminders: &Option<Vec<ReminderInput>>, _: &()) -> garde::Result {
    Ok(check_reminders(reminders.as_deref().unwrap_or_default())?)
}

fn check_labels(names: &Option<Vec<String>>, _: &()) -> garde::Result {
    let names = names.as_deref().unwrap_or_default();
    for name in names {
        check_label_name(name)?;
    }
    let different: BTreeSet<_> = names.iter().map(|name| label_key(name)).collect();
    if different.len() > MOST_LABELS {
        let message = message!("task-too-many-labels", most = MOST_LABELS);
        return Err(Violation::bounded(Code::TooMany, MOST_LABELS, message).into());
    }
    Ok(())
}
