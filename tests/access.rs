//! Where a token comes from, what a cookie may do, and what ends a session at once.

use reqwest::Method;
use serde_json::json;

use crate::support::{Ask, Server, User, header, password, problem};

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
    // Nobody can make a browser send this header from another origin.
    let by_header = user
        .post("/api/v1/tasks", &json!({ "title": "By header" }))
        .header("sec-fetch-site", "cross-site");
    by_header.gives(201).await;
    let read = user.by_cookie(Method::GET, "/api/v1/tasks");
    read.header("sec-fetch-site", "cross-site").gives(200).await;
}

#[tokio::test]
async fn what_ends_a_session_stops_its_tokens_at_once() {
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
