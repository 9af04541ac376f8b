//! Changes of the fields of a task.

use garde::Validate;

use super::place::{Place, Requested};
use super::recurrence::set_recurrence;
use super::reminders::set_reminders;
use super::tree::Tree;
use super::{expected, merge, set_labels, with_labels};
use crate::error::Error;
use crate::items::{TASK, TaskRow};
use crate::tasks::{NewTask, Task, TaskPatch};
use crate::work::{Command, Context, Decision, Expected, Loads, World};

/// Updates the fields of a task that a patch contains, or replaces all fields.
pub struct UpdateTask {
    id: String,
    user_id: String,
    place: Requested,
    patch: TaskPatch,
    replaces: bool,
    expected: Expected,
}

impl UpdateTask {
    /// Creates a command of a user that updates a task of an expected version.
    ///
    /// # Errors
    /// [`Error::Invalid`] if the input breaks a rule.
    pub fn new(
        user_id: &str,
        id: &str,
        patch: TaskPatch,
        expected: Expected,
    ) -> Result<UpdateTask, Error> {
        patch.validate()?;
        Ok(UpdateTask {
            id: id.to_owned(),
            user_id: user_id.to_owned(),
            place: Requested::of_patch(&patch, user_id),
            patch,
            replaces: false,
            expected,
        })
    }

    /// Creates a command of a user that replaces a task of an expected version.
    ///
    /// # Errors
    /// [`Error::Invalid`] if the input breaks a rule.
    pub fn replace(
        user_id: &str,
        id: &str,
        new: NewTask,
        expected: Expected,
    ) -> Result<UpdateTask, Error> {
        new.validate()?;
        let command = UpdateTask::new(user_id, id, new.into(), expected)?;
        Ok(UpdateTask {
            replaces: true,
            ..command
        })
    }

    /// Returns true if the command can change subtasks.
    fn concerns_subtasks(&self) -> bool {
        !self.place.is_empty() || self.patch.completed == Some(true)
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
        // A new place and the record of a completion need room.
        let loads = if self.concerns_subtasks() {
            Loads::default().tree::<TaskRow>(&self.id).quota()
        } else {
            Loads::default().item::<TaskRow>(&self.id)
        };
        let loads = if self.place.is_empty() {
            loads
        } else {
            self.place.loads_of(&self.id, loads)
        };
        with_labels(loads, &self.user_id, self.patch.labels.as_deref())
    }

    fn weight(&self) -> usize {
        self.patch.weight()
    }

    fn decide(&self, world: &World, context: &Context<'_>) -> Result<Decision<Task>, Error> {
        let task = expected(world, context, &self.id, &self.expected)?;
        let current = Place::of(&task);
        let mut tree = Tree::of(world, task)?;
        if !self.place.is_empty() {
            let user_id = context.user_id;
            let place = self
                .place
                .resolve(world, user_id, Some(&current), user_id)?;
            move_tree(world, context, &mut tree, &current, place)?;
        }
        merge(tree.root(), &self.patch);
        set_recurrence(tree.root(), &self.patch, context)?;
        set_reminders(tree.root(), &self.patch)?;
        let mut changes = Vec::new();
        if let Some(labels) = &self.patch.labels {
            changes = set_labels(world, context, tree.root(), labels)?;
        }
        if let Some(completed) = self.patch.completed {
            tree.set_completed(completed, context)?;
        }
        let (task, updates) = tree.changes(world, context)?;
        changes.extend(updates);
        Ok(Decision {
            outcome: task.into(),
            changes,
        })
    }
}

/// Moves a task with its subtasks to another place.
///
/// # Errors
/// [`Error::Invalid`] if the place breaks a rule.
pub(super) fn move_tree(
    world: &World,
    context: &Context<'_>,
    tree: &mut Tree,
    current: &Place,
    place: Place,
) -> Result<(), Error> {
    if place == *current {
        return Ok(());
    }
    place.check_no_cycle(tree)?;
    if place.parent_id != current.parent_id {
        let id = &tree.root().id;
        place.check_depth(world, id, world.height(&TASK, id))?;
    }
    if place.project_id != current.project_id {
        let (from, to) = (&current.project_id, &place.project_id);
        world.check_move_quota(context, (from, to), "project_id", tree.count())?;
    }
    place.set(tree.root());
    tree.follow();
    Ok(())
}
