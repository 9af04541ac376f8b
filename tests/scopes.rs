//! Scopes: the operations each API token may perform, and those none may.

use reqwest::Method;
use serde_json::{Value, json};

use crate::api_tokens::SCOPES;
use crate::support::{Ask, Server, User, header, problem};

/// Operations that no API token may perform, whatever its scopes.
const SESSIONS_ONLY: [&str; 4] = [
    "DELETE /api/v1/me",
    "POST /api/v1/auth/logout",
    "POST /api/v1/tokens",
    "PUT /api/v1/me/password",
];

#[tokio::test]
async fn each_operation_requires_exactly_its_documented_scope() {
    let server = Server::start().await;
    let ada = User::register(&server).await;
    let document = server.get("/api/openapi.json").gives(200).await;
    let mut holders = Vec::new();
    for scope in SCOPES {
        let token = ada.add_api_token(scope, &[scope]).await;
        holders.push((vec![scope], ada.with_token(&token)));
    }
    let all = ada.add_api_token("all", &SCOPES).await;
    holders.push((SCOPES.to_vec(), ada.with_token(&all)));

    let mut tried = 0;
    for (path, item) in document["paths"].as_object().expect("paths") {
        for method in ["GET", "PUT", "POST", "PATCH", "DELETE"] {
            let operation = &item[method.to_lowercase()];
            let name = format!("{method} {path}");
            let security = operation["security"].as_array();
            if operation.is_null() || security.is_some_and(|all| all.contains(&json!({}))) {
                continue;
            }
            let scopes: Vec<&str> = security
                .into_iter()
                .flatten()
                .filter_map(|one| one["api_token"].as_array())
                .flatten()
                .filter_map(Value::as_str)
                .collect();
            let needed = match scopes[..] {
                [] if SESSIONS_ONLY.contains(&name.as_str()) => None,
                [scope] => Some(scope),
                _ => panic!("{name} must name one scope, or stand in SESSIONS_ONLY: {scopes:?}"),
            };
            assert!(operation["responses"]["403"].is_object(), "{name}");
            for (scopes, user) in &holders {
                let allowed = needed.is_some_and(|scope| scopes.contains(&scope));
                tries(user, method, path, allowed, needed).await;
                tried += 1;
            }
        }
    }
    assert!(tried > 60, "only {tried} tries");
    // One of the operations ended the other sessions.
    assert_eq!(ada.again(&server).await.titles("").await, [""; 0]);
}

/// Requests an operation and asserts that the scopes allow or forbid it.
async fn tries(user: &User, method: &str, path: &str, allowed: bool, needed: Option<&str>) {
    let path = path.replace("{id}", &uuid::Uuid::now_v7().to_string());
    let path = path.replace("{name}", "unknown");
    let method: Method = method.parse().expect("a method");
    let mut request = user.request(method.clone(), &path);
    if method != Method::GET {
        request = request.json(&json!({}));
    }
    let answer = request.answer().await;
    let what = format!("{method} {path}: {}", answer.status());
    if allowed {
        let status = answer.status().as_u16();
        assert!(!matches!(status, 401 | 403 | 405), "{what}");
        return;
    }
    let challenge = header(&answer, "www-authenticate");
    let scope = needed.map_or(String::new(), |scope| format!(", scope=\"{scope}\""));
    assert_eq!(
        challenge,
        format!("Bearer realm=\"docket\", error=\"insufficient_scope\"{scope}"),
        "{what}"
    );
    let problem = problem(answer, 403).await;
    let detail = problem.detail();
    assert!(detail.contains(needed.unwrap_or("Sign in")), "{detail}");
}

#[tokio::test]
async fn a_token_does_what_its_scopes_are_for() {
    let server = Server::start().await;
    let ada = User::register(&server).await;
    let writer = ada.add_api_token("Writer", &["tasks:write"]).await;
    let task = ada.with_token(&writer).add_task("By a script").await;
    let reader = ada.add_api_token("Reader", &["tasks:read"]).await;
    let reader = ada.with_token(&reader);
    assert_eq!(reader.titles("").await, ["By a script"]);
    let path = format!("/api/v1/tasks/{}", task["id"].as_str().expect("an id"));
    reader.request(Method::HEAD, &path).is(200).await;
    reader.delete(&path).fails(403).await;

    let token = ada.add_api_token("Profile", &["account"]).await;
    let account = ada.with_token(&token);
    let patch = json!({ "display_name": "Ada K." });
    let me = account.patch("/api/v1/me", &patch).gives(200).await;
    assert_eq!(me["display_name"], "Ada K.");
    // The address leads to the password, so an API token cannot change it.
    let patch = json!({ "email": "new@example.org", "current_password": ada.password });
    account.patch("/api/v1/me", &patch).fails(403).await;
    assert_eq!(ada.get("/api/v1/me").gives(200).await["email"], ada.email);
    let sessions = account.get("/api/v1/sessions").gives(200).await;
    assert_eq!(sessions["items"][0]["current"], false);
    account.delete("/api/v1/sessions").is(204).await;
    assert_eq!(ada.me_status().await, 401);
    assert_eq!(account.me_status().await, 200);
}
