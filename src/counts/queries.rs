//! Reads of numbers of tasks. Each query includes the access rule.

use std::collections::BTreeMap;

use super::{Counts, Views};
use crate::db::Pool;
use crate::error::Error;
use crate::{labels, projects};

/// Returns the numbers of open tasks that a user has access to, except those of saved filters. The cost does not depend on
/// completed tasks.
///
/// # Errors
/// [`Error::Database`].
pub async fn read(pool: &Pool, user_id: &str) -> Result<Counts, Error> {
    let projects: BTreeMap<String, i64> = projects::queries::open_tasks(pool, user_id)
        .await?
        .into_iter()
        .collect();
    let labels = labels::queries::list(pool, user_id).await?.items;
    Ok(Counts {
        views: Views {
            all: projects.values().sum(),
            inbox: projects.get(user_id).copied().unwrap_or_default(),
        },
        projects,
        labels: labels
            .into_iter()
            .map(|label| (label.name, label.open_tasks))
            .collect(),
        filters: BTreeMap::new(),
    })
}
