//! The commands on projects, with their rules.

mod create;
mod delete;
mod duplicate;
mod movement;
mod parent;
mod update;

pub use create::CreateProject;
pub use delete::DeleteProject;
pub use duplicate::DuplicateProject;
pub use movement::MoveProject;
pub use update::UpdateProject;

use super::{Project, ProjectPatch, USUAL_GROUPS, USUAL_ORDER};
use crate::error::Error;
use crate::locale::Message;
use crate::work::{Change, Context, Decision, Expected, Item, ProjectRow, World};

/// Returns the project to change, if the user owns it and it has the expected version.
fn owned(
    world: &World,
    context: &Context<'_>,
    id: &str,
    expected: &Expected,
) -> Result<ProjectRow, Error> {
    let project: ProjectRow = world.read(context.user_id, id)?;
    world.check_owner(context.user_id, id)?;
    expected.check(project.item_version)?;
    Ok(project)
}

/// Returns the descendants of a project that are not in the trash, each after its parent. Those of
/// others are left out.
fn descendants(
    world: &World,
    context: &Context<'_>,
    project: &ProjectRow,
) -> Result<Vec<ProjectRow>, Error> {
    let mut all = world.descendants::<ProjectRow>(&project.id)?;
    all.retain(|row| {
        row.deleted_at.is_none() && world.check_owner(context.user_id, &row.id).is_ok()
    });
    Ok(all)
}

/// Checks that a project is not the Inbox. The message says what cannot be done to it.
fn check_not_inbox(project: &ProjectRow, message: Message) -> Result<(), Error> {
    if project.is_inbox() {
        return Err(Error::Conflict(message));
    }
    Ok(())
}

/// Replaces the fields that the patch contains (RFC 7396), except for the parent and the
/// archiving, which concern other rows.
fn merge(project: &mut ProjectRow, patch: &ProjectPatch) {
    if let Some(name) = &patch.name {
        name.trim().clone_into(&mut project.name);
    }
    if let Some(description) = &patch.description {
        project.description.clone_from(description);
    }
    if let Some(colour) = patch.colour {
        colour.name().clone_into(&mut project.colour);
    }
    if let Some(position) = &patch.position {
        project.position.clone_from(position);
    }
    if let Some(favourite) = patch.favourite {
        project.favourite = favourite;
    }
    if let Some(view) = patch.view {
        view.name().clone_into(&mut project.view);
    }
    if let Some(groups) = patch.group_by {
        let groups = groups.unwrap_or(USUAL_GROUPS);
        groups.as_str().clone_into(&mut project.group_by);
    }
    if let Some(order) = patch.sort_by {
        let order = order.unwrap_or(USUAL_ORDER);
        order.as_str().clone_into(&mut project.sort_by);
    }
}

/// Returns the change of a project, if there is one, and the project as it is then.
fn changed(
    world: &World,
    context: &Context<'_>,
    before: &ProjectRow,
    mut after: ProjectRow,
) -> Result<(ProjectRow, Option<Change>), Error> {
    if *before == after {
        return Ok((after, None));
    }
    let version = world.next_version(&after.id, context)?;
    after.stamp(context.now, version, context.id);
    let change = Change::update(before, &after)?;
    Ok((after, Some(change)))
}

/// Returns the decision on a project that the user owns.
fn decision(
    world: &World,
    context: &Context<'_>,
    project: ProjectRow,
    changes: Vec<Change>,
) -> Result<Decision<Project>, Error> {
    let role = world.role(context.user_id, &project.id);
    Ok(Decision {
        outcome: Project::of(project, role.ok_or(Error::NotFound)?),
        changes,
    })
}

#[cfg(test)]
mod tests;
