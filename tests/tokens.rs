//! Access tokens: the tokens Docket signs, and the tokens it must accept or reject.

use jsonwebtoken::Algorithm;
use reqwest::{Method, Response};
use serde_json::{Value, json};

use crate::support::jwt::{self, claims, entry, key, mint, mint_with, now, plain_header};
use crate::support::{Ask, Server, User, header, problem};

/// A server with a key known to the test, and a live session to mint tokens for.
struct Forge {
    server: Server,
    user: User,
    claims: Value,
}

impl Forge {
    async fn start() -> Forge {
        let keys = format!("{},{}", entry("k1", &key(1)), entry("k2", &key(2)));
        let server = Server::with(&[("DOCKET_JWT_KEYS", &keys)]).await;
        let user = User::register(&server).await;
        let claims = claims(&user.tokens.access);
        Forge {
            server,
            user,
            claims,
        }
    }

    /// Returns the claims of the live session with `change` merged in; null removes a claim.
    fn claims_with(&self, change: &Value) -> Value {
        merged(&self.claims, change)
    }

    async fn ask(&self, token: &str) -> Response {
        ask(&self.server, token).await
    }

    async fn accepts(&self, header: &Value, claims: &Value) {
        let answer = self.ask(&mint(header, claims, &key(1))).await;
        assert_eq!(answer.status(), 200, "{header} {claims}");
        let user: Value = answer.json().await.expect("a user");
        assert_eq!(user["id"], self.user.id);
    }

    async fn refuses(&self, token: &str) {
        let answer = self.ask(token).await;
        assert_eq!(answer.status(), 401, "accepted: {token}");
        let challenge = header(&answer, "www-authenticate");
        assert!(challenge.starts_with("Bearer"), "{challenge}");
        assert!(challenge.contains("error=\"invalid_token\""), "{challenge}");
        problem(answer, 401).await;
    }
}

async fn ask(server: &Server, token: &str) -> Response {
    server.get("/api/v1/me").bearer_auth(token).answer().await
}

fn merged(base: &Value, change: &Value) -> Value {
    let mut all = base.as_object().expect("an object").clone();
    for (name, value) in change.as_object().expect("an object") {
        if value.is_null() {
            all.remove(name);
        } else {
            all.insert(name.clone(), value.clone());
        }
    }
    Value::Object(all)
}

#[tokio::test]
async fn an_access_token_has_the_documented_shape() {
    let forge = Forge::start().await;
    let tokens = &forge.user.tokens;
    assert_eq!(tokens.body["token_type"], "Bearer");
    assert_eq!(tokens.body["expires_in"], 900);
    assert_eq!(jwt::header(&tokens.access), plain_header("k1"));
    let claims = &forge.claims;
    assert_eq!(claims["iss"], "docket");
    assert_eq!(claims["aud"], "docket");
    assert_eq!(claims["sub"], forge.user.id);
    let issued = claims["iat"].as_i64().expect("iat");
    assert_eq!(claims["exp"].as_i64().expect("exp"), issued + 900);
    assert!((now() - issued).abs() < 60, "iat {issued}");
    assert!(claims["sid"].is_string() && claims["jti"].is_string());
    let other = forge.user.again(&forge.server).await;
    let others = jwt::claims(&other.tokens.access);
    assert_ne!(others["jti"], claims["jti"]);
    assert_ne!(others["sid"], claims["sid"]);
    assert_eq!(others.as_object().map(|claims| claims.len()), Some(7));
}

#[tokio::test]
async fn names_and_lifetime_follow_the_settings() {
    let server = Server::with(&[
        ("DOCKET_JWT_ISSUER", "https://tasks.example.org"),
        ("DOCKET_JWT_AUDIENCE", "tasks"),
        ("DOCKET_ACCESS_TOKEN_SECONDS", "60"),
    ])
    .await;
    let user = User::register(&server).await;
    assert_eq!(user.tokens.body["expires_in"], 60);
    let claims = claims(&user.tokens.access);
    assert_eq!(claims["iss"], "https://tasks.example.org");
    assert_eq!(claims["aud"], "tasks");
    assert_eq!(user.me_status().await, 200);
}

#[tokio::test]
async fn a_minted_token_works_for_a_live_session_only() {
    let forge = Forge::start().await;
    let fresh = forge.claims_with(&json!({ "jti": "minted-elsewhere", "iat": now() }));
    forge.accepts(&plain_header("k1"), &fresh).await;

    let stranger = User::register(&forge.server).await;
    let strangers = claims(&stranger.tokens.access);
    let unknown = "0192f0c1-2345-7000-8000-000000000000";
    for change in [
        json!({ "sid": unknown }),
        json!({ "sub": unknown }),
        json!({ "sid": strangers["sid"] }),
        json!({ "sub": strangers["sub"] }),
        json!({ "sid": "not-an-id" }),
        json!({ "sub": "" }),
    ] {
        let claims = forge.claims_with(&change);
        forge
            .refuses(&mint(&plain_header("k1"), &claims, &key(1)))
            .await;
    }

    forge.user.logout().await;
    forge
        .refuses(&mint(&plain_header("k1"), &fresh, &key(1)))
        .await;
}

