//! The commands on sections, with their rules.

mod create;
mod delete;
mod movement;
mod update;

pub use create::CreateSection;
pub use delete::DeleteSection;
pub use movement::MoveSection;
pub use update::UpdateSection;

use super::{SectionTasks, queries};
use crate::db::Pool;
use crate::error::{Code, Error};
use crate::items::{SectionRow, TaskRow};
use crate::locale::message;
use crate::work::{Change, Context, Expected, Item, Loads, World};

/// Maximum number of sections of a project.
const MOST_SECTIONS: u32 = 200;

/// A section to change.
#[derive(Clone)]
struct Target {
    id: String,
    /// The project that it was in when the request arrived. `None` if it was in none yet, because
    /// an earlier command of the batch creates it.
    project_id: Option<String>,
    /// True if the client has not named the project.
    is_looked_up: bool,
    expected: Expected,
}

impl Target {
    /// Returns the section with an id. Its project is looked up if it is not named.
    fn new(project_id: Option<&str>, id: &str, expected: Expected) -> Target {
        Target {
            id: id.to_owned(),
            project_id: project_id.map(str::to_owned),
            is_looked_up: project_id.is_none(),
            expected,
        }
    }

    /// Finds the project of the section, whose tasks are loaded with it.
    async fn prepare(&mut self, pool: &Pool, user_id: &str) -> Result<(), Error> {
        if self.project_id.is_none() {
            match queries::read(pool, user_id, &self.id).await {
                Ok(section) => self.project_id = Some(section.project_id),
                Err(Error::NotFound) => {}
                Err(error) => return Err(error),
            }
        }
        Ok(())
    }

    /// Adds the section to the rows that a command needs.
    fn loads(&self) -> Loads {
        Loads::default().item::<SectionRow>(&self.id)
    }

    /// Adds the tasks of the section.
    fn with_tasks(&self, loads: Loads) -> Loads {
        match &self.project_id {
            Some(project_id) => loads.matching::<TaskRow>(project_id, "section_id", &self.id),
            None => loads,
        }
    }

    /// Returns the section to change, if it has the expected version.
    fn find(&self, world: &World, context: &Context<'_>) -> Result<SectionRow, Error> {
        let section: SectionRow = world.item(context.user_id, &self.id)?;
        self.expected.check(section.version)?;
        if let Some(project_id) = &self.project_id
            && *project_id != section.project_id
            && !self.has_left(world, project_id)?
        {
            let message = message!("section-has-moved");
            return Err(Error::Conflict(message));
        }
        Ok(section)
    }

    /// Returns true if an earlier command of the batch has moved the section out of the project in
    /// which it was found, with its tasks.
    fn has_left(&self, world: &World, project_id: &str) -> Result<bool, Error> {
        let sections = world.versions_of::<SectionRow>(project_id)?;
        Ok(self.is_looked_up && sections.iter().any(|section| section.id == self.id))
    }
}

/// Returns the tasks of a section, each after its parent. A subtask is in the section of its
/// parent.
fn tasks_of(world: &World, section: &SectionRow) -> Result<Vec<TaskRow>, Error> {
    let mut rest = world.items_of::<TaskRow>(&section.project_id)?;
    rest.retain(|task| task.section_id.as_ref() == Some(&section.id));
    let mut found: Vec<TaskRow> = Vec::new();
    while !rest.is_empty() {
        let waits = |task: &TaskRow| {
            let mut parents = rest.iter();
            parents.any(|other| Some(&other.id) == task.parent_id.as_ref())
        };
        let (waiting, ready): (Vec<_>, Vec<_>) = rest.iter().cloned().partition(waits);
        if ready.is_empty() {
            // Parents cannot form a cycle.
            found.extend(waiting);
            break;
        }
        found.extend(ready);
        rest = waiting;
    }
    Ok(found)
}

/// Returns the id of the section that the tasks of a section move to. `None` if they stay in the
/// project without a section.
fn destination(
    world: &World,
    context: &Context<'_>,
    section: &SectionRow,
    tasks: &SectionTasks,
) -> Result<Option<String>, Error> {
    let Some(id) = &tasks.move_to else {
        return Ok(None);
    };
    let found = world.read::<SectionRow>(context.user_id, id).ok();
    let found =
        found.filter(|found| found.project_id == section.project_id && found.id != section.id);
    match found {
        Some(found) => Ok(Some(found.id)),
        None => {
            let message = message!("section-no-other");
            Err(Error::invalid("move_to", Code::UnknownValue, message))
        }
    }
}

/// Returns the change of an item of a project, if there is one, and the item as it is then.
fn changed<T: Item + PartialEq>(
    world: &World,
    context: &Context<'_>,
    project_id: &str,
    before: &T,
    mut after: T,
) -> Result<(T, Option<Change>), Error> {
    if *before == after {
        return Ok((after, None));
    }
    let version = world.next_version(project_id, context)?;
    after.stamp(context.now, version, context.id);
    let change = Change::update(before, &after)?;
    Ok((after, Some(change)))
}

#[cfg(test)]
mod tests;
