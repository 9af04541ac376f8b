//! Types of problems and codes of field errors: stable, and described in the API reference.

use std::collections::BTreeMap;

use reqwest::{Method, RequestBuilder};
use serde_json::{Value, json};

use crate::support::{Ask, Problem, Server, User, email, password, raw};

const TASKS: &str = "/api/v1/tasks";
const TOKENS: &str = "/api/v1/tokens";

/// Returns the rows of the reference whose id starts with `prefix`, by the rest of the id.
async fn rows(server: &Server, prefix: &str) -> BTreeMap<String, String> {
    let page = server.get("/api/docs").is(200).await;
    let page = page.text().await.expect("a page");
    let start = format!("<tr id=\"{prefix}");
    page.split(&start)
        .skip(1)
        .map(|rest| {
            let (name, row) = rest.split_once("\">").expect("an id");
            let row = row.split("</tr>").next().unwrap_or_default();
            (name.to_owned(), row.to_owned())
        })
        .collect()
}

/// Returns failing requests with the expected status and kind of problem.
async fn failing(server: &Server, ada: &User) -> Vec<(RequestBuilder, u16, &'static str)> {
    let task = ada.add_task("A task").await;
    let path = format!("{TASKS}/{}", task["id"].as_str().expect("an id"));
    let reader = ada.add_api_token("Reader", &["tasks:read"]).await;
    let reader = ada.with_token(&reader);
    let register = json!({ "email": ada.email, "password": password() });
    let login = json!({ "email": ada.email, "password": password() });
    let text = |kind: &str, body: Vec<u8>| {
        ada.request(Method::POST, TASKS)
            .header("content-type", kind)
            .body(body)
    };
    let one = json!({ "title": "x" });
    vec![
        (text("application/json", b"{".to_vec()), 400, "malformed"),
        (server.get(TASKS), 401, "unauthenticated"),
        (ada.with_token("x").get(TASKS), 401, "invalid-token"),
        (
            server.post("/api/v1/auth/login").json(&login),
            401,
            "wrong-credentials",
        ),
        (reader.post(TASKS, &one), 403, "insufficient-scope"),
        (reader.post(TOKENS, &json!({})), 403, "session-required"),
        (
            ada.by_cookie(Method::POST, TASKS)
                .header("sec-fetch-site", "cross-site")
                .json(&one),
            403,
            "cross-site",
        ),
        (ada.get("/api/v1/nowhere"), 404, "not-found"),
        (ada.request(Method::PUT, TASKS), 405, "method-not-allowed"),
        (
            ada.get(TASKS).header("accept", "text/html"),
            406,
            "not-acceptable",
        ),
        (
            server.post("/api/v1/auth/register").json(&register),
            409,
            "taken",
        ),
        (
            ada.patch(&path, &one).header("if-match", "\"old\""),
            412,
            "stale",
        ),
        (
            text("application/json", vec![b' '; (1 << 20) + 1]),
            413,
            "too-large",
        ),
        (
            text("text/plain", b"{}".to_vec()),
            415,
            "unsupported-media-type",
        ),
        (ada.post(TASKS, &json!({ "title": "" })), 422, "invalid"),
    ]
}

/// Panics unless the reference describes the problem's type, with its status and title.
fn assert_described(rows: &BTreeMap<String, String>, problem: &Problem, kind: &str) {
    assert_eq!(problem.kind(), kind, "{}", problem.body);
    let row = rows.get(kind).expect("a row of the reference");
    let status = format!("<code>{}</code>", problem.body["status"]);
    let title = problem.body["title"].as_str().expect("a title");
    assert!(row.contains(&status), "{kind}: {row}");
    assert!(row.contains(&format!("<strong>{title}</strong>")), "{row}");
}

#[tokio::test]
async fn each_problem_has_a_type_that_the_reference_describes() {
    let server = Server::start().await;
    let ada = User::register(&server).await;
    let rows = rows(&server, "problem-").await;
    for (request, status, kind) in failing(&server, &ada).await {
        let problem = request.fails(status).await;
        assert_described(&rows, &problem, kind);
        let fields = !problem.fields().is_empty();
        assert_eq!(fields, matches!(kind, "taken" | "invalid"), "{kind}");
    }

    let settings = [
        ("DOCKET_REGISTRATION", "false"),
        ("DOCKET_LIMIT_SIGN_IN_ADDRESS", "1/1h"),
    ];
    let closed = Server::with(&settings).await;
    let new = json!({ "email": email(), "password": password() });
    let post = |path: &str| closed.post(path).json(&new);
    let problem = post("/api/v1/auth/register").fails(403).await;
    assert_described(&rows, &problem, "registration-closed");
    post("/api/v1/auth/login").fails(401).await;
    let problem = post("/api/v1/auth/login").fails(429).await;
    assert_described(&rows, &problem, "too-many-requests");
}

