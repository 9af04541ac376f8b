//! Writes that come at the same time, of whichever users, made in one transaction: a commit costs the
//! same for one as for many.

use std::collections::HashSet;
use std::time::Duration;

use sqlx::query_scalar;

use super::ADVANCE;
use crate::db::{Pool, Timestamp, Transaction};
use crate::error::Error;
use crate::together::{self, Terms, Together};

/// How many writes are made in one transaction.
const MOST: usize = 64;

/// How long a write waits for the transaction before its own to end.
const PATIENCE: Duration = Duration::from_secs(2);

/// Writes of one kind that wait to be made.
pub(super) struct Merged<T>(Together<Write, Made<T>>);

/// A write, and whoever waits for it.
pub(super) type Asked<T> = together::Asked<Write, Made<T>>;

/// What has been made; nothing if it is to be made alone.
type Made<T> = Result<Option<T>, Error>;

/// What is to be written for a user.
pub(super) struct Write {
    pub user_id: String,
    pub task_id: String,
    /// A JSON array, which begins with the task's id and the user's.
    pub row: String,
}

impl<T> Default for Merged<T>
where
    T: Send + 'static,
{
    fn default() -> Merged<T> {
        Merged(Together::new(Terms {
            turns: 1,
            most: MOST,
            patience: PATIENCE,
        }))
    }
}

impl<T: Send + 'static> Merged<T> {
    /// Makes a write together with those that wait, if that can be.
    pub(super) async fn make<F>(
        &self,
        pool: &Pool,
        write: Write,
        work: fn(Pool, Vec<Asked<T>>) -> F,
    ) -> Made<T>
    where
        F: Future<Output = ()> + Send + 'static,
    {
        let made = self.0.ask(write, pool, work);
        made.await
            .unwrap_or(Err(Error::Database(sqlx::Error::PoolTimedOut)))
    }
}

/// Advances the versions of the users, and gives those of whom it did. The others have another write
/// under way, which nobody else is to wait for, or are gone.
pub(super) async fn advance(
    pool: &Pool,
    transaction: &mut Transaction,
    rows: String,
) -> Result<HashSet<String>, sqlx::Error> {
    let engine = pool.engine();
    let now = Timestamp::now();
    let asking = format!(
        "SELECT value ->> 1 FROM {}",
        engine.rows_of_json("$3").unwrap_or_default()
    );
    let free = format!(
        "SELECT id FROM users WHERE id {}{}",
        engine.any_of(&asking),
        engine.skip_locked()
    );
    let users = query_scalar(pool.sql(format!(
        "{ADVANCE} WHERE id {} RETURNING id",
        engine.any_of(&free)
    )))
    .bind(now.0)
    .bind(now.0)
    .bind(rows)
    .fetch_all(transaction)
    .await?;
    Ok(HashSet::from_iter(users))
}

/// Commits what was done. If the database has refused it, nothing is done: what one of them is
/// refused for is for that one to hear.
pub(super) async fn end<T: Default>(
    transaction: Transaction,
    done: Result<T, sqlx::Error>,
) -> Result<T, Error> {
    match done {
        Ok(done) => {
            transaction.commit().await?;
            Ok(done)
        }
        Err(sqlx::Error::Database(_)) => {
            transaction.rollback().await?;
            Ok(T::default())
        }
        Err(error) => Err(error.into()),
    }
}

/// The rows of all writes, or of those of some users, as one JSON array.
pub(super) fn rows<'w, T: 'w>(
    asked: impl IntoIterator<Item = &'w Asked<T>>,
    users: Option<&HashSet<String>>,
) -> String {
    let rows: Vec<_> = asked
        .into_iter()
        .map(|asked| &asked.question)
        .filter(|write| users.is_none_or(|users| users.contains(&write.user_id)))
        .map(|write| write.row.as_str())
        .collect();
    format!("[{}]", rows.join(","))
}
