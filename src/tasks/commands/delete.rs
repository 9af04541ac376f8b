//! Deletion of a task with its subtasks.

use super::expected;
use crate::error::Error;
use crate::items::TaskRow;
use crate::tasks::Task;
use crate::work::{Change, Command, Context, Decision, Expected, Loads, World};

/// Moves a task with its subtasks to the trash. The outcome is the deleted task.
pub struct DeleteTask {
    id: String,
    expected: Expected,
}

impl DeleteTask {
    /// Creates a command that deletes a task of an expected version.
    pub fn new(id: &str, expected: Expected) -> DeleteTask {
        DeleteTask {
            id: id.to_owned(),
            expected,
        }
    }
}

impl Command for DeleteTask {
    type Outcome = Task;

    fn name(&self) -> &'static str {
        "delete_task"
    }

    fn loads(&self) -> Loads {
        Loads::default().tree::<TaskRow>(&self.id)
    }

    fn decide(&self, world: &World, context: &Context<'_>) -> Result<Decision<Task>, Error> {
        let task = expected(world, context, &self.id, &self.expected)?;
        let version = world.next_version(&task.project_id, context)?;
        // Each task precedes its parent, so that undoing the entries in reverse order restores
        // the parent first.
        let mut deleted = world.descendants::<TaskRow>(&task.id)?;
        deleted.reverse();
        deleted.push(task.clone());
        let changes = deleted
            .iter()
            .map(|row| Change::delete(row, &task.id, version));
        Ok(Decision {
            changes: changes.collect::<Result<_, _>>()?,
            outcome: task.into(),
        })
    }
}
