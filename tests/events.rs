//! Security events: each is recorded once, with its client, and visible only to its user.

use reqwest::RequestBuilder;
use serde_json::{Value, json};
use sqlx::{AssertSqlSafe, Executor, Row, query, raw_sql};

use crate::support::{Ask, Server, Tokens, User, email, is_moment, jwt, password, until};

const AGENT: &str = "Lovelace/1.0 (Engine)";

/// Returns the user's events, newest first.
async fn events(user: &User) -> Vec<Value> {
    let page = user
        .get("/api/v1/security-events?limit=100")
        .gives(200)
        .await;
    page["items"].as_array().expect("items").clone()
}

/// Returns the kinds of the user's events, newest first.
async fn kinds(user: &User) -> Vec<String> {
    let kind = |event: &Value| event["kind"].as_str().expect("a kind").to_owned();
    events(user).await.iter().map(kind).collect()
}

/// Asserts that `request` records one event of this kind and client.
async fn leaves(user: &User, kind: &str, request: RequestBuilder) {
    let before = events(user).await;
    let answer = request.header("user-agent", AGENT).answer().await;
    let status = answer.status();
    until(kind, || async { events(user).await.len() > before.len() }).await;
    let after = events(user).await;
    assert_eq!(after.len(), before.len() + 1, "{kind}, {status}: {after:?}");
    assert_eq!(after[1..], before, "{kind}");
    assert_eq!(after[0]["kind"], kind);
    assert_eq!(after[0]["address"], "127.0.0.1");
    assert_eq!(after[0]["user_agent"], AGENT);
    assert!(is_moment(
        after[0]["created_at"].as_str().unwrap_or_default()
    ));
    assert_eq!(after[0].as_object().expect("an object").len(), 5);
}

fn session(user: &User) -> String {
    let claims = jwt::claims(&user.tokens.access);
    claims["sid"].as_str().expect("a session").to_owned()
}

fn login(server: &Server, email: &str, password: &str) -> RequestBuilder {
    let credentials = json!({ "email": email, "password": password });
    server.post("/api/v1/auth/login").json(&credentials)
}

#[tokio::test]
async fn a_new_account_begins_with_one_event() {
    let server = Server::start().await;
    let ada = User::register(&server).await;
    assert_eq!(kinds(&ada).await, ["registered"]);
    let other = ada.again(&server).await;
    assert_eq!(kinds(&other).await, ["signed_in", "registered"]);
}

#[tokio::test]
async fn every_event_is_kept_once_with_its_client() {
    let server = Server::start().await;
    let ada = User::register(&server).await;
    leaves(&ada, "signed_in", login(&server, &ada.email, &ada.password)).await;
    leaves(
        &ada,
        "sign_in_failed",
        login(&server, &ada.email, "a wrong Guess 4711"),
    )
    .await;
    let form = [
        ("email", ada.email.as_str()),
        ("password", "a wrong Guess 4711"),
    ];
    leaves(&ada, "sign_in_failed", server.post("/login").form(&form)).await;

    let new = json!({
        "name": "Backup", "scopes": ["tasks:read"], "current_password": ada.password
    });
    let made = ada.post("/api/v1/tokens", &new);
    leaves(&ada, "token_made", made).await;
    let tokens = ada.get("/api/v1/tokens").gives(200).await;
    let id = tokens["items"][0]["id"].as_str().expect("an id");
    let revoked = ada.delete(&format!("/api/v1/tokens/{id}"));
    leaves(&ada, "token_revoked", revoked).await;

    let other = ada.again(&server).await;
    leaves(
        &ada,
        "signed_out",
        other.post("/api/v1/auth/logout", &json!({})),
    )
    .await;
    let other = ada.again(&server).await;
    let path = format!("/settings/sessions/{}/end", session(&other));
    let same_site = |request: RequestBuilder| request.header("sec-fetch-site", "same-origin");
    let ending = ada.by_cookie(reqwest::Method::POST, &path);
    leaves(&ada, "session_ended", same_site(ending)).await;
    let other = ada.again(&server).await;
    let path = format!("/api/v1/sessions/{}", session(&other));
    leaves(&ada, "session_ended", ada.delete(&path)).await;
    ada.again(&server).await;
    leaves(&ada, "other_sessions_ended", ada.delete("/api/v1/sessions")).await;

    let new = email();
    let patch = json!({ "email": new, "current_password": ada.password });
    leaves(&ada, "email_changed", ada.patch("/api/v1/me", &patch)).await;
    let change = json!({ "current_password": ada.password, "new_password": password() });
    leaves(
        &ada,
        "password_changed",
        ada.put("/api/v1/me/password", &change),
    )
    .await;
}

