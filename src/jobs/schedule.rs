//! When a job runs: pure decisions over its row, with the current time as an argument.

use std::time::Duration;

use crate::db::Timestamp;

/// The time after which a lease expires unless it is renewed. The clocks of nodes may differ by as
/// much.
pub const LEASE: Duration = Duration::from_secs(30);

/// The longest time between two looks at the table.
pub const LOOK: Duration = Duration::from_secs(2);

/// The time before a job that has failed once runs again. It doubles with each further failure.
const FIRST_RETRY: Duration = Duration::from_secs(5);

/// The part of a job's row that decides when it runs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Schedule {
    pub next_run_at: Timestamp,
    /// In the past if no node has the lease.
    pub leased_until: Timestamp,
    /// Failed runs since the last one that succeeded.
    pub failures: i64,
}

/// The outcome of a run.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Ended {
    Done,
    /// Interrupted with more to do, so that other jobs have their turn or the process can end.
    Unfinished,
    Failed,
}

impl Schedule {
    /// The instant from which a node may take the lease. An instant that no correct clock can have
    /// written is ignored: a clock that was ahead by a day must not stop a job for a day.
    pub fn due_at(&self, every: Duration, now: Timestamp) -> Timestamp {
        let plausible = |instant: Timestamp, most: Duration| match instant > now.plus(most) {
            true => now,
            false => instant,
        };
        let start = plausible(self.next_run_at, every + LEASE);
        let free = plausible(self.leased_until, 2 * LEASE);
        start.max(free)
    }

    /// The schedule after a run, without a lease.
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

/// The time before the next attempt after so many failures in a row, `most` at most.
pub fn backoff(failures: i64, most: Duration) -> Duration {
    let doublings = u32::try_from(failures.saturating_sub(1).max(0)).unwrap_or(u32::MAX);
    let factor = 2_u32.checked_pow(doublings).unwrap_or(u32::MAX);
    FIRST_RETRY.saturating_mul(factor).min(most)
}

/// The time until the next look, if the next job is due at `due_at`. A job can become due earlier than
/// planned: another node may end with the job unfinished.
pub fn wait(due_at: Option<Timestamp>, now: Timestamp) -> Duration {
    let microseconds = due_at.map_or(i64::MAX, |due_at| due_at.0.saturating_sub(now.0));
    Duration::from_micros(u64::try_from(microseconds).unwrap_or(0)).min(LOOK)
}

#[cfg(test)]
mod tests {
    use super::*;

    const NOW: Timestamp = Timestamp(1_800_000_000_000_000);
    const MINUTE: Duration = Duration::from_secs(60);
    const DAY: i64 = 24 * 60 * 60;

    /// A schedule by its distance from now in seconds.
    fn schedule(next_run: i64, lease: i64) -> Schedule {
        Schedule {
            next_run_at: NOW.plus_seconds(next_run),
            leased_until: NOW.plus_seconds(lease),
            failures: 0,
        }
    }

    #[test]
    fn a_job_is_due_when_its_time_has_come_and_nobody_has_the_lease() {
        for (next_run, lease, due) in [
            (-1, -1, -1),
            (0, -DAY, 0),
            (10, -1, 10),
            // Another node runs it, or was killed while it did.
            (-10, 20, 20),
            (-10, -5, -5),
            (40, 20, 40),
            // A clock that is ahead a little.
            (61, 31, 61),
            // A clock that was ahead by a day.
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
    fn a_run_gives_the_lease_back_and_sets_the_next_run() {
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
    fn a_job_that_goes_on_failing_runs_no_less_often_than_one_that_succeeds() {
        let seconds = |failures| backoff(failures, MINUTE).as_secs();
        assert_eq!([1, 2, 3, 4, 5, 6].map(seconds), [5, 10, 20, 40, 60, 60]);
        assert_eq!([0, -1, i64::MAX, i64::MIN].map(seconds), [5, 5, 60, 5]);
    }

    #[test]
    fn the_table_is_looked_at_when_a_job_is_due_and_every_other_second() {
        for (due, milliseconds) in [(-DAY, 0), (0, 0), (1, 1_000), (3, 2_000), (DAY, 2_000)] {
            let wait = wait(Some(NOW.plus_seconds(due)), NOW);
            assert_eq!(wait, Duration::from_millis(milliseconds), "{due}");
        }
        assert_eq!(wait(None, NOW), LOOK);
    }
}
