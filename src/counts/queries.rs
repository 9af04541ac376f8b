//! Reads of numbers of tasks. Each query includes the access rule.

use std::collections::HashMap;

use tokio::try_join;

use super::{Counts, Views};
use crate::auth::User;
use crate::db::Pool;
use crate::error::Error;
use crate::tasks::queries::{DayCounts, day_counts};
use crate::when::Date;
use crate::{labels, projects};

/// Returns the numbers of open tasks that a user has access to, on a day, except those of saved
/// filters. All are stored or counted in an index: the cost does not depend on completed tasks.
///
/// # Errors
/// [`Error::Database`].
pub async fn read(pool: &Pool, user: &User, today: Date) -> Result<Counts, Error> {
    let (projects, days, labels) = try_join!(
        projects::queries::open_tasks(pool, &user.id),
        days(pool, user, today),
        labels::queries::list(pool, &user.id)
    )?;
    let labels = labels.items.into_iter();
    Ok(Counts {
        views: Views::of(user, &projects, days),
        projects: projects.into_iter().collect(),
        labels: labels.map(|label| (label.name, label.open_tasks)).collect(),
        ..Counts::default()
    })
}

/// Returns the numbers of a user's open tasks by day.
///
/// # Errors
/// [`Error::Database`].
pub async fn days(pool: &Pool, user: &User, today: Date) -> Result<DayCounts, Error> {
    day_counts(pool, &user.id, user.preferences.time_zone, today).await
}

impl Views {
    /// Returns the numbers of the views from those of the projects and the days.
    pub fn of(user: &User, projects: &HashMap<String, i64>, days: DayCounts) -> Views {
        let inbox = projects.get(&user.id).copied().unwrap_or_default();
        Views {
            all: projects.values().sum(),
            inbox: inbox - days.unstarted,
            overdue: days.overdue,
            today: days.until_today,
            upcoming: days.upcoming,
        }
    }
}