#[tokio::test]
async fn a_forged_signature_is_refused() {
    let forge = Forge::start().await;
    let token = &forge.user.tokens.access;
    let (message, signature) = token.rsplit_once('.').expect("a signature");
    // The last character contains two unused bits, so the first one is changed.
    let first = if signature.starts_with('A') { "B" } else { "A" };
    let payload = forge.claims_with(&json!({ "exp": now() + 86_400 }));
    let changed = jwt::unsigned(&plain_header("k1"), &payload);
    for forged in [
        format!("{message}.{first}{}", &signature[1..]),
        format!("{message}."),
        message.to_owned(),
        format!("{message}.{}", &signature[..20]),
        format!("{changed}.{signature}"),
        mint(&plain_header("k1"), &forge.claims, &key(9)),
        mint(&plain_header("k1"), &forge.claims, b""),
        mint(&plain_header("k1"), &forge.claims, &key(2)),
    ] {
        forge.refuses(&forged).await;
    }
}

#[tokio::test]
async fn the_algorithm_is_pinned() {
    let forge = Forge::start().await;
    let named = |alg: &str| merged(&plain_header("k1"), &json!({ "alg": alg }));
    for none in ["none", "None", "NONE", "nOnE", ""] {
        let unsigned = jwt::unsigned(&named(none), &forge.claims);
        forge.refuses(&unsigned).await;
        forge.refuses(&format!("{unsigned}.")).await;
        forge
            .refuses(&mint(&named(none), &forge.claims, &key(1)))
            .await;
    }
    for other in [
        "RS256", "RS512", "PS256", "ES256", "EdDSA", "HS384", "HS512", "hs256",
    ] {
        forge
            .refuses(&mint(&named(other), &forge.claims, &key(1)))
            .await;
    }
    for (name, algorithm) in [("HS384", Algorithm::HS384), ("HS512", Algorithm::HS512)] {
        let token = mint_with(&named(name), &forge.claims, &key(1), algorithm);
        forge.refuses(&token).await;
        let token = mint_with(&plain_header("k1"), &forge.claims, &key(1), algorithm);
        forge.refuses(&token).await;
    }
    let without = merged(&plain_header("k1"), &json!({ "alg": null }));
    forge.refuses(&mint(&without, &forge.claims, &key(1))).await;
}

#[tokio::test]
async fn a_key_that_the_token_brings_along_is_not_trusted() {
    let forge = Forge::start().await;
    let own = jwt::entry("x", &key(9));
    let own = own.split_once(':').expect("a key").1;
    for change in [
        json!({ "jwk": { "kty": "oct", "k": own, "alg": "HS256", "kid": "k1" } }),
        json!({ "jku": format!("{}/keys.json", forge.server.base) }),
        json!({ "kid": "../../dev/null" }),
        json!({ "kid": "k1' OR '1'='1" }),
    ] {
        let header = merged(&plain_header("k1"), &change);
        forge.refuses(&mint(&header, &forge.claims, &key(9))).await;
        forge.refuses(&mint(&header, &forge.claims, b"")).await;
    }
}

#[tokio::test]
async fn an_unknown_critical_header_is_rejected() {
    let forge = Forge::start().await;
    for change in [
        json!({ "crit": ["exp"], "exp": now() + 60 }),
        json!({ "crit": ["x"], "x": 1 }),
        json!({ "crit": ["b64"], "b64": false }),
        json!({ "crit": ["b64"], "b64": true }),
        json!({ "crit": [] }),
        json!({ "crit": "x" }),
        json!({ "b64": false }),
        json!({ "b64": "false" }),
    ] {
        let header = merged(&plain_header("k1"), &change);
        forge.refuses(&mint(&header, &forge.claims, &key(1))).await;
    }
    // An optional member is ignored.
    for change in [
        json!({ "x": 1 }),
        json!({ "jku": "http://127.0.0.1:1/keys.json" }),
        json!({ "x5u": "http://127.0.0.1:1/cert.pem" }),
        json!({ "cty": "JWT" }),
    ] {
        let header = merged(&plain_header("k1"), &change);
        forge.accepts(&header, &forge.claims).await;
    }
}

#[tokio::test]
async fn expiry_has_a_leeway_of_thirty_seconds() {
    let forge = Forge::start().await;
    let header = plain_header("k1");
    let expired = |seconds: i64| forge.claims_with(&json!({ "exp": now() - seconds }));
    forge.accepts(&header, &expired(5)).await;
    for seconds in [40, 3_600, now()] {
        forge
            .refuses(&mint(&header, &expired(seconds), &key(1)))
            .await;
    }
    for odd in [json!("soon"), json!(-1), json!(true)] {
        let claims = forge.claims_with(&json!({ "exp": odd }));
        forge.refuses(&mint(&header, &claims, &key(1))).await;
    }
}

