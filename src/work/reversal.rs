//! Parts that undoing a command and restoring an item share.

use serde::{Deserialize, Serialize};

use super::{Change, Context, ItemType, PROJECT, World};
use crate::access::Role;
use crate::db::{Row, Value};
use crate::error::Error;
use crate::locale::{Message, message};

/// An item that a command has changed.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct ChangedItem {
    /// The noun of the item's type.
    pub noun: String,
    /// The id.
    pub id: String,
    /// The name of the user's role in the project of the item.
    pub role: String,
    /// The row. `None` if the item is in the trash.
    pub row: Option<Row>,
}

/// Returns the type with this noun.
///
/// # Errors
/// [`Error::Internal`] if there is none.
pub(super) fn kind_of(types: &[&'static ItemType], noun: &str) -> Result<&'static ItemType, Error> {
    let found = types.iter().find(|kind| kind.noun == noun);
    found
        .copied()
        .ok_or_else(|| Error::Internal(format!("no type of item is called {noun}")))
}

/// Checks that the user may change an item of a project, which must not be in the trash.
///
/// # Errors
/// [`Error::NotFound`] or [`Error::ReadOnly`] if the role does not suffice, [`Error::Conflict`] if
/// the project is in the trash.
pub(super) fn check_project(
    world: &World,
    context: &Context<'_>,
    kind: &ItemType,
    project_id: &str,
) -> Result<(), Error> {
    if kind.noun == PROJECT.noun {
        return world.check_owner(context.user_id, project_id);
    }
    let row = world.current(&PROJECT, project_id);
    let row = row.filter(|row| PROJECT.is_deleted(row));
    match (row, world.role(context.user_id, project_id)) {
        (Some(row), Some(Role::Editor | Role::Owner)) => {
            let title = PROJECT.text(row, PROJECT.title);
            Err(conflict(title, message!("undo-in-trash")))
        }
        _ => world.check_editor(context.user_id, project_id),
    }
}

/// Returns the error of a change that contradicts the state of an item. The state is a message whose
/// argument `item` is the subject.
pub(super) fn conflict(title: Option<&str>, state: Message) -> Error {
    let item = match title {
        Some(title) if !title.is_empty() => message!("done-quoted", name = title),
        _ => message!("undo-an-item"),
    };
    Error::Conflict(state.with("item", item))
}

/// Sets the time, the version and the change of a row's last change.
pub(super) fn stamp(
    world: &World,
    context: &Context<'_>,
    kind: &ItemType,
    row: &mut Row,
) -> Result<(), Error> {
    let version = world.next_version(kind.project_id(row)?, context)?;
    kind.set(row, "updated_at", Value::Integer(context.now.0));
    kind.set(row, "change_id", Value::Text(context.id.to_owned()));
    kind.set(row, kind.version, Value::Integer(version));
    Ok(())
}

/// Returns the items that changes have changed, in the order of their first change.
pub(super) fn changed_items(
    world: &World,
    context: &Context<'_>,
    changes: &[Change],
) -> Vec<ChangedItem> {
    let mut items: Vec<ChangedItem> = Vec::new();
    for change in changes {
        let (noun, id) = (change.kind.noun, change.id());
        if items.iter().any(|item| item.noun == noun && item.id == id) {
            continue;
        }
        let role = world.role(context.user_id, change.project_id());
        let row = world.current(change.kind, id);
        items.push(ChangedItem {
            noun: noun.to_owned(),
            id: id.to_owned(),
            role: role.unwrap_or(Role::Viewer).name().to_owned(),
            row: row.filter(|row| !change.kind.is_deleted(row)).cloned(),
        });
    }
    items
}
