//! Personal API tokens: shown once, stored as hashes, expired in time.

use aws_lc_rs::digest;
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use reqwest::Method;
use serde_json::{Value, json};
use sqlx::{AssertSqlSafe, Executor, Row, query, raw_sql};

use crate::support::{Ask, Server, User, header, is_moment, password, problem, together, until};

const TOKENS: &str = "/api/v1/tokens";
pub const SCOPES: [&str; 9] = [
    "tasks:read",
    "tasks:write",
    "projects:read",
    "projects:write",
    "labels:read",
    "labels:write",
    "filters:read",
    "filters:write",
    "account",
];

/// Returns a new token that can read tasks, with `changes` merged in.
fn new_token(user: &User, changes: Value) -> Value {
    let mut new = json!({
        "name": "Script", "scopes": ["tasks:read"], "current_password": user.password,
    });
    for (name, value) in changes.as_object().expect("an object") {
        new[name] = value.clone();
    }
    new
}

async fn only_token(user: &User) -> Value {
    let list = user.get(TOKENS).gives(200).await;
    assert_eq!(list["items"].as_array().map(Vec::len), Some(1), "{list}");
    list["items"][0].clone()
}

async fn run(server: &Server, sql: String) {
    let mut connection = server.database().await;
    let done = connection.execute(raw_sql(AssertSqlSafe(sql))).await;
    done.expect("the statement");
}

/// Panics unless the token is rejected as in RFC 6750.
async fn is_refused(user: &User) {
    let answer = user.get("/api/v1/tasks").is(401).await;
    let challenge = header(&answer, "www-authenticate");
    assert!(challenge.contains("error=\"invalid_token\""), "{challenge}");
    problem(answer, 401).await;
}

#[tokio::test]
async fn a_token_is_shown_once_and_kept_as_a_hash() {
    let server = Server::with(&[("DOCKET_LOG_LEVEL", "debug")]).await;
    let ada = User::register(&server).await;
    let new = new_token(&ada, json!({ "name": " Nightly export " }));
    let answer = ada.post(TOKENS, &new).is(201).await;
    assert_eq!(header(&answer, "cache-control"), "no-store");
    let location = header(&answer, "location");
    let made: Value = answer.json().await.expect("a token");
    let token = made["token"].as_str().expect("a token");
    let secret = token.strip_prefix("dkt_").expect("the prefix");
    assert_eq!(secret.len(), 49);
    assert!(secret.bytes().all(|byte| byte.is_ascii_alphanumeric()));
    assert_eq!(
        location,
        format!("{TOKENS}/{}", made["id"].as_str().expect("an id"))
    );
    assert_eq!(made["name"], "Nightly export");
    assert_eq!(made["scopes"], json!(["tasks:read"]));
    assert_eq!(made["last_used_at"], Value::Null);
    for name in ["created_at", "expires_at"] {
        assert!(is_moment(made[name].as_str().expect("a moment")), "{made}");
    }

    let listed = only_token(&ada).await;
    let read = ada.get(&location).gives(200).await;
    assert_eq!(listed, read);
    let bearer = ada.with_token(token);
    bearer.get("/api/v1/tasks").gives(200).await;
    assert_eq!(read.get("token"), None, "{read}");
    assert_eq!(read["id"], made["id"]);

    let digest = digest::digest(&digest::SHA256, token.as_bytes());
    let hash = URL_SAFE_NO_PAD.encode(digest);
    let mut database = server.database().await;
    let row = query("SELECT * FROM api_tokens")
        .fetch_one(&mut database)
        .await
        .expect("the row");
    let texts: Vec<String> = (0..row.columns().len())
        .filter_map(|index| row.try_get(index).ok())
        .collect();
    assert!(texts.contains(&hash), "{texts:?}");
    assert!(!texts.iter().any(|text| text.contains(secret)), "{texts:?}");
    assert!(!server.log().contains(secret));
}

#[tokio::test]
async fn an_invalid_field_is_named() {
    let server = Server::start().await;
    let ada = User::register(&server).await;
    for (field, changes) in [
        ("name", json!({ "name": "" })),
        ("name", json!({ "name": " \u{2003} " })),
        ("name", json!({ "name": "x".repeat(101) })),
        ("name", json!({ "name": "a\u{0}b" })),
        ("name", json!({ "name": null })),
        ("scopes", json!({ "scopes": [] })),
        ("scopes", json!({ "scopes": "tasks:read" })),
        ("scopes[1]", json!({ "scopes": ["account", "admin"] })),
        ("expires_in_days", json!({ "expires_in_days": 0 })),
        ("expires_in_days", json!({ "expires_in_days": -1 })),
        ("expires_in_days", json!({ "expires_in_days": 366 })),
        ("expires_in_days", json!({ "expires_in_days": 1.5 })),
        ("expires_in_days", json!({ "expires_in_days": "90" })),
        ("current_password", json!({ "current_password": "" })),
        (
            "current_password",
            json!({ "current_password": "a wrong Guess 4711" }),
        ),
        ("token", json!({ "token": "dkt_mine" })),
    ] {
        let problem = ada.post(TOKENS, &new_token(&ada, changes)).fails(422).await;
        problem.names(field);
    }
    for field in ["name", "scopes", "current_password"] {
        let mut new = new_token(&ada, json!({}));
        new.as_object_mut().expect("an object").remove(field);
        ada.post(TOKENS, &new).fails(422).await.names(field);
    }
    assert_eq!(ada.get(TOKENS).gives(200).await["items"], json!([]));

    let name = "\u{1f511}".repeat(100);
    let changes = json!({ "name": name, "scopes": ["account", "tasks:read", "account"] });
    let made = ada.post(TOKENS, &new_token(&ada, changes)).gives(201).await;
    assert_eq!(made["name"], name);
    assert_eq!(made["scopes"], json!(["tasks:read", "account"]));
}

