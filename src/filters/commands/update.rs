//! Changes of the fields of a filter.

use garde::Validate;

use super::{Target, changed};
use crate::error::Error;
use crate::filters::{Filter, FilterPatch, NewFilter};
use crate::work::{Command, Context, Decision, Expected, Loads, World};

/// Updates the fields of a filter that a patch contains.
pub struct UpdateFilter {
    name: &'static str,
    target: Target,
    patch: FilterPatch,
}

impl UpdateFilter {
    /// Creates a command that updates a filter of an expected version.
    ///
    /// # Errors
    /// [`Error::Invalid`] if the input breaks a rule.
    pub fn new(id: &str, patch: FilterPatch, expected: Expected) -> Result<UpdateFilter, Error> {
        patch.validate()?;
        Ok(UpdateFilter {
            name: "update_filter",
            target: Target::new(id, expected),
            patch,
        })
    }

    /// Creates a command that replaces a filter of an expected version.
    ///
    /// # Errors
    /// [`Error::Invalid`] if the input breaks a rule.
    pub fn replace(id: &str, new: NewFilter, expected: Expected) -> Result<UpdateFilter, Error> {
        Ok(UpdateFilter {
            name: "replace_filter",
            ..UpdateFilter::new(id, new.into(), expected)?
        })
    }
}

impl Command for UpdateFilter {
    type Outcome = Filter;

    fn name(&self) -> &'static str {
        self.name
    }

    fn loads(&self) -> Loads {
        self.target.loads()
    }

    fn decide(&self, world: &World, context: &Context<'_>) -> Result<Decision<Filter>, Error> {
        let filter = self.target.find(world, context)?;
        let mut after = filter.clone();
        if let Some(name) = &self.patch.name {
            name.trim().clone_into(&mut after.name);
        }
        if let Some(expression) = &self.patch.expression {
            after.expression.clone_from(expression);
        }
        if let Some(colour) = self.patch.colour {
            colour.name().clone_into(&mut after.colour);
        }
        if let Some(position) = &self.patch.position {
            after.position.clone_from(position);
        }
        if let Some(favourite) = self.patch.favourite {
            after.favourite = favourite;
        }
        changed(world, context, &filter, after)
    }
}
