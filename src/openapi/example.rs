//! Examples of requests and responses, made from the types in the document.

use serde_json::{Map, Value, json};

use super::parts::{object, resolved};

/// Nesting at which examples end. No type of the document is deeper, but types may contain each
/// other.
const DEPTH: usize = 6;

const ID: &str = "0192f0c1-2345-7000-8000-000000000000";
const INSTANT: &str = "2026-04-01T09:30:00Z";
const DATE: &str = "2026-04-01";

/// Returns an example of a response body: every property.
pub(super) fn response_example(document: &Value, schema: &Value) -> Value {
    value_of(document, schema, "", DEPTH)
}

/// Returns an example of a request body: the properties that are required or have an example of
/// their own, and the first one if there are none.
pub(super) fn request_example(document: &Value, schema: &Value) -> Value {
    let schema = resolved(document, schema);
    let properties: Vec<_> = object(&schema["properties"]).collect();
    if properties.is_empty() {
        return value_of(document, schema, "", DEPTH);
    }
    let is_required = |name: &str| {
        let required = schema["required"].as_array();
        required.is_some_and(|all| all.iter().any(|one| one == name))
    };
    let is_shown = |(name, property): &(&String, &Value)| {
        property.get("example").is_some() || is_required(name)
    };
    let shown: Vec<_> = properties.iter().copied().filter(is_shown).collect();
    let shown = match shown.is_empty() {
        true => properties[..1].to_vec(),
        false => shown,
    };
    members(document, shown, DEPTH).into()
}

fn members(
    document: &Value,
    properties: Vec<(&String, &Value)>,
    depth: usize,
) -> Map<String, Value> {
    let of = |(name, property): (&String, &Value)| {
        (name.clone(), value_of(document, property, name, depth - 1))
    };
    properties.into_iter().map(of).collect()
}

fn value_of(document: &Value, schema: &Value, name: &str, depth: usize) -> Value {
    let schema = resolved(document, schema);
    if let Some(example) = schema.get("example") {
        return example.clone();
    }
    if let Some(first) = schema["enum"].as_array().and_then(|values| values.first()) {
        return first.clone();
    }
    if depth == 0 {
        return Value::Null;
    }
    for choice in ["oneOf", "anyOf", "allOf"] {
        let schemas = schema[choice].as_array().into_iter().flatten();
        if let Some(first) = schemas.into_iter().find(|one| one["type"] != "null") {
            return value_of(document, first, name, depth);
        }
    }
    match kind_of(schema) {
        "object" => object_of(document, schema, depth),
        "array" => json!([value_of(document, &schema["items"], name, depth - 1)]),
        "integer" | "number" => schema.get("minimum").cloned().unwrap_or(json!(1)),
        "boolean" => json!(false),
        "string" => text_of(schema, name),
        _ => Value::Null,
    }
}

/// Returns the first type that is not null.
fn kind_of(schema: &Value) -> &str {
    match &schema["type"] {
        Value::Array(kinds) => {
            let mut kinds = kinds.iter().filter_map(Value::as_str);
            kinds.find(|kind| *kind != "null").unwrap_or_default()
        }
        one => one.as_str().unwrap_or_default(),
    }
}

fn object_of(document: &Value, schema: &Value, depth: usize) -> Value {
    let properties: Vec<_> = object(&schema["properties"]).collect();
    if !properties.is_empty() {
        return members(document, properties, depth).into();
    }
    match schema.get("additionalProperties") {
        Some(value) if value.is_object() => {
            json!({ ID: value_of(document, value, "", depth - 1) })
        }
        _ => json!({}),
    }
}

fn text_of(schema: &Value, name: &str) -> Value {
    let is_nullable = schema["type"].is_array();
    let text = match (schema["format"].as_str(), name) {
        // The last page has none.
        (_, "next_cursor") => return Value::Null,
        (Some("date-time"), "completed_at" | "last_used_at") => return Value::Null,
        (Some("date-time"), _) => INSTANT,
        (Some("date"), _) => DATE,
        (Some("uuid"), _) => ID,
        (_, "parent_id" | "section_id" | "deleted_by") => return Value::Null,
        (_, "id") => ID,
        (_, name) if name.ends_with("_id") => ID,
        (_, "access_token") => "eyJhbGciOiJIUzI1NiIsInR5cCI6ImF0K2p3dCJ9…",
        (_, name) if name.contains("password") => "tandem walrus 7 lanterns",
        (_, "refresh_token" | "next" | "cursor") => "b3BhcXVl",
        (_, "position") => "a1",
        _ if is_nullable => return Value::Null,
        _ => "text",
    };
    json!(text)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_example_follows_the_types() {
        let document = json!({ "components": { "schemas": {
            "Page": { "type": "object", "required": ["items"], "properties": {
                "items": { "type": "array", "items": { "$ref": "#/components/schemas/Item" } },
                "next_cursor": { "type": ["string", "null"] },
            } },
            "Item": { "type": "object", "required": ["id"], "properties": {
                "id": { "type": "string" },
                "title": { "type": "string", "example": "Buy milk" },
                "size": { "oneOf": [{ "type": "null" }, { "type": "string", "enum": ["s", "m"] }] },
                "due": { "type": ["string", "null"], "format": "date" },
                "own": { "$ref": "#/components/schemas/Item" },
            } },
        } } });
        let page = json!({ "$ref": "#/components/schemas/Page" });
        let item = &response_example(&document, &page)["items"][0];
        assert_eq!(item["id"], ID);
        assert_eq!(item["title"], "Buy milk");
        assert_eq!(item["size"], "s");
        assert_eq!(item["due"], DATE);
        assert_eq!(item["own"]["own"]["title"], "Buy milk");
        let item = json!({ "$ref": "#/components/schemas/Item" });
        let expected = json!({ "id": ID, "title": "Buy milk" });
        assert_eq!(request_example(&document, &item), expected);
    }
}
