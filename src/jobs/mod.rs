//! Background jobs: recurring jobs, one table, one scheduler per process, and leases that keep two
//! nodes from running the same job at the same time.
//!
//! A job runs at least once per period, not exactly once. A node suspended for longer than its
//! lease resumes beside the node that took the job over. Each step must tolerate this; a step that
//! is one transaction usually does.

mod clock;
mod schedule;
mod table;

use std::time::Duration;

use rocket::futures::future::{BoxFuture, FutureExt};

pub use clock::run;

use crate::db::{Pool, Timestamp};
use crate::error::Error;

/// Maximum number of rows deleted per step. An idempotency key stores a response of up to about 300
/// kB, and SQLite overwrites deleted content.
const BATCH: u32 = 100;

/// A recurring job. It runs on the first node to take its lease.
pub struct Job {
    name: &'static str,
    every: Duration,
    step: Box<Step>,
}

type Step = dyn Fn(Pool, Timestamp) -> BoxFuture<'static, Result<Progress, Error>> + Send + Sync;

/// A function that deletes at most the given number of expired rows and returns how many it
/// deleted.
pub type Delete = for<'a> fn(&'a Pool, Timestamp, u32) -> BoxFuture<'a, Result<u64, Error>>;

/// Outcome of a step.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Progress {
    /// The job is complete until the next period.
    Done,
    /// The job needs another step.
    More,
}

impl Job {
    /// Creates a job that runs once per period, in as many steps as it needs. A step must take a
    /// few seconds at most, much less than a lease. The name is the key in the table: ASCII, at
    /// most 64 characters.
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

    /// Creates a job that deletes expired rows in small transactions, so that writers do not wait
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
