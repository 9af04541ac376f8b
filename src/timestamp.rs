//! Timestamps of the database and the API.

use std::time::Duration;

use serde::{Deserialize, Deserializer, Serialize, Serializer};
use time::OffsetDateTime;
use time::format_description::well_known::Rfc3339;

/// An instant in microseconds since 1970-01-01T00:00:00Z. Its JSON form is an RFC 3339 date-time
/// in UTC.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Timestamp(pub i64);

impl Timestamp {
    /// Returns the current instant.
    pub fn now() -> Timestamp {
        let nanoseconds = OffsetDateTime::now_utc().unix_timestamp_nanos();
        Timestamp(i64::try_from(nanoseconds / 1_000).unwrap_or(i64::MAX))
    }

    /// Returns the instant `seconds` later, or earlier if negative.
    pub fn plus_seconds(self, seconds: i64) -> Timestamp {
        Timestamp(self.0.saturating_add(seconds.saturating_mul(1_000_000)))
    }

    /// Returns the instant `duration` later.
    pub fn plus(self, duration: Duration) -> Timestamp {
        let microseconds = i64::try_from(duration.as_micros()).unwrap_or(i64::MAX);
        Timestamp(self.0.saturating_add(microseconds))
    }

    /// Returns the instant of a number of seconds since 1970-01-01T00:00:00Z.
    pub fn of_seconds(seconds: i64) -> Timestamp {
        Timestamp(0).plus_seconds(seconds)
    }

    /// Returns whole seconds since 1970-01-01T00:00:00Z (a NumericDate of RFC 7519).
    pub fn unix_seconds(self) -> i64 {
        self.0.div_euclid(1_000_000)
    }

    /// Formats the instant if its year has four digits. Lists contain many timestamps, and
    /// formatting by a format description takes several times as long.
    fn text(self) -> Option<Text> {
        let instant = OffsetDateTime::from_unix_timestamp_nanos(i128::from(self.0) * 1_000).ok()?;
        let (year, month, day) = instant.to_calendar_date();
        let (hour, minute, second, microsecond) = instant.to_hms_micro();
        let mut text = *b"0000-00-00T00:00:00.000000Z";
        for (end, number) in [
            (4, u32::try_from(year).ok()?),
            (7, u8::from(month).into()),
            (10, day.into()),
            (13, hour.into()),
            (16, minute.into()),
            (19, second.into()),
            (26, microsecond),
        ] {
            write_digits(&mut text[..end], number);
        }
        Some(Text(text))
    }
}

/// An RFC 3339 date-time.
struct Text([u8; 27]);

impl Text {
    fn as_str(&self) -> &str {
        std::str::from_utf8(&self.0).unwrap_or_default()
    }
}

impl std::fmt::Display for Timestamp {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let text = self.text().ok_or(std::fmt::Error)?;
        formatter.write_str(text.as_str())
    }
}

/// Writes a number, right-aligned, over the zeros of `text`.
fn write_digits(text: &mut [u8], mut number: u32) {
    for digit in text.iter_mut().rev() {
        if number == 0 {
            return;
        }
        *digit = b"0123456789"[number as usize % 10];
        number /= 10;
    }
}

impl Serialize for Timestamp {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let text = self
            .text()
            .ok_or_else(|| serde::ser::Error::custom("an instant outside the years 0 to 9999"))?;
        serializer.serialize_str(text.as_str())
    }
}

impl<'de> Deserialize<'de> for Timestamp {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Timestamp, D::Error> {
        let text = String::deserialize(deserializer)?;
        let instant = OffsetDateTime::parse(&text, &Rfc3339).map_err(serde::de::Error::custom)?;
        i64::try_from(instant.unix_timestamp_nanos() / 1_000)
            .map(Timestamp)
            .map_err(serde::de::Error::custom)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_instant_is_written_as_it_is_read() {
        for (microseconds, text) in [
            (0, "1970-01-01T00:00:00.000000Z"),
            (-1, "1969-12-31T23:59:59.999999Z"),
            (1_709_208_000_000_007, "2024-02-29T12:00:00.000007Z"),
            (253_402_300_799_999_999, "9999-12-31T23:59:59.999999Z"),
            (-62_167_219_200_000_000, "0000-01-01T00:00:00.000000Z"),
        ] {
            let written = serde_json::to_string(&Timestamp(microseconds)).expect("a text");
            assert_eq!(written, format!("\"{text}\""));
            let read: Timestamp = serde_json::from_str(&written).expect("an instant");
            assert_eq!(read.0, microseconds);
        }
        assert!(serde_json::to_string(&Timestamp(i64::MAX)).is_err());
    }
}
