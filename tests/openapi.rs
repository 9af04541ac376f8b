//! The OpenAPI document: complete, correct and self-contained.

use std::collections::BTreeMap;

use reqwest::Method;
use serde_json::{Value, json};

use crate::support::{Ask, Server, User, header, jwt};

const METHODS: [&str; 5] = ["get", "put", "post", "patch", "delete"];

/// Operations of the API. A new route fails the test until it is listed here.
const OPERATIONS: [&str; 72] = [
    "DELETE /api/v1/filters/{id}",
    "DELETE /api/v1/labels/{name}",
    "DELETE /api/v1/me",
    "DELETE /api/v1/projects/{id}",
    "DELETE /api/v1/sections/{id}",
    "DELETE /api/v1/sessions",
    "DELETE /api/v1/sessions/{id}",
    "DELETE /api/v1/tasks/{id}",
    "DELETE /api/v1/tasks/{id}/completion",
    "DELETE /api/v1/tokens/{id}",
    "DELETE /api/v1/trash",
    "DELETE /api/v1/trash/{id}",
    "GET /api/v1/changes",
    "GET /api/v1/counts",
    "GET /api/v1/events",
    "GET /api/v1/filters",
    "GET /api/v1/filters/{id}",
    "GET /api/v1/filters/{id}/tasks",
    "GET /api/v1/labels",
    "GET /api/v1/labels/{name}",
    "GET /api/v1/me",
    "GET /api/v1/projects",
    "GET /api/v1/projects/{id}",
    "GET /api/v1/projects/{id}/activity",
    "GET /api/v1/sections",
    "GET /api/v1/sections/{id}",
    "GET /api/v1/security-events",
    "GET /api/v1/sessions",
    "GET /api/v1/tasks",
    "GET /api/v1/tasks/{id}",
    "GET /api/v1/tasks/{id}/activity",
    "GET /api/v1/tasks/{id}/occurrences",
    "GET /api/v1/tokens",
    "GET /api/v1/tokens/{id}",
    "GET /api/v1/trash",
    "GET /api/v1/views/{view}",
    "PATCH /api/v1/filters/{id}",
    "PATCH /api/v1/labels/{name}",
    "PATCH /api/v1/me",
    "PATCH /api/v1/projects/{id}",
    "PATCH /api/v1/sections/{id}",
    "PATCH /api/v1/tasks/{id}",
    "POST /api/v1/auth/login",
    "POST /api/v1/auth/logout",
    "POST /api/v1/auth/refresh",
    "POST /api/v1/auth/register",
    "POST /api/v1/batch",
    "POST /api/v1/changes/{id}/undo",
    "POST /api/v1/filters",
    "POST /api/v1/filters/{id}/move",
    "POST /api/v1/labels",
    "POST /api/v1/labels/{name}/merge",
    "POST /api/v1/labels/{name}/move",
    "POST /api/v1/projects",
    "POST /api/v1/projects/{id}/duplicate",
    "POST /api/v1/projects/{id}/move",
    "POST /api/v1/sections",
    "POST /api/v1/sections/{id}/move",
    "POST /api/v1/tasks",
    "POST /api/v1/tasks/quick",
    "POST /api/v1/tasks/{id}/duplicate",
    "POST /api/v1/tasks/{id}/move",
    "POST /api/v1/tasks/{id}/skip",
    "POST /api/v1/tasks/{id}/toggle",
    "POST /api/v1/tokens",
    "POST /api/v1/trash/{id}/restore",
    "PUT /api/v1/filters/{id}",
    "PUT /api/v1/me/password",
    "PUT /api/v1/tasks/{id}",
    "PUT /api/v1/tasks/{id}/completion",
    "GET /api/openapi.json",
    "GET /api/docs",
];

/// Operations that require no token.
const PUBLIC: [&str; 5] = [
    "POST /api/v1/auth/login",
    "POST /api/v1/auth/refresh",
    "POST /api/v1/auth/register",
    "GET /api/openapi.json",
    "GET /api/docs",
];

async fn document(server: &Server) -> Value {
    server.get("/api/openapi.json").gives(200).await
}

fn operations(document: &Value) -> BTreeMap<String, Value> {
    let mut all = BTreeMap::new();
    for (path, item) in document["paths"].as_object().expect("paths") {
        for method in METHODS {
            if let Some(operation) = item.get(method) {
                all.insert(
                    format!("{} {path}", method.to_uppercase()),
                    operation.clone(),
                );
            }
        }
    }
    all
}

