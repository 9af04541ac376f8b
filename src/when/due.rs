//! Due dates.

use std::borrow::Cow;

use garde::Validate;
use serde::{Deserialize, Serialize};
use utoipa::openapi::{RefOr, Schema};
use utoipa::{PartialSchema, ToSchema};

use super::{Date, Time, Zone, today};
use crate::error::{Code, Error, Violation};
use crate::locale::message;
use crate::timestamp::Timestamp;

/// The time at which something is due, as it was entered.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "DueInput", into = "DueInput")]
pub enum Due {
    /// A date, which is the same one everywhere.
    Day(Date),
    /// A date and a time on the clock, wherever the user is.
    Local(Date, Time),
    /// A date and a time in a zone.
    Zoned(Date, Time, Zone),
}

/// The JSON form of [`Due`], with fields of which each can be wrong by itself.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, Validate, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = Due)]
pub struct DueInput {
    /// Date.
    #[garde(custom(check_date))]
    #[schema(format = Date, example = "2026-04-01")]
    pub date: String,
    /// Time of day, from 00:00 to 23:59. Without it, the whole day counts.
    #[garde(custom(check_time))]
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(example = "17:00", pattern = r"^([01][0-9]|2[0-3]):[0-5][0-9]$")]
    pub time: Option<String>,
    /// IANA name of the time zone of the time. Without it, the time is that of the zone in which the
    /// user is.
    #[garde(custom(check_time_zone(&self.time)))]
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(example = "Europe/Berlin", max_length = 64)]
    pub time_zone: Option<String>,
}

impl Due {
    /// Returns the date as entered.
    pub fn date(&self) -> Date {
        match *self {
            Due::Day(date) | Due::Local(date, _) | Due::Zoned(date, ..) => date,
        }
    }

    /// Returns the same time a number of days later, or earlier if negative.
    pub fn plus_days(&self, days: i64) -> Due {
        match *self {
            Due::Day(date) => Due::Day(date.plus_days(days)),
            Due::Local(date, time) => Due::Local(date.plus_days(days), time),
            Due::Zoned(date, time, zone) => Due::Zoned(date.plus_days(days), time, zone),
        }
    }

    /// Returns the day on which it is due for a user in this zone. Only a time in a zone can be on
    /// another day there.
    pub fn day_in(&self, zone: Zone) -> Date {
        match *self {
            Due::Zoned(date, time, own) if own != zone => today(own.instant(date, time), zone),
            _ => self.date(),
        }
    }

    /// Returns the due date moved to another day of a user in this zone, at the same time of day.
    pub fn on(&self, day: Date, zone: Zone) -> Due {
        let days = day.epoch_days() - self.day_in(zone).epoch_days();
        // The clocks can have changed in between.
        let mut near = [0, -1, 1]
            .into_iter()
            .map(|more| self.plus_days(days + more));
        near.find(|due| due.day_in(zone) == day)
            .unwrap_or_else(|| self.plus_days(days))
    }

    /// Returns the instant for a user in this zone; see [`Zone::instant`] for times that clocks skip
    /// or repeat. A date has none.
    pub fn instant(&self, zone: Zone) -> Option<Timestamp> {
        match *self {
            Due::Day(_) => None,
            Due::Local(date, time) => Some(zone.instant(date, time)),
            Due::Zoned(date, time, own) => Some(own.instant(date, time)),
        }
    }

    /// Returns true if the time has passed for a user in this zone. A date passes at the end of its
    /// day.
    pub fn is_overdue(&self, now: Timestamp, zone: Zone) -> bool {
        match self.instant(zone) {
            Some(instant) => instant < now,
            None => self.date() < today(now, zone),
        }
    }

    /// Returns the date, with the time if there is one, and the name of the zone. The first text
    /// sorts by the time on the clock, and a date sorts before its times.
    pub fn to_columns(&self) -> (String, Option<String>) {
        match *self {
            Due::Day(date) => (date.to_string(), None),
            Due::Local(date, time) => (format!("{date}T{time}"), None),
            Due::Zoned(date, time, zone) => (format!("{date}T{time}"), Some(zone.to_string())),
        }
    }

    /// Reads what [`Due::to_columns`] has written.
    pub fn from_columns(local: &str, zone: Option<&str>) -> Option<Due> {
        match (local.split_once('T'), zone) {
            (None, None) => Some(Due::Day(Date::parse(local).ok()?)),
            (None, Some(_)) => None,
            (Some((date, time)), zone) => {
                let (date, time) = (Date::parse(date).ok()?, Time::parse(time).ok()?);
                Some(match zone {
                    None => Due::Local(date, time),
                    Some(zone) => Due::Zoned(date, time, Zone::parse(zone).ok()?),
                })
            }
        }
    }
}

