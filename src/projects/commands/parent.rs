//! The rule for the parent of a project.

use crate::error::{Code, Error};
use crate::work::{Context, MOST_LEVELS, ProjectRow, World};

/// Checks that a project with these descendants can become a part of another one, whose ancestors
/// are loaded. `project` is `None` for a new project.
///
/// # Errors
/// [`Error::Invalid`] that names `parent_id`.
pub(super) fn check_parent(
    world: &World,
    context: &Context<'_>,
    parent_id: &str,
    project: Option<(&ProjectRow, &[ProjectRow])>,
) -> Result<(), Error> {
    let user_id = context.user_id;
    let invalid = |code, message: &str| Err(Error::invalid("parent_id", code, message));
    let parent = world.read::<ProjectRow>(user_id, parent_id);
    let owned = parent.and_then(|parent| {
        world.check_owner(user_id, parent_id)?;
        Ok(parent)
    });
    let parent = match owned {
        Ok(parent) => parent,
        Err(Error::NotFound | Error::ReadOnly) => {
            return invalid(Code::UnknownValue, "You own no such project.");
        }
        Err(error) => return Err(error),
    };
    if parent.is_inbox() {
        return invalid(Code::Invalid, "The Inbox cannot contain projects.");
    }
    if parent.archived_at.is_some() {
        return invalid(Code::Invalid, "The project is archived.");
    }
    let mut height = 0;
    if let Some((project, descendants)) = project {
        let mut tree = descendants.iter().chain([project]);
        if tree.any(|row| row.id == parent_id) {
            let message = "A project cannot be a part of itself or of its own parts.";
            return invalid(Code::Invalid, message);
        }
        height = height_of(project, descendants);
    }
    let mut depth = 1;
    let mut next = parent.parent_id;
    while let Some(id) = next {
        depth += 1;
        if depth > MOST_LEVELS {
            break;
        }
        let ancestor = world.read::<ProjectRow>(user_id, &id);
        next = ancestor.ok().and_then(|ancestor| ancestor.parent_id);
    }
    if depth + height > MOST_LEVELS {
        let message = format!("There can be at most {MOST_LEVELS} levels below a project.");
        return invalid(Code::OutOfRange, &message);
    }
    Ok(())
}

/// Returns the number of levels below a project. Each descendant must follow its parent.
fn height_of(project: &ProjectRow, descendants: &[ProjectRow]) -> usize {
    let mut depths = vec![(project.id.as_str(), 0)];
    for row in descendants {
        let parent = row.parent_id.as_deref();
        let depth = depths.iter().find(|(id, _)| Some(*id) == parent);
        depths.push((&row.id, depth.map_or(0, |(_, depth)| depth + 1)));
    }
    let depths = depths.into_iter().map(|(_, depth)| depth);
    depths.max().unwrap_or_default()
}
