//! The ends of a label: it is merged into another one, or deleted.

use garde::Validate;

use super::rename::rename_in_tasks;
use super::{Target, by_key};
use crate::error::{Code, Error};
use crate::items::{LabelRow, TaskRow, label_key};
use crate::labels::{Label, LabelMerge, Tags};
use crate::locale::message;
use crate::work::{Change, Command, Context, Decision, Loads, World};

/// Replaces a label by another one in all tasks that the user can change, and deletes it. The
/// outcome is the label that remains.
pub struct MergeLabel {
    target: Target,
    into: String,
}

/// Removes a label from all tasks that the user can change, and deletes it. The outcome is the
/// deleted label.
pub struct DeleteLabel {
    target: Target,
}

impl MergeLabel {
    /// Creates a command that merges a label of a user with one of these entity tags.
    ///
    /// # Errors
    /// [`Error::Invalid`] if the input breaks a rule.
    pub fn new(
        user_id: &str,
        name: &str,
        merge: &LabelMerge,
        expected: Tags,
    ) -> Result<MergeLabel, Error> {
        merge.validate()?;
        Ok(MergeLabel {
            target: Target::new(user_id, name, expected),
            into: label_key(&merge.into),
        })
    }
}

impl DeleteLabel {
    /// Creates a command that deletes a label of a user with one of these entity tags.
    pub fn new(user_id: &str, name: &str, expected: Tags) -> DeleteLabel {
        DeleteLabel {
            target: Target::new(user_id, name, expected),
        }
    }
}

impl Command for MergeLabel {
    type Outcome = Label;

    fn name(&self) -> &'static str {
        "merge_label"
    }

    fn loads(&self) -> Loads {
        let loads = self.target.loads();
        loads
            .matching::<LabelRow>(&self.target.inbox, "name_folded", &self.into)
            .indexed::<TaskRow>(&self.target.key)
    }

    fn decide(&self, world: &World, context: &Context<'_>) -> Result<Decision<Label>, Error> {
        let label = self.target.find(world)?;
        let into = by_key(world, &self.target.inbox, &self.into)?;
        let Some(into) = into.filter(|into| into.id != label.id) else {
            let message = message!("label-no-other");
            return Err(Error::invalid("into", Code::UnknownValue, message));
        };
        let changes = removed(world, context, &label, Some(&into.name))?;
        Ok(Decision {
            outcome: into.into(),
            changes,
        })
    }
}

impl Command for DeleteLabel {
    type Outcome = Label;

    fn name(&self) -> &'static str {
        "delete_label"
    }

    fn loads(&self) -> Loads {
        let loads = self.target.loads();
        loads.indexed::<TaskRow>(&self.target.key)
    }

    fn decide(&self, world: &World, context: &Context<'_>) -> Result<Decision<Label>, Error> {
        let label = self.target.find(world)?;
        let changes = removed(world, context, &label, None)?;
        Ok(Decision {
            outcome: label.into(),
            changes,
        })
    }
}

/// Returns the changes that delete a label and replace it in tasks.
fn removed(
    world: &World,
    context: &Context<'_>,
    label: &LabelRow,
    name: Option<&str>,
) -> Result<Vec<Change>, Error> {
    let mut changes = rename_in_tasks(world, context, &label.name_folded, name)?;
    let version = world.next_version(&label.project_id, context)?;
    changes.push(Change::delete(label, &label.id, version)?);
    Ok(changes)
}
