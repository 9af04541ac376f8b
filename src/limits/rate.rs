//! How often something may be done, counted by the generic cell rate algorithm: an allowance that
//! is spent one by one and grows back evenly, so that all there is to keep is one instant.

use std::fmt;

use crate::db::Timestamp;

const MOST: u32 = 1_000_000;
const MOST_SECONDS: u32 = 86_400;

const UNITS: [(&str, u32); 3] = [("h", 3_600), ("m", 60), ("s", 1)];

/// So many times in so many seconds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Rate {
    /// How many times at once.
    pub count: u32,
    /// After how many seconds an allowance that was spent is whole again.
    pub seconds: u32,
}

/// Reads `10/15m`, or `0` for no limit.
///
/// # Errors
/// What it must be.
pub fn parse_rate(text: &str) -> Result<Option<Rate>, String> {
    if text.trim() == "0" {
        return Ok(None);
    }
    read(text.trim()).map(Some).ok_or_else(|| {
        format!(
            "must be a number and a time, such as 10/15m (up to {MOST} in up to 24h; s, m and h \
             are known), or 0 for no limit"
        )
    })
}

fn read(text: &str) -> Option<Rate> {
    let (count, time) = text.split_once('/')?;
    let count: u32 = count.trim().parse().ok()?;
    let time = time.trim();
    let (number, unit) = UNITS
        .iter()
        .find_map(|(name, unit)| Some((time.strip_suffix(name)?, unit)))?;
    let seconds = number.trim().parse::<u32>().ok()?.checked_mul(*unit)?;
    let in_bounds = (1..=MOST).contains(&count) && (1..=MOST_SECONDS).contains(&seconds);
    in_bounds.then_some(Rate { count, seconds })
}

/// How far the clocks of nodes may be apart, in seconds.
const MOST_SKEW_SECONDS: i64 = 60;

impl Rate {
    /// Spends `cost` of an allowance that is whole again at `whole_at`, and gives the instant at
    /// which it is whole after that.
    ///
    /// # Errors
    /// In how many microseconds there is enough of it.
    pub fn spend(self, whole_at: Timestamp, now: Timestamp, cost: u32) -> Result<Timestamp, i64> {
        let before = self.bounded(whole_at, now);
        let after = before.0 + self.microseconds(cost);
        let wait = after - now.0 - self.microseconds(self.count);
        if wait > 0 {
            return Err(wait);
        }
        Ok(Timestamp(after))
    }

    /// How much is left of an allowance that is whole again at `whole_at`.
    pub fn left(self, whole_at: Timestamp, now: Timestamp) -> u32 {
        let missing = self.bounded(whole_at, now).0 - now.0;
        let interval = self.microseconds(1).max(1);
        let spent = (missing + interval - 1) / interval;
        self.count
            .saturating_sub(u32::try_from(spent).unwrap_or(u32::MAX))
    }

    /// How long `cost` takes to grow back, in microseconds.
    pub fn microseconds(self, cost: u32) -> i64 {
        i64::from(self.seconds) * 1_000_000 / i64::from(self.count) * i64::from(cost)
    }

    /// Nobody waits for longer than the whole time, though another node's clock is ahead or the
    /// setting changed. What is further away was written before a clock was set back, and would
    /// shut people out until that time comes again.
    fn bounded(self, whole_at: Timestamp, now: Timestamp) -> Timestamp {
        let latest = Timestamp(now.0 + self.microseconds(self.count));
        if whole_at > latest.plus_seconds(MOST_SKEW_SECONDS) {
            return now;
        }
        whole_at.clamp(now, latest)
    }
}

impl fmt::Display for Rate {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (name, unit) = UNITS
            .iter()
            .find(|(_, unit)| self.seconds.is_multiple_of(*unit))
            .unwrap_or(&UNITS[2]);
        write!(formatter, "{}/{}{name}", self.count, self.seconds / unit)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const RATE: Rate = Rate {
        count: 4,
        seconds: 8,
    };

    fn at(seconds: i64) -> Timestamp {
        Timestamp(seconds * 1_000_000)
    }

    #[test]
    fn an_allowance_is_spent_and_grows_back_evenly() {
        let now = at(100);
        let mut whole_at = at(0);
        for left in [3, 2, 1, 0] {
            whole_at = RATE.spend(whole_at, now, 1).expect("enough");
            assert_eq!(RATE.left(whole_at, now), left);
        }
        assert_eq!(RATE.spend(whole_at, now, 1), Err(2_000_000));
        assert_eq!(RATE.spend(whole_at, now, 2), Err(4_000_000));
        assert_eq!(RATE.left(whole_at, at(102)), 1);
        assert!(RATE.spend(whole_at, at(102), 1).is_ok());
        assert!(RATE.spend(whole_at, at(102), 2).is_err());
        assert_eq!(RATE.left(whole_at, at(108)), 4);
    }

    #[test]
    fn a_clock_that_was_wrong_shuts_nobody_out_for_longer() {
        assert_eq!(RATE.spend(at(120), at(100), 1), Err(2_000_000));
        assert_eq!(RATE.spend(at(9_999), at(100), 1), Ok(at(102)));
    }

    #[test]
    fn rates_are_read_as_they_are_written() {
        for text in ["10/15m", "1/1s", "1000000/24h", "90/90s"] {
            let rate = parse_rate(text).expect(text).expect(text);
            assert_eq!(rate.to_string(), text);
        }
        assert_eq!(parse_rate("0"), Ok(None));
        let hour = parse_rate("5 / 60m").expect("a rate").expect("a rate");
        assert_eq!(hour.to_string(), "5/1h");
        for text in [
            "", "10", "10/", "0/1m", "1/0s", "1/25h", "1/m", "-1/1m", "1/1d",
        ] {
            assert!(parse_rate(text).is_err(), "{text}");
        }
    }
}
