//! The commands on tasks, with their rules.

use garde::Validate;

use super::{NewTask, Task, TaskPatch};
use crate::db::Timestamp;
use crate::error::Error;
use crate::items::TaskRow;
use crate::work::{Change, Command, Context, Decision, Expected, Item, Loads, World};

/// Creates a task.
pub struct CreateTask {
    project_id: String,
    new: NewTask,
}

/// Updates the fields of a task that a patch contains, or replaces all fields.
pub struct UpdateTask {
    id: String,
    patch: TaskPatch,
    replaces: bool,
    expected: Expected,
}

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

/// Deletes a task. The outcome is the deleted task.
pub struct DeleteTask {
    id: String,
    expected: Expected,
}

impl CreateTask {
    /// Creates a command that creates a task in a project.
    ///
    /// # Errors
    /// [`Error::Invalid`] if the input breaks a rule.
    pub fn new(project_id: &str, new: NewTask) -> Result<CreateTask, Error> {
        new.validate()?;
        Ok(CreateTask {
            project_id: project_id.to_owned(),
            new,
        })
    }
}

impl UpdateTask {
    /// Creates a command that updates a task of an expected version.
    ///
    /// # Errors
    /// [`Error::Invalid`] if the input breaks a rule.
    pub fn new(id: &str, patch: TaskPatch, expected: Expected) -> Result<UpdateTask, Error> {
        patch.validate()?;
        Ok(UpdateTask {
            id: id.to_owned(),
            patch,
            replaces: false,
            expected,
        })
    }

    /// Creates a command that replaces a task of an expected version.
    ///
    /// # Errors
    /// [`Error::Invalid`] if the input breaks a rule.
    pub fn replace(id: &str, new: NewTask, expected: Expected) -> Result<UpdateTask, Error> {
        let command = UpdateTask::new(id, new.into(), expected)?;
        Ok(UpdateTask {
            replaces: true,
            ..command
        })
    }
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

impl DeleteTask {
    /// Creates a command that deletes a task of an expected version.
    pub fn new(id: &str, expected: Expected) -> DeleteTask {
        DeleteTask {
            id: id.to_owned(),
            expected,
        }
    }
}

impl Command for CreateTask {
    type Outcome = Task;

    fn name(&self) -> &'static str {
        "create_task"
    }

    fn loads(&self) -> Loads {
        Loads::default().project(&self.project_id)
    }

    fn weight(&self) -> usize {
        self.new.title.len() + self.new.description.as_ref().map_or(0, String::len)
    }

    fn decide(&self, world: &World, context: &Context<'_>) -> Result<Decision<Task>, Error> {
        world.check_editor(context.user_id, &self.project_id)?;
        let completed = self.new.completed.unwrap_or_default();
        let mut task = TaskRow {
            project_id: self.project_id.clone(),
            id: context.id.to_owned(),
            section_id: None,
            parent_id: None,
            position: None,
            title: String::new(),
            title_folded: None,
            description: self.new.description.clone().unwrap_or_default(),
            priority: 4,
            labels: None,
            due: None,
            due_zone: None,
            deadline: None,
            start_date: None,
            duration_minutes: None,
            completed_at: completed.then_some(context.now),
            created_by: None,
            change_id: None,
            created_at: context.now,
            updated_at: context.now,
            version: world.next_version(&self.project_id, context)?,
        };
        task.set_title(self.new.title.trim());
        Ok(Decision {
            changes: vec![Change::create(&task)?],
            outcome: task.into(),
        })
    }
}

impl Command for UpdateTask {
    type Outcome = Task;

    fn name(&self) -> &'static str {
        if self.replaces {
            "replace_task"
        } else {
            "update_task"
        }
    }

    fn loads(&self) -> Loads {
        Loads::default().item::<TaskRow>(&self.id)
    }

    fn weight(&self) -> usize {
        let TaskPatch {
            title, description, ..
        } = &self.patch;
        let length = |text: &Option<String>| text.as_ref().map_or(0, String::len);
        length(title) + length(description)
    }

    fn decide(&self, world: &World, context: &Context<'_>) -> Result<Decision<Task>, Error> {
        let task = expected(world, context, &self.id, &self.expected)?;
        changed(world, context, &task, |changed| {
            merge(changed, &self.patch, context.now)
        })
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
        Loads::default().item::<TaskRow>(&self.id)
    }

    fn decide(&self, world: &World, context: &Context<'_>) -> Result<Decision<Task>, Error> {
        let task = expected(world, context, &self.id, &self.expected)?;
        if task.completed_at.is_some() == self.completed {
            return Ok(Decision {
                outcome: task.into(),
                changes: Vec::new(),
            });
        }
        changed(world, context, &task, |changed| {
            set_completed(changed, self.completed, context.now);
        })
    }
}

impl Command for ToggleTask {
    type Outcome = Task;

    fn name(&self) -> &'static str {
        "toggle_task"
    }

    fn loads(&self) -> Loads {
        Loads::default().item::<TaskRow>(&self.id)
    }

    fn decide(&self, world: &World, context: &Context<'_>) -> Result<Decision<Task>, Error> {
        let task = expected(world, context, &self.id, &self.expected)?;
        changed(world, context, &task, |changed| {
            set_completed(changed, task.completed_at.is_none(), context.now);
        })
    }
}

impl Command for DeleteTask {
    type Outcome = Task;

    fn name(&self) -> &'static str {
        "delete_task"
    }

    fn loads(&self) -> Loads {
        Loads::default().item::<TaskRow>(&self.id)
    }

    fn decide(&self, world: &World, context: &Context<'_>) -> Result<Decision<Task>, Error> {
        let task = expected(world, context, &self.id, &self.expected)?;
        let version = world.next_version(&task.project_id, context)?;
        Ok(Decision {
            changes: vec![Change::delete(&task, &task.id, version)?],
            outcome: task.into(),
        })
    }
}

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

/// Returns the decision to update a task, with the time and the version of this change.
fn changed(
    world: &World,
    context: &Context<'_>,
    task: &TaskRow,
    change: impl FnOnce(&mut TaskRow),
) -> Result<Decision<Task>, Error> {
    let mut changed = task.clone();
    change(&mut changed);
    let version = world.next_version(&task.project_id, context)?;
    changed.stamp(context.now, version, context.id);
    Ok(Decision {
        changes: vec![Change::update(task, &changed)?],
        outcome: changed.into(),
    })
}

/// Replaces the fields that the patch contains (RFC 7396).
pub(crate) fn merge(task: &mut TaskRow, patch: &TaskPatch, now: Timestamp) {
    if let Some(title) = &patch.title {
        task.set_title(title.trim());
    }
    if let Some(description) = &patch.description {
        task.description.clone_from(description);
    }
    if let Some(completed) = patch.completed {
        set_completed(task, completed, now);
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
