//! Moves of a label among the labels of its user.

use garde::Validate;

use super::{Target, changed};
use crate::error::Error;
use crate::items::{LabelRow, Sibling, label_key, position_between};
use crate::labels::{Label, LabelMove, Tags};
use crate::work::{Command, Context, Decision, Loads, World};

/// Moves a label between two others.
pub struct MoveLabel {
    target: Target,
    after: Option<String>,
    before: Option<String>,
}

impl MoveLabel {
    /// Creates a command that moves a label of a user with one of these entity tags.
    ///
    /// # Errors
    /// [`Error::Invalid`] if the input breaks a rule.
    pub fn new(
        user_id: &str,
        name: &str,
        moved: &LabelMove,
        expected: Tags,
    ) -> Result<MoveLabel, Error> {
        moved.validate()?;
        Ok(MoveLabel {
            target: Target::new(user_id, name, expected),
            after: moved.after.as_deref().map(label_key),
            before: moved.before.as_deref().map(label_key),
        })
    }
}

impl Command for MoveLabel {
    type Outcome = Label;

    fn name(&self) -> &'static str {
        "move_label"
    }

    fn loads(&self) -> Loads {
        Loads::default().all::<LabelRow>(&self.target.inbox)
    }

    fn decide(&self, world: &World, context: &Context<'_>) -> Result<Decision<Label>, Error> {
        let label = self.target.find(world)?;
        let labels = world.items_of::<LabelRow>(&self.target.inbox)?;
        // Labels are known by their keys here.
        let siblings = labels.iter().map(|row| Sibling {
            id: row.name_folded.clone(),
            position: row.position.as_ref().unwrap_or(&row.id).clone(),
        });
        let siblings: Vec<_> = siblings.collect();
        let (behind, before) = (self.after.as_deref(), self.before.as_deref());
        let mut after = label.clone();
        if let Some(position) = position_between(&siblings, &self.target.key, behind, before)? {
            after.position = Some(position);
        }
        let (after, change) = changed(world, context, &label, after)?;
        Ok(Decision {
            outcome: after.into(),
            changes: change.into_iter().collect(),
        })
    }
}
