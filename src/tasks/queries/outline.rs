//! The first tasks of each section of a project.

use std::collections::HashMap;

use super::page::{self, Measured};
use crate::access::visible_project;
use crate::db::{Pool, Sql, row};
use crate::error::Error;
use crate::tasks::Task;

/// Maximum number of tasks of an outline.
const MOST_TASKS: usize = 500;

/// Returns the first open tasks without a parent of each section, and of those without a section,
/// in manual order. Descriptions are cut.
///
/// # Errors
/// [`Error::Database`].
pub async fn outline(
    pool: &Pool,
    user_id: &str,
    project_id: &str,
    most_of_each: usize,
) -> Result<Vec<Task>, Error> {
    let places = Sql::new(
        "SELECT tasks.*, ROW_NUMBER() OVER (PARTITION BY section_id
             ORDER BY COALESCE(position, id), id) AS place
         FROM tasks WHERE ",
    )
    .append(visible_project(user_id, project_id))
    .push(" AND completed_at IS NULL AND parent_id IS NULL");
    let query = Sql::new("SELECT ")
        .push(page::beginnings(pool.engine()))
        .push(" FROM (")
        .append(places)
        .push(") AS tasks WHERE place <= ")
        .bind(i64::try_from(most_of_each).unwrap_or(i64::MAX))
        .push(" ORDER BY place, id")
        .limit(MOST_TASKS);
    let rows: Vec<Measured> = pool.fetch(query).await?;
    rows.into_iter().map(page::task).collect()
}

row! {
    struct Count {
        parent_id: String,
        open_tasks: i64,
    }
}

/// Returns the number of open subtasks of each task of a project that has some.
///
/// # Errors
/// [`Error::Database`].
pub async fn open_subtasks(
    pool: &Pool,
    user_id: &str,
    project_id: &str,
) -> Result<HashMap<String, i64>, Error> {
    let query = Sql::new("SELECT parent_id, COUNT(*) AS open_tasks FROM tasks WHERE ")
        .append(visible_project(user_id, project_id))
        .push(" AND completed_at IS NULL AND parent_id IS NOT NULL GROUP BY parent_id");
    let counts: Vec<Count> = pool.fetch(query).await?;
    let counts = counts.into_iter();
    Ok(counts
        .map(|count| (count.parent_id, count.open_tasks))
        .collect())
}
