//! Changes of the fields of a section.

use garde::Validate;

use super::{Target, changed, destination, tasks_of};
use crate::db::Pool;
use crate::error::{Code, Error};
use crate::items::{SectionRow, TaskRow};
use crate::locale::message;
use crate::sections::{Remaining, Section, SectionPatch, SectionTasks};
use crate::work::{Change, Command, Context, Decision, Expected, Loads, World};

/// Updates the fields of a section that a patch contains. If it archives the section, its open
/// tasks leave it or are completed.
pub struct UpdateSection {
    target: Target,
    patch: SectionPatch,
    tasks: SectionTasks,
}

impl UpdateSection {
    /// Creates a command that updates a section of an expected version. Its project is looked up if
    /// it is not named.
    ///
    /// # Errors
    /// [`Error::Invalid`] if the input breaks a rule.
    pub fn new(
        project_id: Option<&str>,
        id: &str,
        patch: SectionPatch,
        tasks: SectionTasks,
        expected: Expected,
    ) -> Result<UpdateSection, Error> {
        patch.validate()?;
        tasks.check(&[Remaining::Keep, Remaining::Complete])?;
        let is_empty = tasks.tasks.is_none() && tasks.move_to.is_none();
        if patch.archived != Some(true) && !is_empty {
            let field = if tasks.tasks.is_some() {
                "tasks"
            } else {
                "move_to"
            };
            let message = message!("section-only-archived");
            return Err(Error::invalid(field, Code::Invalid, message));
        }
        Ok(UpdateSection {
            target: Target::new(project_id, id, expected),
            patch,
            tasks,
        })
    }

    /// Returns the changes of the tasks of a section that is archived.
    fn archive(
        &self,
        world: &World,
        context: &Context<'_>,
        section: &SectionRow,
    ) -> Result<Vec<Change>, Error> {
        let destination = destination(world, context, section, &self.tasks)?;
        let completes = self.tasks.tasks == Some(Remaining::Complete);
        let tasks = tasks_of(world, section)?;
        let leaving = with_open_tasks(&tasks);
        let mut changes = Vec::new();
        for (task, leaves) in tasks.iter().zip(leaving) {
            let mut after = task.clone();
            if completes {
                after.completed_at = after.completed_at.or(Some(context.now));
            } else if leaves {
                after.section_id.clone_from(&destination);
            }
            let (_, change) = changed(world, context, &task.project_id, task, after)?;
            changes.extend(change);
        }
        Ok(changes)
    }
}

impl Command for UpdateSection {
    type Outcome = Section;

    fn name(&self) -> &'static str {
        match self.patch.archived {
            Some(true) => "archive_section",
            Some(false) => "unarchive_section",
            None => "update_section",
        }
    }

    async fn prepare(&mut self, pool: &Pool, user_id: &str) -> Result<(), Error> {
        self.target.prepare(pool, user_id).await
    }

    fn loads(&self) -> Loads {
        let mut loads = self.target.loads();
        if self.patch.archived == Some(true) {
            loads = self.target.with_tasks(loads);
        }
        match &self.tasks.move_to {
            Some(id) => loads.item::<SectionRow>(id),
            None => loads,
        }
    }

    fn decide(&self, world: &World, context: &Context<'_>) -> Result<Decision<Section>, Error> {
        let section = self.target.find(world, context)?;
        let mut after = section.clone();
        if let Some(name) = &self.patch.name {
            name.trim().clone_into(&mut after.name);
        }
        if let Some(position) = &self.patch.position {
            after.position.clone_from(position);
        }
        let mut changes = Vec::new();
        if let Some(archives) = self.patch.archived
            && archives != section.archived_at.is_some()
        {
            after.archived_at = archives.then_some(context.now);
            if archives {
                changes = self.archive(world, context, &section)?;
            }
        }
        let (after, change) = changed(world, context, &section.project_id, &section, after)?;
        changes.extend(change);
        Ok(Decision {
            outcome: after.into(),
            changes,
        })
    }
}

/// Returns true for each task that is open, or belongs to the same tree as an open task. A subtask
/// stays in the section of its parent. Each task must follow its parent.
fn with_open_tasks(tasks: &[TaskRow]) -> Vec<bool> {
    let mut roots: Vec<usize> = Vec::new();
    for (index, task) in tasks.iter().enumerate() {
        let before = &tasks[..index];
        let parent = before
            .iter()
            .position(|other| Some(&other.id) == task.parent_id.as_ref());
        roots.push(parent.map_or(index, |parent| roots[parent]));
    }
    let is_open = |root: usize| {
        let mut trees = roots.iter().zip(tasks);
        trees.any(|(other, task)| *other == root && task.completed_at.is_none())
    };
    roots.iter().map(|root| is_open(*root)).collect()
}
