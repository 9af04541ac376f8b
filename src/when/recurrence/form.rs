//! Series in JSON and in the database.

use garde::Validate;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::{Anchor, Language, MAX_RULES_CHARACTERS, Phrase, Recurrence, Rules, invalid};
use crate::error::{Error, Violation, check_length};
use crate::locale::message;
use crate::timestamp::Timestamp;
use crate::when::{Date, Due, Zone};

/// The JSON form of [`Recurrence`], with members of which each can be wrong by itself. It is set by
/// a rule or by words; a rule wins.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, Validate, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = Recurrence)]
pub struct RecurrenceInput {
    /// Rule of RFC 5545. Further lines are rules, `RDATE` or `EXDATE`.
    #[garde(custom(check_rules))]
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(example = "FREQ=MONTHLY;BYDAY=3FR", max_length = 4000)]
    pub rrule: Option<String>,
    /// The date from which the next one counts. Words say it themselves.
    #[garde(skip)]
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub anchor: Option<Anchor>,
    /// The series in words. Missing if there are none for the rule.
    #[garde(custom(check_words(&self.rrule)))]
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(example = "every 3rd Friday", max_length = 4000)]
    pub text: Option<String>,
}

impl RecurrenceInput {
    /// Returns the series of a task with this due date, and the due date if the task has none or the
    /// words name one. The zone is the user's.
    ///
    /// # Errors
    /// [`Error::Invalid`] for each wrong member, or if the rule leaves no date.
    pub fn resolve(
        &self,
        due: Option<Due>,
        now: Timestamp,
        zone: Zone,
    ) -> Result<(Due, Recurrence), Error> {
        self.validate()?;
        let field = |name| move |violation: Violation| Error::Invalid(vec![violation.of(name)]);
        let (today, time) = zone.local(now);
        if let Some(rules) = &self.rrule {
            let series = Recurrence {
                rules: Rules::parse(rules).map_err(field("rrule"))?,
                anchor: self.anchor.unwrap_or_default(),
            };
            let start = due.unwrap_or(Due::Day(today));
            let first = series.first(start, zone).map_err(field("rrule"))?;
            return Ok((due.unwrap_or(first), series));
        }
        let words = self.text.as_deref().unwrap_or_default();
        let mut phrase = parsed(words, today).map_err(field("text"))?;
        if let (Some(due), None, None) = (due, phrase.time, phrase.from) {
            phrase.recurrence.rules.keep_day(due.date());
            let first = phrase.recurrence.first(due, zone);
            return first
                .map(|_| (due, phrase.recurrence))
                .map_err(field("text"));
        }
        let none = || invalid(message!("rule-words-no-date"));
        phrase
            .first(today, time)
            .ok_or_else(none)
            .map_err(field("text"))
    }
}

impl From<&Recurrence> for RecurrenceInput {
    fn from(series: &Recurrence) -> RecurrenceInput {
        RecurrenceInput {
            rrule: Some(series.rules.to_string()),
            anchor: Some(series.anchor),
            text: series.to_words(Language::English),
        }
    }
}

impl Recurrence {
    /// Returns the anchor and the rules, one a line.
    pub fn to_column(&self) -> String {
        format!("{}\n{}", self.anchor.as_str(), self.rules)
    }

    /// Reads what [`Recurrence::to_column`] has written.
    pub fn from_column(column: &str) -> Option<Recurrence> {
        let (anchor, rules) = column.split_once('\n')?;
        Some(Recurrence {
            rules: Rules::parse(rules).ok()?,
            anchor: Anchor::parse(anchor).ok()?,
        })
    }
}

fn parsed(words: &str, today: Date) -> Result<Phrase, Violation> {
    check_length(words, MAX_RULES_CHARACTERS, message!("thing-text"))?;
    Phrase::parse(words.trim(), Language::English, today)
}

fn check_rules(rules: &Option<String>, _: &()) -> garde::Result {
    rules.as_deref().map(Rules::parse).transpose()?;
    Ok(())
}

