//! Creation of a filter.

use garde::Validate;

use crate::error::Error;
use crate::filters::{Filter, NewFilter};
use crate::items::FilterRow;
use crate::locale::message;
use crate::work::{Change, Command, Context, Decision, Loads, World, check_quota};

/// Creates a filter.
pub struct CreateFilter {
    inbox: String,
    new: NewFilter,
}

impl CreateFilter {
    /// Creates a command that creates a filter of a user.
    ///
    /// # Errors
    /// [`Error::Invalid`] if the input breaks a rule.
    pub fn new(user_id: &str, new: NewFilter) -> Result<CreateFilter, Error> {
        new.validate()?;
        Ok(CreateFilter {
            inbox: user_id.to_owned(),
            new,
        })
    }
}

impl Command for CreateFilter {
    type Outcome = Filter;

    fn name(&self) -> &'static str {
        "create_filter"
    }

    fn loads(&self) -> Loads {
        Loads::default().all::<FilterRow>(&self.inbox)
    }

    fn weight(&self) -> usize {
        self.new.expression.len()
    }

    fn decide(&self, world: &World, context: &Context<'_>) -> Result<Decision<Filter>, Error> {
        let count = world.items_of::<FilterRow>(&self.inbox)?.len();
        let has = i64::try_from(count).unwrap_or(i64::MAX);
        let limit = context.quotas.filters;
        check_quota("name", has, 1, limit, message!("quota-filters"))?;
        let filter = FilterRow {
            project_id: self.inbox.clone(),
            id: context.item_id.to_owned(),
            name: self.new.name.trim().to_owned(),
            expression: self.new.expression.clone(),
            colour: self.new.colour.unwrap_or_default().name().to_owned(),
            position: self.new.position.clone(),
            favourite: self.new.favourite.unwrap_or_default(),
            change_id: None,
            created_at: context.now,
            updated_at: context.now,
            version: world.next_version(&self.inbox, context)?,
        };
        Ok(Decision {
            changes: vec![Change::create(&filter)?],
            outcome: filter.into(),
        })
    }
}
