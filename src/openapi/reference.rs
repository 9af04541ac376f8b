//! The API reference: the OpenAPI document and a page generated from it.

use std::collections::BTreeSet;
use std::sync::LazyLock;

use rocket::get;
use rocket::http::ContentType;
use serde::Serialize;
use serde_json::{Value, json};

use super::operation::{Operation, common_responses};
use super::parts::{Text, TypeName, array, name_of, object};
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
    static VALUES: LazyLock<Result<Value, serde_json::Error>> =
        LazyLock::new(|| serde_json::to_value(Reference::of(&super::parsed()?)));
    match &*VALUES {
        Ok(values) => Ok(ui::page("ui/docs", values)),
        Err(error) => Err(unwritable(error)),
    }
}

fn unwritable(error: impl std::fmt::Display) -> Error {
    Error::Internal(format!("the OpenAPI document cannot be written: {error}"))
}

/// The values of the page.
#[derive(Serialize)]
struct Reference {
    title: Value,
    version: Value,
    groups: Vec<Group>,
    /// The statuses with their descriptions, in order, which a map of a template has not.
    common: Vec<(String, String)>,
    schemas: Vec<Schema>,
    problems: Vec<ProblemDescription>,
    codes: Vec<CodeDescription>,
}

/// The operations with a tag.
#[derive(Serialize)]
struct Group {
    name: Value,
    description: Text,
    operations: Vec<Operation>,
}

#[derive(Serialize)]
struct ProblemDescription {
    name: &'static str,
    status: u16,
    title: String,
    advice: Text,
}

#[derive(Serialize)]
struct CodeDescription {
    code: Value,
    description: Text,
}

#[derive(Serialize)]
struct Schema {
    name: String,
    description: Text,
    /// The values of a schema without properties.
    values: Vec<Value>,
    properties: Vec<Property>,
}

#[derive(Serialize)]
struct Property {
    name: String,
    kind: TypeName,
    /// True for a member that a request must have.
    is_required: bool,
    description: Text,
}

impl Reference {
    fn of(document: &Value) -> Reference {
        let operations = || {
            object(&document["paths"]).flat_map(|(path, item)| {
                let of_item = METHODS.map(|method| (method, path, &item[method]));
                of_item.into_iter().filter(|(_, _, one)| one.is_object())
            })
        };
        let common = common_responses(operations().map(|(_, _, operation)| operation));
        let group = |tag: &Value| Group {
            name: tag["name"].clone(),
            description: Text::describing(tag),
            operations: operations()
                .filter(|(_, _, operation)| operation["tags"][0] == tag["name"])
                .map(|(method, path, operation)| {
                    Operation::of(document, method, path, operation, &common)
                })
                .collect(),
        };
        let bodies = operations().map(|(_, _, operation)| &operation["requestBody"]);
        let sent = schemas_below(document, bodies);
        let schemas = object(&document["components"]["schemas"]);
        Reference {
            title: document["info"]["title"].clone(),
            version: document["info"]["version"].clone(),
            groups: array(&document["tags"]).map(group).collect(),
            schemas: schemas
                .map(|(name, schema)| Schema::of(name, schema, sent.contains(name.as_str())))
                .collect(),
            problems: Kind::ALL.iter().map(ProblemDescription::of).collect(),
            codes: CODES
                .iter()
                .map(|(code, description)| CodeDescription {
                    code: json!(code),
                    description: Text::of(description.trim()),
                })
                .collect(),
            common: common.into_iter().collect(),
        }
    }
}

impl ProblemDescription {
    fn of(kind: &Kind) -> ProblemDescription {
        let description = kind.description();
        ProblemDescription {
            name: description.name,
            status: description.status,
            title: description.title,
            advice: Text::of(description.advice),
        }
    }
}

impl Schema {
    fn of(name: &str, schema: &Value, is_sent: bool) -> Schema {
        let is_required = |name: &str| array(&schema["required"]).any(|one| one == name);
        let property = |(name, property): (&String, &Value)| Property {
            name: name.clone(),
            kind: TypeName::of(property),
            is_required: is_sent && is_required(name),
            description: description_of(property),
        };
        Schema {
            name: name.to_owned(),
            description: Text::describing(schema),
            values: array(&schema["enum"]).cloned().collect(),
            properties: object(&schema["properties"]).map(property).collect(),
        }
    }
}

/// Returns the description of a property. That of a nullable type is one level deeper.
fn description_of(property: &Value) -> Text {
    let mut places = std::iter::once(property).chain(array(&property["oneOf"]));
    let found = places.find(|place| place["description"].is_string());
    Text::describing(found.unwrap_or(&Value::Null))
}

/// Returns the names of the schemas that these values refer to, and that those refer to.
fn schemas_below<'d>(
    document: &'d Value,
    values: impl Iterator<Item = &'d Value>,
) -> BTreeSet<&'d str> {
    let (mut found, mut left) = (BTreeSet::new(), values.collect::<Vec<_>>());
    while let Some(value) = left.pop() {
        if let Some(name) = name_of(value)
            && found.insert(name)
        {
            left.push(&document["components"]["schemas"][name]);
        }
        left.extend(array(value));
        left.extend(object(value).map(|(_, member)| member));
    }
    found
}
