//! Refresh tokens: single use, a grace period for lost responses, and reuse detection.

use std::time::Duration;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use reqwest::{RequestBuilder, Response};
use serde_json::{Value, json};

use crate::support::{Ask, Server, Tokens, User, header, jwt, problem, together};

fn refresh(server: &Server, token: &str) -> RequestBuilder {
    let body = json!({ "refresh_token": token });
    server.post("/api/v1/auth/refresh").json(&body)
}

async fn me(server: &Server, access: &str) -> Response {
    server.get("/api/v1/me").bearer_auth(access).answer().await
}

async fn assert_ended(server: &Server, tokens: &Tokens) {
    assert_eq!(me(server, &tokens.access).await.status(), 401);
    refresh(server, &tokens.refresh).fails(401).await;
}

#[tokio::test]
async fn each_refresh_token_is_replaced() {
    let server = Server::start().await;
    let user = User::register(&server).await;
    let first = Tokens::from(refresh(&server, &user.tokens.refresh).gives(200).await);
    let second = Tokens::from(refresh(&server, &first.refresh).gives(200).await);
    assert_ne!(first.refresh, user.tokens.refresh);
    assert_ne!(second.refresh, first.refresh);
    assert_ne!(second.access, first.access);
    assert_eq!(second.body["user"]["id"], user.id);
    assert_eq!(second.body["expires_in"], 900);
    // At least 256 bits in any encoding.
    assert!(second.refresh.len() >= 43, "{}", second.refresh);
    // The session is the same, so its earlier access tokens still work.
    for access in [&user.tokens.access, &first.access, &second.access] {
        assert_eq!(me(&server, access).await.status(), 200);
    }
    let sessions = user.get("/api/v1/sessions").gives(200).await;
    assert_eq!(sessions["items"].as_array().map(Vec::len), Some(1));
}

#[tokio::test]
async fn a_lost_refresh_response_is_repeated_for_the_same_client() {
    let server = Server::start().await;
    let user = User::register(&server).await;
    let first = Tokens::from(refresh(&server, &user.tokens.refresh).gives(200).await);
    let again = Tokens::from(refresh(&server, &user.tokens.refresh).gives(200).await);
    assert_eq!(again.refresh, first.refresh);
    assert_eq!(me(&server, &again.access).await.status(), 200);
    refresh(&server, &again.refresh).gives(200).await;
}

#[tokio::test]
async fn concurrent_tabs_all_get_the_same_successor() {
    let server = Server::start().await;
    let user = User::register(&server).await;
    let requests = (0..8).map(|_| refresh(&server, &user.tokens.refresh).gives(200));
    let answers: Vec<Value> = together(requests.collect::<Vec<_>>()).await;
    for answer in &answers {
        assert_eq!(answer["refresh_token"], answers[0]["refresh_token"]);
    }
    let next = answers[0]["refresh_token"].as_str().expect("a token");
    refresh(&server, next).gives(200).await;
}

#[tokio::test]
async fn reuse_after_the_successor_was_used_ends_the_session() {
    let server = Server::start().await;
    let user = User::register(&server).await;
    let other = user.again(&server).await;
    let first = Tokens::from(refresh(&server, &user.tokens.refresh).gives(200).await);
    let second = Tokens::from(refresh(&server, &first.refresh).gives(200).await);
    refresh(&server, &user.tokens.refresh).fails(401).await;
    assert_ended(&server, &second).await;
    assert_eq!(me(&server, &first.access).await.status(), 401);
    assert_eq!(other.me_status().await, 200);
}

#[tokio::test]
async fn another_client_has_no_grace() {
    let server = Server::start().await;
    let user = User::register(&server).await;
    let own = refresh(&server, &user.tokens.refresh).header("user-agent", "Tab/1");
    let first = Tokens::from(own.gives(200).await);
    let thief = refresh(&server, &user.tokens.refresh).header("user-agent", "Thief/1");
    thief.fails(401).await;
    assert_ended(&server, &first).await;
}

#[tokio::test]
async fn the_grace_ends_after_ten_seconds() {
    let server = Server::start().await;
    let user = User::register(&server).await;
    let first = Tokens::from(refresh(&server, &user.tokens.refresh).gives(200).await);
    // The test is about elapsed time, so it cannot poll.
    tokio::time::sleep(Duration::from_secs(11)).await;
    refresh(&server, &user.tokens.refresh).fails(401).await;
    assert_ended(&server, &first).await;
}