#[tokio::test]
async fn the_document_is_openapi_3_1() {
    let server = Server::start().await;
    let document = document(&server).await;
    let version = document["openapi"].as_str().expect("a version");
    assert!(version.starts_with("3.1."), "{version}");
    assert_eq!(document["info"]["title"], "Docket");
    assert_eq!(document["info"]["version"], env!("CARGO_PKG_VERSION"));
    let mut ids = Vec::new();
    for (name, operation) in operations(&document) {
        assert!(operation["summary"].is_string(), "{name} has no summary");
        let responses = operation["responses"].as_object().expect("responses");
        assert!(responses.keys().any(|code| code.starts_with('2')), "{name}");
        for response in responses.values() {
            assert!(response["description"].is_string(), "{name}: {response}");
        }
        assert_eq!(
            responses.contains_key("429"),
            name.contains("/v1/"),
            "{name}"
        );
        ids.push(operation["operationId"].clone());
    }
    let count = ids.len();
    ids.sort_by_key(Value::to_string);
    ids.dedup();
    assert_eq!(ids.len(), count, "an operationId is there twice: {ids:?}");
    assert_references(&document, &document);
}

/// Panics if a `$ref` cannot be resolved.
fn assert_references(document: &Value, value: &Value) {
    match value {
        Value::Object(members) => {
            if let Some(Value::String(target)) = members.get("$ref") {
                let pointer = target.strip_prefix('#').expect("a local reference");
                assert!(
                    document.pointer(pointer).is_some(),
                    "{target} leads nowhere"
                );
            }
            members
                .values()
                .for_each(|value| assert_references(document, value));
        }
        Value::Array(items) => items
            .iter()
            .for_each(|value| assert_references(document, value)),
        _ => (),
    }
}

#[tokio::test]
async fn the_document_and_the_routes_are_the_same() {
    let server = Server::start().await;
    let document = document(&server).await;
    let documented: Vec<_> = operations(&document).into_keys().collect();
    for name in OPERATIONS.iter().filter(|name| name.contains("/v1/")) {
        assert!(
            documented.iter().any(|found| found == name),
            "{name} is not documented"
        );
    }
    for name in &documented {
        assert!(
            OPERATIONS.contains(&name.as_str()),
            "{name} is unknown to this test"
        );
    }

    // The server reports the methods of a path.
    let user = User::register(&server).await;
    let task = user.add_task("Probe").await;
    let session = jwt::claims(&user.tokens.access)["sid"].clone();
    for (path, item) in document["paths"].as_object().expect("paths") {
        let id = if path.contains("sessions") {
            &session
        } else {
            &task["id"]
        };
        let real = path.replace("{id}", id.as_str().expect("an id"));
        let real = real.replace("{name}", "errand");
        let answer = server.request(Method::OPTIONS, &real).is(204).await;
        let allow = header(&answer, "allow");
        let mut mounted: Vec<_> = allow
            .split(',')
            .map(|name| name.trim().to_lowercase())
            .filter(|name| METHODS.contains(&name.as_str()))
            .collect();
        mounted.sort();
        let mut written: Vec<_> = METHODS
            .iter()
            .filter(|method| item.get(**method).is_some())
            .map(|method| method.to_string())
            .collect();
        written.sort();
        assert_eq!(mounted, written, "{path}");
    }
}

#[tokio::test]
async fn each_operation_exists_and_requires_its_documented_authentication() {
    let server = Server::start().await;
    let document = document(&server).await;
    let general = document.get("security").cloned().unwrap_or(json!([]));
    let schemes = document
        .pointer("/components/securitySchemes")
        .expect("security schemes");
    let bearer = schemes
        .as_object()
        .expect("schemes")
        .values()
        .any(|scheme| scheme["type"] == "http" && scheme["scheme"] == "bearer");
    assert!(bearer, "{schemes}");
    for (name, operation) in operations(&document) {
        let (method, path) = name.split_once(' ').expect("two words");
        let security = operation.get("security").unwrap_or(&general);
        // An empty requirement in the list makes authentication optional.
        let guarded = security
            .as_array()
            .is_some_and(|all| !all.is_empty() && !all.contains(&json!({})));
        assert_eq!(
            guarded,
            !PUBLIC.contains(&name.as_str()),
            "{name}: {security}"
        );

        let path = path.replace("{id}", "0192f0c1-2345-7000-8000-000000000000");
        let method: Method = method.parse().expect("a method");
        let mut request = server.request(method.clone(), &path);
        if matches!(method.as_str(), "POST" | "PUT" | "PATCH") {
            request = request.json(&json!({}));
        }
        let status = request.answer().await.status().as_u16();
        if guarded {
            assert_eq!(status, 401, "{name} without a token");
        } else {
            assert!(!matches!(status, 404 | 405 | 401), "{name}: {status}");
        }
    }
}

