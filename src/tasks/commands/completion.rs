//! Completion of tasks. It includes the open subtasks.

use super::expected;
use super::tree::Tree;
use crate::error::Error;
use crate::items::TaskRow;
use crate::tasks::Task;
use crate::work::{Command, Context, Decision, Expected, Loads, World};

/// Completes or reopens a task. A task that already has the requested state keeps its version, so
/// the command is idempotent.
pub struct SetCompletion {
    id: String,
    completed: bool,
    expected: Expected,
}

/// Completes an open task or reopens a completed one.
pub struct ToggleTask {
    id: String,
    expected: Expected,
}

impl SetCompletion {
    /// Creates a command that completes or reopens a task of an expected version.
    pub fn new(id: &str, completed: bool, expected: Expected) -> SetCompletion {
        SetCompletion {
            id: id.to_owned(),
            completed,
            expected,
        }
    }
}

impl ToggleTask {
    /// Creates a command that toggles a task of an expected version.
    pub fn new(id: &str, expected: Expected) -> ToggleTask {
        ToggleTask {
            id: id.to_owned(),
            expected,
        }
    }
}

impl Command for SetCompletion {
    type Outcome = Task;

    fn name(&self) -> &'static str {
        if self.completed {
            "complete_task"
        } else {
            "reopen_task"
        }
    }

    fn loads(&self) -> Loads {
        if self.completed {
            Loads::default().tree::<TaskRow>(&self.id)
        } else {
            Loads::default().item::<TaskRow>(&self.id)
        }
    }

    fn decide(&self, world: &World, context: &Context<'_>) -> Result<Decision<Task>, Error> {
        let task = expected(world, context, &self.id, &self.expected)?;
        completed(world, context, task, self.completed)
    }
}

impl Command for ToggleTask {
    type Outcome = Task;

    fn name(&self) -> &'static str {
        "toggle_task"
    }

    fn loads(&self) -> Loads {
        Loads::default().tree::<TaskRow>(&self.id)
    }

    fn decide(&self, world: &World, context: &Context<'_>) -> Result<Decision<Task>, Error> {
        let task = expected(world, context, &self.id, &self.expected)?;
        let completes = task.completed_at.is_none();
        completed(world, context, task, completes)
    }
}

/// Returns the decision to complete or reopen a task.
fn completed(
    world: &World,
    context: &Context<'_>,
    task: TaskRow,
    completed: bool,
) -> Result<Decision<Task>, Error> {
    let mut tree = Tree::of(world, task)?;
    tree.set_completed(completed, context.now);
    let (task, changes) = tree.changes(world, context)?;
    Ok(Decision {
        outcome: task.into(),
        changes,
    })
}