impl TryFrom<DueInput> for Due {
    type Error = Error;

    fn try_from(input: DueInput) -> Result<Due, Error> {
        let field = |name| move |violation: Violation| Error::Invalid(vec![violation.of(name)]);
        input.validate()?;
        let date = Date::parse(&input.date).map_err(field("date"))?;
        let Some(time) = input.time else {
            return Ok(Due::Day(date));
        };
        let time = Time::parse(&time).map_err(field("time"))?;
        let Some(zone) = input.time_zone else {
            return Ok(Due::Local(date, time));
        };
        let zone = Zone::parse(&zone).map_err(field("time_zone"))?;
        Ok(Due::Zoned(date, time, zone))
    }
}

impl From<Due> for DueInput {
    fn from(due: Due) -> DueInput {
        let (time, zone) = match due {
            Due::Day(_) => (None, None),
            Due::Local(_, time) => (Some(time), None),
            Due::Zoned(_, time, zone) => (Some(time), Some(zone)),
        };
        DueInput {
            date: due.date().to_string(),
            time: time.map(|time| time.to_string()),
            time_zone: zone.map(|zone| zone.to_string()),
        }
    }
}

impl PartialSchema for Due {
    fn schema() -> RefOr<Schema> {
        DueInput::schema()
    }
}

impl ToSchema for Due {
    fn name() -> Cow<'static, str> {
        DueInput::name()
    }
}

fn check_date(text: &str, _: &()) -> garde::Result {
    Date::parse(text)?;
    Ok(())
}

fn check_time(text: &Option<String>, _: &()) -> garde::Result {
    text.as_deref().map(Time::parse).transpose()?;
    Ok(())
}

