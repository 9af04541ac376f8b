//! New tasks. Those that come at the same time, of whichever users, are made in one transaction: a
//! commit costs the same for one as for many.

use std::collections::HashSet;
use std::time::Duration;

use garde::Validate;
use sqlx::{query, query_scalar};

use super::once::{Begun, begin_once, finish};
use super::{ADVANCE, Written, searched};
use crate::db::{IdempotencyKey, Pool, Timestamp, Transaction, new_id, sort_key};
use crate::error::Error;
use crate::tasks::{NewTask, Task};
use crate::together::{Asked, Terms, Together};

/// How many tasks are made in one transaction.
const MOST: usize = 64;

/// How long a task waits for the transaction before its own to end.
const PATIENCE: Duration = Duration::from_secs(2);

/// A larger one is made alone, so that what a statement has to carry is bounded.
const MOST_BYTES: usize = 16 << 10;

/// The tasks that wait to be made.
pub struct NewTasks(Together<Waiting, Made>);

struct Waiting {
    user_id: String,
    /// The values of [`COLUMNS`] as a JSON array.
    row: String,
}

/// Whether the task is made; if not it is to be made alone.
type Made = Result<bool, Error>;

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

impl Default for NewTasks {
    fn default() -> NewTasks {
        NewTasks(Together::new(Terms {
            turns: 1,
            most: MOST,
            patience: PATIENCE,
        }))
    }
}

impl NewTasks {
    /// Makes a task together with those that wait, if that can be.
    async fn make(&self, pool: &Pool, user_id: &str, task: &Task) -> Made {
        if pool.engine().rows_of_json("$1").is_none() || task.description.len() > MOST_BYTES {
            return Ok(false);
        }
        let waiting = Waiting {
            user_id: user_id.to_owned(),
            row: row(user_id, task)?,
        };
        let made = self.0.ask(waiting, pool, make);
        made.await
            .unwrap_or(Err(Error::Database(sqlx::Error::PoolTimedOut)))
    }
}

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

async fn make(pool: Pool, asked: Vec<Asked<Waiting, Made>>) {
    let made = make_all(&pool, &asked).await;
    for asked in asked {
        let made = match &made {
            Ok(users) => Ok(users.contains(&asked.question.user_id)),
            Err(error) => Err(error.for_another()),
        };
        asked.tell(made);
    }
}

/// Makes the tasks, except those of users who are missing from what it gives: these have another
/// write under way, which nobody else is to wait for, or are gone.
async fn make_all(pool: &Pool, asked: &[Asked<Waiting, Made>]) -> Result<HashSet<String>, Error> {
    let mut transaction = pool.begin().await?;
    match insert_all(pool, &mut transaction, asked).await {
        Ok(users) => {
            transaction.commit().await?;
            Ok(users)
        }
        Err(sqlx::Error::Database(_)) => {
            // What one of them is refused for is for that one to hear.
            transaction.rollback().await?;
            Ok(HashSet::new())
        }
        Err(error) => Err(error.into()),
    }
}

async fn insert_all(
    pool: &Pool,
    transaction: &mut Transaction,
    asked: &[Asked<Waiting, Made>],
) -> Result<HashSet<String>, sqlx::Error> {
    let engine = pool.engine();
    let now = Timestamp::now();
    let all = json_of(asked.iter().map(|asked| &asked.question));
    let asking = format!(
        "SELECT value ->> 1 FROM {}",
        engine.rows_of_json("$3").unwrap_or_default()
    );
    let held = format!(
        "SELECT id FROM users WHERE id {}{}",
        engine.any_of(&asking),
        engine.skip_locked()
    );
    let users = query_scalar(pool.sql(format!(
        "{ADVANCE} WHERE id {} RETURNING id",
        engine.any_of(&held)
    )))
    .bind(now.0)
    .bind(now.0)
    .bind(all)
    .fetch_all(&mut *transaction)
    .await?;
    let users = HashSet::from_iter(users);
    let of_users = json_of(
        asked
            .iter()
            .map(|asked| &asked.question)
            .filter(|waiting| users.contains(&waiting.user_id)),
    );
    query(pool.sql(format!(
        "INSERT INTO tasks ({COLUMNS})
         SELECT value ->> 0, value ->> 1, value ->> 2, value ->> 3, value ->> 4, value ->> 5,
                CAST(value ->> 6 AS BIGINT), CAST(value ->> 7 AS BIGINT),
                CAST(value ->> 8 AS BIGINT), CAST(value ->> 9 AS BIGINT),
                CAST(value ->> 10 AS BIGINT)
         FROM {}",
        engine.rows_of_json("$1").unwrap_or_default(),
    )))
    .bind(of_users)
    .execute(transaction)
    .await?;
    Ok(users)
}

fn json_of<'w>(waiting: impl Iterator<Item = &'w Waiting>) -> String {
    let rows: Vec<_> = waiting.map(|waiting| waiting.row.as_str()).collect();
    format!("[{}]", rows.join(","))
}
