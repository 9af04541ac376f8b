//! The filter of a list at the moment of a request.

use garde::Validate;

use super::{Sort, Status, TaskFilter};
use crate::api::resource::list_tag;
use crate::auth::User;
use crate::db::Timestamp;
use crate::error::{Error, Violation};
use crate::filter_language::{Condition, Viewpoint, parse};

/// The format of a rendered list.
#[derive(Clone, Copy, Debug)]
pub enum Format {
    /// JSON, for clients of the API.
    Json,
    /// An HTML page, for browsers.
    Html,
}

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

    /// Returns the order.
    pub fn sort(&self) -> Sort {
        self.filter.sort
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

    /// Returns the entity tag of the list of a user.
    pub fn tag(&self, user: &User) -> String {
        list_tag(user, &[&format!("{self:?}")])
    }

    /// Returns the name of the list among the rendered texts of a user.
    pub fn name(&self, format: Format) -> String {
        format!("{self:?} {format:?}")
    }
}
