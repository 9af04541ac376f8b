//! The table of tasks.

use super::day::{TASK_DAYS, day_rows};
use super::label::label_key;
use crate::db::{Row, Table, Timestamp, record, sort_key};
use crate::error::Error;
use crate::when::recurrence::Recurrence;
use crate::when::{Due, ReminderInput};
use crate::work::{Index, ItemType, Part, Tally, item};

record! {
    /// A row of `tasks`.
    pub struct TaskRow in "tasks" key 2 {
        project_id: String,
        id: String,
        section_id: Option<String>,
        parent_id: Option<String>,
        /// `None` for the order of creation, in which the id is the position.
        position: Option<String>,
        title: String,
        /// The sort key of the title. `None` if it equals `LOWER(title)`.
        title_folded: Option<String>,
        description: String,
        /// 1 (highest) to 4.
        priority: i64,
        /// The names of the labels as a JSON array. `None` if there are none.
        labels: Option<String>,
        /// A date, or a local date and time.
        due: Option<String>,
        due_zone: Option<String>,
        /// The instant of a time in a zone. `None` for a date and for a time on any clock.
        due_at: Option<Timestamp>,
        /// The series of a task that repeats, as [`Recurrence::to_column`] writes it. A task with a
        /// series has a due date.
        recurrence: Option<String>,
        /// The reminders as a JSON array. `None` if there are none.
        reminders: Option<String>,
        deadline: Option<String>,
        start_date: Option<String>,
        duration_minutes: Option<i64>,
        /// `None` while the task is open.
        completed_at: Option<Timestamp>,
        /// `None` if it is the owner of the Inbox that the task was created in.
        created_by: Option<String>,
        change_id: Option<String>,
        created_at: Timestamp,
        updated_at: Timestamp,
        version: i64,
    }
}

record! {
    /// A row of `task_labels`.
    pub struct TaskLabelRow in "task_labels" key 4 {
        project_id: String,
        /// The folded name.
        label: String,
        completed: bool,
        task_id: String,
    }
}

/// The table of tasks.
pub const TASKS: Table = TaskRow::TABLE;

/// The table that finds tasks by label.
pub const TASK_LABELS: Table = TaskLabelRow::TABLE;

/// Tasks as items.
pub static TASK: ItemType = ItemType {
    noun: "task",
    table: &TASKS,
    project: "project_id",
    version: "version",
    title: "title",
    parent: Some("parent_id"),
    deleted: None,
    references: &[("section_id", "section"), ("parent_id", "task")],
    tally,
    indexes: &[
        Index {
            table: &TASK_LABELS,
            rows: label_rows,
            column: "label",
            item: "task_id",
            names: Some(("label", "name_folded")),
        },
        Index {
            table: &TASK_DAYS,
            rows: day_rows,
            column: "day_key",
            item: "task_id",
            names: None,
        },
    ],
    parts: &[
        Part {
            condition: " AND completed_at IS NULL",
            mysql_condition: " AND done = 0",
            index: "tasks_open_by_version",
        },
        Part {
            condition: " AND completed_at IS NOT NULL",
            mysql_condition: " AND done = 1",
            index: "tasks_done_by_version",
        },
    ],
};

item!(TaskRow, version, &TASK);

fn tally(row: &Row) -> Tally {
    let completed = TASK.integer(row, "completed_at").is_some();
    Tally {
        open: i64::from(!completed),
        total: 1,
    }
}

fn label_rows(row: &Row) -> Vec<Row> {
    let (Ok(project_id), Ok(task_id)) = (TASK.project_id(row), TASK.id(row)) else {
        return Vec::new();
    };
    let completed = TASK.integer(row, "completed_at").is_some();
    let labels = labels_of(TASK.text(row, "labels"));
    let rows = labels.into_iter().map(|name| TaskLabelRow {
        project_id: project_id.to_owned(),
        label: label_key(&name),
        completed,
        task_id: task_id.to_owned(),
    });
    rows.map(|row| row.to_values()).collect()
}

