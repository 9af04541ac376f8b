//! Time zones, and the days in them.

use std::fmt;
use std::ops::Range;
use std::sync::LazyLock;

use jiff::tz::{AmbiguousOffset, TimeZone};
use serde::de::{Error as _, Unexpected};
use serde::{Deserialize, Deserializer, Serialize, Serializer};

use super::date::{MICROSECONDS_PER_DAY, MICROSECONDS_PER_MINUTE};
use super::{Date, Time};
use crate::error::{Code, Violation};
use crate::locale::message;
use crate::timestamp::Timestamp;

/// Names of the time zone database, from the program itself: all nodes know the same ones.
static NAMES: LazyLock<Vec<String>> = LazyLock::new(|| {
    let names = jiff::tz::db().available();
    let mut names: Vec<_> = names.map(|name| name.as_str().to_owned()).collect();
    // A placeholder for a system without a zone.
    names.retain(|name| name != "Factory");
    names.sort();
    names
});

/// A zone of the IANA time zone database, such as `Europe/Berlin`. The default is UTC.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub struct Zone(&'static str);

/// Returns the names of all zones, sorted.
pub fn zone_names() -> &'static [String] {
    &NAMES
}

/// Returns the date in a zone.
pub fn today(now: Timestamp, zone: Zone) -> Date {
    zone.local(now).0
}

/// Returns the first instant of a day in a zone, and the first one after it. The range is empty if
/// the zone has skipped the day.
pub fn day_bounds(date: Date, zone: Zone) -> Range<Timestamp> {
    let end = match date {
        Date::MAX => zone.start_of(date).plus_seconds(24 * 60 * 60),
        _ => zone.start_of(date.plus_days(1)),
    };
    zone.start_of(date)..end
}

impl Zone {
    /// Coordinated Universal Time.
    pub const UTC: Zone = Zone("UTC");

    /// Returns the zone with exactly this name.
    ///
    /// # Errors
    /// [`Code::WrongType`].
    pub fn parse(name: &str) -> Result<Zone, Violation> {
        let place = NAMES.binary_search_by(|other| other.as_str().cmp(name));
        let message = message!("error-time-zone");
        place
            .map(|place| Zone(&NAMES[place]))
            .map_err(|_| Violation::new(Code::WrongType, message))
    }

    /// Returns the name.
    pub fn as_str(self) -> &'static str {
        self.0
    }

    /// Returns the date and the time that clocks in the zone show at an instant.
    pub fn local(self, instant: Timestamp) -> (Date, Time) {
        let offset = self.rules().to_offset(clamped(instant)).seconds();
        let local = instant.plus_seconds(offset.into()).0;
        let date = Date::of_epoch_days(local.div_euclid(MICROSECONDS_PER_DAY));
        let minutes = local.rem_euclid(MICROSECONDS_PER_DAY) / MICROSECONDS_PER_MINUTE;
        (date, Time::of_minutes(minutes))
    }

    /// Returns the instant at which clocks in the zone show this date and time. A time that they
    /// show twice is the earlier one. A time that they skip is as much later as they are set
    /// forward.
    pub fn instant(self, date: Date, time: Time) -> Timestamp {
        let offset = match self.offset(date, time) {
            AmbiguousOffset::Unambiguous { offset } => offset,
            AmbiguousOffset::Gap { before, .. } | AmbiguousOffset::Fold { before, .. } => before,
        };
        in_utc(date, time).plus_seconds(-i64::from(offset.seconds()))
    }

    fn start_of(self, date: Date) -> Timestamp {
        if let AmbiguousOffset::Gap { after, .. } = self.offset(date, Time::MIDNIGHT) {
            // The day begins when the clocks are set forward.
            let seconds = -i64::from(after.seconds());
            let before = in_utc(date, Time::MIDNIGHT).plus_seconds(seconds);
            if let Some(change) = self.rules().following(clamped(before)).next() {
                return Timestamp(change.timestamp().as_microsecond());
            }
        }
        self.instant(date, Time::MIDNIGHT)
    }

    fn offset(self, date: Date, time: Time) -> AmbiguousOffset {
        self.rules().to_ambiguous_timestamp(date.at(time)).offset()
    }

    fn rules(self) -> TimeZone {
        // Every name is of the database.
        TimeZone::get(self.0).unwrap_or(TimeZone::UTC)
    }
}

