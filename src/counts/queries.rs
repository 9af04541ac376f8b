//! Reads of numbers of tasks. Each query includes the access rule.

use std::collections::BTreeMap;

use super::{Counts, Views};
use crate::access::{Hidden, of_member, projects_with_role};
use crate::db::{Pool, Sql, row};
use crate::error::Error;
use crate::labels;

row! {
    struct ProjectCount {
        project_id: String,
        open_tasks: i64,
    }
}

/// Returns the numbers of open tasks that a user has access to. The cost does not depend on
/// completed tasks.
///
/// # Errors
/// [`Error::Database`].
pub async fn read(pool: &Pool, user_id: &str) -> Result<Counts, Error> {
    let sql = Sql::select::<ProjectCount>()
        .push(" FROM ")
        .append(projects_with_role(pool.engine()))
        .push(" WHERE ")
        .append(of_member(user_id, Hidden::No));
    let rows: Vec<ProjectCount> = pool.fetch(sql).await?;
    let projects = rows.into_iter().map(|row| (row.project_id, row.open_tasks));
    let projects: BTreeMap<String, i64> = projects.collect();
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
    })
}
