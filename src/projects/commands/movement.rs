//! Moves of a project below another one, or among its siblings.

use garde::Validate;

use super::parent::check_parent;
use super::{changed, check_not_inbox, decision, descendants, owned};
use crate::db::Pool;
use crate::error::Error;
use crate::items::{Sibling, position_between};
use crate::locale::message;
use crate::projects::{Project, ProjectMove, queries};
use crate::work::{Command, Context, Decision, Expected, Loads, ProjectRow, World};

/// Moves a project below another one, or between two projects with the same parent.
pub struct MoveProject {
    id: String,
    moved: ProjectMove,
    /// The project that is next to `after` or `before` at present, if only one of them is
    /// requested.
    neighbour: Option<String>,
    expected: Expected,
}

impl MoveProject {
    /// Creates a command that moves a project of an expected version.
    ///
    /// # Errors
    /// [`Error::Invalid`] if the input breaks a rule.
    pub fn new(id: &str, moved: ProjectMove, expected: Expected) -> Result<MoveProject, Error> {
        moved.validate()?;
        Ok(MoveProject {
            id: id.to_owned(),
            moved,
            neighbour: None,
            expected,
        })
    }

    fn neighbours(&self) -> impl Iterator<Item = &String> {
        let named = [&self.moved.after, &self.moved.before, &self.neighbour];
        named.into_iter().flatten()
    }
}

impl Command for MoveProject {
    type Outcome = Project;

    fn name(&self) -> &'static str {
        "move_project"
    }

    async fn prepare(&mut self, pool: &Pool, user_id: &str) -> Result<(), Error> {
        self.neighbour = queries::neighbour(pool, user_id, &self.id, &self.moved).await?;
        Ok(())
    }

    fn loads(&self) -> Loads {
        let loads = Loads::default().tree::<ProjectRow>(&self.id);
        let neighbours = self.neighbours();
        let loads = neighbours.fold(loads, |loads, id| loads.item::<ProjectRow>(id));
        match &self.moved.parent_id {
            Some(Some(parent_id)) => loads.lineage::<ProjectRow>(parent_id),
            _ => loads,
        }
    }

    fn decide(&self, world: &World, context: &Context<'_>) -> Result<Decision<Project>, Error> {
        let project = owned(world, context, &self.id, &self.expected)?;
        check_not_inbox(&project, message!("project-inbox-moved"))?;
        let mut after = project.clone();
        if let Some(parent_id) = &self.moved.parent_id
            && *parent_id != project.parent_id
        {
            if let Some(parent_id) = parent_id {
                let below = descendants(world, context, &project)?;
                check_parent(world, context, parent_id, Some((&project, &below)))?;
            }
            after.parent_id.clone_from(parent_id);
        }
        // Preceding commands of a batch may have moved others to the place.
        let siblings = world.all::<ProjectRow>()?.into_iter().filter_map(|row| {
            let row: ProjectRow = world.read(context.user_id, &row.id).ok()?;
            let is_sibling = row.parent_id == after.parent_id && !row.is_inbox();
            is_sibling.then(|| Sibling::new(&row.id, row.position.as_deref()))
        });
        let siblings: Vec<_> = siblings.collect();
        let (behind, before) = (self.moved.after.as_deref(), self.moved.before.as_deref());
        if let Some(position) = position_between(&siblings, &self.id, behind, before)? {
            after.position = Some(position);
        }
        let (after, change) = changed(world, context, &project, after)?;
        decision(world, context, after, change.into_iter().collect())
    }
}
