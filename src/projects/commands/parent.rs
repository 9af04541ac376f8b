//! The rule for the parent of a project.

use crate::error::{Code, Error};
use crate::locale::{Message, message};
use crate::work::{Context, MOST_LEVELS, PROJECT, ProjectRow, World};

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
    let invalid = |code, message: Message| Err(Error::invalid("parent_id", code, message));
    let parent = world.read::<ProjectRow>(user_id, parent_id);
    let owned = parent.and_then(|parent| {
        world.check_owner(user_id, parent_id)?;
        Ok(parent)
    });
    let parent = match owned {
        Ok(parent) => parent,
        Err(Error::NotFound | Error::ReadOnly) => {
            return invalid(Code::UnknownValue, message!("project-not-owned"));
        }
        Err(error) => return Err(error),
    };
    if parent.is_inbox() {
        return invalid(Code::Invalid, message!("project-inbox-contains"));
    }
    if parent.archived_at.is_some() {
        return invalid(Code::Invalid, message!("project-is-archived"));
    }
    let mut own = (context.item_id, 0);
    if let Some((project, descendants)) = project {
        let mut tree = descendants.iter().chain([project]);
        if tree.any(|row| row.id == parent_id) {
            let message = message!("project-cycle");
            return invalid(Code::Invalid, message);
        }
        own = (&project.id, world.height(&PROJECT, &project.id));
    }
    let (id, height) = own;
    if !world.fits(&PROJECT, id, parent_id, height) {
        let message = message!("project-levels", most = MOST_LEVELS);
        return invalid(Code::OutOfRange, message);
    }
    Ok(())
}
