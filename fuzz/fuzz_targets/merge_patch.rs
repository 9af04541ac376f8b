//! Bodies that create and update a task, compared with RFC 7396 and an independent implementation
//! of the documented rules.

#![no_main]

use docket::error::Error;
use docket::fuzzing::{merge, read_patch, read_task};
use docket::tasks::TaskPatch;
use garde::Validate;
use libfuzzer_sys::fuzz_target;
use serde_json::{Map, Value, json};

fuzz_target!(|text: &str| {
    let patch = read_patch(text);
    if let Err(error) = &patch {
        assert!(
            matches!(error, Error::Malformed(_) | Error::Invalid(_)),
            "{error:?}"
        );
    }
    let task = read_task(text);
    let Ok(value) = serde_json::from_str::<Value>(text) else {
        assert!(patch.is_err() && task.is_err(), "no JSON");
        return;
    };
    if let Ok(patch) = &patch
        && patch.validate().is_ok()
    {
        check_rules(patch);
        assert_eq!(merge(&[patch, patch]), merge(&[patch]));
    }
    if let Ok(task) = task {
        assert!(value["title"].is_string(), "no title: {value}");
        if task.validate().is_ok() {
            // A whole task is a patch of every field.
            check_rules(&TaskPatch::from(task));
        }
    }
    if !has_only_texts(&value) {
        return;
    }
    // Serialized again, it has each name once, so duplicates are no reason to reject it.
    let once = read_patch(&value.to_string());
    assert_eq!(once.is_ok(), has_right_types(&value), "{value}");
    if let Ok(patch) = &patch {
        check(&value, patch);
    }
});

/// Returns true for an object whose members this target knows the rules of, apart from those that
/// no task has.
fn has_only_texts(value: &Value) -> bool {
    let others = ["project_id", "section_id", "parent_id", "position", "priority", "labels", "due", "deadline",
        "start", "duration_minutes", "recurrence", "reminders"];
    value
        .as_object()
        .is_none_or(|fields| fields.keys().all(|name| !others.contains(&name.as_str())))
}

fn has_right_types(value: &Value) -> bool {
    value.as_object().is_some_and(|fields| {
        fields.iter().all(|(name, value)| match name.as_str() {
            "title" => value.is_string(),
            "description" => value.is_string() || value.is_null(),
            "completed" => value.is_boolean() || value.is_null(),
            _ => false,
        })
    })
}

fn check(value: &Value, patch: &TaskPatch) {
    if patch.validate().is_err() {
        return;
    }
    let (before, once) = (merge(&[]), merge(&[patch]));
    let fields = value.as_object().cloned().unwrap_or_default();
    let expected = merged(&json!(before), fields);
    assert_eq!(
        once.title,
        expected["title"].as_str().unwrap_or_default().trim()
    );
    assert_eq!(json!(once.description), expected["description"]);
    assert_eq!(json!(once.completed), expected["completed"]);
}

/// RFC 7396, section 2, with null resetting a field to its default.
fn merged(target: &Value, patch: Map<String, Value>) -> Value {
    let mut target = target.clone();
    for (name, value) in patch {
        target[&name] = match (name.as_str(), value) {
            ("completed", Value::Null) => json!(false),
            (_, Value::Null) => json!(""),
            (_, value) => value,
        };
    }
    target
}

fn check_rules(patch: &TaskPatch) {
    for text in [&patch.title, &patch.description].into_iter().flatten() {
        assert!(!text.contains('\0'), "NUL");
    }
    if let Some(title) = &patch.title {
        let characters = title.trim().chars().count();
        assert!((1..=500).contains(&characters), "{characters} in a title");
    }
    if let Some(description) = &patch.description {
        let characters = description.chars().count();
        assert!(characters <= 50_000, "{characters} in a description");
    }
}
