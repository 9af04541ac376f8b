//! Token transport, cross-origin rules for cookies, and immediate revocation.

use reqwest::Method;
use serde_json::json;
use sqlx::{AssertSqlSafe, Connection, Executor};

use crate::support::{Ask, Server, User, header, jwt, password, problem};

#[tokio::test]
async fn without_a_token_the_challenge_names_no_error() {
    let server = Server::start().await;
    for path in ["/api/v1/me", "/api/v1/tasks", "/api/v1/sessions"] {
        let answer = server.get(path).is(401).await;
        let challenge = header(&answer, "www-authenticate");
        assert!(challenge.starts_with("Bearer"), "{challenge}");
        assert!(!challenge.contains("error"), "{challenge}");
        problem(answer, 401).await;
    }
}

#[tokio::test]
async fn a_cookie_changes_state_from_the_same_origin_only() {
    let server = Server::start().await;
    let user = User::register(&server).await;
    let same = server.base.clone();
    let post = |headers: &[(&str, &str)]| {
        let request = user.by_cookie(Method::POST, "/api/v1/tasks");
        headers
            .iter()
            .fold(request, |request, (name, value)| {
                request.header(*name, *value)
            })
            .json(&json!({ "title": "From a page" }))
    };
    let passes: [&[(&str, &str)]; 5] = [
        &[],
        &[("sec-fetch-site", "same-origin")],
        &[("sec-fetch-site", "none")],
        &[("origin", &same)],
        &[("sec-fetch-site", "same-origin"), ("origin", &same)],
    ];
    for headers in passes {
        post(headers).gives(201).await;
    }
    let other_port = "http://127.0.0.1:1";
    let refused: [&[(&str, &str)]; 8] = [
        &[("sec-fetch-site", "cross-site")],
        &[("sec-fetch-site", "same-site")],
        &[("sec-fetch-site", "something-new")],
        &[("sec-fetch-site", "cross-site"), ("origin", &same)],
        &[("origin", "https://evil.example")],
        &[("origin", other_port)],
        &[("origin", "null")],
        &[("origin", "")],
    ];
    for headers in refused {
        post(headers).fails(403).await;
    }
    assert_eq!(user.titles("limit=200").await.len(), passes.len());
    // No other origin can make a browser send this header.
    let by_header = user
        .post("/api/v1/tasks", &json!({ "title": "By header" }))
        .header("sec-fetch-site", "cross-site");
    by_header.gives(201).await;
    let read = user.by_cookie(Method::GET, "/api/v1/tasks");
    read.header("sec-fetch-site", "cross-site").gives(200).await;
}

#[tokio::test]
async fn ending_a_session_revokes_its_tokens_at_once() {
    let server = Server::start().await;
    let user = User::register(&server).await;
    let (other, third) = (user.again(&server).await, user.again(&server).await);

    other.logout().await;
    assert_eq!(other.me_status().await, 401);
    assert_eq!(user.me_status().await, 200);

    let new = password();
    let change = json!({ "current_password": user.password, "new_password": new });
    user.put("/api/v1/me/password", &change).is(204).await;
    assert_eq!(third.me_status().await, 401);
    assert_eq!(user.me_status().await, 200);

    server
        .command(&["user", "disable", &user.email])
        .output()
        .exits(0);
    assert_eq!(user.me_status().await, 401);
    server
        .command(&["user", "enable", &user.email])
        .output()
        .exits(0);

    let user = User::login(&server, &user.email, &new).await;
    let fourth = user.again(&server).await;
    let gone = user.request(Method::DELETE, "/api/v1/me");
    gone.json(&json!({ "password": new })).is(204).await;
    for session in [user, fourth] {
        assert_eq!(session.me_status().await, 401);
        let body = json!({ "refresh_token": session.tokens.refresh });
        server
            .post("/api/v1/auth/refresh")
            .json(&body)
            .fails(401)
            .await;
    }
}

#[tokio::test]
async fn an_account_deleted_by_command_is_signed_out() {
    let server = Server::start().await;
    let user = User::register(&server).await;
    server
        .command(&["user", "delete", &user.email])
        .output()
        .exits(0);
    assert_eq!(user.me_status().await, 401);
}

#[tokio::test]
async fn requests_of_an_account_that_is_being_deleted_are_refused() {
    let server = Server::start().await;
    let bob = User::register(&server).await;
    for _ in 0..3 {
        let ada = User::register(&server).await;
        let requests = writes(&server, &ada).await;
        let mut connection = server.database().await;
        let mut deletion = connection.begin().await.expect("a transaction");
        for table in ["projects", "users"] {
            let sql = AssertSqlSafe(format!("DELETE FROM {table} WHERE id = '{}'", ada.id));
            deletion.execute(sql).await.expect("deleted");
        }
        let sent: Vec<_> = requests
            .into_iter()
            .map(|request| tokio::spawn(request.answer()))
            .collect();
        // These requests find the account and wait for its row.
        for _ in 0..20 {
            assert_eq!(bob.me_status().await, 200);
        }
        deletion.commit().await.expect("deleted");
        for answer in sent {
            let answer = answer.await.expect("an answer");
            let (path, status) = (answer.url().path(), answer.status().as_u16());
            // On a slow machine a request times out before the deletion commits. A password can no
            // longer be confirmed.
            let confirms = path.ends_with("/tokens");
            let refused = matches!(status, 401 | 404 | 503) || confirms && status == 422;
            assert!(refused, "{path}: {status}");
        }
        assert_eq!(ada.me_status().await, 401);
    }
}

/// Returns one write of each kind by a user.
async fn writes(server: &Server, user: &User) -> Vec<reqwest::RequestBuilder> {
    let other = user.again(server).await;
    let task = user.add_task("Here").await;
    let path = format!("/api/v1/tasks/{}", task["id"].as_str().expect("an id"));
    let toggle = format!("{path}/toggle");
    let new = json!({ "title": "New" });
    let large = json!({ "title": "Large", "description": "x".repeat(40_000) });
    let session = jwt::claims(&other.tokens.access)["sid"].clone();
    let session = format!("/api/v1/sessions/{}", session.as_str().expect("an id"));
    let token = json!({
        "name": "Late", "scopes": ["account"], "current_password": user.password
    });
    let login = json!({ "email": user.email, "password": user.password });
    let grant = json!({ "refresh_token": other.tokens.refresh });
    vec![
        user.post("/api/v1/tasks", &new),
        user.post("/api/v1/tasks", &large),
        user.post("/api/v1/tasks", &new)
            .header("idempotency-key", "new"),
        user.request(Method::PUT, &format!("{path}/completion")),
        user.request(Method::POST, &toggle),
        user.request(Method::POST, &toggle)
            .header("idempotency-key", "toggle"),
        user.patch(&path, &new),
        user.delete(&path),
        user.delete("/api/v1/sessions"),
        user.delete(&session),
        other.post("/api/v1/auth/logout", &json!({})),
        user.post("/api/v1/tokens", &token),
        server.post("/api/v1/auth/login").json(&login),
        server.post("/api/v1/auth/refresh").json(&grant),
    ]
}
