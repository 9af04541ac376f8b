//! Times of last use of API tokens. They are written after the requests, in batches, so that a read
//! never waits for the writer.

use std::collections::HashMap;
use std::mem::take;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use rocket::tokio::spawn;

use crate::db::{Pool, Sql, Timestamp};
use crate::error::Error;
use crate::log;

/// Age in seconds at which the stored time of last use is written again.
const STALE_SECONDS: i64 = 60;

/// Uses that are not written yet, by token id.
#[derive(Clone, Default)]
pub(super) struct TokenUses(Arc<Mutex<HashMap<String, Use>>>);

struct Use {
    user_id: String,
    at: Timestamp,
}

impl TokenUses {
    /// Records a use of a token if the stored time is stale. Does not wait for the database. If the
    /// write fails, the next request records the use again.
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
                    log::report(&error);
                }
            });
        }
    }

    async fn write(&self, pool: &Pool) -> Result<(), Error> {
        let begun = pool.begin().await;
        // Taken only now, so that uses recorded while waiting are included.
        let mut uses: Vec<_> = take(&mut *self.lock()).into_iter().collect();
        let mut transaction = begun?;
        // All nodes lock the rows in the same order, which prevents deadlocks.
        uses.sort_unstable_by(|(one, _), (other, _)| one.cmp(other));
        for (id, noted) in uses {
            let (from, to) = fresh(noted.at);
            let update = Sql::new("UPDATE api_tokens SET last_used_at = ")
                .bind(noted.at)
                .push(" WHERE id = ")
                .bind(id)
                .push(" AND user_id = ")
                .bind(noted.user_id)
                .push(" AND (last_used_at IS NULL OR last_used_at < ")
                .bind(from)
                .push(" OR last_used_at > ")
                .bind(to)
                .push(")");
            transaction.run(update).await?;
        }
        transaction.commit().await?;
        Ok(())
    }

    fn lock(&self) -> MutexGuard<'_, HashMap<String, Use>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Returns true if the use must be written. A stored time in the future was written before the
/// clock was set back.
fn is_stale(last: Option<Timestamp>, now: Timestamp) -> bool {
    let (from, to) = fresh(now);
    last.is_none_or(|last| last < from || last > to)
}

/// Returns the range of stored times that need not be written again.
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
