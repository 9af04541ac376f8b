//! The commands on tasks, with their rules.

mod completion;
mod create;
mod delete;
mod duplicate;
mod movement;
mod place;
mod recurrence;
mod reminders;
mod reschedule;
mod tree;
mod update;

pub use completion::{SetCompletion, SkipDate, ToggleTask};
pub use create::CreateTask;
pub use delete::DeleteTask;
pub use duplicate::DuplicateTask;
pub use movement::MoveTask;
pub use reschedule::RescheduleTasks;
pub use update::UpdateTask;

use super::TaskPatch;
use crate::db::Timestamp;
use crate::error::Error;
use crate::items::{LabelRow, TaskRow, ensure_labels};
use crate::when::Due;
use crate::work::{Change, Context, Expected, Loads, World};

/// Returns the task to change, if it has the expected version.
fn expected(
    world: &World,
    context: &Context<'_>,
    id: &str,
    expected: &Expected,
) -> Result<TaskRow, Error> {
    let task: TaskRow = world.item(context.user_id, id)?;
    expected.check(task.version)?;
    Ok(task)
}

/// Adds the labels of the user to what a command with these labels loads.
fn with_labels(loads: Loads, user_id: &str, labels: Option<&[String]>) -> Loads {
    match labels {
        Some(labels) if !labels.is_empty() => loads.all::<LabelRow>(user_id),
        _ => loads,
    }
}

/// Sets the labels of a task. Returns the changes that create missing labels.
fn set_labels(
    world: &World,
    context: &Context<'_>,
    task: &mut TaskRow,
    labels: &[String],
) -> Result<Vec<Change>, Error> {
    if labels.is_empty() {
        task.labels = None;
        return Ok(Vec::new());
    }
    let (names, created) = ensure_labels(world, context, labels)?;
    task.set_labels(&names)?;
    Ok(created)
}

/// Replaces the fields that the patch contains (RFC 7396), except for the series, which needs the
/// time, and for the place, the labels and the completion, which concern other rows.
pub(crate) fn merge(task: &mut TaskRow, patch: &TaskPatch) {
    if let Some(title) = &patch.title {
        task.set_title(title.trim());
    }
    if let Some(description) = &patch.description {
        task.description.clone_from(description);
    }
    if let Some(position) = &patch.position {
        task.position.clone_from(position);
    }
    if let Some(priority) = patch.priority {
        task.priority = priority.unwrap_or(super::NO_PRIORITY);
    }
    if let Some(due) = &patch.due {
        // The input has been validated.
        let due = due.clone().and_then(|due| Due::try_from(due).ok());
        task.set_due(due.as_ref());
    }
    if let Some(deadline) = &patch.deadline {
        task.deadline = deadline.map(|date| date.to_string());
    }
    if let Some(start) = &patch.start {
        task.start_date = start.map(|date| date.to_string());
    }
    if let Some(minutes) = patch.duration_minutes {
        task.duration_minutes = minutes;
    }
}

/// Completes or reopens a task. A completed task keeps its completion time.
fn set_completed(task: &mut TaskRow, completed: bool, now: Timestamp) {
    if task.completed_at.is_some() != completed {
        task.completed_at = completed.then_some(now);
    }
}

#[cfg(test)]
mod tests;
