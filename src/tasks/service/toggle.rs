//! Open tasks made done, and done ones opened.

use std::collections::HashMap;

use sqlx::{FromRow, Row, query};

use super::merged::{self, Asked, Merged};
use super::once::{Begun, begin_once, finish};
use super::{Written, change};
use crate::db::{IdempotencyKey, Pool, Timestamp, Transaction};
use crate::error::Error;
use crate::tasks::Task;
use crate::web::Precondition;

/// The tasks that wait to be toggled.
#[derive(Default)]
pub struct Toggles(Merged<Task>);

/// The tasks that have been toggled, each by its user's id and its own.
type Toggled = HashMap<(String, String), Task>;

/// Makes an open task done, and a done one open.
///
/// # Errors
/// [`Error::NotFound`], [`Error::Stale`], or [`Error::Invalid`] if the key belongs to another
/// request.
pub async fn toggle(
    pool: &Pool,
    waiting: &Toggles,
    user_id: &str,
    id: &str,
    precondition: &Precondition,
    key: Option<IdempotencyKey>,
) -> Result<Written, Error> {
    if key.is_none()
        && precondition.is_none()
        && let Some(task) = waiting.make(pool, user_id, id).await?
    {
        return Ok(Written {
            task,
            replayed: false,
        });
    }
    let mut transaction = match begin_once(pool, user_id, key.as_ref()).await? {
        Begun::Now(transaction) => transaction,
        Begun::Before(task) => return Ok(Written::before(task)),
    };
    let task = change(pool, &mut transaction, user_id, id, precondition, |task| {
        task.completed = !task.completed;
    })
    .await?;
    finish(pool, transaction, user_id, key.as_ref(), task).await
}

impl Toggles {
    /// Toggles a task together with those that wait, if that can be.
    async fn make(&self, pool: &Pool, user_id: &str, id: &str) -> Result<Option<Task>, Error> {
        if pool.engine().rows_of_json("$1").is_none() {
            return Ok(None);
        }
        let write = merged::Write {
            user_id: user_id.to_owned(),
            task_id: id.to_owned(),
            row: serde_json::json!([id, user_id]).to_string(),
        };
        self.0.make(pool, write, make).await
    }
}

async fn make(pool: Pool, asked: Vec<Asked<Task>>) {
    let mut made = make_all(&pool, &asked).await;
    for asked in asked {
        let made = match &mut made {
            // Of several who toggle the same task one has: the others are to do it after that.
            Ok(tasks) => {
                let write = &asked.question;
                Ok(tasks.remove(&(write.user_id.clone(), write.task_id.clone())))
            }
            Err(error) => Err(error.for_another()),
        };
        asked.tell(made);
    }
}

async fn make_all(pool: &Pool, asked: &[Asked<Task>]) -> Result<Toggled, Error> {
    let mut transaction = pool.begin().await?;
    let toggled = toggle_all(pool, &mut transaction, asked).await;
    merged::end(transaction, toggled).await
}

async fn toggle_all(
    pool: &Pool,
    transaction: &mut Transaction,
    asked: &[Asked<Task>],
) -> Result<Toggled, sqlx::Error> {
    let users = merged::advance(pool, transaction, merged::rows(asked, None)).await?;
    let rows = query(pool.sql(format!(
        "UPDATE tasks SET completed = 1 - completed,
             completed_at = CASE completed WHEN 0 THEN $1 END, updated_at = $1,
             version = version + 1
         FROM {} WHERE tasks.id = value ->> 0 AND tasks.user_id = value ->> 1
         RETURNING {}, user_id",
        pool.engine().rows_of_json("$2").unwrap_or_default(),
        Task::COLUMNS,
    )))
    .bind(Timestamp::now().0)
    .bind(merged::rows(asked, Some(&users)))
    .fetch_all(transaction)
    .await?;
    rows.iter()
        .map(|row| {
            let task = Task::from_row(row)?;
            Ok(((row.try_get("user_id")?, task.id.clone()), task))
        })
        .collect()
}