fn check_time_zone(time: &Option<String>) -> impl FnOnce(&Option<String>, &()) -> garde::Result {
    let has_time = time.is_some();
    move |zone, _| {
        zone.as_deref().map(Zone::parse).transpose()?;
        if zone.is_some() && !has_time {
            let message = message!("error-time-without-zone");
            return Err(Violation::new(Code::Invalid, message).into());
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use proptest::option;
    use proptest::prelude::*;
    use proptest::sample::Index;
    use serde_json::{Value, json};

    use super::super::zone_names;
    use super::*;

    fn zone(name: &str) -> Zone {
        Zone::parse(name).expect("a zone")
    }

    fn due(value: Value) -> Due {
        serde_json::from_value(value).expect("a due date")
    }

    fn at(text: &str) -> Timestamp {
        serde_json::from_value(text.into()).expect("an instant")
    }

    #[test]
    fn each_kind_has_its_members_and_columns() {
        for (value, local, zone) in [
            (json!({ "date": "2026-04-01" }), "2026-04-01", None),
            (
                json!({ "date": "2026-04-01", "time": "17:00" }),
                "2026-04-01T17:00",
                None,
            ),
            (
                json!({ "date": "2026-04-01", "time": "17:00", "time_zone": "Europe/Berlin" }),
                "2026-04-01T17:00",
                Some("Europe/Berlin"),
            ),
        ] {
            let due = due(value.clone());
            assert_eq!(json!(due), value);
            assert_eq!(
                due.to_columns(),
                (local.to_owned(), zone.map(str::to_owned))
            );
            assert_eq!(Due::from_columns(local, zone), Some(due));
        }
    }

    #[test]
    fn each_wrong_member_is_named() {
        for (date, time, zone, wrong) in [
            ("2026-02-30", None, None, vec![("date", Code::WrongType)]),
            (
                "2026-04-01",
                Some("25:00"),
                None,
                vec![("time", Code::WrongType)],
            ),
            (
                "2026-04-01",
                Some("17:00"),
                Some("Mars/Olympus"),
                vec![("time_zone", Code::WrongType)],
            ),
            (
                "2026-04-01",
                None,
                Some("Europe/Berlin"),
                vec![("time_zone", Code::Invalid)],
            ),
            (
                "tomorrow",
                Some("5 pm"),
                Some("utc"),
                vec![
                    ("date", Code::WrongType),
                    ("time", Code::WrongType),
                    ("time_zone", Code::WrongType),
                ],
            ),
        ] {
            let input = DueInput {
                date: date.into(),
                time: time.map(str::to_owned),
                time_zone: zone.map(str::to_owned),
            };
            let Err(Error::Invalid(fields)) = Due::try_from(input) else {
                panic!("{date} {time:?} {zone:?}");
            };
            let named: Vec<_> = fields
                .iter()
                .map(|field| (field.field.as_str(), field.code))
                .collect();
            assert_eq!(named, wrong);
        }
        for unknown in [json!({ "date": "2026-04-01", "zone": "UTC" }), json!({})] {
            assert!(serde_json::from_value::<Due>(unknown).is_err());
        }
    }

    #[test]
    fn columns_that_are_no_due_date_are_not_read() {
        for (local, zone) in [
            ("", None),
            ("2026-04-01", Some("UTC")),
            ("2026-04-01T", None),
            ("2026-04-01T17:00:00", None),
            ("2026-04-01T17:00", Some("Mars/Olympus")),
        ] {
            assert_eq!(Due::from_columns(local, zone), None, "{local} {zone:?}");
        }
    }

    #[test]
    fn only_a_time_in_a_zone_is_on_another_day_elsewhere() {
        let late =
            json!({ "date": "2026-04-01", "time": "23:30", "time_zone": "America/New_York" });
        let late = due(late);
        for (name, expected) in [
            ("Pacific/Kiritimati", "2026-04-02"),
            ("Europe/Berlin", "2026-04-02"),
            ("America/New_York", "2026-04-01"),
            ("Pacific/Honolulu", "2026-04-01"),
        ] {
            assert_eq!(late.day_in(zone(name)).to_string(), expected, "{name}");
            let local = due(json!({ "date": "2026-04-01", "time": "23:30" }));
            assert_eq!(local.day_in(zone(name)).to_string(), "2026-04-01", "{name}");
        }
    }

    #[test]
    fn a_date_is_overdue_after_its_day_and_a_time_after_its_instant() {
        let berlin = zone("Europe/Berlin");
        for (value, last, first) in [
            (
                json!({ "date": "2026-03-29" }),
                "2026-03-29T21:59:59Z",
                "2026-03-29T22:00:00Z",
            ),
            (
                json!({ "date": "2026-03-29", "time": "17:00" }),
                "2026-03-29T15:00:00Z",
                "2026-03-29T15:00:01Z",
            ),
            (
                json!({ "date": "2026-03-29", "time": "17:00", "time_zone": "Pacific/Honolulu" }),
                "2026-03-30T03:00:00Z",
                "2026-03-30T03:00:01Z",
            ),
        ] {
            let due = due(value);
            assert!(!due.is_overdue(at(last), berlin), "{due:?}");
            assert!(due.is_overdue(at(first), berlin), "{due:?}");
        }
    }

    fn any_due() -> impl Strategy<Value = Due> {
        let days = Date::MIN.epoch_days()..=Date::MAX.epoch_days();
        let zone = any::<Index>().prop_map(|place| zone(place.get(zone_names()).as_str()));
        (days, option::of((0_i64..24 * 60, option::of(zone)))).prop_map(|(days, rest)| {
            let date = Date::of_epoch_days(days);
            match rest {
                None => Due::Day(date),
                Some((minutes, None)) => Due::Local(date, Time::of_minutes(minutes)),
                Some((minutes, Some(zone))) => Due::Zoned(date, Time::of_minutes(minutes), zone),
            }
        })
    }

    proptest! {
        #[test]
        fn a_due_date_is_read_as_it_was_written(due in any_due()) {
            let (local, zone) = due.to_columns();
            prop_assert_eq!(Due::from_columns(&local, zone.as_deref()), Some(due));
            let text = serde_json::to_string(&due).expect("JSON");
            prop_assert_eq!(serde_json::from_str::<Due>(&text).expect("a due date"), due);
        }

        #[test]
        fn a_date_never_shifts(due in any_due(), place in any::<Index>()) {
            let zone = zone(place.get(zone_names()).as_str());
            let day = Due::Day(due.date());
            prop_assert_eq!(day.day_in(zone), due.date());
            let distance = due.day_in(zone).epoch_days() - due.date().epoch_days();
            // Zones are up to 26 hours apart.
            prop_assert!(distance.abs() <= 2, "{due:?} in {zone}");
            if !matches!(due, Due::Zoned(..)) {
                prop_assert_eq!(distance, 0);
            }
        }

        #[test]
        fn columns_sort_by_the_time_on_the_clock(one in any_due(), other in any_due()) {
            let key = |due: Due| match due {
                Due::Day(date) => (date, None),
                Due::Local(date, time) | Due::Zoned(date, time, _) => (date, Some(time)),
            };
            let columns = one.to_columns().0.cmp(&other.to_columns().0);
            prop_assert_eq!(columns, key(one).cmp(&key(other)));
        }
    }
}