#[tokio::test]
async fn issuer_and_audience_must_be_ours() {
    let forge = Forge::start().await;
    for change in [
        json!({ "iss": "other" }),
        json!({ "iss": "docket " }),
        json!({ "iss": "Docket" }),
        json!({ "iss": "" }),
        json!({ "aud": "other" }),
        json!({ "aud": ["other"] }),
        json!({ "aud": [] }),
        json!({ "aud": "" }),
    ] {
        let claims = forge.claims_with(&change);
        forge
            .refuses(&mint(&plain_header("k1"), &claims, &key(1)))
            .await;
    }
}

#[tokio::test]
async fn each_required_claim_is_required() {
    let forge = Forge::start().await;
    for name in ["iss", "aud", "exp", "sub", "sid"] {
        let claims = forge.claims_with(&json!({ name: null }));
        forge
            .refuses(&mint(&plain_header("k1"), &claims, &key(1)))
            .await;
    }
    forge
        .refuses(&mint(&plain_header("k1"), &json!({}), &key(1)))
        .await;
}

#[tokio::test]
async fn the_type_must_be_that_of_an_access_token() {
    let forge = Forge::start().await;
    for kind in [
        json!("JWT"),
        json!("rt+jwt"),
        json!("id+jwt"),
        json!(""),
        Value::Null,
    ] {
        let header = merged(&plain_header("k1"), &json!({ "typ": kind }));
        forge.refuses(&mint(&header, &forge.claims, &key(1))).await;
    }
}

#[tokio::test]
async fn the_key_id_chooses_the_key() {
    let forge = Forge::start().await;
    let second = mint(&plain_header("k2"), &forge.claims, &key(2));
    assert_eq!(forge.ask(&second).await.status(), 200);
    for kid in [
        json!("k3"),
        json!("K1"),
        json!(""),
        json!("k2"),
        Value::Null,
    ] {
        let header = merged(&plain_header("k1"), &json!({ "kid": kid }));
        forge.refuses(&mint(&header, &forge.claims, &key(1))).await;
    }
}

#[tokio::test]
async fn keys_rotate_without_signing_anyone_out() {
    let (old, new) = (entry("old", &key(3)), entry("new", &key(4)));
    let mut server = Server::with(&[("DOCKET_JWT_KEYS", &old)]).await;
    let user = User::register(&server).await;
    assert_eq!(jwt::header(&user.tokens.access)["kid"], "old");

    let both = format!("{new},{old}");
    server.restart_with(&[("DOCKET_JWT_KEYS", &both)]).await;
    let mut user = user.on(&server);
    assert_eq!(user.me_status().await, 200);
    let before = user.tokens.access.clone();
    user.refresh().await;
    assert_eq!(jwt::header(&user.tokens.access)["kid"], "new");

    server.restart_with(&[("DOCKET_JWT_KEYS", &new)]).await;
    let user = user.on(&server);
    assert_eq!(user.me_status().await, 200);
    assert_eq!(ask(&server, &before).await.status(), 401);
}

#[tokio::test]
async fn garbage_in_the_header_is_a_401_never_a_500() {
    let forge = Forge::start().await;
    let long = "a".repeat(6_000);
    for token in [
        "a",
        "a.b",
        "a.b.c",
        "a.b.c.d",
        "....",
        "e30.e30.e30",
        "%00",
        &long,
    ] {
        forge.refuses(token).await;
    }
    for other in [
        "Basic YWRhOmxvdmVsYWNl",
        "Digest x",
        "Bearer",
        "Bearer ",
        "docket",
    ] {
        let answer = forge
            .server
            .get("/api/v1/me")
            .header("authorization", other);
        let answer = answer.is(401).await;
        assert!(header(&answer, "www-authenticate").starts_with("Bearer"));
    }
    let scheme = format!("bearer {}", forge.user.tokens.access);
    let answer = forge
        .server
        .get("/api/v1/me")
        .header("authorization", scheme);
    answer.is(200).await;
}

#[tokio::test]
async fn the_cookie_serves_as_well_and_a_sent_header_wins() {
    let forge = Forge::start().await;
    let user = &forge.user;
    let me = user.by_cookie(Method::GET, "/api/v1/me").gives(200).await;
    assert_eq!(me["id"], user.id);
    let forged = mint(&plain_header("k1"), &forge.claims, &key(9));
    let both = user
        .by_cookie(Method::GET, "/api/v1/me")
        .bearer_auth(&forged);
    both.fails(401).await;
    let cookie = format!("docket_access={forged}");
    let answer = forge.server.get("/api/v1/me").header("cookie", cookie);
    answer.fails(401).await;
    // Over plain HTTP, the name with the prefix has no meaning.
    let prefixed = format!("__Host-docket_access={}", user.tokens.access);
    let answer = forge.server.get("/api/v1/me").header("cookie", prefixed);
    answer.fails(401).await;
}
