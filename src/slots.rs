//! Concurrency limits per key: bounds the work in progress for one user or one address.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use tokio::time::timeout;

/// A number of slots per key. An unused key takes no memory.
#[derive(Clone)]
pub struct Slots {
    each: u32,
    keys: Arc<Mutex<Keys>>,
}

type Keys = HashMap<String, Arc<Semaphore>>;

/// Acquired slots, released on drop.
#[must_use]
pub struct Slot {
    key: String,
    permit: Option<OwnedSemaphorePermit>,
    slots: Slots,
}

impl Slots {
    /// Creates a limit of `each` slots per key.
    pub fn new(each: u32) -> Slots {
        Slots {
            each,
            keys: Arc::default(),
        }
    }

    /// Acquires `count` slots of a key, or all of them if it has fewer, in order of request. `None`
    /// if they are not free within `patience`.
    pub async fn acquire(&self, key: &str, count: u32, patience: Duration) -> Option<Slot> {
        let semaphore = self
            .lock()
            .entry(key.to_owned())
            .or_insert_with(|| Arc::new(Semaphore::new(self.each as usize)))
            .clone();
        // Created before the wait, so that a request cancelled while waiting also cleans up.
        let mut slot = Slot {
            key: key.to_owned(),
            permit: None,
            slots: self.clone(),
        };
        let acquired = semaphore.acquire_many_owned(count.min(self.each));
        slot.permit = Some(timeout(patience, acquired).await.ok()?.ok()?);
        Some(slot)
    }

    fn lock(&self) -> MutexGuard<'_, Keys> {
        self.keys.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Drop for Slot {
    fn drop(&mut self) {
        let mut keys = self.slots.lock();
        self.permit = None;
        // Each holder and each waiter has a reference, and the map has one.
        if keys
            .get(&self.key)
            .is_some_and(|semaphore| Arc::strong_count(semaphore) == 1)
        {
            keys.remove(&self.key);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const NOW: Duration = Duration::ZERO;
    const LONG: Duration = Duration::from_secs(60);

    #[rocket::tokio::test]
    async fn each_key_has_its_own_slots() {
        let slots = Slots::new(2);
        let first = slots.acquire("a", 1, NOW).await.expect("a slot");
        let _second = slots.acquire("a", 1, NOW).await.expect("a slot");
        assert!(slots.acquire("a", 1, NOW).await.is_none());
        assert!(slots.acquire("b", 1, NOW).await.is_some());
        drop(first);
        assert!(slots.acquire("a", 1, NOW).await.is_some());
    }

    #[rocket::tokio::test]
    async fn a_request_above_the_limit_takes_all_slots() {
        let slots = Slots::new(2);
        let all = slots.acquire("a", 9, NOW).await.expect("all slots");
        assert!(slots.acquire("a", 1, NOW).await.is_none());
        drop(all);
        assert!(slots.acquire("a", 2, NOW).await.is_some());
    }

    #[rocket::tokio::test]
    async fn a_waiting_request_gets_the_slot_that_becomes_free() {
        let slots = Slots::new(1);
        let held = slots.acquire("a", 1, NOW).await.expect("a slot");
        let waiting = tokio::spawn({
            let slots = slots.clone();
            async move { slots.acquire("a", 1, LONG).await.is_some() }
        });
        drop(held);
        assert!(waiting.await.expect("no panic"));
    }

    #[rocket::tokio::test]
    async fn a_key_without_slots_takes_no_memory() {
        let slots = Slots::new(1);
        let held = slots.acquire("a", 1, NOW).await.expect("a slot");
        assert!(slots.acquire("a", 1, NOW).await.is_none());
        assert_eq!(slots.lock().len(), 1);
        drop(held);
        assert_eq!(slots.lock().len(), 0);
    }
}