fn in_utc(date: Date, time: Time) -> Timestamp {
    let days = date.epoch_days() * MICROSECONDS_PER_DAY;
    Timestamp(days + time.minutes() * MICROSECONDS_PER_MINUTE)
}

/// Returns the nearest instant for which the database has rules.
fn clamped(instant: Timestamp) -> jiff::Timestamp {
    let nearest = match instant.0 < 0 {
        true => jiff::Timestamp::MIN,
        false => jiff::Timestamp::MAX,
    };
    jiff::Timestamp::from_microsecond(instant.0).unwrap_or(nearest)
}

impl Default for Zone {
    fn default() -> Zone {
        Zone::UTC
    }
}

impl fmt::Display for Zone {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(self.0)
    }
}

impl fmt::Debug for Zone {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(self.0)
    }
}

impl Serialize for Zone {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.0)
    }
}

impl<'de> Deserialize<'de> for Zone {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Zone, D::Error> {
        let text = String::deserialize(deserializer)?;
        let expected = &"the IANA name of a time zone, such as Europe/Berlin";
        Zone::parse(&text).map_err(|_| D::Error::invalid_value(Unexpected::Str(&text), expected))
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use proptest::sample::Index;

    use super::*;

    const HOUR: i64 = 60 * MICROSECONDS_PER_MINUTE;

    fn zone(name: &str) -> Zone {
        Zone::parse(name).expect("a zone")
    }

    fn date(text: &str) -> Date {
        Date::parse(text).expect("a date")
    }

    fn at(text: &str) -> Timestamp {
        serde_json::from_value(text.into()).expect("an instant")
    }

    #[test]
    fn a_zone_has_its_exact_name() {
        for name in ["UTC", "Europe/Berlin", "Asia/Calcutta", "Etc/GMT+1"] {
            assert_eq!(zone(name).as_str(), name);
        }
        for name in [
            "",
            "utc",
            "europe/berlin",
            "Europe/Berlin ",
            "Berlin",
            "Factory",
            "Europe",
            "../etc/passwd",
            "+01:00",
            "CET-1CEST",
            "Europe/Berlin\0",
        ] {
            assert!(Zone::parse(name).is_err(), "{name}");
        }
        assert!(zone_names().len() > 400);
        assert!(zone_names().is_sorted());
        assert!(zone_names().iter().all(|name| name.len() <= 64));
        assert_eq!(zone("UTC"), Zone::UTC);
    }

    #[test]
    fn at_one_instant_the_date_differs_by_zone() {
        let now = at("2026-04-01T10:30:00Z");
        for (name, expected) in [
            ("Pacific/Kiritimati", "2026-04-02"),
            ("Pacific/Auckland", "2026-04-01"),
            ("Europe/Berlin", "2026-04-01"),
            ("UTC", "2026-04-01"),
            ("Pacific/Honolulu", "2026-04-01"),
            ("Pacific/Pago_Pago", "2026-03-31"),
        ] {
            assert_eq!(today(now, zone(name)), date(expected), "{name}");
        }
    }