#[tokio::test]
async fn a_wrong_password_confirmation_is_an_event() {
    let server = Server::start().await;
    let ada = User::register(&server).await;
    let wrong = "a wrong Guess 4711";
    let patch = json!({ "email": email(), "current_password": wrong });
    let change = json!({ "current_password": wrong, "new_password": password() });
    let new = json!({ "name": "Backup", "scopes": ["account"], "current_password": wrong });
    for request in [
        ada.patch("/api/v1/me", &patch),
        ada.put("/api/v1/me/password", &change),
        ada.post("/api/v1/tokens", &new),
        ada.delete("/api/v1/me").json(&json!({ "password": wrong })),
        ada.by_cookie(reqwest::Method::POST, "/settings/delete")
            .header("sec-fetch-site", "same-origin")
            .form(&[("password", wrong)]),
    ] {
        leaves(&ada, "password_refused", request).await;
    }
    let page = ada
        .by_cookie(reqwest::Method::GET, "/settings/security")
        .is(200);
    let html = page.await.text().await.expect("a page");
    assert!(html.contains("Entered a wrong password while signed in"));
}

#[tokio::test]
async fn reuse_of_a_refresh_token_is_an_event_of_the_last_client() {
    let server = Server::start().await;
    let ada = User::register(&server).await;
    let other = ada.again(&server).await;
    let spend = || {
        let grant = json!({ "refresh_token": other.tokens.refresh });
        server.post("/api/v1/auth/refresh").json(&grant)
    };
    let own = spend().header("user-agent", "Tab/1").gives(200).await;
    assert_eq!(kinds(&ada).await, ["signed_in", "registered"]);
    leaves(&ada, "refresh_token_reused", spend()).await;
    // The session has ended with it, so a further use records nothing.
    spend().fails(401).await;
    let next = json!({ "refresh_token": Tokens::from(own).refresh });
    server
        .post("/api/v1/auth/refresh")
        .json(&next)
        .fails(401)
        .await;
    assert_eq!(kinds(&ada).await.len(), 3);
}

#[tokio::test]
async fn operator_commands_record_events_without_a_client() {
    let server = Server::start().await;
    let ada = User::register(&server).await;
    server
        .command(&["user", "disable", &ada.email])
        .output()
        .exits(0);
    server
        .command(&["user", "enable", &ada.email])
        .output()
        .exits(0);
    let new = password();
    let mut command = server.command(&["user", "set-password", &ada.email]);
    command.output_with(&format!("{new}\n")).exits(0);
    let ada = User::login(&server, &ada.email, &new).await;
    let all = events(&ada).await;
    for (event, kind) in all[1..].iter().zip([
        "password_set",
        "account_enabled",
        "account_disabled",
        "registered",
    ]) {
        assert_eq!(event["kind"], kind, "{all:?}");
        if kind != "registered" {
            assert_eq!(event["address"], "");
            assert_eq!(event["user_agent"], "");
        }
    }
    assert_eq!(all.len(), 5);
}

