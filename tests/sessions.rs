//! Sessions: listed, ended individually, or ended except for the current one.

use serde_json::Value;
use sqlx::Connection;
use time::OffsetDateTime;
use time::format_description::well_known::Rfc3339;

use crate::support::{Ask, Server, Tokens, User, is_moment, jwt};

const DAY: i64 = 86_400 * 1_000_000;

/// Shifts the start of all sessions into the past by this many days.
async fn let_pass(server: &Server, days: i64) {
    let sql = format!(
        "UPDATE sessions SET created_at = created_at - {}",
        days * DAY
    );
    let mut database = server.database().await;
    let changed = sqlx::query(sqlx::AssertSqlSafe(sql)).execute(&mut database);
    changed.await.expect("the sessions are older");
}

async fn refreshed(server: &Server, tokens: &Tokens) -> Value {
    let body = serde_json::json!({ "refresh_token": tokens.refresh });
    let post = server.post("/api/v1/auth/refresh").json(&body);
    post.gives(200).await
}

async fn sessions(user: &User) -> Vec<Value> {
    let body = user.get("/api/v1/sessions").gives(200).await;
    body["items"].as_array().expect("items").clone()
}

fn sid(user: &User) -> String {
    let claims = jwt::claims(&user.tokens.access);
    claims["sid"].as_str().expect("sid").to_owned()
}

fn moment(value: &Value) -> OffsetDateTime {
    let text = value.as_str().expect("a moment");
    assert!(is_moment(text), "{text}");
    OffsetDateTime::parse(text, &Rfc3339).expect("RFC 3339")
}

#[tokio::test]
async fn a_session_shows_its_client() {
    let server = Server::start().await;
    let ada = User::register(&server).await;
    let answer = server
        .post("/api/v1/auth/login")
        .header("user-agent", "Lovelace/1.0 (Engine)")
        .header("x-forwarded-for", "203.0.113.9")
        .json(&serde_json::json!({ "email": ada.email, "password": ada.password }))
        .gives(200)
        .await;
    let claims = jwt::claims(answer["access_token"].as_str().expect("a token"));

    let all = sessions(&ada).await;
    assert_eq!(all.len(), 2);
    let other = all
        .iter()
        .find(|session| session["id"] == claims["sid"])
        .expect("the session of that sign-in");
    assert_eq!(other["user_agent"], "Lovelace/1.0 (Engine)");
    // The server does not trust the proxy.
    assert_eq!(other["address"], "127.0.0.1");
    assert_eq!(other["current"], false);
    let mut names: Vec<_> = other.as_object().expect("an object").keys().collect();
    names.sort();
    let expected = "address created_at current expires_at id last_seen_at user_agent";
    assert_eq!(names, expected.split(' ').collect::<Vec<_>>());

    let created = moment(&other["created_at"]);
    assert!(moment(&other["last_seen_at"]) >= created);
    let days = (moment(&other["expires_at"]) - created).whole_hours() as f64 / 24.0;
    assert!((29.0..=31.0).contains(&days), "{days} days");
}

#[tokio::test]
async fn a_session_ends_after_ninety_days_however_often_it_is_used() {
    let server = Server::start().await;
    let ada = User::register(&server).await;
    let days = |session: &Value| {
        (moment(&session["expires_at"]) - moment(&session["created_at"])).whole_days()
    };
    let_pass(&server, 50).await;
    let tokens = Tokens::from(refreshed(&server, &ada.tokens).await);
    let found = days(&sessions(&ada).await[0]);
    assert!((79..=81).contains(&found), "{found} days");
    let_pass(&server, 35).await;
    refreshed(&server, &tokens).await;
    assert_eq!(days(&sessions(&ada).await[0]), 90);
}

#[tokio::test]
async fn an_unused_session_ends() {
    let server = Server::start().await;
    let ada = User::register(&server).await;
    let mut database = server.database().await;
    let sql = "UPDATE sessions SET expires_at = 1";
    let changed = sqlx::query(sql).execute(&mut database).await;
    assert_eq!(changed.expect("the session is old").rows_affected(), 1);
    assert_eq!(ada.me_status().await, 401);
    let body = serde_json::json!({ "refresh_token": ada.tokens.refresh });
    let refresh = server.post("/api/v1/auth/refresh").json(&body);
    refresh.fails(401).await;
    let again = ada.again(&server).await;
    assert_eq!(sessions(&again).await.len(), 1);
}

