//! The table of tasks.

use super::Task;
use crate::db::{Row, Table, Timestamp, record, sort_key};
use crate::work::Item;

record! {
    /// A row of `tasks`.
    pub struct TaskRow in "tasks" key 2 {
        project_id: String,
        id: String,
        title: String,
        /// The sort key of the title. `None` if it equals `LOWER(title)`.
        title_folded: Option<String>,
        description: String,
        /// `None` while the task is open.
        completed_at: Option<Timestamp>,
        created_at: Timestamp,
        updated_at: Timestamp,
        version: i64,
    }
}

/// The table of tasks.
pub const TASKS: Table = TaskRow::TABLE;

impl Item for TaskRow {
    const TABLE: &'static Table = &TASKS;
    const NOUN: &'static str = "task";

    fn id(&self) -> &str {
        &self.id
    }

    fn project_id(&self) -> &str {
        &self.project_id
    }

    fn version(&self) -> i64 {
        self.version
    }

    fn to_values(&self) -> Row {
        TaskRow::to_values(self)
    }
}

impl TaskRow {
    /// Returns an open task.
    #[cfg(any(test, fuzzing))]
    pub(crate) fn example(project_id: &str, id: &str) -> TaskRow {
        TaskRow {
            project_id: project_id.into(),
            id: id.into(),
            title: "Water the tomatoes".into(),
            title_folded: None,
            description: "Twice".into(),
            completed_at: None,
            created_at: Timestamp(0),
            updated_at: Timestamp(0),
            version: 1,
        }
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

impl From<TaskRow> for Task {
    fn from(row: TaskRow) -> Task {
        Task {
            id: row.id,
            title: row.title,
            description: row.description,
            completed: row.completed_at.is_some(),
            completed_at: row.completed_at,
            created_at: row.created_at,
            updated_at: row.updated_at,
            version: row.version,
        }
    }
}

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
