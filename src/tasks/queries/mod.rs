//! Reads of tasks. Each query includes the access rule.

mod list;
mod page;
mod search;

pub use list::list;

use super::Task;
use crate::access::visible_to;
use crate::db::{Pool, Size, Sql};
use crate::error::Error;
use crate::items::TaskRow;

/// Returns a task that the user has access to.
///
/// # Errors
/// [`Error::NotFound`] if there is no such task.
pub async fn read(pool: &Pool, user_id: &str, id: &str) -> Result<Task, Error> {
    let sql = Sql::select::<TaskRow>()
        .push(" FROM tasks WHERE id = ")
        .bind(id)
        .push(" AND ")
        .append(visible_to(pool.engine(), user_id));
    let rows: Vec<TaskRow> = pool.fetch_batched(Size::Row, sql).await?;
    let row = rows.into_iter().next().ok_or(Error::NotFound)?;
    Ok(row.into())
}
