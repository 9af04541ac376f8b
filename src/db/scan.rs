//! Scans: stepwise reads of all data of a user. Each step is a short statement. The number of
//! concurrent scans is limited, so that a connection for other reads remains free.

use std::sync::Arc;

use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use tokio::time::timeout;

use super::handle::ACQUIRE_TIMEOUT;
use crate::error::Error;
use crate::slots::{Slot, Slots};

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
