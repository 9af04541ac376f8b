//! The numbers of open tasks that filters select.

use std::collections::BTreeMap;

use serde::Serialize;

use super::{Filter, queries};
use crate::auth::User;
use crate::db::{Pool, Timestamp};
use crate::error::Error;
use crate::filter_language::{Condition, Viewpoint, parse};
use crate::items::Colour;
use crate::tasks;

/// Maximum number of favourites that pages show.
const MOST_FAVOURITES: usize = 20;

/// The filters to count at a moment. Those whose expression is not valid any more are left out.
pub struct Counting {
    ids: Vec<String>,
    conditions: Vec<Condition>,
}

impl Counting {
    /// Prepares the count of a user's filters. Relative dates are those of `now`.
    pub fn new(user: &User, filters: &[Filter], now: Timestamp) -> Counting {
        let viewpoint = Viewpoint::of(&user.preferences, now);
        let condition = |filter: &Filter| {
            let parsed = parse(&filter.expression).ok()?;
            Some((filter.id.clone(), parsed.at(&viewpoint)))
        };
        let (ids, conditions) = filters.iter().filter_map(condition).unzip();
        Counting { ids, conditions }
    }

    /// Returns a text that differs if other tasks are counted.
    pub fn tag(&self) -> String {
        format!("{:?} {:?}", self.ids, self.conditions)
    }

    /// Returns the number of open tasks by the id of the filter. Those that would take too long are
    /// left out.
    ///
    /// # Errors
    /// [`Error::Database`].
    pub async fn counts(self, pool: &Pool, user: &User) -> Result<BTreeMap<String, i64>, Error> {
        let counts = tasks::queries::count(pool, &user.id, self.conditions).await?;
        let counts = self.ids.into_iter().zip(counts);
        Ok(counts
            .filter_map(|(id, count)| Some((id, count?)))
            .collect())
    }
}

/// A favourite filter, as the navigation of pages shows it.
#[derive(Debug, PartialEq, Serialize)]
pub struct Favourite {
    /// The id.
    pub id: String,
    /// The name.
    pub name: String,
    /// The colour.
    pub colour: Colour,
    /// The number of open tasks. `None` if it would take too long to count them, or the expression
    /// is not valid any more.
    pub open_tasks: Option<i64>,
}

/// Returns the favourite filters of a user, in manual order.
///
/// # Errors
/// [`Error::Database`].
pub async fn favourites(pool: &Pool, user: &User, now: Timestamp) -> Result<Vec<Favourite>, Error> {
    let filters = queries::favourites(pool, &user.id, MOST_FAVOURITES).await?;
    let counts = Counting::new(user, &filters, now)
        .counts(pool, user)
        .await?;
    let favourites = filters.into_iter().map(|filter| Favourite {
        open_tasks: counts.get(&filter.id).copied(),
        id: filter.id,
        name: filter.name,
        colour: filter.colour,
    });
    Ok(favourites.collect())
}
