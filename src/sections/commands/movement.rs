//! Moves of a section among the sections of its project, or to another project.

use garde::Validate;

use super::create::{check_section_quota, unknown_project};
use super::{Target, tasks_of};
use crate::db::Pool;
use crate::error::Error;
use crate::items::{SectionRow, Sibling, position_between};
use crate::sections::{Section, SectionMove};
use crate::work::{Change, Command, Context, Decision, Expected, Item, Loads, World};

/// Moves a section. Its tasks follow it to another project.
pub struct MoveSection {
    target: Target,
    moved: SectionMove,
}

impl MoveSection {
    /// Creates a command that moves a section of an expected version. Its project is looked up if
    /// it is not named.
    ///
    /// # Errors
    /// [`Error::Invalid`] if the input breaks a rule.
    pub fn new(
        project_id: Option<&str>,
        id: &str,
        moved: SectionMove,
        expected: Expected,
    ) -> Result<MoveSection, Error> {
        moved.validate()?;
        Ok(MoveSection {
            target: Target::new(project_id, id, expected),
            moved,
        })
    }
}

impl Command for MoveSection {
    type Outcome = Section;

    fn name(&self) -> &'static str {
        "move_section"
    }

    async fn prepare(&mut self, pool: &Pool, user_id: &str) -> Result<(), Error> {
        self.target.prepare(pool, user_id).await
    }

    fn loads(&self) -> Loads {
        let loads = self.target.loads();
        let present = self.target.project_id.as_ref();
        match (self.moved.project_id.as_ref(), present) {
            (Some(to), present) if Some(to) != present => {
                let loads = loads.all::<SectionRow>(to);
                self.target.with_tasks(loads).quota()
            }
            (_, Some(present)) => loads.all::<SectionRow>(present),
            // The command that creates the section loads the others.
            (_, None) => loads,
        }
    }

    fn decide(&self, world: &World, context: &Context<'_>) -> Result<Decision<Section>, Error> {
        let section = self.target.find(world, context)?;
        let to = self.moved.project_id.as_ref();
        let to = to.unwrap_or(&section.project_id).as_str();
        let changes_project = to != section.project_id;
        let allowed = world.check_editor(context.user_id, to);
        allowed.map_err(unknown_project)?;
        let sections = world.items_of::<SectionRow>(to)?;
        let siblings = sections
            .iter()
            .map(|row| Sibling::new(&row.id, row.position.as_deref()));
        let siblings: Vec<_> = siblings.collect();
        let mut after = section.clone();
        let (behind, before) = (self.moved.after.as_deref(), self.moved.before.as_deref());
        if let Some(position) = position_between(&siblings, &section.id, behind, before)? {
            after.position = Some(position);
        }
        let mut changes = Vec::new();
        if changes_project {
            check_section_quota("project_id", sections.len())?;
            after.project_id = to.to_owned();
        }
        if after != section {
            let version = world.next_version(to, context)?;
            let left_version = world.next_version(&section.project_id, context)?;
            after.stamp(context.now, version, context.id);
            changes.push(Change::update(&section, &after)?.leaving(left_version));
            if changes_project {
                let tasks = tasks_of(world, &section)?;
                let open = tasks.iter().filter(|task| task.completed_at.is_none());
                let count = (tasks.len(), open.count());
                let projects = (section.project_id.as_str(), to);
                world.check_move_quota(context, projects, "project_id", count)?;
                for task in &tasks {
                    let mut moved = task.clone();
                    moved.project_id = to.to_owned();
                    moved.stamp(context.now, version, context.id);
                    changes.push(Change::update(task, &moved)?.leaving(left_version));
                }
            }
        }
        Ok(Decision {
            outcome: after.into(),
            changes,
        })
    }
}
