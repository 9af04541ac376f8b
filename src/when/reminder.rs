//! Reminders of a task, as data.

use garde::Validate;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::{Due, DueInput, Time, Zone};
use crate::error::{Code, Violation};
use crate::locale::message;
use crate::timestamp::Timestamp;

/// The most reminders of a task.
pub const MOST_REMINDERS: usize = 20;

/// The most minutes before the due date: 366 days.
const MOST_MINUTES: i64 = 366 * 24 * 60;

/// The JSON form of a reminder: a time, or a distance to the due date of the task.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, Validate, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = Reminder)]
pub struct ReminderInput {
    /// Time of the reminder. A date without a time means 09:00.
    #[garde(dive)]
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub at: Option<DueInput>,
    /// Minutes before the due time, or before 09:00 of a due date without a time.
    #[garde(custom(check_minutes(&self.at)))]
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(minimum = 0, maximum = 527_040, example = 30)]
    pub minutes_before: Option<i64>,
}

impl ReminderInput {
    /// Returns the instant of the reminder of a task with this due date for a user in this zone.
    /// `None` if it counts from a due date that the task does not have.
    pub fn instant(&self, due: Option<Due>, zone: Zone) -> Option<Timestamp> {
        let minutes = self.minutes_before.unwrap_or_default();
        let from = match &self.at {
            Some(at) => Due::try_from(at.clone()).ok()?,
            None => due?,
        };
        let from = match from {
            Due::Day(date) => Due::Local(date, Time::MORNING),
            time => time,
        };
        let from = from.instant(zone)?;
        Some(from.plus_seconds(-60 * minutes))
    }

    /// Returns the reminder after its task has moved by a number of days. A reminder at a time moves
    /// along, and on to the first day on which its time has not passed. The zone is the user's.
    #[must_use]
    pub fn moved(&self, days: i64, now: Timestamp, zone: Zone) -> ReminderInput {
        let Some(at) = self.at.clone().and_then(|at| Due::try_from(at).ok()) else {
            return self.clone();
        };
        let own = match at {
            Due::Zoned(_, _, own) => own,
            _ => zone,
        };
        let (today, _) = own.local(now);
        let with = |at: Due| ReminderInput {
            at: Some(at.into()),
            minutes_before: None,
        };
        let moved = with(at.plus_days(days));
        let has_passed = |reminder: &ReminderInput| {
            let instant = reminder.instant(None, zone);
            instant.is_some_and(|instant| instant <= now)
        };
        let from_today = [0, 1].map(|more| with(at.plus_days(today.days_since(at.date()) + more)));
        let [today, tomorrow] = from_today;
        let mut candidates = [moved, today].into_iter();
        candidates
            .find(|reminder| !has_passed(reminder))
            .unwrap_or(tomorrow)
    }
}

/// Checks that a reminder is either at a time or at a distance to the due date.
fn check_minutes(at: &Option<DueInput>) -> impl FnOnce(&Option<i64>, &()) -> garde::Result {
    let is_at_time = at.is_some();
    move |minutes, _| match minutes {
        Some(_) if is_at_time => Err(exclusive()),
        None if !is_at_time => Err(exclusive()),
        Some(minutes) if !(0..=MOST_MINUTES).contains(minutes) => {
            let message = message!("reminder-range");
            Err(Violation::new(Code::OutOfRange, message).into())
        }
        _ => Ok(()),
    }
}

fn exclusive() -> garde::Error {
    let message = message!("reminder-exclusive");
    Violation::new(Code::Invalid, message).into()
}

/// Checks the number of reminders of a task.
///
/// # Errors
/// [`Code::TooMany`].
pub fn check_reminders(reminders: &[ReminderInput]) -> Result<(), Violation> {
    if reminders.len() <= MOST_REMINDERS {
        return Ok(());
    }
    let message = message!("reminder-too-many", most = MOST_REMINDERS);
    Err(Violation::bounded(Code::TooMany, MOST_REMINDERS, message))
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::*;

    fn reminder(value: Value) -> ReminderInput {
        serde_json::from_value(value).expect("a reminder")
    }

    fn at(text: &str) -> Timestamp {
        serde_json::from_value(text.into()).expect("an instant")
    }

    fn berlin() -> Zone {
        Zone::parse("Europe/Berlin").expect("a zone")
    }

    #[test]
    fn a_reminder_has_an_instant() {
        let due = |text: &str| Due::from_columns(text, None);
        for (value, due, expected) in [
            (
                json!({ "minutes_before": 120 }),
                due("2026-03-18T10:00"),
                Some("2026-03-18T07:00:00Z"),
            ),
            // A due date without a time counts from 09:00.
            (
                json!({ "minutes_before": 60 }),
                due("2026-03-18"),
                Some("2026-03-18T07:00:00Z"),
            ),
            (json!({ "minutes_before": 0 }), None, None),
            (
                json!({ "at": { "date": "2026-03-18" } }),
                None,
                Some("2026-03-18T08:00:00Z"),
            ),
            (
                json!({ "at": { "date": "2026-03-18", "time": "10:00", "time_zone": "UTC" } }),
                due("2026-03-11"),
                Some("2026-03-18T10:00:00Z"),
            ),
        ] {
            let found = reminder(value.clone()).instant(due, berlin());
            assert_eq!(found, expected.map(at), "{value}");
        }
    }

    #[test]
    fn a_reminder_at_a_time_moves_along_and_never_into_the_past() {
        let now = at("2026-03-12T09:30:00Z");
        for (time, days, expected) in [
            (
                json!({ "date": "2026-03-10", "time": "09:00" }),
                7,
                "2026-03-17",
            ),
            (
                json!({ "date": "2026-03-01", "time": "18:00" }),
                7,
                "2026-03-12",
            ),
            (
                json!({ "date": "2026-03-01", "time": "10:30" }),
                7,
                "2026-03-13",
            ),
            // 12:00 in Tokyo is 04:00 in Berlin.
            (
                json!({ "date": "2026-03-01", "time": "12:00", "time_zone": "Asia/Tokyo" }),
                11,
                "2026-03-13",
            ),
        ] {
            let mut moved = time.clone();
            moved["date"] = json!(expected);
            let before = reminder(json!({ "at": time }));
            let after = before.moved(days, now, berlin());
            assert_eq!(after, reminder(json!({ "at": moved })));
        }
        let relative = reminder(json!({ "minutes_before": 30 }));
        assert_eq!(relative.moved(7, now, berlin()), relative);
    }

    #[test]
    fn a_reminder_is_of_one_kind() {
        for (value, is_valid) in [
            (json!({ "minutes_before": 0 }), true),
            (json!({ "minutes_before": 527_040 }), true),
            (json!({ "at": { "date": "2026-03-18" } }), true),
            (json!({}), false),
            (json!({ "minutes_before": -1 }), false),
            (json!({ "minutes_before": 527_041 }), false),
            (
                json!({ "at": { "date": "2026-03-18", "time": "25:00" } }),
                false,
            ),
            (
                json!({ "at": { "date": "2026-03-18" }, "minutes_before": 1 }),
                false,
            ),
        ] {
            assert_eq!(
                reminder(value.clone()).validate().is_ok(),
                is_valid,
                "{value}"
            );
        }
    }
}
