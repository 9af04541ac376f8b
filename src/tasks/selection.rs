//! The filter of a list at the moment of a request.

use garde::Validate;

use super::{Status, TaskFilter};
use crate::auth::User;
use crate::db::Timestamp;
use crate::error::{Error, Violation};
use crate::filter_language::{Condition, Viewpoint, parse};

/// A valid filter, with the condition of its expression. Two selections have the same text form
/// only if they select the same tasks of the same data.
#[derive(Clone, Debug)]
pub struct Selection {
    pub(super) filter: TaskFilter,
    pub(super) condition: Option<Condition>,
}

impl Selection {
    /// Returns true if an expression of the filter language selects the tasks.
    pub fn is_expression(&self) -> bool {
        self.condition.is_some()
    }

    /// Returns the selection of a user's filter. Its relative dates are those of `now`.
    ///
    /// # Errors
    /// [`Error::Invalid`] if the filter breaks a rule.
    pub fn new(user: &User, mut filter: TaskFilter, now: Timestamp) -> Result<Selection, Error> {
        filter.validate()?;
        let Some(text) = filter.filter.as_deref() else {
            let condition = None;
            return Ok(Selection { filter, condition });
        };
        let expression = parse(text)
            .map_err(|error| Error::Invalid(vec![Violation::from(error).of("filter")]))?;
        if expression.is_of_open_tasks() && filter.status != Some(Status::Done) {
            // The indexes of open tasks are smaller.
            filter.status = Some(Status::Open);
        }
        let condition = expression.at(&Viewpoint::of(&user.preferences, now));
        Ok(Selection {
            filter,
            condition: Some(condition),
        })
    }
}
