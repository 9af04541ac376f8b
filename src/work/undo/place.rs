//! The place to which the reversal of a change returns an item.

use crate::error::Error;
use crate::locale::{Message, message};
use crate::work::reversal::conflict;
use crate::work::{Change, World};

const MOVED: Message = message!("undo-moved");

/// Checks that a change which returns an item to a parent makes no cycle and not too many levels.
pub(super) fn check_place(world: &World, change: &Change) -> Result<(), Error> {
    let kind = change.kind;
    let parent_of = |row| kind.text(row, kind.parent?);
    let row = world.current(kind, change.id());
    let row = row.filter(|row| !kind.is_deleted(row));
    let Some((row, parent_id)) = row.and_then(|row| Some((row, parent_of(row)?))) else {
        return Ok(());
    };
    let before = change.before.as_ref();
    let before = before.filter(|before| !kind.is_deleted(before));
    let stays = before.and_then(parent_of) == Some(parent_id);
    let id = change.id();
    if stays || world.fits(kind, id, parent_id, world.height(kind, id)) {
        return Ok(());
    }
    Err(conflict(kind.text(row, kind.title), MOVED))
}