#[tokio::test]
async fn no_two_tokens_of_an_account_have_one_name() {
    let server = Server::start().await;
    let (ada, bob) = (User::register(&server).await, User::register(&server).await);
    let answers = together((0..4).map(|_| {
        let ask = ada.post(TOKENS, &new_token(&ada, json!({})));
        async move { ask.answer().await.status().as_u16() }
    }));
    let mut answers = answers.await;
    answers.sort_unstable();
    assert_eq!(answers, [201, 409, 409, 409]);
    let again = new_token(&ada, json!({ "name": " Script " }));
    ada.post(TOKENS, &again).fails(409).await.names("name");
    only_token(&ada).await;
    bob.post(TOKENS, &new_token(&bob, json!({})))
        .gives(201)
        .await;
}

#[tokio::test]
async fn an_account_has_fifty_tokens_at_most() {
    let server = Server::start().await;
    let ada = User::register(&server).await;
    let rows: Vec<String> = (0..49)
        .map(|number| {
            let id = uuid::Uuid::now_v7();
            format!(
                "('{id}', '{}', 'n{number}', 'h{number}', 'account', 1)",
                ada.id
            )
        })
        .collect();
    let into = "INSERT INTO api_tokens (id, user_id, name, hash, scopes, created_at) VALUES";
    run(&server, format!("{into} {}", rows.join(", "))).await;
    let answers = together((0..4).map(|number| {
        let name = format!("Script {number}");
        let ask = ada.post(TOKENS, &new_token(&ada, json!({ "name": name })));
        async move { ask.answer().await.status().as_u16() }
    }));
    let mut answers = answers.await;
    answers.sort_unstable();
    assert_eq!(answers, [201, 422, 422, 422]);
    let list = ada.get(TOKENS).gives(200).await;
    let items = list["items"].as_array().expect("items");
    assert_eq!(items.len(), 50);
    let path = format!("{TOKENS}/{}", items[7]["id"].as_str().expect("an id"));
    ada.delete(&path).is(204).await;
    let one_more = new_token(&ada, json!({ "name": "One more" }));
    ada.post(TOKENS, &one_more).gives(201).await;
    let too_many = new_token(&ada, json!({ "name": "Too many" }));
    ada.post(TOKENS, &too_many).fails(422).await.names("name");
}

#[tokio::test]
async fn a_revoked_token_stops_at_once() {
    let server = Server::start().await;
    let ada = User::register(&server).await;
    let token = ada.add_api_token("Short", &SCOPES).await;
    let (bearer, id) = (ada.with_token(&token), only_token(&ada).await["id"].clone());
    let path = format!("{TOKENS}/{}", id.as_str().expect("an id"));
    assert_eq!(bearer.me_status().await, 200);
    // A token may revoke itself, as a finished script should.
    bearer.delete(&path).is(204).await;
    is_refused(&bearer).await;
    ada.delete(&path).fails(404).await;
    ada.get(&path).fails(404).await;
    assert_eq!(ada.me_status().await, 200);
}

#[tokio::test]
async fn a_token_expires() {
    let server = Server::start().await;
    let ada = User::register(&server).await;
    let made = ada
        .post(TOKENS, &new_token(&ada, json!({})))
        .gives(201)
        .await;
    let bearer = ada.with_token(made["token"].as_str().expect("a token"));
    let days = async || {
        let mut database = server.database().await;
        let sql = "SELECT expires_at - created_at AS lasting FROM api_tokens";
        let row = query(sql).fetch_one(&mut database).await.expect("the row");
        let lasting: Option<i64> = row.try_get("lasting").expect("a number");
        lasting.map(|microseconds| microseconds / 86_400_000_000)
    };
    assert_eq!(days().await, Some(90), "unless another is asked for");
    bearer.get("/api/v1/tasks").gives(200).await;
    assert_eq!(only_token(&ada).await["expired"], false);
    run(&server, "UPDATE api_tokens SET expires_at = 1".into()).await;
    is_refused(&bearer).await;
    let listed = only_token(&ada).await;
    assert_eq!(listed["expired"], true);
    assert_eq!(listed["expires_at"], "1970-01-01T00:00:00.000001Z");

    for (wanted, found) in [
        (json!(1), Some(1)),
        (json!(365), Some(365)),
        (json!(null), None),
    ] {
        run(&server, "DELETE FROM api_tokens".into()).await;
        let new = new_token(&ada, json!({ "expires_in_days": wanted }));
        let made = ada.post(TOKENS, &new).gives(201).await;
        assert_eq!(made["expires_at"].is_null(), found.is_none(), "{made}");
        assert_eq!(days().await, found);
    }
}

