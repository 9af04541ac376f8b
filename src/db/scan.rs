//! Scans: stepwise reads of all data of a user. Each step is a short statement. The number of
//! concurrent scans is limited, so that a connection for other reads remains free.

use std::sync::Arc;
use std::time::Duration;

use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use tokio::time::timeout;

use super::handle::ACQUIRE_TIMEOUT;
use crate::error::Error;
use crate::slots::{Slot, Slots};

/// Maximum time of the scan of a request. The response then contains what was found so far.
pub const SCAN_TIME: Duration = Duration::from_secs(1);

/// Number of rows of the first step.
pub const FIRST_ROWS: usize = 64;

/// Target size of the text that a step reads, in bytes. The number of rows is estimated from the
/// previous step.
const STEP_BYTES: usize = 1 << 18;

/// Minimum and maximum number of rows of later steps.
const LEAST_ROWS: usize = 16;
const MOST_ROWS: usize = 2_048;

/// Maximum number of concurrent scans of one user.
const EACH: u32 = 1;

/// The limits of concurrent scans.
#[derive(Clone)]
pub(super) struct Scans {
    users: Slots,
    all: Arc<Semaphore>,
}

/// Permission to scan. Released on drop.
#[must_use]
pub struct Scan {
    _user: Slot,
    _place: OwnedSemaphorePermit,
}

impl Scans {
    /// Creates the limits for a number of read connections. One connection is left to other reads
    /// if there is more than one.
    pub(super) fn new(readers: u32) -> Scans {
        Scans {
            users: Slots::new(EACH),
            all: Arc::new(Semaphore::new(readers.saturating_sub(1).max(1) as usize)),
        }
    }

    /// Waits for permission to scan.
    ///
    /// # Errors
    /// [`Error::Busy`] if permission is not available in time.
    pub(super) async fn begin(&self, user_id: &str) -> Result<Scan, Error> {
        // The user's limit comes first, so that a user's waiting scans occupy no shared place.
        let user = self.users.acquire(user_id, 1, ACQUIRE_TIMEOUT).await;
        let user = user.ok_or(Error::Busy)?;
        let place = timeout(ACQUIRE_TIMEOUT, self.all.clone().acquire_owned()).await;
        let place = place.ok().and_then(Result::ok).ok_or(Error::Busy)?;
        Ok(Scan {
            _user: user,
            _place: place,
        })
    }
}

/// Returns the number of rows of the next step, given the number of rows of the previous step and
/// the size of their text in bytes. It is a power of two, so that few different statements are
/// prepared.
pub fn next_rows(count: usize, bytes: usize) -> usize {
    let each = (bytes / count.max(1)).max(1);
    let rows = (STEP_BYTES / each).clamp(LEAST_ROWS, MOST_ROWS);
    1 << rows.ilog2()
}

#[cfg(test)]
mod tests {
    use super::{LEAST_ROWS, MOST_ROWS, next_rows};

    #[test]
    fn a_step_reads_fewer_rows_the_longer_they_are() {
        assert_eq!(next_rows(64, 64 * 1_000), 256);
        assert_eq!(next_rows(64, 64 * 5_000), 32);
        assert_eq!(next_rows(64, 64 * 200_000), LEAST_ROWS);
        assert_eq!(next_rows(64, 0), MOST_ROWS);
        assert_eq!(next_rows(0, 0), MOST_ROWS);
    }
}