    #[test]
    fn days_have_the_hours_that_clocks_give_them() {
        for (name, day, start, hours) in [
            ("Europe/Berlin", "2026-03-28", "2026-03-27T23:00:00Z", 24),
            ("Europe/Berlin", "2026-03-29", "2026-03-28T23:00:00Z", 23),
            ("Europe/Berlin", "2026-10-25", "2026-10-24T22:00:00Z", 25),
            ("America/New_York", "2026-03-08", "2026-03-08T05:00:00Z", 23),
            ("America/New_York", "2026-11-01", "2026-11-01T04:00:00Z", 25),
            (
                "Pacific/Kiritimati",
                "2026-04-01",
                "2026-03-31T10:00:00Z",
                24,
            ),
            ("Pacific/Honolulu", "2026-04-01", "2026-04-01T10:00:00Z", 24),
            // Midnight is skipped.
            (
                "America/Sao_Paulo",
                "2018-11-04",
                "2018-11-04T03:00:00Z",
                23,
            ),
            // Midnight comes twice.
            ("America/Havana", "2021-11-07", "2021-11-07T04:00:00Z", 25),
            // The day does not exist.
            ("Pacific/Apia", "2011-12-29", "2011-12-29T10:00:00Z", 24),
            ("Pacific/Apia", "2011-12-30", "2011-12-30T10:00:00Z", 0),
            ("Pacific/Apia", "2011-12-31", "2011-12-30T10:00:00Z", 24),
        ] {
            let bounds = day_bounds(date(day), zone(name));
            assert_eq!(bounds.start, at(start), "{name} {day}");
            assert_eq!(bounds.end.0 - bounds.start.0, hours * HOUR, "{name} {day}");
        }
        // Clocks went from 23:30 to 00:30.
        let bounds = day_bounds(date("1919-03-31"), zone("America/Toronto"));
        assert_eq!(bounds.start, at("1919-03-31T04:30:00Z"));
    }

    #[test]
    fn a_skipped_time_is_later_and_a_repeated_one_is_the_first() {
        for (name, day, time, expected) in [
            (
                "Europe/Berlin",
                "2026-03-29",
                "02:30",
                "2026-03-29T01:30:00Z",
            ),
            (
                "Europe/Berlin",
                "2026-10-25",
                "02:30",
                "2026-10-25T00:30:00Z",
            ),
            (
                "America/New_York",
                "2026-03-08",
                "02:30",
                "2026-03-08T07:30:00Z",
            ),
            (
                "America/New_York",
                "2026-11-01",
                "01:30",
                "2026-11-01T05:30:00Z",
            ),
            (
                "Pacific/Kiritimati",
                "2026-04-01",
                "00:00",
                "2026-03-31T10:00:00Z",
            ),
            (
                "Pacific/Honolulu",
                "2026-04-01",
                "23:59",
                "2026-04-02T09:59:00Z",
            ),
            (
                "Pacific/Apia",
                "2011-12-30",
                "12:00",
                "2011-12-30T22:00:00Z",
            ),
        ] {
            let instant = zone(name).instant(date(day), Time::parse(time).expect("a time"));
            assert_eq!(instant, at(expected), "{name} {day} {time}");
        }
    }

    #[test]
    fn the_ends_of_time_are_within_bounds() {
        for name in ["UTC", "Pacific/Kiritimati", "Pacific/Honolulu"] {
            for day in [Date::MIN, Date::MAX] {
                let bounds = day_bounds(day, zone(name));
                assert_eq!(today(bounds.start, zone(name)), day, "{name}");
                assert!(bounds.start < bounds.end, "{name}");
            }
            assert_eq!(today(Timestamp(i64::MIN), zone(name)), Date::MIN);
            assert_eq!(today(Timestamp(i64::MAX), zone(name)), Date::MAX);
        }
    }

    proptest! {
        #[test]
        fn an_instant_is_within_the_day_that_it_belongs_to(
            seconds in 0_i64..4_000_000_000, place in any::<Index>(),
        ) {
            let zone = zone(place.get(zone_names()).as_str());
            let instant = Timestamp(seconds * 1_000_000);
            let (date, time) = zone.local(instant);
            prop_assert!(day_bounds(date, zone).contains(&instant), "{zone}");
            let back = zone.instant(date, time);
            prop_assert_eq!(zone.local(back), (date, time));
        }

        #[test]
        fn days_follow_each_other(days in 0_i64..40_000, place in any::<Index>()) {
            let zone = zone(place.get(zone_names()).as_str());
            let date = Date::of_epoch_days(days);
            let [one, other] = [date, date.plus_days(1)].map(|date| day_bounds(date, zone));
            prop_assert_eq!(one.end, other.start);
            prop_assert!(one.start <= one.end, "{zone}");
        }
    }
}
