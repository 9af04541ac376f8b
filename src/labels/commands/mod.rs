//! The commands on labels, with their rules.

mod create;
mod merge;
mod movement;
mod rename;
mod update;

pub use create::CreateLabel;
pub use merge::{DeleteLabel, MergeLabel};
pub use movement::MoveLabel;
pub use update::UpdateLabel;

use super::Tags;
use crate::error::Error;
use crate::items::{LabelRow, label_key};
use crate::work::{Change, Context, Item, Loads, World};

/// A label of a user.
struct Target {
    inbox: String,
    key: String,
    expected: Tags,
}

impl Target {
    /// Returns the label of a user with a name.
    fn new(user_id: &str, name: &str, expected: Tags) -> Target {
        Target {
            inbox: user_id.to_owned(),
            key: label_key(name),
            expected,
        }
    }

    /// Adds the label to the rows that a command needs.
    fn loads(&self) -> Loads {
        Loads::default().matching::<LabelRow>(&self.inbox, "name_folded", &self.key)
    }

    /// Returns the label to change, if it has an expected version.
    fn find(&self, world: &World) -> Result<LabelRow, Error> {
        let label = by_key(world, &self.inbox, &self.key)?.ok_or(Error::NotFound)?;
        self.expected.check(&label)?;
        Ok(label)
    }
}

/// Returns the loaded label with a key.
fn by_key(world: &World, inbox: &str, key: &str) -> Result<Option<LabelRow>, Error> {
    let labels = world.items_of::<LabelRow>(inbox)?;
    Ok(labels.into_iter().find(|label| label.name_folded == key))
}

/// Returns the change of a label, if there is one, and the label as it is then.
fn changed(
    world: &World,
    context: &Context<'_>,
    before: &LabelRow,
    mut after: LabelRow,
) -> Result<(LabelRow, Option<Change>), Error> {
    if *before == after {
        return Ok((after, None));
    }
    let version = world.next_version(&before.project_id, context)?;
    after.stamp(context.now, version, context.id);
    let change = Change::update(before, &after)?;
    Ok((after, Some(change)))
}

#[cfg(test)]
mod tests;
