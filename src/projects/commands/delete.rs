//! Deletion of a project with the projects below it.

use super::{changed, check_not_inbox, decision, descendants, owned};
use crate::error::Error;
use crate::locale::message;
use crate::projects::Project;
use crate::work::{Command, Context, Decision, Expected, Loads, ProjectRow, World};

/// Moves a project with the projects below it to the trash. Their tasks go with them. The outcome
/// is the deleted project.
pub struct DeleteProject {
    id: String,
    expected: Expected,
}

impl DeleteProject {
    /// Creates a command that deletes a project of an expected version.
    pub fn new(id: &str, expected: Expected) -> DeleteProject {
        DeleteProject {
            id: id.to_owned(),
            expected,
        }
    }
}

impl Command for DeleteProject {
    type Outcome = Project;

    fn name(&self) -> &'static str {
        "delete_project"
    }

    fn loads(&self) -> Loads {
        Loads::default().tree::<ProjectRow>(&self.id)
    }

    fn decide(&self, world: &World, context: &Context<'_>) -> Result<Decision<Project>, Error> {
        let project = owned(world, context, &self.id, &self.expected)?;
        check_not_inbox(&project, message!("project-inbox-deleted"))?;
        let mut rows = descendants(world, context, &project)?;
        // Each project precedes its parent, so that undoing the entries in reverse order restores
        // the parent first.
        rows.reverse();
        rows.push(project.clone());
        let mut changes = Vec::new();
        let mut deleted = project;
        for row in rows {
            let mut after = row.clone();
            after.deleted_at = Some(context.now);
            let (after, change) = changed(world, context, &row, after)?;
            changes.extend(change);
            deleted = after;
        }
        decision(world, context, deleted, changes)
    }
}
