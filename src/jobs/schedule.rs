//! Scheduling decisions: pure functions of a job's row and the current time.

use std::time::Duration;

use crate::db::Timestamp;

/// Lifetime of a lease without renewal; also the maximum clock skew between nodes.
pub const LEASE: Duration = Duration::from_secs(30);

/// Maximum time between two polls of the table.
pub const POLL_INTERVAL: Duration = Duration::from_secs(2);

/// Delay after the first failure of a job. It doubles with each further failure.
const FIRST_RETRY: Duration = Duration::from_secs(5);

/// The columns of a job that decide when it runs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Schedule {
    pub next_run_at: Timestamp,
    /// In the past if no node holds the lease.
    pub leased_until: Timestamp,
    /// Failed runs since the last successful one.
    pub failures: i64,
}

/// Outcome of a run.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Ended {
    Done,
    /// Interrupted with work left, to let other jobs run or the process stop.
    Unfinished,
    Failed,
}

impl Schedule {
    /// Returns the instant from which a node may take the lease. Ignores an instant that no correct
    /// clock can have written: a clock that was a day ahead must not stop a job for a day.
    pub fn due_at(&self, every: Duration, now: Timestamp) -> Timestamp {
        let plausible = |instant: Timestamp, most: Duration| match instant > now.plus(most) {
            true => now,
            false => instant,
        };
        let start = plausible(self.next_run_at, every + LEASE);
        let free = plausible(self.leased_until, 2 * LEASE);
        start.max(free)
    }

    /// Returns the schedule after a run, without a lease.
    pub fn after(&self, ended: Ended, every: Duration, now: Timestamp) -> Schedule {
        let (wait, failures) = match ended {
            Ended::Done => (every, 0),
            Ended::Unfinished => (Duration::ZERO, 0),
            Ended::Failed => {
                let failures = self.failures.saturating_add(1);
                (backoff(failures, every), failures)
            }
        };
        Schedule {
            next_run_at: now.plus(wait),
            leased_until: Timestamp(0),
            failures,
        }
    }
}

/// Returns the delay after this many consecutive failures, bounded by `most`.
pub fn backoff(failures: i64, most: Duration) -> Duration {
    let doublings = u32::try_from(failures.saturating_sub(1).max(0)).unwrap_or(u32::MAX);
    let factor = 2_u32.checked_pow(doublings).unwrap_or(u32::MAX);
    FIRST_RETRY.saturating_mul(factor).min(most)
}

/// Returns the time until the next poll, if the next job is due at `due_at`. A job can become due
/// earlier: another node may stop with the job unfinished.
pub fn wait(due_at: Option<Timestamp>, now: Timestamp) -> Duration {
    let microseconds = due_at.map_or(i64::MAX, |due_at| due_at.0.saturating_sub(now.0));
    Duration::from_micros(u64::try_from(microseconds).unwrap_or(0)).min(POLL_INTERVAL)
}

#[cfg(test)]
mod tests {
    use super::*;

    const NOW: Timestamp = Timestamp(1_800_000_000_000_000);
    const MINUTE: Duration = Duration::from_secs(60);
    const DAY: i64 = 24 * 60 * 60;

    /// Creates a schedule from offsets to the current time, in seconds.
    fn schedule(next_run: i64, lease: i64) -> Schedule {
        Schedule {
            next_run_at: NOW.plus_seconds(next_run),
            leased_until: NOW.plus_seconds(lease),
            failures: 0,
        }
    }

    #[test]
    fn a_job_is_due_at_its_time_if_no_node_holds_the_lease() {
        for (next_run, lease, due) in [
            (-1, -1, -1),
            (0, -DAY, 0),
            (10, -1, 10),
            // Another node runs it, or was killed while running it.
            (-10, 20, 20),
            (-10, -5, -5),
            (40, 20, 40),
            // A clock that is slightly ahead.
            (61, 31, 61),
            // A clock that was a day ahead.
            (DAY, -1, 0),
            (-1, DAY, 0),
            (DAY, DAY, 0),
            (DAY, 20, 20),
        ] {
            let due_at = schedule(next_run, lease).due_at(MINUTE, NOW);
            assert_eq!(due_at, NOW.plus_seconds(due), "{next_run} {lease}");
        }
    }

    #[test]
    fn a_run_releases_the_lease_and_sets_the_next_run() {
        let failed = Schedule {
            failures: 2,
            ..schedule(-1, 20)
        };
        for (ended, wait, failures) in [
            (Ended::Done, 60, 0),
            (Ended::Unfinished, 0, 0),
            (Ended::Failed, 20, 3),
        ] {
            let after = failed.after(ended, MINUTE, NOW);
            assert_eq!(after.next_run_at, NOW.plus_seconds(wait), "{ended:?}");
            assert_eq!(after.failures, failures, "{ended:?}");
            assert!(after.leased_until < NOW, "{ended:?}");
        }
    }

    #[test]
    fn a_failing_job_runs_as_often_as_a_successful_one() {
        let seconds = |failures| backoff(failures, MINUTE).as_secs();
        assert_eq!([1, 2, 3, 4, 5, 6].map(seconds), [5, 10, 20, 40, 60, 60]);
        assert_eq!([0, -1, i64::MAX, i64::MIN].map(seconds), [5, 5, 60, 5]);
    }

    #[test]
    fn the_table_is_polled_when_a_job_is_due_and_every_other_second() {
        for (due, milliseconds) in [(-DAY, 0), (0, 0), (1, 1_000), (3, 2_000), (DAY, 2_000)] {
            let wait = wait(Some(NOW.plus_seconds(due)), NOW);
            assert_eq!(wait, Duration::from_millis(milliseconds), "{due}");
        }
        assert_eq!(wait(None, NOW), POLL_INTERVAL);
    }
}
