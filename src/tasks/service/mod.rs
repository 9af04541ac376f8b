//! The rules of tasks, and their SQL. Every statement names the user.

mod create;
mod list;
mod merged;
mod once;
mod page;
mod search;
mod toggle;

pub use create::{NewTasks, create};
pub use list::list;
pub use toggle::{Toggles, toggle};

use garde::Validate;
use sqlx::{query, query_as};

use super::model::TaskRow;
use super::{Task, TaskPatch};
use crate::db::{Pool, Timestamp, Transaction, Value, fetch_together, fold, sort_key};
use crate::error::Error;
use crate::web::Precondition;

/// Advances the version of the tasks of users, given the time twice.
const ADVANCE: &str = "UPDATE users SET tasks_version = \
                       CASE WHEN tasks_version < $1 THEN $2 ELSE tasks_version + 1 END";

/// A task that a write has left, and whether it is the answer to an earlier request.
pub struct Written {
    /// The task.
    pub task: Task,
    /// Nothing was written now: it had been, under the same `Idempotency-Key`.
    pub replayed: bool,
}

impl Written {
    fn before(task: Task) -> Written {
        Written {
            task,
            replayed: true,
        }
    }
}

/// One of the user's tasks.
///
/// # Errors
/// [`Error::NotFound`] if the user has no such task.
pub async fn read(pool: &Pool, user_id: &str, id: &str) -> Result<Task, Error> {
    let sql = format!(
        "SELECT {} FROM tasks WHERE id = $1 AND user_id = $2",
        Task::COLUMNS
    );
    let values = vec![Value::Text(id.to_owned()), Value::Text(user_id.to_owned())];
    let rows: Vec<TaskRow> = fetch_together(pool, Task::COLUMNS, sql, values).await?;
    let row = rows.into_iter().next().ok_or(Error::NotFound)?;
    Ok(row.into())
}

/// Changes what the patch has.
///
/// # Errors
/// [`Error::Invalid`], [`Error::NotFound`], or [`Error::Stale`] if the precondition fails.
pub async fn update(
    pool: &Pool,
    user_id: &str,
    id: &str,
    patch: &TaskPatch,
    precondition: &Precondition,
) -> Result<Task, Error> {
    patch.validate()?;
    let mut transaction = begin(pool, user_id).await?;
    let task = change(pool, &mut transaction, user_id, id, precondition, |task| {
        merge(task, patch);
    })
    .await?;
    transaction.commit().await?;
    Ok(task)
}

/// Completes or reopens a task. A task that has this state already keeps its version, so the change
/// is idempotent.
///
/// # Errors
/// [`Error::NotFound`] if the user has no such task, or [`Error::Stale`] if the precondition fails.
pub async fn set_completed(
    pool: &Pool,
    user_id: &str,
    id: &str,
    completed: bool,
    precondition: &Precondition,
) -> Result<Task, Error> {
    let mut transaction = begin(pool, user_id).await?;
    let task = locked(pool, &mut transaction, user_id, id).await?;
    precondition.check(&task.etag())?;
    if task.completed == completed {
        transaction.rollback().await?;
        return Ok(task);
    }
    let task = store(pool, &mut transaction, user_id, task, |task| {
        task.completed = completed;
    })
    .await?;
    transaction.commit().await?;
    Ok(task)
}

/// What the patch has replaces what the task has (RFC 7396).
pub(crate) fn merge(task: &mut Task, patch: &TaskPatch) {
    if let Some(title) = &patch.title {
        task.title = title.trim().to_owned();
    }
    if let Some(description) = &patch.description {
        task.description.clone_from(description);
    }
    if let Some(completed) = patch.completed {
        task.completed = completed;
    }
}

/// Deletes a task, and gives what it was.
///
/// # Errors
/// [`Error::NotFound`], or [`Error::Stale`] if the precondition fails.
pub async fn delete(
    pool: &Pool,
    user_id: &str,
    id: &str,
    precondition: &Precondition,
) -> Result<Task, Error> {
    let mut transaction = begin(pool, user_id).await?;
    let task = locked(pool, &mut transaction, user_id, id).await?;
    precondition.check(&task.etag())?;
    query(pool.sql("DELETE FROM tasks WHERE id = $1 AND user_id = $2"))
        .bind(id)
        .bind(user_id)
        .execute(&mut transaction)
        .await?;
    transaction.commit().await?;
    Ok(task)
}

/// Begins a change of the user's tasks, whose version it advances: what was kept of them in memory,
/// here or on another node, is not up to date from the commit on. The user's row comes first in
/// each transaction, so that none waits for another that waits for it.
///
/// # Errors
/// [`Error::NotFound`] if the account has just been deleted.
async fn begin(pool: &Pool, user_id: &str) -> Result<Transaction, Error> {
    let mut transaction = pool.begin().await?;
    // The time, so that a version which a client has seen does not come back after a restore.
    let now = Timestamp::now();
    let advanced = query(pool.sql(format!("{ADVANCE} WHERE id = $3")))
        .bind(now.0)
        .bind(now.0)
        .bind(user_id)
        .execute(&mut transaction)
        .await?;
    if advanced.rows_affected() == 0 {
        return Err(Error::NotFound);
    }
    Ok(transaction)
}

/// The task as it is now, kept from other writers until the transaction ends.
async fn locked(
    pool: &Pool,
    transaction: &mut Transaction,
    user_id: &str,
    id: &str,
) -> Result<Task, Error> {
    let sql = format!(
        "SELECT {} FROM tasks WHERE id = $1 AND user_id = $2{}",
        Task::COLUMNS,
        pool.engine().for_update(),
    );
    query_as(pool.sql(sql))
        .bind(id)
        .bind(user_id)
        .fetch_optional(&mut *transaction)
        .await?
        .ok_or(Error::NotFound)
}

async fn change(
    pool: &Pool,
    transaction: &mut Transaction,
    user_id: &str,
    id: &str,
    precondition: &Precondition,
    apply: impl FnOnce(&mut Task),
) -> Result<Task, Error> {
    let task = locked(pool, transaction, user_id, id).await?;
    precondition.check(&task.etag())?;
    store(pool, transaction, user_id, task, apply).await
}

/// Writes the next version of a task that is locked.
async fn store(
    pool: &Pool,
    transaction: &mut Transaction,
    user_id: &str,
    mut task: Task,
    apply: impl FnOnce(&mut Task),
) -> Result<Task, Error> {
    let was_completed = task.completed;
    apply(&mut task);
    task.updated_at = Timestamp::now();
    task.version += 1;
    if task.completed != was_completed {
        task.completed_at = task.completed.then_some(task.updated_at);
    }
    query(pool.sql(
        "UPDATE tasks SET title = $1, title_folded = $2, description = $3, search_folded = $4,
         completed = $5, completed_at = $6, updated_at = $7, version = $8
         WHERE id = $9 AND user_id = $10",
    ))
    .bind(task.title.as_str())
    .bind(sort_key(&task.title))
    .bind(task.description.as_str())
    .bind(searched(&task))
    .bind(i64::from(task.completed))
    .bind(task.completed_at.map(|instant| instant.0))
    .bind(task.updated_at.0)
    .bind(task.version)
    .bind(task.id.as_str())
    .bind(user_id)
    .execute(&mut *transaction)
    .await?;
    Ok(task)
}

/// What a search looks through. The line break keeps a match from spanning both texts.
fn searched(task: &Task) -> String {
    fold(&format!("{}\n{}", task.title, task.description))
}