#[tokio::test]
async fn path_parameters_and_bodies_are_described() {
    let server = Server::start().await;
    let document = document(&server).await;
    let all = operations(&document);
    for (name, operation) in &all {
        let path = name.split(' ').nth(1).expect("a path");
        let shared = &document["paths"][path]["parameters"];
        let parameters: Vec<&Value> = [&operation["parameters"], shared]
            .iter()
            .filter_map(|list| list.as_array())
            .flatten()
            .collect();
        for parameter in ["id", "name"] {
            let described = parameters.iter().any(|one| {
                one["in"] == "path" && one["name"] == parameter && one["required"] == true
            });
            let is_there = path.contains(&format!("{{{parameter}}}"));
            assert_eq!(described, is_there, "{name}: {parameter}");
        }
        if name == "GET /api/v1/tasks" {
            for wanted in ["status", "q", "sort", "limit", "cursor"] {
                let described = parameters
                    .iter()
                    .any(|one| one["in"] == "query" && one["name"] == wanted);
                assert!(described, "{name}: {wanted} is not described");
            }
        }
    }
    let patch = &all["PATCH /api/v1/tasks/{id}"]["requestBody"]["content"];
    assert!(
        patch.get("application/merge-patch+json").is_some(),
        "{patch}"
    );
    for name in [
        "POST /api/v1/tasks",
        "PUT /api/v1/tasks/{id}",
        "POST /api/v1/auth/login",
    ] {
        let schema = &all[name]["requestBody"]["content"]["application/json"]["schema"];
        assert!(schema.is_object(), "{name}: no schema");
    }
}

#[tokio::test]
async fn the_command_prints_the_same_document() {
    let server = Server::start().await;
    let ran = server.command(&["openapi"]).output().exits(0);
    let printed: Value = serde_json::from_str(&ran.stdout).expect("JSON");
    assert_eq!(printed, document(&server).await);
}

#[tokio::test]
async fn the_page_loads_nothing_from_elsewhere() {
    let server = Server::start().await;
    let answer = server.get("/api/docs").is(200).await;
    assert!(header(&answer, "content-type").starts_with("text/html"));
    let page = answer.text().await.expect("a page");
    for (name, _) in operations(&document(&server).await) {
        let path = name.split(' ').nth(1).expect("a path");
        assert!(page.contains(path), "{name} is not on the page");
    }
    for attribute in ["src=\"", "srcset=\"", "<link"] {
        for part in page.split(attribute).skip(1) {
            let tag = part.split('>').next().unwrap_or_default();
            assert!(
                !tag.contains("://") && !tag.starts_with("//"),
                "{attribute}{tag}"
            );
        }
    }
    assert!(!page.contains("<style") && !page.contains(" style="));
}

