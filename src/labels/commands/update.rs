//! Changes of the fields of a label.

use garde::Validate;

use super::create::taken;
use super::rename::rename_in_tasks;
use super::{Target, by_key, changed};
use crate::error::Error;
use crate::items::{LabelRow, TaskRow, label_key};
use crate::labels::{Label, LabelPatch, Tags};
use crate::work::{Command, Context, Decision, Loads, World};

/// Updates the fields of a label that a patch contains. A new name replaces the old one in all
/// tasks that the user can change.
pub struct UpdateLabel {
    target: Target,
    patch: LabelPatch,
}

impl UpdateLabel {
    /// Creates a command that updates a label of a user with one of these entity tags.
    ///
    /// # Errors
    /// [`Error::Invalid`] if the input breaks a rule.
    pub fn new(
        user_id: &str,
        name: &str,
        patch: LabelPatch,
        expected: Tags,
    ) -> Result<UpdateLabel, Error> {
        patch.validate()?;
        Ok(UpdateLabel {
            target: Target::new(user_id, name, expected),
            patch,
        })
    }
}

impl Command for UpdateLabel {
    type Outcome = Label;

    fn name(&self) -> &'static str {
        "update_label"
    }

    fn loads(&self) -> Loads {
        let loads = self.target.loads();
        match &self.patch.name {
            Some(name) => loads
                .matching::<LabelRow>(&self.target.inbox, "name_folded", &label_key(name))
                .indexed::<TaskRow>(&self.target.key),
            None => loads,
        }
    }

    fn decide(&self, world: &World, context: &Context<'_>) -> Result<Decision<Label>, Error> {
        let label = self.target.find(world)?;
        let mut after = label.clone();
        let mut changes = Vec::new();
        if let Some(name) = &self.patch.name {
            let name = name.trim();
            let key = label_key(name);
            let other = by_key(world, &self.target.inbox, &key)?;
            if other.is_some_and(|other| other.id != label.id) {
                return Err(taken());
            }
            if name != label.name {
                changes = rename_in_tasks(world, context, &label.name_folded, Some(name))?;
            }
            name.clone_into(&mut after.name);
            after.name_folded = key;
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
        let (after, change) = changed(world, context, &label, after)?;
        changes.extend(change);
        Ok(Decision {
            outcome: after.into(),
            changes,
        })
    }
}
