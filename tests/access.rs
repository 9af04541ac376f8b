//! Where a token comes from, what a cookie may do, and what ends a session at once.

use reqwest::Method;
use serde_json::json;

use crate::support::{Ask, Server, User, header, jwt, password, problem, together};

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

#[tokio::test]
async fn requests_of_an_account_that_is_being_deleted_are_refused() {
    let server = Server::start().await;
    for round in 0..6 {
        let ada = User::register(&server).await;
        let other = ada.again(&server).await;
        let task = ada.add_task("Here").await;
        let path = format!("/api/v1/tasks/{}", task["id"].as_str().expect("an id"));
        let toggle = format!("{path}/toggle");
        let new = json!({ "title": "New" });
        let large = json!({ "title": "Large", "description": "x".repeat(40_000) });
        let session = jwt::claims(&other.tokens.access)["sid"].clone();
        let session = format!("/api/v1/sessions/{}", session.as_str().expect("an id"));
        let login = json!({ "email": ada.email, "password": ada.password });
        let token = json!({
            "name": "Late", "scopes": ["account"], "current_password": ada.password
        });
        let grant = json!({ "refresh_token": other.tokens.refresh });
        let keyed = |request: reqwest::RequestBuilder, number: usize| {
            request.header("idempotency-key", format!("{round}-{number}"))
        };
        let mut requests = vec![
            server.post("/api/v1/auth/login").json(&login),
            ada.post("/api/v1/tokens", &token),
            ada.request(Method::DELETE, "/api/v1/me")
                .json(&json!({ "password": ada.password })),
        ];
        for number in 0..8 {
            requests.extend([
                ada.post("/api/v1/tasks", &new),
                ada.post("/api/v1/tasks", &large),
                keyed(ada.post("/api/v1/tasks", &new), number),
                keyed(ada.request(Method::POST, &toggle), number + 8),
                ada.request(Method::POST, &toggle),
                ada.patch(&path, &new),
                ada.delete("/api/v1/sessions"),
                ada.delete(&session),
                other.post("/api/v1/auth/logout", &json!({})),
                server.post("/api/v1/auth/refresh").json(&grant),
            ]);
        }
        let sent = requests.into_iter().map(|request| async move {
            let answer = request.answer().await;
            (answer.url().path().to_owned(), answer.status().as_u16())
        });
        for (path, status) in together(sent).await {
            // A password can no longer be confirmed.
            let refused = [401, 404].contains(&status) || status == 422 && path.ends_with("tokens");
            assert!(refused || status < 300, "{path}: {status}");
        }
        assert_eq!(ada.me_status().await, 401);
    }
    assert!(!server.log().contains("event=error"), "{}", server.log());
}