#[tokio::test]
async fn the_page_has_examples_and_repeats_no_common_response() {
    let server = Server::start().await;
    let page = server.get("/api/docs").is(200).await;
    let page = page.text().await.expect("a page");
    let parts: BTreeMap<&str, &str> = page
        .split("<article class=\"op\" id=\"")
        .skip(1)
        .filter_map(|part| part.split("</article>").next()?.split_once('"'))
        .collect();
    for (name, _) in operations(&document(&server).await) {
        let (method, path) = name.split_once(' ').expect("a method and a path");
        let plain = path.replace(['{', '}'], "").replace('/', "-");
        let part = parts[format!("{}{plain}", method.to_lowercase()).as_str()];
        assert!(part.contains("<code>curl "), "{name}");
        assert!(part.contains("$DOCKET/"), "{name}");
        assert!(!part.contains("<code>503</code>"), "{name}");
    }
    let create = parts["post-api-v1-tasks"];
    assert!(create.contains("&quot;title&quot;: &quot;"), "{create}");
    assert!(create.contains("<code>201</code>"), "{create}");
    assert_eq!(page.matches("<code>503</code></dt>").count(), 1);
    let (_, common) = page.split_once("id=\"responses\"").expect("a section");
    let (common, _) = common.split_once("</section>").expect("a section");
    let statuses: Vec<_> = common
        .split("<dt><code>")
        .skip(1)
        .map(|part| &part[..3])
        .collect();
    assert!(statuses.len() > 3, "{common}");
    assert!(statuses.is_sorted(), "{statuses:?}");
    assert!(!page.contains('`'), "Markdown is shown as it is written");
    // Links within the page lead somewhere.
    for link in page.split("href=\"#").skip(1) {
        let id = link.split('"').next().unwrap_or_default();
        assert!(page.contains(&format!("id=\"{id}\"")), "#{id}");
    }
}

#[tokio::test]
async fn the_choices_in_the_document_are_those_of_the_api() {
    let server = Server::start().await;
    let ada = User::register(&server).await;
    let document = document(&server).await;
    let schemas = &document["components"]["schemas"];
    let mut choices = 0;
    let properties = schemas["User"]["properties"]
        .as_object()
        .expect("properties");
    for (name, property) in properties {
        let reference = property["$ref"].as_str().unwrap_or_default();
        let schema = reference.rsplit('/').next().unwrap_or_default();
        for value in schemas[schema]["enum"].as_array().into_iter().flatten() {
            let me = ada
                .patch("/api/v1/me", &json!({ name: value }))
                .gives(200)
                .await;
            assert_eq!(me[name], *value);
            choices += 1;
        }
    }
    assert!(choices >= 15, "{choices}");
}

/// Returns the examples of a schema's properties.
fn example(document: &Value, schema: &str) -> Value {
    let schema = &document["components"]["schemas"][schema];
    let properties = schema["properties"].as_object().expect("properties");
    properties
        .iter()
        .filter_map(|(name, one)| Some((name.clone(), one.get("example")?.clone())))
        .collect()
}

#[tokio::test]
async fn the_examples_are_accepted() {
    let server = Server::start().await;
    let document = document(&server).await;
    let register = server.post("/api/v1/auth/register");
    let new = example(&document, "NewAccount");
    let tokens = register.json(&new).gives(201).await;
    let login = server.post("/api/v1/auth/login");
    login.json(&example(&document, "Credentials")).is(200).await;
    let access = tokens["access_token"].as_str().expect("a token");
    for (path, schema) in [
        ("projects", "NewProject"),
        ("labels", "NewLabel"),
        ("filters", "NewFilter"),
        ("tasks", "NewTask"),
        ("tokens", "NewApiToken"),
    ] {
        let request = server.post(&format!("/api/v1/{path}")).bearer_auth(access);
        request.json(&example(&document, schema)).is(201).await;
    }
}

#[tokio::test]
async fn the_document_declares_nullable_members_correctly() {
    let server = Server::start().await;
    let ada = User::register(&server).await;
    let task = ada.add_task("Task").await;
    let document = document(&server).await;
    let task = format!("/api/v1/tasks/{}", task["id"].as_str().expect("an id"));
    for (path, schema, field) in [
        (task.as_str(), "TaskPatch", "title"),
        ("/api/v1/me", "ProfilePatch", "email"),
    ] {
        let kind = &document["components"]["schemas"][schema]["properties"][field]["type"];
        assert_eq!(kind, "string", "{schema}.{field}");
        let patch = ada.patch(path, &json!({ field: null }));
        patch.fails(422).await.names(field);
    }
}

#[tokio::test]
async fn the_kind_of_an_event_is_one_of_those_listed() {
    let server = Server::start().await;
    let ada = User::register(&server).await;
    let document = document(&server).await;
    let kind = &document["components"]["schemas"]["SecurityEvent"]["properties"]["kind"];
    assert_eq!(kind["type"], "string", "{kind}");
    let events = ada.get("/api/v1/security-events").gives(200).await;
    let listed = kind["enum"].as_array().expect("names");
    assert!(listed.contains(&events["items"][0]["kind"]), "{kind}");
}
