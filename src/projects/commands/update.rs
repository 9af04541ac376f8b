//! Changes of the fields of a project.

use garde::Validate;

use super::parent::check_parent;
use super::{changed, check_not_inbox, decision, descendants, merge, owned};
use crate::error::Error;
use crate::locale::message;
use crate::projects::{Project, ProjectPatch};
use crate::work::{Change, Command, Context, Decision, Expected, Loads, ProjectRow, World};

/// Updates the fields of a project that a patch contains. Archiving a project includes the
/// projects below it.
pub struct UpdateProject {
    id: String,
    patch: ProjectPatch,
    expected: Expected,
}

impl UpdateProject {
    /// Creates a command that updates a project of an expected version.
    ///
    /// # Errors
    /// [`Error::Invalid`] if the input breaks a rule.
    pub fn new(id: &str, patch: ProjectPatch, expected: Expected) -> Result<UpdateProject, Error> {
        patch.validate()?;
        Ok(UpdateProject {
            id: id.to_owned(),
            patch,
            expected,
        })
    }

    /// Checks that the patch changes nothing that the Inbox has no choice in.
    fn check_inbox(&self, project: &ProjectRow) -> Result<(), Error> {
        let patch = &self.patch;
        let name = patch.name.as_deref().map(str::trim);
        if name.is_some_and(|name| name != project.name) {
            check_not_inbox(project, message!("project-inbox-renamed"))?;
        }
        if patch.archived == Some(true) {
            check_not_inbox(project, message!("project-inbox-archived"))?;
        }
        let moves = patch.parent_id.as_ref().is_some_and(Option::is_some);
        if moves || patch.position.as_ref().is_some_and(Option::is_some) {
            check_not_inbox(project, message!("project-inbox-moved"))?;
        }
        Ok(())
    }
}

impl Command for UpdateProject {
    type Outcome = Project;

    fn name(&self) -> &'static str {
        match self.patch.archived {
            Some(true) => "archive_project",
            Some(false) => "unarchive_project",
            None => "update_project",
        }
    }

    fn loads(&self) -> Loads {
        let loads = Loads::default();
        let loads = if self.patch.archived.is_some() || self.patch.parent_id.is_some() {
            loads.tree::<ProjectRow>(&self.id)
        } else {
            loads.item::<ProjectRow>(&self.id)
        };
        match &self.patch.parent_id {
            Some(Some(parent_id)) => loads.lineage::<ProjectRow>(parent_id),
            _ => loads,
        }
    }

    fn weight(&self) -> usize {
        self.patch.description.as_ref().map_or(0, String::len)
    }

    fn decide(&self, world: &World, context: &Context<'_>) -> Result<Decision<Project>, Error> {
        let project = owned(world, context, &self.id, &self.expected)?;
        self.check_inbox(&project)?;
        let below = descendants(world, context, &project)?;
        let mut after = project.clone();
        merge(&mut after, &self.patch);
        if let Some(parent_id) = &self.patch.parent_id
            && *parent_id != project.parent_id
        {
            if let Some(parent_id) = parent_id {
                check_parent(world, context, parent_id, Some((&project, &below)))?;
            }
            after.parent_id.clone_from(parent_id);
        }
        let mut changes = Vec::new();
        if let Some(archives) = self.patch.archived
            && archives != project.archived_at.is_some()
        {
            after.archived_at = archives.then_some(context.now);
            changes = archive(world, context, &project, &below, archives)?;
        }
        let (after, change) = changed(world, context, &project, after)?;
        changes.extend(change);
        decision(world, context, after, changes)
    }
}

/// Returns the changes that archive the projects below a project, or that bring those back that
/// were archived together with it.
fn archive(
    world: &World,
    context: &Context<'_>,
    project: &ProjectRow,
    below: &[ProjectRow],
    archives: bool,
) -> Result<Vec<Change>, Error> {
    let mut changes = Vec::new();
    for row in below.iter().rev() {
        if row.archived_at == project.archived_at {
            let mut after = row.clone();
            after.archived_at = archives.then_some(context.now);
            let (_, change) = changed(world, context, row, after)?;
            changes.extend(change);
        }
    }
    Ok(changes)
}
