//! Activity in words.

use serde::Serialize;
use serde_json::Value as Json;

use super::Activity;
use crate::db::Timestamp;
use crate::when::{Due, Preferences};

/// An entry of a page of activity.
#[derive(Debug, PartialEq, Serialize)]
pub(super) struct Line {
    /// The user who made the change.
    user: String,
    /// The command in the past tense, such as "completed the task".
    sentence: String,
    /// The title or the name of the item.
    name: String,
    /// The path of the page of the item. `None` if it has none.
    path: Option<String>,
    at: Timestamp,
    /// The time on the clock of the reader.
    time: String,
    differences: Vec<Difference>,
}

/// A value that a change replaced.
#[derive(Debug, PartialEq, Serialize)]
pub(super) struct Difference {
    label: String,
    before: String,
    after: String,
}

impl Line {
    /// Returns the words for an entry.
    pub fn of(activity: &Activity, preferences: &Preferences) -> Line {
        let path = match activity.kind.as_str() {
            "task" => Some(format!("/tasks/{}", activity.item_id)),
            "project" => Some(format!("/projects/{}", activity.item_id)),
            _ => None,
        };
        Line {
            user: activity.user.clone().unwrap_or("Somebody".into()),
            sentence: sentence(&activity.command, &activity.kind),
            name: activity.name.clone(),
            path,
            at: activity.at,
            time: preferences.format_instant(activity.at),
            differences: differences(activity, preferences),
        }
    }
}

/// Returns the words for a command that changed an item of a type. A command on another type of
/// item, such as the deletion of a section, may change a task.
fn sentence(command: &str, kind: &str) -> String {
    let (verb, object) = command.split_once('_').unwrap_or((command, ""));
    let past = match verb {
        "create" => "added",
        "update" | "replace" | "toggle" => "changed",
        "complete" => "completed",
        "reopen" => "reopened",
        "skip" => "skipped a date of",
        "move" => "moved",
        "delete" => "deleted",
        "duplicate" => "added, as a copy,",
        "archive" => "archived",
        "unarchive" => "brought back",
        "restore" => return format!("restored the {kind}"),
        "merge" => "merged a label of",
        "undo" => return format!("undid a change of the {kind}"),
        _ => return format!("changed the {kind}"),
    };
    if object == kind {
        format!("{past} the {kind}")
    } else {
        format!("changed the {kind} with a {object} that was {past}")
    }
}

/// Returns the values that differ, as the user writes them. A place has no readable value.
fn differences(activity: &Activity, preferences: &Preferences) -> Vec<Difference> {
    let mut found = Vec::new();
    for (member, before) in &activity.before {
        let Some(label) = label_of(member) else {
            continue;
        };
        let after = activity.after.get(member).unwrap_or(&Json::Null);
        found.push(Difference {
            label: label.to_owned(),
            before: text(member, before, preferences),
            after: text(member, after, preferences),
        });
    }
    found
}

/// Returns the label of a member. `None` if its values mean nothing to people.
fn label_of(member: &str) -> Option<&'static str> {
    let label = match member {
        "title" => "Title",
        "name" => "Name",
        "description" => "Notes",
        "priority" => "Priority",
        "labels" => "Labels",
        "due" => "Due",
        "recurrence" => "Repeats",
        "reminders" => "Reminders",
        "deadline" => "Deadline",
        "start" => "Start",
        "duration_minutes" => "Minutes",
        "completed" => "Done",
        "colour" => "Colour",
        "favourite" => "Favourite",
        "archived" => "Archived",
        "view" => "View",
        "group_by" => "Groups",
        "sort_by" => "Order",
        "expression" => "Filter",
        _ => return None,
    };
    Some(label)
}

fn text(member: &str, value: &Json, preferences: &Preferences) -> String {
    match value {
        Json::Null => "none".into(),
        Json::Bool(true) => "yes".into(),
        Json::Bool(false) => "no".into(),
        Json::Number(number) if member == "priority" && number.as_i64() == Some(4) => "none".into(),
        Json::Number(number) => number.to_string(),
        Json::String(text) if text.is_empty() => "none".into(),
        Json::String(text) => text.clone(),
        Json::Array(values) if values.is_empty() => "none".into(),
        Json::Array(values) => {
            let texts = values.iter().map(|value| text(member, value, preferences));
            texts.collect::<Vec<_>>().join(", ")
        }
        Json::Object(reminder) if member == "reminders" => {
            match (reminder.get("at"), reminder.get("minutes_before")) {
                (Some(at), _) => text("due", at, preferences),
                (None, minutes) => format!("{} minutes before", minutes.unwrap_or(&Json::Null)),
            }
        }
        Json::Object(series) if member == "recurrence" => {
            let words = series.get("text").or_else(|| series.get("rrule"));
            let words = words.and_then(Json::as_str).unwrap_or_default();
            words.replace('\n', ", ")
        }
        Json::Object(_) => match serde_json::from_value::<Due>(value.clone()) {
            Ok(due) => preferences.format(&due),
            Err(_) => value.to_string(),
        },
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn commands_have_words() {
        for (command, kind, expected) in [
            ("create_task", "task", "added the task"),
            ("complete_task", "task", "completed the task"),
            ("restore_item", "section", "restored the section"),
            ("undo", "task", "undid a change of the task"),
            ("batch", "task", "changed the task"),
            (
                "delete_section",
                "task",
                "changed the task with a section that was deleted",
            ),
        ] {
            assert_eq!(sentence(command, kind), expected);
        }
    }

    #[test]
    fn values_are_written_as_the_user_writes_them() {
        let preferences = Preferences::default();
        for (member, value, expected) in [
            ("priority", json!(4), "none"),
            ("priority", json!(1), "1"),
            ("labels", json!(["home", "bills"]), "home, bills"),
            ("labels", json!([]), "none"),
            ("completed", json!(true), "yes"),
            ("deadline", json!(null), "none"),
            ("due", json!({ "date": "2026-04-01" }), "2026-04-01"),
            (
                "due",
                json!({ "date": "2026-04-01", "time": "17:00" }),
                "2026-04-01, 17:00",
            ),
            (
                "recurrence",
                json!({ "rrule": "FREQ=DAILY", "anchor": "due", "text": "every day" }),
                "every day",
            ),
            ("recurrence", json!({ "rrule": "RRULE" }), "RRULE"),
            (
                "reminders",
                json!([{ "minutes_before": 30 }, { "at": { "date": "2026-04-01" } }]),
                "30 minutes before, 2026-04-01",
            ),
        ] {
            assert_eq!(text(member, &value, &preferences), expected);
        }
        assert_eq!(label_of("position"), None);
    }
}