/// Reads the column `labels`.
pub fn labels_of(column: Option<&str>) -> Vec<String> {
    let names = column.and_then(|json| serde_json::from_str(json).ok());
    names.unwrap_or_default()
}

impl TaskRow {
    /// Returns an open task.
    #[cfg(any(test, fuzzing))]
    pub(crate) fn example(project_id: &str, id: &str) -> TaskRow {
        TaskRow {
            project_id: project_id.into(),
            id: id.into(),
            section_id: None,
            parent_id: None,
            position: None,
            title: "Water the tomatoes".into(),
            title_folded: None,
            description: "Twice".into(),
            priority: 4,
            labels: None,
            due: None,
            due_zone: None,
            due_at: None,
            recurrence: None,
            reminders: None,
            deadline: None,
            start_date: None,
            duration_minutes: None,
            completed_at: None,
            created_by: None,
            change_id: None,
            created_at: Timestamp(0),
            updated_at: Timestamp(0),
            version: 1,
        }
    }

    /// Sets the labels. Their names must differ.
    ///
    /// # Errors
    /// [`Error::Internal`].
    pub fn set_labels(&mut self, names: &[String]) -> Result<(), Error> {
        let json = serde_json::to_string(names)
            .map_err(|error| Error::Internal(format!("labels cannot be written: {error}")))?;
        self.labels = (!names.is_empty()).then_some(json);
        Ok(())
    }

    /// Sets the due date.
    pub fn set_due(&mut self, due: Option<&Due>) {
        (self.due, self.due_zone) = match due.map(Due::to_columns) {
            Some((due, zone)) => (Some(due), zone),
            None => (None, None),
        };
        self.due_at = match due {
            Some(Due::Zoned(date, time, zone)) => Some(zone.instant(*date, *time)),
            _ => None,
        };
    }

    /// Returns the due date.
    pub fn due(&self) -> Option<Due> {
        Due::from_columns(self.due.as_deref()?, self.due_zone.as_deref())
    }

    /// Sets the reminders.
    ///
    /// # Errors
    /// [`Error::Internal`].
    pub fn set_reminders(&mut self, reminders: &[ReminderInput]) -> Result<(), Error> {
        let json = serde_json::to_string(reminders)
            .map_err(|error| Error::Internal(format!("reminders cannot be written: {error}")))?;
        self.reminders = (!reminders.is_empty()).then_some(json);
        Ok(())
    }

    /// Returns the reminders.
    pub fn reminders(&self) -> Vec<ReminderInput> {
        let reminders = self.reminders.as_deref();
        let reminders = reminders.and_then(|json| serde_json::from_str(json).ok());
        reminders.unwrap_or_default()
    }

    /// Sets the series.
    pub fn set_recurrence(&mut self, series: Option<&Recurrence>) {
        self.recurrence = series.map(Recurrence::to_column);
    }

    /// Returns the series. `None` if the task does not repeat.
    pub fn recurrence(&self) -> Option<Recurrence> {
        Recurrence::from_column(self.recurrence.as_deref()?)
    }

    /// Sets the title and its sort key.
    pub fn set_title(&mut self, title: &str) {
        title.clone_into(&mut self.title);
        self.title_folded = folded(title);
    }
}

/// Returns the sort key of a title. `None` if SQL's LOWER returns it on every engine, as it does
/// for ASCII.
fn folded(title: &str) -> Option<String> {
    let key = sort_key(title);
    (!title.is_ascii() || key != title.to_ascii_lowercase()).then_some(key)
}

/// Expression for the sort key of a title.
pub const TITLE_KEY: &str = "COALESCE(title_folded, LOWER(title))";

#[cfg(test)]
mod tests {
    use super::folded;

    #[test]
    fn the_sort_key_of_an_ascii_title_is_not_stored() {
        assert_eq!(folded("Book the TRAIN, (2)"), None);
        assert_eq!(folded("\u{c4}pfel"), Some("\u{e4}pfel".into()));
        assert_eq!(folded("A\tb"), Some("a b".into()));
    }
}