#[tokio::test]
async fn the_reference_lists_every_type_of_problem() {
    let server = Server::start().await;
    let listed: Vec<_> = rows(&server, "problem-").await.into_keys().collect();
    let known = [
        "busy",
        "conflict",
        "cross-site",
        "database-slow",
        "database-unavailable",
        "expired",
        "insufficient-scope",
        "internal",
        "invalid",
        "invalid-token",
        "malformed",
        "method-not-allowed",
        "not-acceptable",
        "not-found",
        "read-only",
        "registration-closed",
        "session-required",
        "stale",
        "stopping",
        "storage-full",
        "taken",
        "too-large",
        "too-many-requests",
        "too-slow",
        "unauthenticated",
        "unknown-method",
        "unsupported-media-type",
        "wrong-credentials",
    ];
    assert_eq!(listed, known, "a type that is published must stay");
    let request = "BREW /api/v1/tasks HTTP/1.1\r\nHost: docket\r\nConnection: close\r\n\r\n";
    let answer = raw(&server, request.as_bytes()).await;
    let problem: Value = serde_json::from_str(&answer.body).expect("a problem");
    assert_eq!(problem["type"], "/api/docs#problem-unknown-method");
}

/// Panics unless the request is rejected with this code. Returns the field's error.
async fn refused(request: RequestBuilder, field: &str, code: &str) -> Value {
    request.fails(422).await.breaks(field, code).clone()
}

#[tokio::test]
async fn the_reference_lists_every_code_of_a_field() {
    let server = Server::start().await;
    let listed: Vec<_> = rows(&server, "code-").await.into_keys().collect();
    let document = server.get("/api/openapi.json").gives(200).await;
    let schema = &document["components"]["schemas"]["FieldErrorCode"]["enum"];
    let mut codes: Vec<_> = schema.as_array().expect("codes").clone();
    codes.sort_by_key(Value::to_string);
    assert_eq!(json!(listed), json!(codes));
    let known = [
        "duplicate_field",
        "invalid",
        "invalid_characters",
        "invalid_cursor",
        "invalid_email",
        "invalid_syntax",
        "key_reused",
        "out_of_range",
        "required",
        "taken",
        "too_long",
        "too_many",
        "too_short",
        "unknown_field",
        "unknown_value",
        "weak_password",
        "wrong_password",
        "wrong_type",
    ];
    assert_eq!(listed, known, "a code that is published must stay");
}

