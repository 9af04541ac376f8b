//! The commands on saved filters, with their rules.

mod create;
mod delete;
mod movement;
mod update;

pub use create::CreateFilter;
pub use delete::DeleteFilter;
pub use movement::MoveFilter;
pub use update::UpdateFilter;

use super::Filter;
use crate::error::Error;
use crate::items::FilterRow;
use crate::work::{Change, Context, Decision, Expected, Item, Loads, World};

/// A filter and the version that the client expects.
struct Target {
    id: String,
    expected: Expected,
}

impl Target {
    fn new(id: &str, expected: Expected) -> Target {
        Target {
            id: id.to_owned(),
            expected,
        }
    }

    /// Returns the rows that a command needs.
    fn loads(&self) -> Loads {
        Loads::default().item::<FilterRow>(&self.id)
    }

    /// Returns the filter to change, if it has the expected version.
    fn find(&self, world: &World, context: &Context<'_>) -> Result<FilterRow, Error> {
        let filter: FilterRow = world.item(context.user_id, &self.id)?;
        self.expected.check(filter.version)?;
        Ok(filter)
    }
}

/// Returns the decision to change a filter, if anything differs.
fn changed(
    world: &World,
    context: &Context<'_>,
    before: &FilterRow,
    mut after: FilterRow,
) -> Result<Decision<Filter>, Error> {
    let mut changes = Vec::new();
    if *before != after {
        let version = world.next_version(&before.project_id, context)?;
        after.stamp(context.now, version, context.id);
        changes.push(Change::update(before, &after)?);
    }
    Ok(Decision {
        outcome: after.into(),
        changes,
    })
}

#[cfg(test)]
mod tests;
