//! Memory for answers. A client may read an answer as slowly as the time limits let it, so what waits
//! to be written is bounded: in total, and for each user.

use std::sync::Arc;
use std::time::Duration;

use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use tokio::time::timeout;

use super::{Slot, Slots};

/// An answer of at most so many bytes is not counted: the number of connections bounds those.
pub const UNCOUNTED_BYTES: usize = 16 << 10;

/// For the answers to what only reads, to what writes, and to all of one user, in KiB.
const READS_KIB: u32 = 192 << 10;
const WRITES_KIB: u32 = 64 << 10;
const EACH_KIB: u32 = 16 << 10;

/// For the answer to a write, in KiB: one task of 50,000 characters, each escaped in JSON.
const WRITE_KIB: u32 = 512;

/// The time that a write waits until its answer has room: longer than for the database.
const PATIENCE: Duration = Duration::from_secs(3);

/// The memory for all answers that wait to be written.
pub struct Answers {
    reads: Arc<Semaphore>,
    writes: Arc<Semaphore>,
    each: Slots,
}

/// A part of it, held until the answer has been written.
pub struct Share {
    _of_all: OwnedSemaphorePermit,
    _of_each: Slot,
}

impl Default for Answers {
    fn default() -> Answers {
        Answers {
            reads: Arc::new(Semaphore::new(READS_KIB as usize)),
            writes: Arc::new(Semaphore::new(WRITES_KIB as usize)),
            each: Slots::new(EACH_KIB),
        }
    }
}

impl Answers {
    /// Room for an answer of so many bytes, if there is any now: the answer takes the memory already,
    /// so it is either written or dropped.
    pub async fn hold(&self, whose: &str, bytes: usize) -> Option<Share> {
        let kib = u32::try_from(bytes.div_ceil(1 << 10)).ok()?;
        self.take(&self.reads, whose, kib, Duration::ZERO).await
    }

    /// Room for the answer to a write, before anything is written: what has been done must be said.
    pub async fn reserve(&self, whose: &str) -> Option<Share> {
        self.take(&self.writes, whose, WRITE_KIB, PATIENCE).await
    }

    async fn take(
        &self,
        all: &Arc<Semaphore>,
        whose: &str,
        kib: u32,
        patience: Duration,
    ) -> Option<Share> {
        let of_each = self.each.acquire(whose, kib, patience).await?;
        let of_all = timeout(patience, all.clone().acquire_many_owned(kib)).await;
        Some(Share {
            _of_all: of_all.ok()?.ok()?,
            _of_each: of_each,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const MIB: usize = 1 << 20;

    #[rocket::tokio::test]
    async fn one_user_has_a_part_and_all_have_the_whole() {
        let answers = Answers::default();
        let mut held = Vec::new();
        while let Some(share) = answers.hold("ada", MIB).await {
            held.push(share);
        }
        assert_eq!(held.len(), 16);
        assert!(answers.hold("ada", 1).await.is_none());
        for user in 0.. {
            let Some(share) = answers.hold(&user.to_string(), MIB).await else {
                break;
            };
            held.push(share);
        }
        assert_eq!(held.len(), 192);
        // Reads leave room to writes.
        assert!(answers.reserve("bob").await.is_some());
        held.clear();
        assert!(answers.hold("ada", 16 * MIB).await.is_some());
    }
}