#[tokio::test]
async fn fields_of_a_task_have_codes() {
    let server = Server::start().await;
    let ada = User::register(&server).await;
    let add = |body: Value| ada.post(TASKS, &body);
    for (body, field, code) in [
        (json!({}), "title", "required"),
        (json!({ "title": " " }), "title", "required"),
        (json!({ "title": "a\0" }), "title", "invalid_characters"),
        (json!({ "title": 5 }), "title", "wrong_type"),
        (json!({ "title": null }), "title", "wrong_type"),
        (json!({ "title": "a", "x": 1 }), "x", "unknown_field"),
        (
            json!({ "title": "a", "completed": "yes" }),
            "completed",
            "wrong_type",
        ),
    ] {
        refused(add(body), field, code).await;
    }
    refused(add(json!([])), "body", "wrong_type").await;
    let error = refused(
        add(json!({ "title": "x".repeat(501) })),
        "title",
        "too_long",
    )
    .await;
    let message = "That's 501 characters; a title can have 500.";
    assert_eq!(error["message"], message);
    assert_eq!(error["limit"], 500);
    let long = json!({ "title": "a", "description": "x".repeat(50_001) });
    let error = refused(add(long), "description", "too_long").await;
    assert_eq!(error["limit"], 50_000);
    let twice = ada
        .request(Method::POST, TASKS)
        .header("content-type", "application/json")
        .body(r#"{"title": "one", "title": "two"}"#);
    refused(twice, "title", "duplicate_field").await;
    let problem = add(json!({ "title": "", "description": "\0" }));
    let problem = problem.fails(422).await;
    problem.breaks("description", "invalid_characters");
    let detail = "A description can't contain the character NUL. Give the task a title.";
    assert_eq!(problem.detail(), detail);
}

#[tokio::test]
async fn parameters_and_headers_have_codes() {
    let server = Server::start().await;
    let ada = User::register(&server).await;
    let list = |query: &str| ada.get(&format!("{TASKS}?{query}"));
    for (query, field, code, limit) in [
        ("limit=0", "limit", "out_of_range", json!(1)),
        ("limit=201", "limit", "out_of_range", json!(200)),
        ("limit=99999999999", "limit", "out_of_range", json!(null)),
        ("limit=ten", "limit", "wrong_type", json!(null)),
        ("status=closed", "status", "unknown_value", json!(null)),
        ("cursor=x", "cursor", "invalid_cursor", json!(null)),
        ("colour=red", "colour", "unknown_field", json!(null)),
        (
            "sort=title&sort=title",
            "sort",
            "duplicate_field",
            json!(null),
        ),
        ("q=%00", "q", "invalid_characters", json!(null)),
        (
            &format!("q={}", "x".repeat(201)),
            "q",
            "too_long",
            json!(200),
        ),
    ] {
        let error = refused(list(query), field, code).await;
        assert_eq!(error["limit"], limit, "{query}: {error}");
    }
    let error = refused(
        ada.get("/api/v1/security-events?limit=101"),
        "limit",
        "out_of_range",
    )
    .await;
    assert_eq!(error["limit"], 100);
    let cursor = ada.get("/api/v1/security-events?cursor=x");
    refused(cursor, "cursor", "invalid_cursor").await;

    let name = "Idempotency-Key";
    let add = |key: &str, title: &str| {
        ada.post(TASKS, &json!({ "title": title }))
            .header(name, key)
    };
    refused(add("a b", "One"), name, "invalid_characters").await;
    let error = refused(add(&"k".repeat(256), "One"), name, "too_long").await;
    assert_eq!(error["limit"], 255);
    add("key", "One").is(201).await;
    refused(add("key", "Two"), name, "key_reused").await;
}

#[tokio::test]
async fn fields_of_an_account_have_codes() {
    let server = Server::start().await;
    let ada = User::register(&server).await;
    let register = |address: &str, secret: &str| {
        let body = json!({ "email": address, "password": secret });
        server.post("/api/v1/auth/register").json(&body)
    };
    let (address, secret) = (email(), password());
    let long = format!("{}@example.org", "x".repeat(255));
    for (address, code) in [
        ("", "required"),
        ("nobody", "invalid_email"),
        (&long, "too_long"),
        (&"x".repeat(10_000), "too_long"),
    ] {
        refused(register(address, &secret), "email", code).await;
    }
    let short = refused(register(&address, "4711"), "password", "too_short").await;
    assert_eq!(short["limit"], 8);
    let long = register(&address, &"Xy 4711 ".repeat(17));
    assert_eq!(refused(long, "password", "too_long").await["limit"], 128);
    let weak = register(&address, "password1");
    refused(weak, "password", "weak_password").await;
    let nul = register(&address, &format!("{secret}\0"));
    refused(nul, "password", "invalid_characters").await;

    let taken = register(&ada.email, &secret).fails(409).await;
    let message = "There's already an account with this e-mail.";
    assert_eq!(taken.breaks("email", "taken")["message"], message);
    assert_eq!(taken.detail(), message);

    let wrong = json!({ "email": address, "current_password": secret });
    let wrong = ada.patch("/api/v1/me", &wrong);
    let error = refused(wrong, "current_password", "wrong_password").await;
    assert_eq!(error["message"], "Wrong password.");
    let name = json!({ "display_name": "x".repeat(101) });
    let name = ada.patch("/api/v1/me", &name);
    let error = refused(name, "display_name", "too_long").await;
    assert_eq!(error["limit"], 100);
}

#[tokio::test]
async fn fields_of_an_api_token_have_codes() {
    let server = Server::start().await;
    let ada = User::register(&server).await;
    let create = |changes: Value| {
        let mut new = json!({ "name": "Script", "scopes": ["tasks:read"],
            "current_password": ada.password });
        for (name, value) in changes.as_object().expect("an object") {
            new[name] = value.clone();
        }
        ada.post(TOKENS, &new)
    };
    for (changes, field, code, limit) in [
        (json!({ "name": "" }), "name", "required", json!(null)),
        (
            json!({ "name": "a\nb" }),
            "name",
            "invalid_characters",
            json!(null),
        ),
        (
            json!({ "name": "x".repeat(101) }),
            "name",
            "too_long",
            json!(100),
        ),
        (json!({ "scopes": [] }), "scopes", "required", json!(null)),
        (
            json!({ "scopes": ["admin"] }),
            "scopes[0]",
            "unknown_value",
            json!(null),
        ),
        (
            json!({ "expires_in_days": 0 }),
            "expires_in_days",
            "out_of_range",
            json!(1),
        ),
        (
            json!({ "expires_in_days": 366 }),
            "expires_in_days",
            "out_of_range",
            json!(365),
        ),
    ] {
        let error = refused(create(changes), field, code).await;
        assert_eq!(error["limit"], limit, "{error}");
    }
    create(json!({})).is(201).await;
    let taken = create(json!({})).fails(409).await;
    taken.breaks("name", "taken");
}

#[tokio::test]
async fn a_message_does_not_repeat_the_value() {
    let server = Server::start().await;
    let ada = User::register(&server).await;
    let secret = "open, expected sesame";
    for body in [
        json!({ "title": "a", "completed": secret }),
        json!({ "title": "a", "description": [secret] }),
        json!({ "title": { secret: secret } }),
    ] {
        let problem = ada.post(TASKS, &body).fails(422).await;
        assert!(
            !problem.body.to_string().contains("sesame"),
            "{}",
            problem.body
        );
    }
    let query = format!("{TASKS}?status=x%2C+expected+sesame");
    let problem = ada.get(&query).fails(422).await;
    assert!(
        !problem.body.to_string().contains("sesame"),
        "{}",
        problem.body
    );
    let long = "x".repeat(10_000);
    let problem = ada.post(TASKS, &json!({ "title": "a", &long: 1 }));
    let problem = problem.fails(422).await;
    assert!(problem.detail().len() < 200);
}
