//! The position of a node in the table of notices. Rows become visible in the order of commits, not
//! of their ids, so ids that have been passed over are looked for again.

use std::collections::BTreeMap;
use std::time::{Duration, Instant};

/// Time for which a missing row is looked for. A transaction inserts its row last, and a commit takes
/// less. A row of a transaction that was rolled back never comes.
const PATIENCE: Duration = Duration::from_secs(10);

/// Maximum number of missing rows that are looked for.
const MOST_MISSING: usize = 1_000;

/// The ids that have been read, up to the greatest, without those that are missing.
#[derive(Debug, Default)]
pub(super) struct Position {
    greatest: i64,
    /// The ids that were passed over, with the time at which that was noticed.
    missing: BTreeMap<i64, Instant>,
}

impl Position {
    /// Returns the position of a reader that has read everything up to `greatest`.
    pub fn at(greatest: i64) -> Position {
        Position {
            greatest,
            missing: BTreeMap::new(),
        }
    }

    /// Returns the id after which rows are new.
    pub fn greatest(&self) -> i64 {
        self.greatest
    }

    /// Returns the ids of missing rows that may still come.
    pub fn missing(&mut self, now: Instant) -> Vec<i64> {
        self.missing
            .retain(|_, since| now.saturating_duration_since(*since) < PATIENCE);
        while self.missing.len() > MOST_MISSING {
            self.missing.pop_first();
        }
        self.missing.keys().copied().collect()
    }

    /// Notes a row that has been read. Rows come in the order of their ids.
    pub fn read(&mut self, id: i64, now: Instant) {
        if id <= self.greatest {
            self.missing.remove(&id);
            return;
        }
        let first = (self.greatest + 1).max(id.saturating_sub(MOST_MISSING as i64));
        self.missing.extend((first..id).map(|passed| (passed, now)));
        self.greatest = id;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ids_that_were_passed_over_are_missing_until_they_come() {
        let now = Instant::now();
        let mut position = Position::at(10);
        for id in [11, 14, 15] {
            position.read(id, now);
        }
        assert_eq!(position.greatest(), 15);
        assert_eq!(position.missing(now), [12, 13]);
        position.read(13, now);
        assert_eq!(position.missing(now), [12]);
        assert_eq!(position.missing(now + PATIENCE), [0; 0]);
        assert_eq!(position.greatest(), 15);
    }

    #[test]
    fn a_great_gap_costs_little() {
        let now = Instant::now();
        let mut position = Position::at(0);
        position.read(i64::MAX, now);
        assert_eq!(position.missing(now).len(), MOST_MISSING);
    }
}