#[tokio::test]
async fn a_disabled_account_records_failed_sign_ins() {
    let server = Server::start().await;
    let ada = User::register(&server).await;
    server
        .command(&["user", "disable", &ada.email])
        .output()
        .exits(0);
    login(&server, &ada.email, &ada.password).fails(401).await;
    let mut database = server.database().await;
    let sql = "SELECT id FROM security_events WHERE kind = 'sign_in_failed'";
    until("the attempt is kept", || async {
        let mut database = server.database().await;
        let row = query(sql).fetch_optional(&mut database).await;
        row.expect("the events").is_some()
    })
    .await;
    let rows = query(sql).fetch_all(&mut database).await;
    assert_eq!(rows.expect("the events").len(), 1);
}

#[tokio::test]
async fn a_failed_action_records_no_event() {
    let server = Server::start().await;
    let ada = User::register(&server).await;
    let change = json!({ "current_password": ada.password, "new_password": "short" });
    ada.put("/api/v1/me/password", &change).fails(422).await;
    let other = User::register(&server).await;
    let taken = json!({ "email": other.email, "current_password": ada.password });
    ada.patch("/api/v1/me", &taken).fails(409).await;
    ada.patch("/api/v1/me", &json!({ "display_name": "Ada" }))
        .is(200)
        .await;
    let nobodys = format!("/api/v1/sessions/{}", uuid::Uuid::now_v7());
    ada.delete(&nobodys).fails(404).await;
    let others = format!("/api/v1/sessions/{}", session(&other));
    ada.delete(&others).fails(404).await;
    ada.delete("/api/v1/sessions").is(204).await;
    login(&server, &email(), &ada.password).fails(401).await;
    assert_eq!(kinds(&ada).await, ["registered"]);
    assert_eq!(kinds(&other).await, ["registered"]);
}

#[tokio::test]
async fn events_are_visible_to_their_user_only() {
    let server = Server::start().await;
    let victim = User::register(&server).await;
    victim.again(&server).await;
    let other = User::register(&server).await;
    server.get("/api/v1/security-events").fails(401).await;
    let victims = events(&victim).await;
    let own = events(&other).await;
    for event in &victims {
        assert!(!own.contains(event));
        let cursor = event["id"].as_str().expect("an id");
        let path = format!("/api/v1/security-events?cursor={cursor}");
        let page = other.get(&path).gives(200).await;
        assert_eq!(page["items"], json!([]), "older than all of one's own");
    }
}

#[tokio::test]
async fn pages_follow_each_other_without_a_gap() {
    let server = Server::start().await;
    let ada = User::register(&server).await;
    for _ in 0..4 {
        ada.again(&server).await;
    }
    let all = events(&ada).await;
    assert_eq!(all.len(), 5);
    let mut seen = Vec::new();
    let mut path = "/api/v1/security-events?limit=2".to_owned();
    loop {
        let page = ada.get(&path).gives(200).await;
        seen.extend(page["items"].as_array().expect("items").clone());
        let Some(cursor) = page["next_cursor"].as_str() else {
            break;
        };
        assert_eq!(page["items"].as_array().map(Vec::len), Some(2));
        path = format!("/api/v1/security-events?limit=2&cursor={cursor}");
    }
    assert_eq!(seen, all);
    for (parameter, field) in [
        ("limit=0", "limit"),
        ("limit=101", "limit"),
        ("limit=x", "limit"),
        ("cursor=", "cursor"),
        ("cursor=next", "cursor"),
        ("kind=signed_in", "kind"),
    ] {
        let path = format!("/api/v1/security-events?{parameter}");
        ada.get(&path).fails(422).await.names(field);
    }
}

