//! Operations of the document, in the words of the reference.

use std::collections::BTreeMap;

use serde::Serialize;
use serde_json::{Value, json};

use super::example::{request_example, response_example};
use super::parts::{Text, TypeName, array, object};

/// Longest body that an example shows on one line, in bytes.
const LINE: usize = 60;

/// The statuses of responses that nearly every operation has.
pub(super) type Common = BTreeMap<String, String>;

/// An operation.
#[derive(Serialize)]
pub(super) struct Operation {
    /// The id of its part of the page.
    anchor: String,
    method: String,
    path: String,
    name: String,
    description: Text,
    access: Access,
    parameters: Vec<Parameter>,
    body: Option<Body>,
    responses: Vec<Response>,
    request: String,
    response: Option<Example>,
}

/// The credentials that an operation needs.
#[derive(Serialize)]
struct Access {
    is_public: bool,
    /// The scope with which an API token may use it.
    scope: Option<String>,
}

#[derive(Serialize)]
struct Parameter {
    name: String,
    place: String,
    is_required: bool,
    kind: TypeName,
    description: Text,
}

#[derive(Serialize)]
struct Body {
    kind: TypeName,
    content_types: Vec<String>,
}

#[derive(Serialize)]
struct Response {
    status: String,
    description: Text,
    kind: Option<TypeName>,
}

/// A response in full.
#[derive(Serialize)]
struct Example {
    status: String,
    text: String,
}

impl Operation {
    /// Describes an operation. Its responses are those that are not common.
    pub(super) fn of(
        document: &Value,
        method: &str,
        path: &str,
        operation: &Value,
        common: &Common,
    ) -> Operation {
        let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
        let content = object(&operation["requestBody"]["content"]);
        let content_types: Vec<_> = content.map(|(name, _)| name.clone()).collect();
        let schema = request_schema(operation);
        let access = Access::of(operation);
        Operation {
            anchor: anchor_of(method, path),
            method: method.to_uppercase(),
            path: path.to_owned(),
            name: text(&operation["summary"]),
            description: Text::describing(operation),
            parameters: array(&operation["parameters"]).map(Parameter::of).collect(),
            body: schema.map(|schema| Body {
                kind: TypeName::of(schema),
                content_types,
            }),
            responses: own_responses(operation, common),
            request: curl(document, method, path, operation, &access),
            response: Example::of(document, operation),
            access,
        }
    }
}

impl Access {
    fn of(operation: &Value) -> Access {
        let mut ways = array(&operation["security"]);
        Access {
            is_public: ways.clone().any(|way| *way == json!({})),
            scope: ways.find_map(|way| way["api_token"][0].as_str().map(str::to_owned)),
        }
    }
}

impl Parameter {
    fn of(parameter: &Value) -> Parameter {
        Parameter {
            name: parameter["name"].as_str().unwrap_or_default().to_owned(),
            place: parameter["in"].as_str().unwrap_or_default().to_owned(),
            is_required: parameter["required"] == true,
            kind: TypeName::of(&parameter["schema"]),
            description: Text::describing(parameter),
        }
    }
}

impl Example {
    /// Returns the response of a success.
    fn of(document: &Value, operation: &Value) -> Option<Example> {
        let mut responses = object(&operation["responses"]);
        let (status, response) = responses.find(|(status, _)| status.starts_with('2'))?;
        let schema = &response["content"]["application/json"]["schema"];
        if schema.is_null() {
            return None;
        }
        let example = response_example(document, schema);
        Some(Example {
            status: status.clone(),
            text: serde_json::to_string_pretty(&example).ok()?,
        })
    }
}

/// Returns the statuses that more than a third of the operations describe in the same words.
pub(super) fn common_responses<'d>(operations: impl Iterator<Item = &'d Value>) -> Common {
    let (mut counts, mut total) = (BTreeMap::new(), 0);
    for operation in operations {
        total += 1;
        for (status, response) in object(&operation["responses"]) {
            let description = response["description"].as_str().unwrap_or_default();
            *counts
                .entry((status.clone(), description.to_owned()))
                .or_insert(0) += 1;
        }
    }
    let is_common = |(_, count): &(_, i32)| count * 3 > total;
    counts
        .into_iter()
        .filter(is_common)
        .map(|(key, _)| key)
        .collect()
}

fn own_responses(operation: &Value, common: &Common) -> Vec<Response> {
    object(&operation["responses"])
        .filter(|(status, response)| {
            let shared = common.get(*status).map(String::as_str);
            shared != response["description"].as_str()
        })
        .map(|(status, response)| {
            let content = object(&response["content"]).next();
            Response {
                status: status.clone(),
                description: Text::describing(response),
                // Every error has the same type.
                kind: content
                    .filter(|_| status.starts_with('2'))
                    .map(|(_, content)| TypeName::of(&content["schema"])),
            }
        })
        .collect()
}

