//! The table that finds open tasks by their day.

use super::TASK;
use crate::db::{Row, Table, record};

record! {
    /// A row of `task_days`. Only open tasks with a due date, a deadline or a start have one.
    pub struct TaskDayRow in "task_days" key 5 {
        project_id: String,
        /// The [`day_key`] of the task, or [`NO_DAY`].
        day_key: String,
        task_id: String,
        /// The zone of the due time. Empty for a date and for a time on any clock.
        due_zone: String,
        /// Empty if there is none.
        start_date: String,
    }
}

/// The table that finds open tasks by their day.
pub const TASK_DAYS: Table = TaskDayRow::TABLE;

/// The key of a task that has only a start. It sorts after all days.
const NO_DAY: &str = "~";

/// Length of a date.
const DATE_LENGTH: usize = 10;

/// Returns the text that sorts tasks by day, then by time, priority and position. It begins with
/// the day: the earlier one of the due date and the deadline. Tasks without a time come after those
/// with one. `None` if the task has neither date.
pub fn day_key(
    due: Option<&str>,
    deadline: Option<&str>,
    priority: i64,
    position: &str,
) -> Option<String> {
    let day = |text: &str| text.get(..DATE_LENGTH).unwrap_or_default().to_owned();
    let due = due.filter(|due| deadline.is_none_or(|deadline| day(due).as_str() <= deadline));
    Some(match (due, deadline) {
        (Some(due), _) if due.len() > DATE_LENGTH => format!("{due}{priority}{position}"),
        // A tilde sorts after the T before a time.
        (Some(date), _) | (None, Some(date)) => format!("{date}~{priority}{position}"),
        (None, None) => return None,
    })
}

pub(super) fn day_rows(row: &Row) -> Vec<Row> {
    let text = |column| TASK.text(row, column);
    let task = || {
        let id = text("id")?;
        let priority = TASK.integer(row, "priority")?;
        let position = text("position").unwrap_or(id);
        let some = |column| text(column).unwrap_or_default().to_owned();
        let key = day_key(text("due"), text("deadline"), priority, position);
        let without_day = text("start_date").map(|_| NO_DAY.to_owned());
        Some(TaskDayRow {
            project_id: some("project_id"),
            day_key: key.or(without_day)?,
            task_id: id.to_owned(),
            due_zone: some("due_zone"),
            start_date: some("start_date"),
        })
    };
    let is_open = TASK.integer(row, "completed_at").is_none();
    let task = task().filter(|_| is_open);
    task.iter().map(TaskDayRow::to_values).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::db::{FromColumns, Timestamp};
    use crate::items::TaskRow;

    #[test]
    fn keys_sort_by_day_time_priority_and_position() {
        let keys = [
            (Some("2026-11-26"), None, 4, "z"),
            (Some("2026-11-27T09:00"), None, 4, "a"),
            (Some("2026-11-27T09:01"), None, 1, "b"),
            (Some("2026-11-27T09:01"), Some("2026-11-27"), 1, "c"),
            (Some("2026-11-27T09:01"), None, 2, "a"),
            (Some("2026-11-27"), Some("2026-12-01"), 1, "a"),
            (None, Some("2026-11-27"), 1, "b"),
            (Some("2026-11-28T08:00"), Some("2026-11-27"), 2, "a"),
            (Some("2026-11-28"), None, 1, "a"),
        ];
        let keys = keys.map(|(due, deadline, priority, position)| {
            day_key(due, deadline, priority, position).expect("a key")
        });
        assert!(keys.is_sorted_by(|one, other| one < other), "{keys:#?}");
        assert_eq!(day_key(None, None, 1, "a"), None);
    }

    #[test]
    fn only_open_tasks_with_a_date_are_found_by_day() {
        let task = TaskRow::example("project", "task");
        assert_eq!(day_rows(&task.to_values()), [[]; 0]);
        let later = TaskRow {
            start_date: Some("2026-12-01".into()),
            ..task.clone()
        };
        let row = TaskDayRow::of_values(day_rows(&later.to_values())[0].clone());
        assert!(row.expect("a row").day_key.as_str() > "9999-12-31~4zz");
        let mut task = TaskRow {
            deadline: Some("2026-11-27".into()),
            ..task
        };
        let rows = day_rows(&task.to_values());
        let row = TaskDayRow::of_values(rows[0].clone()).expect("a row");
        assert_eq!(row.day_key, "2026-11-27~4task");
        assert_eq!((rows.len(), &*row.due_zone, &*row.start_date), (1, "", ""));
        task.completed_at = Some(Timestamp(1));
        assert_eq!(day_rows(&task.to_values()), [[]; 0]);
    }
}