#[tokio::test]
async fn an_invalid_refresh_token_is_rejected() {
    let server = Server::start().await;
    let user = User::register(&server).await;
    let access = user.tokens.access.clone();
    let unknown = "A".repeat(43);
    for token in [
        unknown.as_str(),
        "",
        "x",
        "\u{e9}\u{1f600}",
        access.as_str(),
    ] {
        let answer = refresh(&server, token).answer().await;
        let status = answer.status();
        assert!(status == 401 || status == 422, "{token}: {status}");
        problem(answer, status.as_u16()).await;
    }
    assert_eq!(user.me_status().await, 200);
    user.logout().await;
    assert_ended(&server, &user.tokens).await;
}

#[tokio::test]
async fn tokens_are_not_kept_by_caches_nor_in_clear() {
    let server = Server::start().await;
    let user = User::register(&server).await;
    let answer = refresh(&server, &user.tokens.refresh).is(200).await;
    assert!(header(&answer, "cache-control").contains("no-store"));
    for file in ["docket.db", "docket.db-wal"] {
        let bytes = std::fs::read(server.data_dir().join(file)).unwrap_or_default();
        for secret in [&user.tokens.refresh, &user.tokens.access, &user.password] {
            let found = bytes
                .windows(secret.len())
                .any(|window| window == secret.as_bytes());
            assert!(!found, "{file} holds a secret in clear");
        }
    }
}

/// Returns the number of reuse events of the account.
async fn alarms(user: &User) -> usize {
    let events = user
        .get("/api/v1/security-events?limit=100")
        .gives(200)
        .await;
    let items = events["items"].as_array().expect("items");
    let alarms = items
        .iter()
        .filter(|event| event["kind"] == "refresh_token_reused");
    alarms.count()
}

#[tokio::test]
async fn a_session_takes_no_more_room_however_often_it_is_refreshed() {
    let server = Server::start().await;
    let mut ada = User::register(&server).await;
    let rows = || {
        let ran = server.command(&["backup", "-"]).output().exits(0);
        // Includes the lines that are not rows: their number does not change.
        ran.stdout.lines().count()
    };
    let before = rows();
    let first = ada.tokens.refresh.clone();
    for _ in 0..20 {
        ada.refresh().await;
    }
    assert_eq!(rows(), before);
    // The oldest token is recognized nevertheless.
    refresh(&server, &first).fails(401).await;
    assert_ended(&server, &ada.tokens).await;
    assert_eq!(alarms(&ada.again(&server).await).await, 1);
}

#[tokio::test]
async fn a_forged_token_ends_no_session() {
    let server = Server::start().await;
    let mut ada = User::register(&server).await;
    let spent = ada.tokens.refresh.clone();
    ada.refresh().await;
    for token in [&spent, &ada.tokens.refresh] {
        let bytes = URL_SAFE_NO_PAD.decode(token).expect("base64url");
        for index in 0..bytes.len() {
            let mut forged = bytes.clone();
            forged[index] ^= 1;
            let forged = URL_SAFE_NO_PAD.encode(forged);
            refresh(&server, &forged).fails(401).await;
        }
    }
    assert_eq!(ada.me_status().await, 200);
    assert_eq!(alarms(&ada).await, 0);
    ada.refresh().await;
}

#[tokio::test]
async fn other_signing_keys_hide_no_second_use() {
    let (one, two) = (jwt::key(1), jwt::key(2));
    let mut server = Server::with(&[("DOCKET_JWT_KEYS", &jwt::entry("one", &one))]).await;
    let mut ada = User::register(&server).await;
    let spent = ada.tokens.refresh.clone();
    ada.refresh().await;
    server
        .restart_with(&[("DOCKET_JWT_KEYS", &jwt::entry("two", &two))])
        .await;
    let mut ada = ada.on(&server);
    ada.refresh().await;
    refresh(&server, &spent).fails(401).await;
    assert_ended(&server, &ada.tokens).await;
    assert_eq!(alarms(&ada.again(&server).await).await, 1);
}

#[tokio::test]
async fn signing_out_while_a_token_is_refreshed_is_no_second_use() {
    let server = Server::start().await;
    let ada = User::register(&server).await;
    for _ in 0..16 {
        let other = ada.again(&server).await;
        let out = other.post("/api/v1/auth/logout", &json!({}));
        let (next, out) = tokio::join!(
            tokio::spawn(refresh(&server, &other.tokens.refresh).answer()),
            tokio::spawn(out.answer()),
        );
        assert_eq!(out.expect("an answer").status(), 204);
        let next = next.expect("an answer").status();
        assert!(matches!(next.as_u16(), 200 | 401), "{next}");
        assert_eq!(other.me_status().await, 401);
    }
    assert_eq!(alarms(&ada).await, 0);
}
