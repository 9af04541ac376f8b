//! Completion of tasks. It includes the open subtasks. A task that repeats moves on to its next
//! date.

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
    /// The due date to complete, as [`Due::to_columns`] writes it. `None` for any.
    date: Option<String>,
    expected: Expected,
}

/// Moves a task that repeats on to its next date without completing the present one.
pub struct SkipDate {
    id: String,
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
            date: None,
            expected,
        }
    }

    /// Limits the completion of a task that repeats to one of its due dates, as
    /// [`Due::to_columns`] writes it. A task that has moved on since keeps its version.
    pub fn of_date(mut self, date: Option<String>) -> SetCompletion {
        self.date = date;
        self
    }
}

impl SkipDate {
    /// Creates a command that skips the present date of a task of an expected version.
    pub fn new(id: &str, expected: Expected) -> SkipDate {
        SkipDate {
            id: id.to_owned(),
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
            Loads::default().tree::<TaskRow>(&self.id).quota()
        } else {
            Loads::default().item::<TaskRow>(&self.id)
        }
    }

    fn decide(&self, world: &World, context: &Context<'_>) -> Result<Decision<Task>, Error> {
        let task = expected(world, context, &self.id, &self.expected)?;
        let has_moved_on =
            self.date.is_some() && task.recurrence.is_some() && task.due != self.date;
        let state = match self.completed && has_moved_on {
            true => task.completed_at.is_some(),
            false => self.completed,
        };
        completed(world, context, task, state)
    }
}

impl Command for SkipDate {
    type Outcome = Task;

    fn name(&self) -> &'static str {
        "skip_task"
    }

    fn loads(&self) -> Loads {
        Loads::default().tree::<TaskRow>(&self.id)
    }

    fn decide(&self, world: &World, context: &Context<'_>) -> Result<Decision<Task>, Error> {
        let task = expected(world, context, &self.id, &self.expected)?;
        let mut tree = Tree::of(world, task)?;
        tree.skip_date(context)?;
        let (task, changes) = tree.changes(world, context)?;
        Ok(Decision {
            outcome: task.into(),
            changes,
        })
    }
}

impl Command for ToggleTask {
    type Outcome = Task;

    fn name(&self) -> &'static str {
        "toggle_task"
    }

    fn loads(&self) -> Loads {
        Loads::default().tree::<TaskRow>(&self.id).quota()
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
    tree.set_completed(completed, context)?;
    let (task, changes) = tree.changes(world, context)?;
    Ok(Decision {
        outcome: task.into(),
        changes,
    })
}