fn request_schema(operation: &Value) -> Option<&Value> {
    let content = &operation["requestBody"]["content"];
    object(content).next().map(|(_, first)| &first["schema"])
}

/// Returns the id of an operation on the page.
fn anchor_of(method: &str, path: &str) -> String {
    let path: String = path
        .chars()
        .filter(|letter| !"{}<>".contains(*letter))
        .collect();
    format!("{method}{}", path.replace('/', "-"))
}

/// Returns a command that sends the request. The words in capitals are variables of the shell.
fn curl(document: &Value, method: &str, path: &str, operation: &Value, access: &Access) -> String {
    let mut parts = vec![match method {
        "get" => "curl".to_owned(),
        other => format!("curl -X {}", other.to_uppercase()),
    }];
    let (mut url, mut queries) = (path.to_owned(), Vec::new());
    for parameter in array(&operation["parameters"]) {
        let name = parameter["name"].as_str().unwrap_or_default();
        let variable = format!("${}", name.to_uppercase());
        match parameter["in"].as_str() {
            Some("path") => {
                let first = parameter["schema"]["enum"][0].as_str();
                url = url.replace(&format!("{{{name}}}"), first.unwrap_or(&variable));
            }
            Some("query") => {
                let example = parameter["example"].as_str();
                let example = example.or(parameter["schema"]["example"].as_str());
                let value = example.or((parameter["required"] == true).then_some(&variable));
                queries.extend(value.map(|value| format!("--data-urlencode \"{name}={value}\"")));
            }
            _ => {}
        }
    }
    parts[0].push_str(if queries.is_empty() { "" } else { " -G" });
    parts[0].push_str(&format!(" \"$DOCKET{url}\""));
    if !access.is_public {
        parts.push("-H \"Authorization: Bearer $TOKEN\"".to_owned());
    }
    parts.extend(queries);
    if let Some((kind, content)) = object(&operation["requestBody"]["content"]).next() {
        parts.push(format!("-H \"Content-Type: {kind}\""));
        let body = request_example(document, &content["schema"]);
        let line = body.to_string();
        let text = match line.len() > LINE {
            true => serde_json::to_string_pretty(&body).unwrap_or(line),
            false => line,
        };
        parts.push(format!("-d '{}'", text.replace('\'', "'\\''")));
    }
    parts.join(" \\\n  ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_command_has_what_the_operation_needs() {
        let document = json!({});
        let operation = json!({
            "parameters": [
                { "name": "id", "in": "path", "schema": { "type": "string" } },
                { "name": "q", "in": "query", "required": true, "schema": { "type": "string" } },
                { "name": "limit", "in": "query", "schema": { "type": "integer" } },
                { "name": "filter", "in": "query", "example": "today & p1" },
            ],
            "security": [{ "bearer": [] }, { "api_token": ["tasks:read"] }],
        });
        let access = Access::of(&operation);
        assert_eq!(access.scope.as_deref(), Some("tasks:read"));
        assert_eq!(
            curl(&document, "get", "/api/v1/tasks/{id}", &operation, &access),
            "curl -G \"$DOCKET/api/v1/tasks/$ID\" \\\n  \
             -H \"Authorization: Bearer $TOKEN\" \\\n  \
             --data-urlencode \"q=$Q\" \\\n  --data-urlencode \"filter=today & p1\""
        );
        let schema = json!({ "properties": { "title": { "type": "string", "example": "Ada's" } } });
        let operation = json!({
            "security": [{}],
            "requestBody": { "content": { "application/json": { "schema": schema } } },
        });
        let access = Access::of(&operation);
        assert_eq!(
            curl(&document, "post", "/api/v1/tasks", &operation, &access),
            "curl -X POST \"$DOCKET/api/v1/tasks\" \\\n  \
             -H \"Content-Type: application/json\" \\\n  -d '{\"title\":\"Ada'\\''s\"}'"
        );
    }

    #[test]
    fn a_response_of_nearly_every_operation_is_common() {
        let operation = |own: &str| {
            json!({ "responses": {
                "400": { "description": "Syntax" },
                "404": { "description": own },
            } })
        };
        let all = [
            operation("No task"),
            operation("No label"),
            operation("No project"),
        ];
        let common = common_responses(all.iter());
        assert_eq!(
            common,
            Common::from([("400".to_owned(), "Syntax".to_owned())])
        );
        let own = own_responses(&all[0], &common);
        assert_eq!(own.len(), 1);
        assert_eq!(own[0].status, "404");
    }
}
