//! The meaning of a line as JSON.

use serde::Serialize;
use utoipa::ToSchema;

use crate::quick_add::{Item, Reminder, Repeat, Span};
use crate::when::recurrence::{Anchor, Recurrence, RecurrenceInput, Rules};
use crate::when::{Date, Due, ReminderInput};

/// The meaning of a line.
#[derive(Clone, Debug, PartialEq, Serialize, ToSchema)]
pub struct Meaning {
    /// Number of the line, from 1. Blank lines count.
    #[schema(example = 1)]
    pub line: usize,
    /// Index of the item that this is a subtask of; null if it is none.
    pub parent: Option<usize>,
    /// Title of the task.
    #[schema(example = "Pay rent")]
    pub title: String,
    /// Date on which, or time at which, the task is to be done: the first one if it repeats.
    pub due: Option<Due>,
    /// Last date on which the task can be done.
    #[schema(value_type = Option<String>, format = Date)]
    pub deadline: Option<Date>,
    /// Expected duration in minutes.
    pub duration_minutes: Option<u32>,
    /// Repetition.
    pub recurrence: Option<RecurrenceInput>,
    /// 1 is the highest priority, 4 is none; null if the line names none.
    #[schema(example = 1)]
    pub priority: Option<i8>,
    /// Names of labels, as written.
    #[schema(example = json!(["bills"]))]
    pub labels: Vec<String>,
    /// Name of the project, as written.
    #[schema(example = "home")]
    pub project: Option<String>,
    /// Name of the section, as written.
    pub section: Option<String>,
    /// Names of people, as written. Nobody is assigned yet: a task that is created keeps the names
    /// in its title.
    pub assignees: Vec<String>,
    /// Reminders.
    pub reminders: Vec<ReminderInput>,
    /// Parts of the line that have a meaning.
    pub spans: Vec<Span>,
}

/// The meaning of each line.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct Meanings {
    /// The meanings, in the order of the lines.
    pub items: Vec<Meaning>,
}

impl From<Item> for Meaning {
    fn from(item: Item) -> Meaning {
        let parsed = item.parsed;
        Meaning {
            line: item.line + 1,
            parent: item.parent,
            title: parsed.title,
            due: parsed.due,
            deadline: parsed.deadline,
            duration_minutes: parsed.duration_minutes,
            recurrence: parsed.recurrence.as_ref().map(series),
            priority: parsed.priority,
            labels: parsed.labels,
            project: parsed.project,
            section: parsed.section,
            assignees: parsed.assignees,
            reminders: parsed.reminders.iter().map(reminder).collect(),
            spans: parsed.spans,
        }
    }
}

/// Returns a reminder as tasks have it.
pub(super) fn reminder(reminder: &Reminder) -> ReminderInput {
    let (at, minutes_before) = match *reminder {
        Reminder::At(date, time) => (Some(Due::Local(date, time).into()), None),
        Reminder::Before(minutes) => (None, Some(minutes.into())),
    };
    ReminderInput { at, minutes_before }
}

/// Returns a series as tasks have it. The words are those of the line if the rules have no others.
pub(super) fn series(repeat: &Repeat) -> RecurrenceInput {
    let anchor = match repeat.from_completion {
        true => Anchor::Completion,
        false => Anchor::Due,
    };
    let rules = Rules::parse(&repeat.rules);
    let series = rules.map(|rules| Recurrence { rules, anchor });
    let words = series
        .ok()
        .and_then(|series| RecurrenceInput::from(&series).text);
    RecurrenceInput {
        rrule: Some(repeat.rules.clone()),
        anchor: Some(anchor),
        text: Some(words.unwrap_or_else(|| repeat.text.clone())),
    }
}
