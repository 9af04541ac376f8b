//! The times at which API tokens were last used. They are written after the requests, so that a
//! read does not wait for the writer, and once for many requests.

use std::collections::HashMap;
use std::mem::take;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use rocket::tokio::spawn;

use crate::db::{Pool, Timestamp};
use crate::error::Error;

/// The age at which the time of the last use is written again, in seconds.
const STALE_SECONDS: i64 = 60;

/// The uses that are still to be written, by the token's id.
#[derive(Clone, Default)]
pub(super) struct TokenUses(Arc<Mutex<HashMap<String, Use>>>);

struct Use {
    user_id: String,
    at: Timestamp,
}

impl TokenUses {
    /// Notes a use of a token, if the one that the database has is stale. Does not wait for the
    /// database. A use that cannot be written is noted again by the next request.
    pub fn note(
        &self,
        pool: &Pool,
        user_id: &str,
        id: &str,
        last: Option<Timestamp>,
        now: Timestamp,
    ) {
        if !is_stale(last, now) {
            return;
        }
        let noted = Use {
            user_id: user_id.to_owned(),
            at: now,
        };
        let mut uses = self.lock();
        let first = uses.is_empty();
        uses.insert(id.to_owned(), noted);
        if first {
            let (uses, pool) = (self.clone(), pool.clone());
            spawn(async move {
                if let Err(error) = uses.write(&pool).await {
                    error.report();
                }
            });
        }
    }

    async fn write(&self, pool: &Pool) -> Result<(), Error> {
        let begun = pool.begin().await;
        // Only now, so that whatever was noted during the wait is written too.
        let mut uses: Vec<_> = take(&mut *self.lock()).into_iter().collect();
        let mut transaction = begun?;
        // In one order on all nodes, so that none waits for another that waits for it.
        uses.sort_unstable_by(|(one, _), (other, _)| one.cmp(other));
        for (id, noted) in uses {
            let (from, to) = fresh(noted.at);
            sqlx::query(pool.sql(
                "UPDATE api_tokens SET last_used_at = $1 WHERE id = $2 AND user_id = $3
                 AND (last_used_at IS NULL OR last_used_at < $4 OR last_used_at > $5)",
            ))
            .bind(noted.at.0)
            .bind(id)
            .bind(noted.user_id)
            .bind(from.0)
            .bind(to.0)
            .execute(&mut transaction)
            .await?;
        }
        transaction.commit().await?;
        Ok(())
    }

    fn lock(&self) -> MutexGuard<'_, HashMap<String, Use>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// True if the next use is to be written. A time to come is from before the clock was set back.
fn is_stale(last: Option<Timestamp>, now: Timestamp) -> bool {
    let (from, to) = fresh(now);
    last.is_none_or(|last| last < from || last > to)
}

/// The times of a last use that need not be written again.
fn fresh(now: Timestamp) -> (Timestamp, Timestamp) {
    (
        now.plus_seconds(-STALE_SECONDS),
        now.plus_seconds(STALE_SECONDS),
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_use_is_written_once_a_minute_whatever_the_clock_was() {
        let now = Timestamp::now();
        assert!(is_stale(None, now));
        for (seconds, stale) in [(0, false), (-59, false), (-61, true), (61, true)] {
            assert_eq!(is_stale(Some(now.plus_seconds(seconds)), now), stale);
        }
    }
}
