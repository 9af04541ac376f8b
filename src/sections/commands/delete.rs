//! Deletion of a section.

use super::{Target, changed, destination, tasks_of};
use crate::db::Pool;
use crate::error::Error;
use crate::items::SectionRow;
use crate::sections::{Remaining, Section, SectionTasks};
use crate::work::{Change, Command, Context, Decision, Expected, Loads, World};

/// Moves a section to the trash. Its tasks stay in the project, move to another section, or are
/// deleted with it. The outcome is the deleted section.
pub struct DeleteSection {
    target: Target,
    tasks: SectionTasks,
}

impl DeleteSection {
    /// Creates a command that deletes a section of an expected version. Its project is looked up if
    /// it is not named.
    ///
    /// # Errors
    /// [`Error::Invalid`] if the parameters break a rule.
    pub fn new(
        project_id: Option<&str>,
        id: &str,
        tasks: SectionTasks,
        expected: Expected,
    ) -> Result<DeleteSection, Error> {
        tasks.check(&[Remaining::Keep, Remaining::Delete])?;
        Ok(DeleteSection {
            target: Target::new(project_id, id, expected),
            tasks,
        })
    }
}

impl Command for DeleteSection {
    type Outcome = Section;

    fn name(&self) -> &'static str {
        "delete_section"
    }

    async fn prepare(&mut self, pool: &Pool, user_id: &str) -> Result<(), Error> {
        self.target.prepare(pool, user_id).await
    }

    fn loads(&self) -> Loads {
        let loads = self.target.with_tasks(self.target.loads());
        match &self.tasks.move_to {
            Some(id) => loads.item::<SectionRow>(id),
            None => loads,
        }
    }

    fn decide(&self, world: &World, context: &Context<'_>) -> Result<Decision<Section>, Error> {
        let section = self.target.find(world, context)?;
        let destination = destination(world, context, &section, &self.tasks)?;
        let version = world.next_version(&section.project_id, context)?;
        let deletes = self.tasks.tasks == Some(Remaining::Delete);
        let mut changes = Vec::new();
        // Each task precedes its parent and the section follows, so that undoing the entries in
        // reverse order restores the section first, then the parents.
        for task in tasks_of(world, &section)?.into_iter().rev() {
            if deletes {
                changes.push(Change::delete(&task, &section.id, version)?);
                continue;
            }
            let mut after = task.clone();
            after.section_id.clone_from(&destination);
            let (_, change) = changed(world, context, &section.project_id, &task, after)?;
            changes.extend(change);
        }
        changes.push(Change::delete(&section, &section.id, version)?);
        Ok(Decision {
            outcome: section.into(),
            changes,
        })
    }
}
