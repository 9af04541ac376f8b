//! Moves of a filter among the filters of its user.

use garde::Validate;

use super::{Target, changed};
use crate::error::Error;
use crate::filters::{Filter, FilterMove};
use crate::items::{FilterRow, Sibling, position_between};
use crate::work::{Command, Context, Decision, Expected, Loads, World};

/// Moves a filter between two others.
pub struct MoveFilter {
    inbox: String,
    target: Target,
    moved: FilterMove,
}

impl MoveFilter {
    /// Creates a command that moves a filter of a user with an expected version.
    ///
    /// # Errors
    /// [`Error::Invalid`] if the input breaks a rule.
    pub fn new(
        user_id: &str,
        id: &str,
        moved: FilterMove,
        expected: Expected,
    ) -> Result<MoveFilter, Error> {
        moved.validate()?;
        Ok(MoveFilter {
            inbox: user_id.to_owned(),
            target: Target::new(id, expected),
            moved,
        })
    }
}

impl Command for MoveFilter {
    type Outcome = Filter;

    fn name(&self) -> &'static str {
        "move_filter"
    }

    fn loads(&self) -> Loads {
        self.target.loads().all::<FilterRow>(&self.inbox)
    }

    fn decide(&self, world: &World, context: &Context<'_>) -> Result<Decision<Filter>, Error> {
        let filter = self.target.find(world, context)?;
        let filters = world.items_of::<FilterRow>(&self.inbox)?;
        let siblings = filters
            .iter()
            .map(|row| Sibling::new(&row.id, row.position.as_deref()));
        let siblings: Vec<_> = siblings.collect();
        let (behind, before) = (self.moved.after.as_deref(), self.moved.before.as_deref());
        let mut after = filter.clone();
        if let Some(position) = position_between(&siblings, &filter.id, behind, before)? {
            after.position = Some(position);
        }
        changed(world, context, &filter, after)
    }
}
