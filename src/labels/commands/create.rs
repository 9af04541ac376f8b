//! Creation of a label.

use garde::Validate;

use crate::error::Error;
use crate::items::{LabelRow, label_key};
use crate::labels::{Label, NewLabel};
use crate::locale::message;
use crate::work::{Change, Command, Context, Decision, Loads, World, check_quota};

/// Creates a label.
pub struct CreateLabel {
    inbox: String,
    new: NewLabel,
}

impl CreateLabel {
    /// Creates a command that creates a label of a user.
    ///
    /// # Errors
    /// [`Error::Invalid`] if the input breaks a rule.
    pub fn new(user_id: &str, new: NewLabel) -> Result<CreateLabel, Error> {
        new.validate()?;
        Ok(CreateLabel {
            inbox: user_id.to_owned(),
            new,
        })
    }
}

impl Command for CreateLabel {
    type Outcome = Label;

    fn name(&self) -> &'static str {
        "create_label"
    }

    fn loads(&self) -> Loads {
        Loads::default().all::<LabelRow>(&self.inbox)
    }

    fn decide(&self, world: &World, context: &Context<'_>) -> Result<Decision<Label>, Error> {
        let labels = world.items_of::<LabelRow>(&self.inbox)?;
        let key = label_key(&self.new.name);
        if labels.iter().any(|label| label.name_folded == key) {
            return Err(taken());
        }
        let has = i64::try_from(labels.len()).unwrap_or(i64::MAX);
        let limit = context.quotas.labels;
        check_quota("name", has, 1, limit, message!("quota-labels"))?;
        let id = context.item_id;
        let version = world.next_version(&self.inbox, context)?;
        let mut label = LabelRow::new(&self.inbox, id, &self.new.name, context.now, version);
        let colour = self.new.colour.unwrap_or_default();
        colour.name().clone_into(&mut label.colour);
        label.position.clone_from(&self.new.position);
        label.favourite = self.new.favourite.unwrap_or_default();
        Ok(Decision {
            changes: vec![Change::create(&label)?],
            outcome: label.into(),
        })
    }
}

/// Returns the error of a name that another label has.
pub(super) fn taken() -> Error {
    Error::taken("name", message!("label-name-taken"))
}
