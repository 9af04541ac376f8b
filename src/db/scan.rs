//! Scans: reads of everything that a user has, in steps. Each step is a short statement; the right
//! to scan bounds how many are under way, so that others always find a free reader.

use std::sync::Arc;

use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use tokio::time::timeout;

use super::handle::ACQUIRE_TIMEOUT;
use crate::error::Error;
use crate::slots::{Slot, Slots};

/// The most scans of one user at a time.
const EACH: u32 = 1;

/// The scans of all users.
#[derive(Clone)]
pub(super) struct Scans {
    users: Slots,
    all: Arc<Semaphore>,
}

/// The right to scan, until it is dropped.
#[must_use]
pub struct Scan {
    _user: Slot,
    _place: OwnedSemaphorePermit,
}

impl Scans {
    /// Leaves one of so many readers to others, if there is more than one.
    pub(super) fn new(readers: u32) -> Scans {
        Scans {
            users: Slots::new(EACH),
            all: Arc::new(Semaphore::new(readers.saturating_sub(1).max(1) as usize)),
        }
    }

    /// Waits for the right to scan.
    ///
    /// # Errors
    /// [`Error::Busy`] if it is not given in time.
    pub(super) async fn begin(&self, user_id: &str) -> Result<Scan, Error> {
        // The user's own turn comes first: whoever waits for it holds no place.
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