/// Adds events of an account directly to the database, at most `minutes` old.
async fn add(server: &Server, user: &User, kind: &str, count: i64, minutes: i64) {
    let mut database = server.database().await;
    let now = query("SELECT MAX(created_at) AS last FROM users")
        .fetch_one(&mut database)
        .await
        .expect("a moment")
        .get::<i64, _>("last");
    // After the read: SQLite fails at once if a transaction that has read wants to write and another has
    // written meanwhile.
    database
        .execute(raw_sql("BEGIN"))
        .await
        .expect("a transaction");
    for number in 0..count {
        let at = now - (minutes * 60_000_000) + number;
        let milliseconds = u64::try_from(at / 1_000).expect("after 1970");
        let bytes = [
            0,
            0,
            0,
            0,
            0,
            0,
            0,
            kind.len() as u8,
            (number / 256) as u8,
            (number % 256) as u8,
        ];
        let id = uuid::Builder::from_unix_timestamp_millis(milliseconds, &bytes).into_uuid();
        let sql = format!(
            "INSERT INTO security_events (id, user_id, kind, address, user_agent, created_at)
             VALUES ('{id}', '{}', '{kind}', '', '', {at})",
            user.id
        );
        let added = query(AssertSqlSafe(sql)).execute(&mut database).await;
        added.expect("an event");
    }
    database
        .execute(raw_sql("COMMIT"))
        .await
        .expect("the events");
}

async fn count(server: &Server, user: &User, kind: &str) -> i64 {
    let sql = format!(
        "SELECT COUNT(*) AS there FROM security_events WHERE user_id = '{}' AND kind = '{kind}'",
        user.id
    );
    let mut database = server.database().await;
    let row = query(AssertSqlSafe(sql)).fetch_one(&mut database).await;
    row.expect("a count").get("there")
}

#[tokio::test]
async fn old_and_too_many_events_are_forgotten() {
    let server = Server::start().await;
    let ada = User::register(&server).await;
    let other = User::register(&server).await;
    add(&server, &ada, "sign_in_failed", 250, 60).await;
    add(&server, &ada, "signed_in", 250, 60).await;
    add(&server, &other, "signed_out", 3, 91 * 24 * 60).await;
    add(&server, &other, "signed_in", 3, 89 * 24 * 60).await;
    login(&server, &ada.email, "a wrong Guess 4711")
        .fails(401)
        .await;
    until("the attempts are fewer", || async {
        count(&server, &ada, "sign_in_failed").await == 200
    })
    .await;
    assert_eq!(
        count(&server, &ada, "signed_in").await,
        250,
        "counted apart"
    );
    let newest = &events(&ada).await[..2];
    assert_eq!(newest[0]["kind"], "sign_in_failed");
    assert_eq!(newest[1]["kind"], "registered", "not pushed out");

    ada.again(&server).await;
    assert_eq!(count(&server, &ada, "registered").await, 1);
    assert_eq!(count(&server, &ada, "signed_in").await, 199);
    assert_eq!(count(&server, &ada, "sign_in_failed").await, 200);
    server.run_job("expire_security_events").await;
    until("what is 91 days old is gone", || async {
        count(&server, &other, "signed_out").await == 0
    })
    .await;
    assert_eq!(count(&server, &other, "signed_in").await, 3, "89 days old");
}

#[tokio::test]
async fn a_deleted_account_leaves_no_event() {
    let server = Server::start().await;
    let ada = User::register(&server).await;
    let deletion = json!({ "password": ada.password });
    ada.delete("/api/v1/me").json(&deletion).is(204).await;
    assert_eq!(count(&server, &ada, "registered").await, 0);
}

#[tokio::test]
async fn a_user_agent_is_stored_with_invisible_characters_escaped() {
    let server = Server::start().await;
    let ada = User::register(&server).await;
    let agent = "Evil\u{202e}\u{2028}\u{9b}\u{200b}/1";
    let value = reqwest::header::HeaderValue::from_bytes(agent.as_bytes()).expect("a value");
    let request = login(&server, &ada.email, &ada.password).header("user-agent", value);
    request.gives(200).await;
    let escaped = "Evil\\u{202e}\\u{2028}\\u{9b}\\u{200b}/1";
    assert_eq!(events(&ada).await[0]["user_agent"], escaped);
    let sessions = ada.get("/api/v1/sessions").gives(200).await;
    assert_eq!(sessions["items"][0]["user_agent"], escaped);
}
