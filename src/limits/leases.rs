//! What this node has in hand of each allowance. The database is asked for a portion at a time, so
//! that a limit which many requests meet costs few writes and holds for all nodes together.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use tokio::sync::Mutex as Gate;

use super::Rate;
use crate::db::Timestamp;

/// A limit that is leased in portions has this many of them.
const PORTIONS: u32 = 20;

/// The leases of all who have asked of late.
#[derive(Default)]
pub struct Leases(Mutex<HashMap<String, Lease>>);

/// What a node may give out without asking.
struct Lease {
    /// How many are in hand.
    permits: u32,
    /// How many of those that were given out the database does not know of.
    unbooked: u32,
    /// How much the database had left when it was asked last.
    rest: u32,
    /// When a new portion may be given out before the database is told, so that whoever asks
    /// seldom costs no write.
    renewed_at: Timestamp,
    /// Until when the database has nothing to give.
    refused_until: Timestamp,
    /// Held by the one who asks the database, so that many at once do not lease what they do not
    /// need.
    gate: Arc<Gate<()>>,
}

/// What a lease says to one request.
#[derive(Debug, PartialEq, Eq)]
pub enum Answer {
    /// It may, and so many are left; or not for so many microseconds.
    Told(Result<u32, i64>),
    /// The database has to be asked for so many.
    Ask(u32),
}

/// How many are leased at once.
pub fn portion(rate: Rate) -> u32 {
    (rate.count / PORTIONS).max(1)
}

impl Leases {
    fn lock(&self) -> MutexGuard<'_, HashMap<String, Lease>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Takes one from what is in hand, of a limit that is leased in portions.
    pub fn take(&self, id: &str, rate: Rate, now: Timestamp) -> Answer {
        let portion = portion(rate);
        let mut leases = self.lock();
        let lease = leases.entry(id.to_owned()).or_insert_with(Lease::empty);
        if lease.permits > 0 {
            lease.permits -= 1;
            return Answer::Told(Ok(lease.permits + lease.rest));
        }
        if let Some(wait) = lease.wait(now) {
            return Answer::Told(Err(wait));
        }
        if lease.renewed_at <= now {
            lease.renewed_at = now.plus_seconds(rate.seconds.into());
            lease.permits = portion - 1;
            lease.unbooked = portion;
            lease.rest = rate.count - portion;
            return Answer::Told(Ok(lease.permits + lease.rest));
        }
        Answer::Ask(portion + lease.unbooked)
    }

    /// What is held while the database is asked.
    pub fn gate(&self, id: &str) -> Arc<Gate<()>> {
        let mut leases = self.lock();
        let lease = leases.entry(id.to_owned()).or_insert_with(Lease::empty);
        Arc::clone(&lease.gate)
    }

    /// Whether everything is refused, by what the database said before.
    pub fn refused(&self, id: &str, now: Timestamp) -> Option<i64> {
        self.lock().get(id).and_then(|lease| lease.wait(now))
    }

    /// Puts a portion in hand, of which one is spent, and gives what is left.
    pub fn put(&self, id: &str, portion: u32, rest: u32) -> u32 {
        match self.lock().get_mut(id) {
            Some(lease) => {
                lease.permits += portion - 1;
                lease.unbooked = 0;
                lease.rest = rest;
                lease.permits + rest
            }
            None => rest,
        }
    }

    /// Keeps what the database has refused, so that it is not asked in vain.
    pub fn refuse(&self, id: &str, now: Timestamp, wait: i64) {
        let until = Timestamp(now.0.saturating_add(wait));
        self.lock()
            .entry(id.to_owned())
            .or_insert_with(Lease::empty)
            .refused_until = until;
    }

    /// Forgets what says nothing any more.
    pub fn sweep(&self, now: Timestamp) {
        self.lock()
            .retain(|_, lease| lease.renewed_at > now || lease.refused_until > now);
    }
}

impl Lease {
    fn empty() -> Lease {
        Lease {
            permits: 0,
            unbooked: 0,
            rest: 0,
            renewed_at: Timestamp(0),
            refused_until: Timestamp(0),
            gate: Arc::default(),
        }
    }

    fn wait(&self, now: Timestamp) -> Option<i64> {
        (self.refused_until > now).then(|| self.refused_until.0 - now.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn granted(left: u32) -> Answer {
        Answer::Told(Ok(left))
    }

    #[test]
    fn the_first_portion_is_free_and_booked_with_the_next() {
        let rate = Rate {
            count: 40,
            seconds: 60,
        };
        let leases = Leases::default();
        let now = Timestamp::now();
        assert_eq!(leases.take("a", rate, now), granted(39));
        assert_eq!(leases.take("a", rate, now), granted(38));
        assert_eq!(leases.take("a", rate, now), Answer::Ask(4));
        assert_eq!(leases.put("a", 2, 36), 37);
        assert_eq!(leases.take("a", rate, now), granted(36));
        assert_eq!(leases.take("a", rate, now), Answer::Ask(2));
        leases.refuse("a", now, 5_000_000);
        assert_eq!(leases.take("a", rate, now), Answer::Told(Err(5_000_000)));
        assert_eq!(leases.take("b", rate, now), granted(39));
        assert_eq!(leases.take("a", rate, now.plus_seconds(60)), granted(39));
    }
}