#[tokio::test]
async fn the_current_session_is_marked() {
    let server = Server::start().await;
    let first = User::register(&server).await;
    let second = first.again(&server).await;
    for user in [&first, &second] {
        let all = sessions(user).await;
        let current: Vec<_> = all
            .iter()
            .filter(|session| session["current"] == true)
            .map(|session| session["id"].as_str().expect("an id").to_owned())
            .collect();
        assert_eq!(current, [sid(user)]);
    }
}

#[tokio::test]
async fn one_session_ends_without_the_others() {
    let server = Server::start().await;
    let ada = User::register(&server).await;
    let (phone, desk) = (ada.again(&server).await, ada.again(&server).await);
    let path = format!("/api/v1/sessions/{}", sid(&phone));
    ada.delete(&path).is(204).await;
    assert_eq!(phone.me_status().await, 401);
    assert_eq!(desk.me_status().await, 200);
    assert_eq!(sessions(&ada).await.len(), 2);
    ada.delete(&path).fails(404).await;

    let own = format!("/api/v1/sessions/{}", sid(&desk));
    desk.delete(&own).is(204).await;
    assert_eq!(desk.me_status().await, 401);
    assert_eq!(sessions(&ada).await.len(), 1);
}

#[tokio::test]
async fn all_others_end_at_once() {
    let server = Server::start().await;
    let ada = User::register(&server).await;
    let stranger = User::register(&server).await;
    let others = [ada.again(&server).await, ada.again(&server).await];
    ada.delete("/api/v1/sessions").is(204).await;
    for other in &others {
        assert_eq!(other.me_status().await, 401);
    }
    assert_eq!(ada.me_status().await, 200);
    assert_eq!(stranger.me_status().await, 200);
    assert_eq!(sessions(&ada).await.len(), 1);
    ada.delete("/api/v1/sessions").is(204).await;
}

#[tokio::test]
async fn an_unknown_session_is_a_404() {
    let server = Server::start().await;
    let ada = User::register(&server).await;
    for id in ["0192f0c1-2345-7000-8000-000000000000", "x", "%00", "0"] {
        ada.delete(&format!("/api/v1/sessions/{id}"))
            .fails(404)
            .await;
    }
    assert_eq!(ada.me_status().await, 200);
}

#[tokio::test]
async fn an_unusual_user_agent_can_sign_in() {
    let server = Server::start().await;
    let ada = User::register(&server).await;
    let login = serde_json::json!({ "email": ada.email, "password": ada.password });
    let long = "x".repeat(4_000);
    for agent in [
        b"".as_slice(),
        long.as_bytes(),
        b"caf\xe9",
        "\u{1f600}".as_bytes(),
    ] {
        let value = reqwest::header::HeaderValue::from_bytes(agent).expect("a value");
        let request = server
            .post("/api/v1/auth/login")
            .header("user-agent", value);
        request.json(&login).gives(200).await;
    }
    let all = sessions(&ada).await;
    assert_eq!(all.len(), 5);
    for session in all {
        let agent = session["user_agent"].as_str().unwrap_or_default();
        assert!(agent.len() < 4_000, "{} bytes are kept", agent.len());
    }
}

#[tokio::test]
async fn an_account_has_at_most_a_thousand_sessions() {
    let server = Server::start().await;
    let ada = User::register(&server).await;
    let mut database = server.database().await;
    let mut transaction = database.begin().await.expect("a transaction");
    for number in 0..999 {
        // The session of the registration has been used since.
        let sql = format!(
            "INSERT INTO sessions SELECT '{}', user_id, 'Made {number}', address, created_at,
                 last_seen_at - {}, expires_at, refresh_generation, '', refresh_key
             FROM sessions WHERE id = '{}'",
            uuid::Uuid::now_v7(),
            1_000 - number,
            sid(&ada)
        );
        let added = sqlx::query(sqlx::AssertSqlSafe(sql)).execute(&mut *transaction);
        added.await.expect("a session");
    }
    transaction.commit().await.expect("the sessions");
    assert_eq!(sessions(&ada).await.len(), 1_000);
    let last = ada.again(&server).await;
    let all = sessions(&last).await;
    assert_eq!(all.len(), 1_000);
    let has = |agent: &str| all.iter().any(|session| session["user_agent"] == agent);
    assert!(!has("Made 0") && has("Made 1"));
    assert_eq!(ada.me_status().await, 200);
}
