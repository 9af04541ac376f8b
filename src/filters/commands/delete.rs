//! Deletion of a filter.

use super::Target;
use crate::error::Error;
use crate::filters::Filter;
use crate::work::{Change, Command, Context, Decision, Expected, Loads, World};

/// Moves a filter to the trash. The outcome is the deleted filter.
pub struct DeleteFilter {
    target: Target,
}

impl DeleteFilter {
    /// Creates a command that deletes a filter of an expected version.
    pub fn new(id: &str, expected: Expected) -> DeleteFilter {
        DeleteFilter {
            target: Target::new(id, expected),
        }
    }
}

impl Command for DeleteFilter {
    type Outcome = Filter;

    fn name(&self) -> &'static str {
        "delete_filter"
    }

    fn loads(&self) -> Loads {
        self.target.loads()
    }

    fn decide(&self, world: &World, context: &Context<'_>) -> Result<Decision<Filter>, Error> {
        let filter = self.target.find(world, context)?;
        let version = world.next_version(&filter.project_id, context)?;
        Ok(Decision {
            changes: vec![Change::delete(&filter, &filter.id, version)?],
            outcome: filter.into(),
        })
    }
}
