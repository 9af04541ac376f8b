//! Reads of numbers of tasks. Each query includes the access rule.

use std::collections::BTreeMap;

use super::{Counts, Views};
use crate::auth::User;
use crate::db::Pool;
use crate::error::Error;
use crate::tasks::queries::{DayCounts, day_counts, unstarted};
use crate::when::Date;
use crate::{labels, projects};

/// Returns the numbers of open tasks that a user has access to, on a day, except those of saved
/// filters. All are stored or counted in an index: the cost does not depend on completed tasks.
///
/// # Errors
/// [`Error::Database`].
pub async fn read(pool: &Pool, user: &User, today: Date) -> Result<Counts, Error> {
    let zone = user.preferences.time_zone;
    let projects: BTreeMap<String, i64> = projects::queries::open_tasks(pool, &user.id)
        .await?
        .into_iter()
        .collect();
    let labels = labels::queries::list(pool, &user.id).await?.items;
    let DayCounts {
        overdue,
        until_today,
        upcoming,
    } = day_counts(pool, &user.id, zone, today).await?;
    let inbox = projects.get(&user.id).copied().unwrap_or_default();
    let unstarted = unstarted(pool, &user.id, &user.id, today).await?;
    Ok(Counts {
        views: Views {
            all: projects.values().sum(),
            inbox: inbox - unstarted,
            overdue,
            today: until_today,
            upcoming,
        },
        projects,
        labels: labels
            .into_iter()
            .map(|label| (label.name, label.open_tasks))
            .collect(),
        filters: BTreeMap::new(),
    })
}
