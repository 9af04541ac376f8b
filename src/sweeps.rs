//! Rows that no longer count, deleted in the background. Requests ignore them and never delete them,
//! so that none pays for what others have left behind.

use std::time::Duration;

use rocket::tokio::time::{MissedTickBehavior, interval, sleep};

use crate::auth;
use crate::db::{Pool, Timestamp, delete_expired_keys};
use crate::error::Error;
use crate::events;
use crate::limits;

const EVERY: Duration = Duration::from_secs(60);

/// The most rows of one transaction. An idempotency key has an answer of up to some 300 kB, all of
/// which SQLite overwrites.
const BATCH: u32 = 100;

/// The pause between two transactions, in which requests write.
const PAUSE: Duration = Duration::from_millis(10);

/// Sweeps now and every minute, without an end.
pub async fn run(pool: Pool) {
    let mut ticks = interval(EVERY);
    ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
    loop {
        ticks.tick().await;
        if let Err(error) = sweep(&pool).await {
            error.report();
        }
    }
}

async fn sweep(pool: &Pool) -> Result<(), Error> {
    let now = Timestamp::now();
    in_batches(|| auth::delete_expired(pool, now, BATCH)).await?;
    in_batches(|| delete_expired_keys(pool, now, BATCH)).await?;
    in_batches(|| events::service::delete_old(pool, now, BATCH)).await?;
    in_batches(|| limits::delete_whole(pool, now, BATCH)).await
}

async fn in_batches<F>(delete: impl Fn() -> F) -> Result<(), Error>
where
    F: Future<Output = Result<u64, Error>>,
{
    while delete().await? == u64::from(BATCH) {
        sleep(PAUSE).await;
    }
    Ok(())
}
