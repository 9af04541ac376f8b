//! The API reference: the OpenAPI document and a page generated from it.

use rocket::get;
use rocket::http::ContentType;
use serde_json::{Map, Value, json};

use crate::auth::User;
use crate::error::{CODES, Error, Kind};
use crate::ui::{self, Reply};

const METHODS: [&str; 5] = ["get", "post", "put", "patch", "delete"];

/// Read the OpenAPI document
#[utoipa::path(get, path = "/api/openapi.json", tag = "Description", security(()),
    responses((status = 200, content_type = "application/json", description = "OpenAPI 3.1")))]
#[get("/api/openapi.json")]
pub fn document() -> Result<(ContentType, String), Error> {
    super::document()
        .map(|text| (ContentType::JSON, text))
        .map_err(unwritable)
}

/// Read the API reference
#[utoipa::path(get, path = "/api/docs", tag = "Description", security(()),
    responses((status = 200, content_type = "text/html", description = "The reference as a page")))]
#[get("/api/docs")]
pub async fn reference(_visitor: Option<User>) -> Result<Reply, Error> {
    let text = super::document().map_err(unwritable)?;
    let document: Value = serde_json::from_str(&text).map_err(unwritable)?;
    let tags = document["tags"].as_array().into_iter().flatten();
    let groups: Vec<Value> = tags
        .map(|tag| json!({ "name": tag["name"], "operations": tagged(&document, &tag["name"]) }))
        .collect();
    let schemas: Vec<Value> = object(&document["components"]["schemas"])
        .map(|(name, schema)| schema_of(name, schema))
        .collect();
    let problems: Vec<_> = Kind::ALL.iter().map(|kind| kind.description()).collect();
    let codes: Vec<_> = CODES
        .iter()
        .map(|(code, description)| json!({ "code": code, "description": description.trim() }))
        .collect();
    let values = json!({
        "info": document["info"],
        "groups": groups,
        "problems": problems,
        "codes": codes,
        "schemas": schemas,
    });
    Ok(ui::page("ui/docs", values))
}

fn unwritable(error: serde_json::Error) -> Error {
    Error::Internal(format!("the OpenAPI document cannot be written: {error}"))
}

fn object(value: &Value) -> impl Iterator<Item = (&String, &Value)> {
    value.as_object().into_iter().flat_map(Map::iter)
}

/// Returns the operations with a tag, by path.
fn tagged(document: &Value, tag: &Value) -> Vec<Value> {
    let mut operations = Vec::new();
    for (path, item) in object(&document["paths"]) {
        for method in METHODS {
            let operation = &item[method];
            if operation["tags"][0] == *tag {
                operations.push(operation_of(document, method, path, operation));
            }
        }
    }
    operations
}

fn operation_of(document: &Value, method: &str, path: &str, operation: &Value) -> Value {
    let is_public = operation["security"]
        .as_array()
        .is_some_and(|all| all.contains(&json!({})));
    let scope = operation["security"]
        .as_array()
        .into_iter()
        .flatten()
        .find_map(|one| one["api_token"][0].as_str());
    let parameters: Vec<Value> = operation["parameters"]
        .as_array()
        .into_iter()
        .flatten()
        .map(|parameter| {
            json!({
                "name": parameter["name"],
                "in": parameter["in"],
                "required": parameter["required"] == true,
                "type": type_of(&parameter["schema"]),
                "description": parameter["description"],
            })
        })
        .collect();
    let responses: Vec<Value> = object(&operation["responses"])
        .map(|(status, response)| {
            let schema = object(&response["content"]).next();
            json!({
                "status": status,
                "description": response["description"],
                "schema": schema.map(|(_, content)| type_of(&content["schema"])),
            })
        })
        .collect();
    json!({
        "method": method,
        "path": path,
        "summary": operation["summary"],
        "description": operation["description"],
        "auth": !is_public,
        "scope": scope,
        "parameters": parameters,
        "body": body_of(document, operation),
        "responses": responses,
    })
}

fn body_of(document: &Value, operation: &Value) -> Option<Value> {
    let content = &operation["requestBody"]["content"];
    let types: Vec<&String> = object(content).map(|(name, _)| name).collect();
    let (_, first) = object(content).next()?;
    let name = type_of(&first["schema"]);
    let properties = &document["components"]["schemas"][&name]["properties"];
    let example: Map<String, Value> = object(properties)
        .filter_map(|(name, property)| Some((name.clone(), property.get("example")?.clone())))
        .collect();
    let example = (!example.is_empty())
        .then(|| serde_json::to_string_pretty(&example).ok())
        .flatten();
    Some(json!({ "content_types": types, "schema": name, "example": example }))
}

fn schema_of(name: &str, schema: &Value) -> Value {
    let required = |name: &str| {
        schema["required"]
            .as_array()
            .is_some_and(|all| all.iter().any(|one| one == name))
    };
    let properties: Vec<Value> = object(&schema["properties"])
        .map(|(name, property)| {
            json!({
                "name": name,
                "type": type_of(property),
                "required": required(name),
                "description": property["description"],
            })
        })
        .collect();
    json!({ "name": name, "description": schema["description"], "properties": properties })
}

/// Describes the type of a schema, or names the schema it refers to.
fn type_of(schema: &Value) -> String {
    if let Some(reference) = schema["$ref"].as_str() {
        return reference.rsplit('/').next().unwrap_or_default().to_owned();
    }
    if let Some(values) = schema["enum"].as_array() {
        let values: Vec<_> = values.iter().filter_map(Value::as_str).collect();
        return values.join(" | ");
    }
    for choice in ["oneOf", "anyOf", "allOf"] {
        if let Some(schemas) = schema[choice].as_array() {
            let types: Vec<_> = schemas.iter().map(type_of).collect();
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
        ("array", _) => format!("array of {}", type_of(&schema["items"])),
        (_, Some(format)) => format!("{names} ({format})"),
        _ => names,
    }
}
