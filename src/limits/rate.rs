//! Rates and the generic cell rate algorithm. An allowance is spent one by one and recovers evenly,
//! so its whole state is one instant.

use std::fmt;

pub(super) const MOST: u32 = 1_000_000;
const MOST_SECONDS: u32 = 86_400;

const UNITS: [(&str, u32); 3] = [("h", 3_600), ("m", 60), ("s", 1)];

/// A number of requests per period.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Rate {
    /// Burst size: requests allowed at once.
    pub count: u32,
    /// Seconds until a spent allowance is full again.
    pub seconds: u32,
}

/// Parses a rate such as `10/15m`, or `0` for no limit.
///
/// # Errors
/// A description of the expected format.
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

/// Maximum clock skew between nodes, in microseconds.
const MOST_SKEW: i64 = 60_000_000;

/// The state of an allowance is the time until it is full again, in microseconds.
impl Rate {
    /// Spends one of an allowance that is full after `missing`. Returns the time after which it is
    /// full then.
    ///
    /// # Errors
    /// The time after which one is available, if the allowance is exhausted.
    pub fn spend(self, missing: i64) -> Result<i64, i64> {
        let after = self.bounded(missing) + self.microseconds(1);
        let wait = after - self.microseconds(self.count);
        if wait > 0 { Err(wait) } else { Ok(after) }
    }

    /// Returns what remains of an allowance that is full after `missing`.
    pub fn left(self, missing: i64) -> u32 {
        let interval = self.microseconds(1).max(1);
        let spent = (self.bounded(missing) + interval - 1) / interval;
        self.count
            .saturating_sub(u32::try_from(spent).unwrap_or(u32::MAX))
    }

    /// Returns the time in which `count` recover, in microseconds.
    pub fn microseconds(self, count: u32) -> i64 {
        i64::from(self.seconds) * 1_000_000 / i64::from(self.count) * i64::from(count)
    }

    /// Bounds the time until an allowance is full. The period is the maximum, even if the clock of
    /// another node is ahead or the setting has changed. A time longer than that by more than the
    /// skew was written before a clock was set back; it counts as zero, because it would reject
    /// everyone until the clock catches up.
    fn bounded(self, missing: i64) -> i64 {
        let whole = self.microseconds(self.count);
        if missing > whole + MOST_SKEW {
            return 0;
        }
        missing.clamp(0, whole)
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

    const SECOND: i64 = 1_000_000;

    #[test]
    fn an_allowance_is_spent_and_recovers_evenly() {
        let mut missing = -5 * SECOND;
        for left in [3, 2, 1, 0] {
            missing = RATE.spend(missing).expect("enough");
            assert_eq!(RATE.left(missing), left);
        }
        assert_eq!(RATE.spend(missing), Err(2 * SECOND));
        assert_eq!(RATE.spend(missing - SECOND), Err(SECOND));
        assert_eq!(RATE.left(missing - 2 * SECOND), 1);
        assert_eq!(RATE.spend(missing - 2 * SECOND), Ok(missing));
        assert_eq!(RATE.left(missing - 8 * SECOND), 4);
    }

    #[test]
    fn a_wrong_clock_does_not_extend_a_limit() {
        assert_eq!(RATE.spend(20 * SECOND), Err(2 * SECOND));
        assert_eq!(RATE.spend(86_400 * SECOND), Ok(2 * SECOND));
        assert_eq!(RATE.left(86_400 * SECOND), 4);
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
