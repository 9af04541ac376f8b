//! Instants by key, in the memory of this node. The monotonic clock measures them, so that a
//! corrected system clock neither extends nor shortens one.

use std::collections::HashMap;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Instant;

/// The most keys. A key beyond these is not stored, so its limit is not enforced: memory is bounded
/// first.
const MOST_KEYS: usize = 1_000_000;

/// Up to this many keys, passed ones are not removed.
const FEW_KEYS: usize = 1_024;

/// A map of instants that removes those that have passed.
pub(super) struct Deadlines(Mutex<Keys>);

struct Keys {
    instants: HashMap<String, Instant>,
    /// The number of keys at which the passed ones are removed: twice the number that was left the
    /// last time, so that removal costs each insertion a constant time.
    sweep_at: usize,
    most: usize,
}

impl Default for Deadlines {
    fn default() -> Deadlines {
        Deadlines::of_at_most(MOST_KEYS)
    }
}

impl Deadlines {
    fn of_at_most(most: usize) -> Deadlines {
        Deadlines(Mutex::new(Keys {
            instants: HashMap::new(),
            sweep_at: FEW_KEYS,
            most,
        }))
    }

    /// The instant of a key, if it is still to come.
    pub fn get(&self, key: &str, now: Instant) -> Option<Instant> {
        let instant = self.lock().instants.get(key).copied();
        instant.filter(|instant| *instant > now)
    }

    /// Sets the instant of a key.
    pub fn set(&self, key: &str, now: Instant, instant: Instant) {
        self.update(key, now, |_| (Some(instant), ()));
    }

    /// Replaces the instant of a key and returns the result of `change`, in one step. `change` gets
    /// an instant that is still to come, or none.
    pub fn update<T>(
        &self,
        key: &str,
        now: Instant,
        change: impl FnOnce(Option<Instant>) -> (Option<Instant>, T),
    ) -> T {
        let mut keys = self.lock();
        let before = keys.instants.get(key).copied();
        let (after, result) = change(before.filter(|instant| *instant > now));
        match after {
            Some(instant) if before.is_some() => {
                keys.instants.insert(key.to_owned(), instant);
            }
            Some(instant) => keys.insert(key, now, instant),
            None => {
                keys.instants.remove(key);
            }
        }
        result
    }

    fn lock(&self) -> MutexGuard<'_, Keys> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Keys {
    fn insert(&mut self, key: &str, now: Instant, instant: Instant) {
        if self.instants.len() >= self.sweep_at {
            self.instants.retain(|_, instant| *instant > now);
            self.sweep_at = (self.instants.len() * 2).clamp(FEW_KEYS, self.most);
            self.instants.shrink_to(self.sweep_at);
        }
        if self.instants.len() < self.most {
            self.instants.insert(key.to_owned(), instant);
        }
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    #[test]
    fn an_instant_that_has_passed_is_none() {
        let deadlines = Deadlines::of_at_most(2_000);
        let now = Instant::now();
        let late = now + Duration::from_secs(3);
        for key in 0..2_010 {
            deadlines.set(&key.to_string(), now, late);
        }
        let keys = deadlines.0.lock().expect("no panic");
        assert_eq!(keys.instants.len(), 2_000);
    }
}
