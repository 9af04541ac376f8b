//! New tasks.

use std::collections::HashSet;

use garde::Validate;
use sqlx::query;

use super::merged::{self, Asked, Merged};
use super::once::{Begun, begin_once, finish};
use super::{Written, searched};
use crate::db::{IdempotencyKey, Pool, Timestamp, Transaction, new_id, sort_key};
use crate::error::Error;
use crate::tasks::{NewTask, Task};

/// A larger one is made alone, so that what a statement has to carry is bounded.
const MOST_BYTES: usize = 16 << 10;

/// The tasks that wait to be made.
#[derive(Default)]
pub struct NewTasks(Merged<()>);

const COLUMNS: &str = "id, user_id, title, title_folded, description, search_folded, completed, \
                       completed_at, created_at, updated_at, version";

/// Makes a task.
///
/// # Errors
/// [`Error::Invalid`] if the input breaks a rule, or the key belongs to another request.
pub async fn create(
    pool: &Pool,
    waiting: &NewTasks,
    user_id: &str,
    new: &NewTask,
    key: Option<IdempotencyKey>,
) -> Result<Written, Error> {
    new.validate()?;
    let task = task_of(new);
    if key.is_none() && waiting.make(pool, user_id, &task).await? {
        return Ok(Written {
            task,
            replayed: false,
        });
    }
    let mut transaction = match begin_once(pool, user_id, key.as_ref()).await? {
        Begun::Now(transaction) => transaction,
        Begun::Before(task) => return Ok(Written::before(task)),
    };
    insert(pool, &mut transaction, user_id, &task).await?;
    finish(pool, transaction, user_id, key.as_ref(), task).await
}

fn task_of(new: &NewTask) -> Task {
    let now = Timestamp::now();
    let completed = new.completed.unwrap_or_default();
    Task {
        id: new_id(),
        title: new.title.trim().to_owned(),
        description: new.description.clone().unwrap_or_default(),
        completed,
        completed_at: completed.then_some(now),
        created_at: now,
        updated_at: now,
        version: 1,
    }
}

async fn insert(
    pool: &Pool,
    transaction: &mut Transaction,
    user_id: &str,
    task: &Task,
) -> Result<(), Error> {
    query(pool.sql(format!(
        "INSERT INTO tasks ({COLUMNS}) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)"
    )))
    .bind(task.id.as_str())
    .bind(user_id)
    .bind(task.title.as_str())
    .bind(sort_key(&task.title))
    .bind(task.description.as_str())
    .bind(searched(task))
    .bind(i64::from(task.completed))
    .bind(task.completed_at.map(|instant| instant.0))
    .bind(task.created_at.0)
    .bind(task.updated_at.0)
    .bind(task.version)
    .execute(transaction)
    .await?;
    Ok(())
}

impl NewTasks {
    /// Makes a task together with those that wait, and says whether it could be made so.
    async fn make(&self, pool: &Pool, user_id: &str, task: &Task) -> Result<bool, Error> {
        if pool.engine().rows_of_json("$1").is_none() || task.description.len() > MOST_BYTES {
            return Ok(false);
        }
        let write = merged::Write {
            user_id: user_id.to_owned(),
            task_id: task.id.clone(),
            row: row(user_id, task)?,
        };
        Ok(self.0.make(pool, write, make).await?.is_some())
    }
}

/// The values of [`COLUMNS`].
fn row(user_id: &str, task: &Task) -> Result<String, Error> {
    serde_json::to_string(&(
        &task.id,
        user_id,
        &task.title,
        sort_key(&task.title),
        &task.description,
        searched(task),
        i64::from(task.completed),
        task.completed_at.map(|instant| instant.0),
        task.created_at.0,
        task.updated_at.0,
        task.version,
    ))
    .map_err(|error| Error::Internal(format!("a task cannot be written: {error}")))
}

async fn make(pool: Pool, asked: Vec<Asked<()>>) {
    let made = make_all(&pool, &asked).await;
    for asked in asked {
        let made = match &made {
            Ok(users) => Ok(users.contains(&asked.question.user_id).then_some(())),
            Err(error) => Err(error.for_another()),
        };
        asked.tell(made);
    }
}

/// Makes the tasks of those users whom it gives.
async fn make_all(pool: &Pool, asked: &[Asked<()>]) -> Result<HashSet<String>, Error> {
    let mut transaction = pool.begin().await?;
    let inserted = insert_all(pool, &mut transaction, asked).await;
    merged::end(transaction, inserted).await
}

async fn insert_all(
    pool: &Pool,
    transaction: &mut Transaction,
    asked: &[Asked<()>],
) -> Result<HashSet<String>, sqlx::Error> {
    let users = merged::advance(pool, transaction, merged::rows(asked, None)).await?;
    query(pool.sql(format!(
        "INSERT INTO tasks ({COLUMNS})
         SELECT value ->> 0, value ->> 1, value ->> 2, value ->> 3, value ->> 4, value ->> 5,
                CAST(value ->> 6 AS BIGINT), CAST(value ->> 7 AS BIGINT),
                CAST(value ->> 8 AS BIGINT), CAST(value ->> 9 AS BIGINT),
                CAST(value ->> 10 AS BIGINT)
         FROM {}",
        pool.engine().rows_of_json("$1").unwrap_or_default(),
    )))
    .bind(merged::rows(asked, Some(&users)))
    .execute(transaction)
    .await?;
    Ok(users)
}
