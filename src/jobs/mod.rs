//! Background work: recurring jobs, one table, one clock in each process, and leases that keep two
//! nodes from running the same job at the same time.
//!
//! A job runs at least once in its period, not exactly once: a node that is suspended for longer than
//! its lease goes on beside the node that has taken the job over. So each step must be correct then,
//! too; a step that is one transaction usually is.

mod clock;
mod schedule;
mod table;

use std::time::Duration;

use rocket::futures::future::{BoxFuture, FutureExt};

pub use clock::run;

use crate::db::{Pool, Timestamp};
use crate::error::Error;

/// The most rows that a step deletes. An idempotency key has an answer of up to some 300 kB, all of
/// which SQLite overwrites.
const BATCH: u32 = 100;

/// A job that recurs, on whichever node is the first.
pub struct Job {
    name: &'static str,
    every: Duration,
    step: Box<Step>,
}

type Step = dyn Fn(Pool, Timestamp) -> BoxFuture<'static, Result<Progress, Error>> + Send + Sync;

/// A function that deletes at most so many rows that have expired, and returns their number.
pub type Delete = for<'a> fn(&'a Pool, Timestamp, u32) -> BoxFuture<'a, Result<u64, Error>>;

/// The outcome of a step.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Progress {
    /// Nothing is left to do until the next period.
    Done,
    /// The job needs another step.
    More,
}

impl Job {
    /// A job that takes a step, and then others while there is more to do, once in each period. A
    /// step takes a few seconds at most, much less than a lease lasts. The name is the key in the
    /// table: ASCII, at most 64 characters.
    pub fn new<F>(name: &'static str, every: Duration, step: F) -> Job
    where
        F: Fn(Pool, Timestamp) -> BoxFuture<'static, Result<Progress, Error>>,
        F: Send + Sync + 'static,
    {
        Job {
            name,
            every,
            step: Box::new(step),
        }
    }

    /// A job that deletes rows that have expired, a few in a transaction, so that no writer waits
    /// long.
    pub fn deleting(name: &'static str, every: Duration, delete: Delete) -> Job {
        Job::new(name, every, move |pool, now| {
            async move {
                let deleted = delete(&pool, now, BATCH).await?;
                Ok(match deleted < u64::from(BATCH) {
                    true => Progress::Done,
                    false => Progress::More,
                })
            }
            .boxed()
        })
    }
}
