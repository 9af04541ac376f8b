//! Reads of numbers of tasks. Each query includes the access rule.

use tokio::try_join;

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
    let (counts, labels) = try_join!(
        of_places(pool, user, today),
        labels::queries::list(pool, &user.id)
    )?;
    let labels = labels.items.into_iter();
    Ok(Counts {
        labels: labels.map(|label| (label.name, label.open_tasks)).collect(),
        ..counts
    })
}

/// Returns the numbers of the projects and the views, as [`read`] does.
///
/// # Errors
/// [`Error::Database`].
pub async fn of_places(pool: &Pool, user: &User, today: Date) -> Result<Counts, Error> {
    let zone = user.preferences.time_zone;
    let (projects, days, unstarted) = try_join!(
        projects::queries::open_tasks(pool, &user.id),
        day_counts(pool, &user.id, zone, today),
        unstarted(pool, &user.id, &user.id, today)
    )?;
    let DayCounts {
        overdue,
        until_today,
        upcoming,
    } = days;
    let inbox = projects.get(&user.id).copied().unwrap_or_default();
    Ok(Counts {
        views: Views {
            all: projects.values().sum(),
            inbox: inbox - unstarted,
            overdue,
            today: until_today,
            upcoming,
        },
        projects: projects.into_iter().collect(),
        ..Counts::default()
    })
}
