//! The scheduler of a process. It polls the job table and runs due jobs one at a time.

use std::time::{Duration, Instant};

use aws_lc_rs::rand;
use rocket::tokio::select;
use rocket::tokio::sync::watch;
use rocket::tokio::time::sleep;
use tracing::{error, warn};

use super::schedule::{self, Ended, LEASE, Schedule, backoff};
use super::table::Table;
use super::{Job, Progress};
use crate::db::{Pool, Timestamp};
use crate::error::Error;
use crate::log;

/// Time slice of a job. A job with more work then yields to other jobs.
const TIME_SLICE: Duration = Duration::from_secs(30);

/// Pause between two steps of a job. It lets requests write.
const PAUSE: Duration = Duration::from_millis(10);

/// Maximum random delay added to each wait. It spreads nodes that started together.
const JITTER: Duration = Duration::from_millis(500);

/// Maximum wait after a failed poll.
const MAX_BACKOFF: Duration = Duration::from_secs(60);

/// Runs jobs as they become due, until `stop` is true. A running job finishes its current step
/// first.
pub async fn run(pool: Pool, jobs: Vec<Job>, stop: watch::Receiver<bool>) {
    let scheduler = Scheduler {
        jobs,
        table: Table::new(pool),
        stop: stop.clone(),
    };
    let mut stop = stop;
    let mut failures = 0;
    while !scheduler.is_stopped() {
        let wait = match scheduler.poll().await {
            Ok(wait) => {
                failures = 0;
                wait
            }
            Err(error) => {
                log::report(&error);
                failures += 1;
                Some(backoff(failures, MAX_BACKOFF))
            }
        };
        if let Some(wait) = wait {
            select! {
                () = sleep(wait + jitter()) => {}
                _ = stop.wait_for(|stop| *stop) => {}
            }
        }
    }
}

struct Scheduler {
    jobs: Vec<Job>,
    table: Table,
    stop: watch::Receiver<bool>,
}

impl Scheduler {
    /// Runs the longest overdue job. Returns the time until the next poll if none is due.
    async fn poll(&self) -> Result<Option<Duration>, Error> {
        let schedules = self.table.read().await?;
        let now = Timestamp::now();
        let mut next: Option<(Timestamp, &Job, Schedule)> = None;
        for job in &self.jobs {
            let Some(schedule) = schedules.get(job.name) else {
                self.table.add(job.name, now).await?;
                return Ok(None);
            };
            let due_at = schedule.due_at(job.every, now);
            if next.is_none_or(|(earliest, ..)| due_at < earliest) {
                next = Some((due_at, job, *schedule));
            }
        }
        match next {
            Some((due_at, job, schedule)) if due_at <= now => {
                if self.table.take(job.name, schedule, now.plus(LEASE)).await? {
                    self.run(job, schedule, now.plus(LEASE)).await?;
                }
                Ok(None)
            }
            other => Ok(Some(schedule::wait(other.map(|(due_at, ..)| due_at), now))),
        }
    }

    /// Runs a job whose lease this node holds.
    async fn run(
        &self,
        job: &Job,
        schedule: Schedule,
        mut leased_until: Timestamp,
    ) -> Result<(), Error> {
        let begun = Instant::now();
        let ended = loop {
            match step(job, self.table.pool.clone()).await {
                Ok(Progress::Done) => break Ended::Done,
                Ok(Progress::More) if self.is_stopped() || begun.elapsed() >= TIME_SLICE => {
                    break Ended::Unfinished;
                }
                Ok(Progress::More) => {}
                Err(error) => {
                    error!(job = job.name, "a job failed: {error}");
                    break Ended::Failed;
                }
            }
            let now = Timestamp::now();
            if now.plus(LEASE / 2) >= leased_until {
                leased_until = now.plus(LEASE);
                if !self.table.renew(job.name, leased_until).await? {
                    warn_lease_lost(job);
                    return Ok(());
                }
            }
            sleep(PAUSE).await;
        };
        let now = Timestamp::now();
        let next = schedule.after(ended, job.every, now);
        if !self.table.settle(job.name, next, now).await? {
            warn_lease_lost(job);
        }
        Ok(())
    }

    fn is_stopped(&self) -> bool {
        *self.stop.borrow()
    }
}

/// Runs a step in a separate task, so that a panic does not stop the scheduler.
async fn step(job: &Job, pool: Pool) -> Result<Progress, Error> {
    let step = rocket::tokio::spawn((job.step)(pool, Timestamp::now()));
    let panicked = |_| Error::Internal("it panicked".into());
    step.await.map_err(panicked)?
}

/// Logs that another node has taken over the job, or that its row was deleted.
fn warn_lease_lost(job: &Job) {
    warn!(job = job.name, "a job took longer than its lease");
}

/// Returns a random part of [`JITTER`].
fn jitter() -> Duration {
    let mut byte = [0];
    // Without random numbers, nodes stay synchronized, which is only slower.
    let _ = rand::fill(&mut byte);
    JITTER * u32::from(byte[0]) / 255
}

#[cfg(test)]
mod tests;