/// Returns the check of the words, which do not matter next to a rule.
fn check_words(rules: &Option<String>) -> impl FnOnce(&Option<String>, &()) -> garde::Result {
    let has_rules = rules.is_some();
    move |words, _| {
        if has_rules {
            return Ok(());
        }
        // Words that name a date are words in any year.
        parsed(words.as_deref().unwrap_or_default(), Date::MIN)?;
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::*;

    fn input(value: Value) -> RecurrenceInput {
        serde_json::from_value(value).expect("a recurrence")
    }

    fn resolved(value: Value, due: Option<&str>) -> Result<(String, Recurrence), Error> {
        let due = due.map(|due| Due::from_columns(due, None).expect("a due date"));
        let now = serde_json::from_value(json!("2026-03-11T09:00:00Z")).expect("an instant");
        let berlin = Zone::parse("Europe/Berlin").expect("a zone");
        let (due, series) = input(value).resolve(due, now, berlin)?;
        Ok((due.to_columns().0, series))
    }

    #[test]
    fn a_rule_or_words_make_a_series_and_the_first_date() {
        for (value, due, expected, column) in [
            (
                json!({ "rrule": "FREQ=MONTHLY;BYDAY=3FR" }),
                None,
                "2026-03-20",
                "due\nFREQ=MONTHLY;BYDAY=3FR",
            ),
            (
                json!({ "text": "every 3rd friday" }),
                None,
                "2026-03-20",
                "due\nFREQ=MONTHLY;BYDAY=3FR",
            ),
            (
                json!({ "text": "every! 10 days" }),
                Some("2026-04-01"),
                "2026-04-01",
                "completion\nFREQ=DAILY;INTERVAL=10",
            ),
            (
                json!({ "rrule": "FREQ=DAILY", "anchor": "completion" }),
                None,
                "2026-03-11",
                "completion\nFREQ=DAILY",
            ),
            // A rule wins, and the date that was entered stays.
            (
                json!({ "rrule": "FREQ=WEEKLY;BYDAY=MO", "text": "nonsense" }),
                Some("2026-04-01T17:00"),
                "2026-04-01T17:00",
                "due\nFREQ=WEEKLY;BYDAY=MO",
            ),
            (
                json!({ "text": "every month" }),
                Some("2026-05-31"),
                "2026-05-31",
                "due\nFREQ=MONTHLY;BYMONTHDAY=28,29,30,31;BYSETPOS=-1",
            ),
            (
                json!({ "text": "every day at 20:00" }),
                Some("2026-04-01"),
                "2026-03-11T20:00",
                "due\nFREQ=DAILY",
            ),
            (
                json!({ "text": "every hour" }),
                None,
                "2026-03-11T11:00",
                "due\nFREQ=HOURLY",
            ),
        ] {
            let (due, series) = resolved(value.clone(), due).expect("a series");
            assert_eq!(due, expected, "{value}");
            assert_eq!(series.to_column(), column, "{value}");
            assert_eq!(Recurrence::from_column(column), Some(series.clone()));
            let again = RecurrenceInput::from(&series);
            let json = serde_json::to_value(&again).expect("JSON");
            assert_eq!(input(json), again);
        }
    }

    #[test]
    fn each_wrong_member_is_named() {
        for (value, field) in [
            (json!({}), "text"),
            (json!({ "anchor": "due" }), "text"),
            (json!({ "text": "sometimes" }), "text"),
            (json!({ "text": "every day until jan 1 2020" }), "text"),
            (json!({ "rrule": "every day" }), "rrule"),
            (
                json!({ "rrule": "FREQ=YEARLY;BYMONTH=2;BYMONTHDAY=30" }),
                "rrule",
            ),
        ] {
            let error = resolved(value.clone(), None).expect_err("a wrong member");
            let fields: Vec<_> = error.fields().iter().map(|error| &*error.field).collect();
            assert_eq!(fields, [field], "{value}");
        }
        for unknown in [
            json!({ "rule": "FREQ=DAILY" }),
            json!({ "anchor": "start" }),
            json!({ "anchor": 1 }),
        ] {
            assert!(serde_json::from_value::<RecurrenceInput>(unknown).is_err());
        }
    }

    #[test]
    fn columns_that_are_no_series_are_not_read() {
        for column in [
            "",
            "due",
            "due\n",
            "FREQ=DAILY",
            "start\nFREQ=DAILY",
            "due\nFREQ=NEVER",
        ] {
            assert_eq!(Recurrence::from_column(column), None, "{column}");
        }
    }

    #[test]
    fn the_words_are_part_of_the_json_if_there_are_any() {
        let series = Recurrence::from_column("due\nFREQ=MONTHLY;BYDAY=3FR").expect("a series");
        let expected = json!({
            "rrule": "FREQ=MONTHLY;BYDAY=3FR", "anchor": "due", "text": "every 3rd Friday",
        });
        assert_eq!(json!(RecurrenceInput::from(&series)), expected);
        let series = Recurrence::from_column("due\nFREQ=YEARLY;BYYEARDAY=100").expect("a series");
        assert_eq!(RecurrenceInput::from(&series).text, None);
    }
}