#[tokio::test]
async fn a_malformed_token_is_rejected() {
    let server = Server::start().await;
    let ada = User::register(&server).await;
    let token = ada.add_api_token("Whole", &SCOPES).await;
    let swapped = token.chars().rev().collect::<String>();
    let lower = token.to_lowercase();
    for other in [
        "dkt_",
        &token[..52],
        &format!("{token}0"),
        &token.replace("dkt_", "DKT_"),
        &token.replace("dkt_", ""),
        &format!("dkt_{}", "0".repeat(49)),
        &format!("{token} {token}"),
        &swapped,
        if lower == token { "dkt_x" } else { &lower },
    ] {
        is_refused(&ada.with_token(other)).await;
    }
    // An API token is not an access token, and refreshes nothing.
    let bearer = ada.with_token(&token);
    bearer
        .by_cookie(Method::GET, "/api/v1/tasks")
        .fails(401)
        .await;
    let refresh = json!({ "refresh_token": token });
    let answer = server.post("/api/v1/auth/refresh").json(&refresh);
    answer.fails(401).await;
    let in_query = format!("/api/v1/tasks?access_token={token}");
    server.get(&in_query).fails(401).await;
    assert_eq!(bearer.me_status().await, 200);
}

#[tokio::test]
async fn the_last_use_is_noted_once_a_minute() {
    let server = Server::start().await;
    let ada = User::register(&server).await;
    let bearer = ada.with_token(&ada.add_api_token("Used", &["tasks:read"]).await);
    let last = async || only_token(&ada).await["last_used_at"].clone();
    // The use is recorded after the request.
    let noted = async |before: &Value| {
        until("the use is noted", || async { last().await != *before }).await;
        last().await
    };
    assert_eq!(last().await, Value::Null);
    bearer.get("/api/v1/tasks").gives(200).await;
    let first = noted(&Value::Null).await;
    assert!(is_moment(first.as_str().expect("a moment")), "{first}");
    bearer.get("/api/v1/tasks").gives(200).await;
    assert_eq!(last().await, first);
    // Reading the list with a session does not count as a use of the token.
    let age = "UPDATE api_tokens SET last_used_at = last_used_at - 61000000";
    run(&server, age.into()).await;
    let aged = last().await;
    assert_ne!(aged, first);
    // A request rejected for its scope counts as a use of the token.
    bearer.get("/api/v1/me").fails(403).await;
    let second = noted(&aged).await;
    assert!(second.as_str() > first.as_str(), "{second} after {first}");
    // A time in the future, from before the clock was set back, is replaced.
    let ahead = "UPDATE api_tokens SET last_used_at = last_used_at + 86400000000";
    run(&server, ahead.into()).await;
    let ahead = last().await;
    bearer.get("/api/v1/tasks").gives(200).await;
    let third = noted(&ahead).await;
    assert!(third.as_str() < ahead.as_str(), "{third} before {ahead}");
}

#[tokio::test]
async fn a_new_password_or_disabling_revokes_all_tokens() {
    let server = Server::start().await;
    let mut ada = User::register(&server).await;
    let bob = User::register(&server).await;
    let bobs = bob.with_token(&bob.add_api_token("Bob's", &["account"]).await);
    let kept = ada.with_token(&ada.add_api_token("Kept", &["account"]).await);
    ada.delete("/api/v1/sessions").is(204).await;
    assert_eq!(kept.me_status().await, 200, "it is no session");

    let new = password();
    let change = json!({ "current_password": ada.password, "new_password": new });
    ada.put("/api/v1/me/password", &change).is(204).await;
    is_refused(&kept).await;
    ada.password = new;
    let kept = ada.with_token(&ada.add_api_token("By password", &["account"]).await);
    let again = password();
    server
        .command(&["user", "set-password", &ada.email])
        .output_with(&again)
        .exits(0);
    is_refused(&kept).await;

    let ada = User::login(&server, &ada.email, &again).await;
    let kept = ada.with_token(&ada.add_api_token("Disabled", &["account"]).await);
    for state in ["disable", "enable"] {
        server
            .command(&["user", state, &ada.email])
            .output()
            .exits(0);
        is_refused(&kept).await;
    }
    let ada = User::login(&server, &ada.email, &again).await;
    assert_eq!(ada.get(TOKENS).gives(200).await["items"], json!([]));

    let kept = ada.with_token(&ada.add_api_token("Deleted", &["account"]).await);
    // Even if a row remains, a disabled account accepts no token.
    let shut = format!("UPDATE users SET disabled = 1 WHERE id = '{}'", ada.id);
    run(&server, shut).await;
    is_refused(&kept).await;
    server
        .command(&["user", "delete", &ada.email])
        .output()
        .exits(0);
    is_refused(&kept).await;
    assert_eq!(bobs.me_status().await, 200);
}
