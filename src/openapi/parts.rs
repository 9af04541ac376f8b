//! Parts of the document, in the words of the reference.

use serde::Serialize;
use serde_json::{Map, Value};

/// Returns the members of a JSON object.
pub(super) fn object(value: &Value) -> impl Iterator<Item = (&String, &Value)> {
    value.as_object().into_iter().flat_map(Map::iter)
}

/// Returns the elements of a JSON array.
pub(super) fn array(value: &Value) -> impl Iterator<Item = &Value> + Clone {
    value.as_array().into_iter().flatten()
}

/// Follows the reference to a schema.
pub(super) fn resolved<'d>(document: &'d Value, schema: &'d Value) -> &'d Value {
    match name_of(schema) {
        Some(name) => &document["components"]["schemas"][name],
        None => schema,
    }
}

/// Returns the name of the schema that this one refers to.
pub(super) fn name_of(schema: &Value) -> Option<&str> {
    schema["$ref"].as_str()?.rsplit('/').next()
}

/// A text with names of code in it.
#[derive(Debug, PartialEq, Serialize)]
pub(super) struct Text(Vec<Part>);

#[derive(Debug, PartialEq, Serialize)]
struct Part {
    text: String,
    is_code: bool,
}

impl Text {
    /// Reads the description of a part of the document.
    pub(super) fn describing(part: &Value) -> Text {
        Text::of(part["description"].as_str().unwrap_or_default())
    }

    /// Reads a text. Names are between backticks.
    pub(super) fn of(text: &str) -> Text {
        let parts = text.split('`').enumerate().map(|(number, part)| Part {
            text: part.to_owned(),
            is_code: number % 2 == 1,
        });
        Text(parts.filter(|part| !part.text.is_empty()).collect())
    }
}

/// A type: the name of a schema on the page, with words around it.
#[derive(Debug, PartialEq, Serialize)]
pub(super) struct TypeName {
    before: &'static str,
    name: String,
    /// True if the page describes the type.
    is_schema: bool,
}

impl TypeName {
    /// Names the type of a schema.
    pub(super) fn of(schema: &Value) -> TypeName {
        if let Some(name) = name_of(schema) {
            return TypeName::schema("", name);
        }
        if let Some(name) = name_of(&schema["items"]) {
            return TypeName::schema("array of ", name);
        }
        // A member that may be null.
        let mut choices = array(&schema["oneOf"]).filter(|one| one["type"] != "null");
        if let (Some(name), None) = (choices.next().and_then(name_of), choices.next()) {
            return TypeName::schema("null or ", name);
        }
        TypeName {
            before: "",
            name: words_of(schema),
            is_schema: false,
        }
    }

    fn schema(before: &'static str, name: &str) -> TypeName {
        TypeName {
            before,
            name: name.to_owned(),
            is_schema: true,
        }
    }
}

/// Describes the type of a schema without a name.
fn words_of(schema: &Value) -> String {
    if let Some(name) = name_of(schema) {
        return name.to_owned();
    }
    if schema["enum"].is_array() {
        let values: Vec<_> = array(&schema["enum"]).filter_map(Value::as_str).collect();
        return values.join(" | ");
    }
    for choice in ["oneOf", "anyOf", "allOf"] {
        if schema[choice].is_array() {
            let types: Vec<_> = array(&schema[choice]).map(words_of).collect();
            return types.join(" or ");
        }
    }
    let names = match &schema["type"] {
        Value::Array(types) => {
            let names: Vec<_> = types.iter().filter_map(Value::as_str).collect();
            names.join(" or ")
        }
        one => one.as_str().unwrap_or_default().to_owned(),
    };
    match (names.as_str(), schema["format"].as_str()) {
        ("array", _) => format!("array of {}", words_of(&schema["items"])),
        (_, Some(format)) => format!("{names} ({format})"),
        _ => names,
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn names_between_backticks_are_code() {
        let part = |text: &str, is_code| Part {
            text: text.to_owned(),
            is_code,
        };
        for (text, parts) in [
            ("", vec![]),
            ("Plain.", vec![part("Plain.", false)]),
            (
                "`open` or `all`.",
                vec![
                    part("open", true),
                    part(" or ", false),
                    part("all", true),
                    part(".", false),
                ],
            ),
        ] {
            assert_eq!(Text::of(text), Text(parts), "{text}");
        }
        assert_eq!(Text::describing(&json!({})), Text(vec![]));
    }

    #[test]
    fn a_type_leads_to_its_schema() {
        let task = json!({ "$ref": "#/components/schemas/Task" });
        for (schema, before, name, is_schema) in [
            (task.clone(), "", "Task", true),
            (
                json!({ "type": "array", "items": task }),
                "array of ",
                "Task",
                true,
            ),
            (
                json!({ "oneOf": [{ "type": "null" }, task] }),
                "null or ",
                "Task",
                true,
            ),
            (
                json!({ "type": ["string", "null"], "format": "uuid" }),
                "",
                "string or null (uuid)",
                false,
            ),
            (json!({ "enum": ["a", "b"] }), "", "a | b", false),
            (
                json!({ "type": "array", "items": { "type": "string" } }),
                "",
                "array of string",
                false,
            ),
        ] {
            let found = TypeName::of(&schema);
            assert_eq!(
                (found.before, found.name.as_str(), found.is_schema),
                (before, name, is_schema)
            );
        }
    }
}
