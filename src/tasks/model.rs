//! The public form of tasks.

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::api::resource::Resource;
use crate::db::Timestamp;
use crate::items::{TaskRow, labels_of};
use crate::when::recurrence::{Recurrence, RecurrenceInput};
use crate::when::{Date, Due, ReminderInput, Zone};

/// A task to be done.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct Task {
    /// UUID version 7.
    #[schema(example = "0192f0c1-2345-7000-8000-000000000000")]
    pub id: String,
    /// Id of the project.
    #[schema(example = "0192f0c1-2345-7000-8000-000000000001")]
    pub project_id: String,
    /// Id of the section of the project; null if it is in none.
    pub section_id: Option<String>,
    /// Id of the task that this is a subtask of; null if it is none.
    pub parent_id: Option<String>,
    /// Position among the tasks of the same project, section and parent. Positions are compared
    /// as ASCII text.
    #[schema(example = "0192f0c1-2345-7000-8000-000000000000")]
    pub position: String,
    /// Title of the task.
    #[schema(example = "Book the train to Ghent")]
    pub title: String,
    /// Details of the task, in Markdown.
    #[schema(example = "Before *Friday*.")]
    pub description: String,
    /// 1 is the highest priority, 4 is none.
    #[schema(example = 4)]
    pub priority: i64,
    /// Names of the labels.
    #[schema(example = json!(["errand"]))]
    pub labels: Vec<String>,
    /// Date on which, or time at which, the task is to be done; null if there is none.
    pub due: Option<Due>,
    /// Repetition of the task; null if it does not repeat.
    pub recurrence: Option<RecurrenceInput>,
    /// Reminders, each at a time or at a distance to the due date.
    pub reminders: Vec<ReminderInput>,
    /// Last date on which the task can be done; null if there is none.
    #[schema(value_type = Option<String>, format = Date)]
    pub deadline: Option<Date>,
    /// Date before which views leave the task out; null if there is none.
    #[schema(value_type = Option<String>, format = Date)]
    pub start: Option<Date>,
    /// Expected duration in minutes; null if unknown.
    pub duration_minutes: Option<i64>,
    /// True if the task is completed.
    pub completed: bool,
    /// Time of completion; null while the task is open.
    #[schema(value_type = Option<String>, format = DateTime)]
    pub completed_at: Option<Timestamp>,
    /// Time of creation.
    #[schema(value_type = String, format = DateTime)]
    pub created_at: Timestamp,
    /// Time of the last change.
    #[schema(value_type = String, format = DateTime)]
    pub updated_at: Timestamp,
    /// Version of the task. It increases with each change.
    #[schema(example = 1_732_600_000_000_000_i64)]
    pub version: i64,
}

impl Task {
    /// Returns the due dates after the present one, if the task is completed on each of them or, if
    /// that has passed, now.
    pub fn next_dates(&self, now: Timestamp, zone: Zone) -> impl Iterator<Item = Due> {
        let series = self.recurrence.as_ref();
        let present = series.and_then(|series| series.resolve(self.due, now, zone).ok());
        let following = move |(due, series): &(Due, Recurrence)| series.following(*due, now, zone);
        let dates = std::iter::successors(present, following);
        dates.skip(1).map(|(due, _)| due)
    }
}

impl Resource for Task {
    const PATH: &'static str = "/api/v1/tasks";

    fn id(&self) -> &str {
        &self.id
    }

    fn version(&self) -> i64 {
        self.version
    }
}

impl From<TaskRow> for Task {
    fn from(row: TaskRow) -> Task {
        let labels = labels_of(row.labels.as_deref());
        let series = row.recurrence();
        Task {
            due: row.due(),
            recurrence: series.as_ref().map(RecurrenceInput::from),
            reminders: row.reminders(),
            position: row.position.unwrap_or_else(|| row.id.clone()),
            id: row.id,
            project_id: row.project_id,
            section_id: row.section_id,
            parent_id: row.parent_id,
            title: row.title,
            description: row.description,
            priority: row.priority,
            labels,
            deadline: date(row.deadline),
            start: date(row.start_date),
            duration_minutes: row.duration_minutes,
            completed: row.completed_at.is_some(),
            completed_at: row.completed_at,
            created_at: row.created_at,
            updated_at: row.updated_at,
            version: row.version,
        }
    }
}

fn date(column: Option<String>) -> Option<Date> {
    column.and_then(|text| Date::parse(&text).ok())
}

/// A page of a list.
#[derive(Default, Serialize, ToSchema)]
pub struct TaskPage {
    /// The tasks, in the requested order.
    pub items: Vec<Task>,
    /// Cursor of the next page; null on the last page.
    pub next_cursor: Option<String>,
}
