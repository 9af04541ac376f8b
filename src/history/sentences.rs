//! Activity in words.

use serde::Serialize;
use serde_json::Value as Json;

use super::Activity;
use crate::db::Timestamp;
use crate::locale::{Language, Message, key, message};
use crate::when::{Due, Preferences};

/// An entry of a page of activity.
#[derive(Debug, PartialEq, Serialize)]
pub(super) struct Line {
    /// The sentence, in parts.
    parts: Vec<Part>,
    /// The path of the page of the item. `None` if it has none.
    path: Option<String>,
    at: Timestamp,
    /// The time on the clock of the reader.
    time: String,
    differences: Vec<Difference>,
}

/// A part of a sentence.
#[derive(Debug, PartialEq, Serialize)]
struct Part {
    kind: PartKind,
    text: String,
}

#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
#[serde(rename_all = "snake_case")]
enum PartKind {
    Words,
    /// The user who made the change.
    User,
    /// The title or the name of the item.
    Name,
}

/// A value that a change replaced.
#[derive(Debug, PartialEq, Serialize)]
pub(super) struct Difference {
    /// The message of the label.
    label: &'static str,
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
        let somebody = || preferences.language.text(key!("activity-somebody"));
        let user = activity.user.clone().unwrap_or_else(somebody);
        let sentence = sentence(&activity.command, &activity.kind);
        Line {
            parts: parts(&sentence, preferences.language, &user, &activity.name),
            path,
            at: activity.at,
            time: preferences.format_instant(activity.at),
            differences: differences(activity, preferences),
        }
    }
}

/// Stands for the user in a sentence, and for the name of the item: characters that no text contains,
/// because they are reserved for private use.
const MARKS: [(char, PartKind); 2] = [('\u{f8f0}', PartKind::User), ('\u{f8f1}', PartKind::Name)];

/// Returns the parts of a sentence in a language.
fn parts(sentence: &Message, language: Language, user: &str, name: &str) -> Vec<Part> {
    let [(user_mark, _), (name_mark, _)] = MARKS.map(|(mark, kind)| (mark.to_string(), kind));
    let sentence = sentence
        .clone()
        .with("user", user_mark)
        .with("name", name_mark);
    let text = language.say(&sentence);
    let mut parts = Vec::new();
    let mut rest = text.as_str();
    while let Some(place) = rest.find(|letter| MARKS.iter().any(|(mark, _)| *mark == letter)) {
        let (words, marked) = rest.split_at(place);
        let mark = marked.chars().next().unwrap_or_default();
        let kind = match mark == MARKS[0].0 {
            true => PartKind::User,
            false => PartKind::Name,
        };
        push(&mut parts, PartKind::Words, words);
        push(
            &mut parts,
            kind,
            if kind == PartKind::User { user } else { name },
        );
        rest = &marked[mark.len_utf8()..];
    }
    push(&mut parts, PartKind::Words, rest);
    parts
}

fn push(parts: &mut Vec<Part>, kind: PartKind, text: &str) {
    if !text.is_empty() {
        let text = text.to_owned();
        parts.push(Part { kind, text });
    }
}

/// Returns the message about a command that changed an item of a type, without the user and the name
/// of the item. A command on another type of item, such as the deletion of a section, may change a
/// task.
fn sentence(command: &str, kind: &str) -> Message {
    let (verb, object) = command.split_once('_').unwrap_or((command, ""));
    let own = match verb {
        "create" => message!("activity-create"),
        "update" | "replace" | "toggle" => message!("activity-change"),
        "complete" => message!("activity-complete"),
        "reopen" => message!("activity-reopen"),
        "skip" => message!("activity-skip"),
        "move" => message!("activity-move"),
        "delete" => message!("activity-delete"),
        "duplicate" => message!("activity-duplicate"),
        "archive" => message!("activity-archive"),
        "unarchive" => message!("activity-unarchive"),
        "merge" => message!("activity-merge"),
        "restore" => return message!("activity-restore", kind = kind),
        "undo" => return message!("activity-undo", kind = kind),
        _ => return message!("activity-change", kind = kind),
    };
    match object == kind {
        true => own.with("kind", kind),
        false => message!("activity-with", kind = kind, object = object, verb = verb),
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
            label,
            before: text(member, before, preferences),
            after: text(member, after, preferences),
        });
    }
    found
}

/// Returns the message of the label of a member. `None` if its values mean nothing to people.
fn label_of(member: &str) -> Option<&'static str> {
    let label = match member {
        "title" => key!("field-title"),
        "name" => key!("field-name"),
        "description" => key!("field-notes"),
        "priority" => key!("field-priority"),
        "labels" => key!("field-labels"),
        "due" => key!("field-due"),
        "recurrence" => key!("quick-repeats"),
        "reminders" => key!("field-reminders"),
        "deadline" => key!("field-deadline"),
        "start" => key!("field-start"),
        "duration_minutes" => key!("field-minutes"),
        "completed" => key!("field-done"),
        "colour" => key!("field-colour"),
        "favourite" => key!("field-favourite"),
        "archived" => key!("section-archived"),
        "view" => key!("view-menu"),
        "group_by" => key!("activity-groups"),
        "sort_by" => key!("activity-order"),
        "expression" => key!("field-filter"),
        _ => return None,
    };
    Some(label)
}

fn text(member: &str, value: &Json, preferences: &Preferences) -> String {
    let language = preferences.language;
    let none = || language.text(key!("activity-none"));
    match value {
        Json::Null => none(),
        Json::Bool(true) => language.text(key!("activity-yes")),
        Json::Bool(false) => language.text(key!("activity-no")),
        Json::Number(number) if member == "priority" && number.as_i64() == Some(4) => none(),
        Json::Number(number) => number.to_string(),
        Json::String(text) if text.is_empty() => none(),
        Json::String(text) => text.clone(),
        Json::Array(values) if values.is_empty() => none(),
        Json::Array(values) => {
            let texts = values.iter().map(|value| text(member, value, preferences));
            texts.collect::<Vec<_>>().join(", ")
        }
        Json::Object(reminder) if member == "reminders" => {
            match (reminder.get("at"), reminder.get("minutes_before")) {
                (Some(at), _) => text("due", at, preferences),
                (None, minutes) => {
                    let minutes = minutes.and_then(Json::as_i64).unwrap_or_default();
                    language.say(&message!("reminder-minutes", count = minutes))
                }
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
                "deleted a section, which changed the task",
            ),
        ] {
            let parts = parts(&sentence(command, kind), Language::English, "Ada", "Milk");
            let texts: Vec<_> = parts.iter().map(|part| part.text.as_str()).collect();
            assert_eq!(texts.concat(), format!("Ada {expected} Milk"));
            assert_eq!(parts[0].kind, PartKind::User);
            assert_eq!(parts[2].kind, PartKind::Name);
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
