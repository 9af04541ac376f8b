//! Signing keys: listed, rotated and retired under a running server, and published if asymmetric.

use std::fs;

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use jsonwebtoken::jwk::JwkSet;
use jsonwebtoken::{Algorithm, DecodingKey, Validation, decode};
use serde_json::{Value, json};
use tempfile::TempDir;

use crate::support::jwt::{self, entry, key, mint, plain_header};
use crate::support::{
    Ask, Ran, Server, TestDatabase, Tokens, User, assert_private, docket, header, make_private,
    until,
};

fn keys(server: &Server, arguments: &[&str]) -> Ran {
    let arguments = [&["keys"], arguments].concat();
    server.command(&arguments).output()
}

/// Returns the lines of `docket keys list`, split into cells.
fn listed(server: &Server) -> Vec<Vec<String>> {
    let ran = keys(server, &["list"]).exits(0);
    ran.stdout
        .lines()
        .map(|line| line.split('\t').map(str::to_owned).collect())
        .collect()
}

/// Creates a new key. Returns its kid.
fn rotate(server: &Server, algorithm: &str) -> String {
    let ran = keys(server, &["rotate", "--algorithm", algorithm]).exits(0);
    let first = listed(server).swap_remove(0);
    assert_eq!((first[1].as_str(), first[2].as_str()), (algorithm, "signs"));
    assert!(ran.stdout.contains(&first[0]), "{}", ran.stdout);
    first[0].clone()
}

fn kid_of(user: &User) -> String {
    let header = jwt::header(&user.tokens.access);
    header["kid"].as_str().expect("a kid").to_owned()
}

/// Refreshes until the server signs with this key.
async fn signs_with(server: &Server, user: &User, kid: &str) {
    let kid_of_a_refresh = || async {
        let mut session = user.again(server).await;
        session.refresh().await;
        kid_of(&session) == kid
    };
    until("the server signs with the new key", kid_of_a_refresh).await;
}

async fn published(server: &Server) -> Value {
    let answer = server.get("/.well-known/jwks.json").is(200).await;
    assert_eq!(
        header(&answer, "content-type"),
        "application/jwk-set+json",
        "RFC 7517, section 8.5.2"
    );
    assert_eq!(header(&answer, "cache-control"), "public, max-age=300");
    answer.json().await.expect("JSON")
}

fn file_of(server: &Server) -> String {
    fs::read_to_string(server.data_dir().join("jwt.keys")).expect("the key file")
}

fn secrets(file: &str) -> Vec<&str> {
    file.lines()
        .filter_map(|line| line.rsplit(' ').next())
        .collect()
}

#[tokio::test]
async fn a_rotation_signs_nobody_out() {
    let server = Server::start().await;
    let mut user = User::register(&server).await;
    let old = kid_of(&user);
    let new = rotate(&server, "HS256");
    assert_ne!(old, new);
    let before = user.clone();
    signs_with(&server, &user, &new).await;
    assert_eq!(before.me_status().await, 200);
    user.refresh().await;
    assert_eq!(kid_of(&user), new);
    assert_eq!(user.me_status().await, 200);
    assert_eq!(before.me_status().await, 200, "the old key still verifies");
    let states: Vec<_> = listed(&server)
        .into_iter()
        .map(|line| (line[0].clone(), line[2].clone()))
        .collect();
    assert_eq!(states, [(new, "signs".into()), (old, "verifies".into())]);
}

#[tokio::test]
async fn a_retired_key_ends_its_tokens_but_not_their_sessions() {
    let server = Server::start().await;
    let mut user = User::register(&server).await;
    let old = kid_of(&user);
    let new = rotate(&server, "HS256");
    signs_with(&server, &user, &new).await;
    let fresh = user.again(&server).await;
    keys(&server, &["retire", &old]).exits(0);
    until("tokens of the retired key are refused", || async {
        user.me_status().await == 401
    })
    .await;
    assert_eq!(fresh.me_status().await, 200);
    user.refresh().await;
    assert_eq!(kid_of(&user), new);
    assert_eq!(user.me_status().await, 200);
    assert_eq!(listed(&server).len(), 1);
}

#[tokio::test]
async fn the_key_that_signs_cannot_be_retired() {
    let server = Server::start().await;
    let user = User::register(&server).await;
    let before = file_of(&server);
    let ran = keys(&server, &["retire", &kid_of(&user)]).exits(1);
    assert!(ran.stderr.contains("rotate"), "{}", ran.stderr);
    let ran = keys(&server, &["retire", "nobody"]).exits(1);
    assert!(ran.stderr.contains("nobody"), "{}", ran.stderr);
    assert_eq!(file_of(&server), before);
    keys(&server, &["rotate", "--algorithm", "RS256"]).exits(2);
}

#[tokio::test]
async fn a_lost_refresh_response_is_repeated_after_a_key_rotation() {
    let server = Server::start().await;
    let user = User::register(&server).await;
    let body = json!({ "refresh_token": user.tokens.refresh });
    let refresh = || server.post("/api/v1/auth/refresh").json(&body);
    let first = Tokens::from(refresh().gives(200).await);
    rotate(&server, "EdDSA");
    // An unknown kid makes the server check the file at once.
    let claims = jwt::claims(&user.tokens.access);
    let unknown = mint(&plain_header("unknown"), &claims, &key(9));
    server
        .get("/api/v1/me")
        .bearer_auth(unknown)
        .fails(401)
        .await;
    let again = Tokens::from(refresh().gives(200).await);
    assert_eq!(again.refresh, first.refresh);
    assert_eq!(jwt::header(&again.access)["alg"], "EdDSA");
    let next = json!({ "refresh_token": again.refresh });
    server
        .post("/api/v1/auth/refresh")
        .json(&next)
        .gives(200)
        .await;
}

#[tokio::test]
async fn commands_print_no_secrets() {
    let server = Server::start().await;
    User::register(&server).await;
    let old = listed(&server).swap_remove(0);
    let said = [
        keys(&server, &["rotate", "--algorithm", "EdDSA"]),
        keys(&server, &["rotate"]),
        keys(&server, &["list"]),
        server.command(&["check-config"]).output(),
    ];
    let file = file_of(&server);
    assert_eq!(secrets(&file).len(), 3);
    let retired = keys(&server, &["retire", &old[0]]);
    for ran in said.iter().chain([&retired]) {
        assert_eq!(ran.code, Some(0), "{ran:?}");
        for secret in secrets(&file) {
            let all = format!("{}{}", ran.stdout, ran.stderr);
            assert!(!all.contains(secret), "{all}");
        }
    }
    let listed = listed(&server);
    assert_eq!(listed[1][1], "EdDSA");
    // The kid contains the creation time.
    assert!(crate::support::is_moment(&listed[0][3]), "{listed:?}");
    assert!(
        !published(&server)
            .await
            .to_string()
            .contains(secrets(&file)[1])
    );
}

#[tokio::test]
async fn the_file_stays_private_and_is_never_half_written() {
    let server = Server::start().await;
    let path = server.data_dir().join("jwt.keys");
    let commands: Vec<_> = (0..6)
        .map(|_| server.command(&["keys", "rotate"]))
        .map(|mut command| std::thread::spawn(move || command.output()))
        .collect();
    for command in commands {
        command.join().expect("a thread").exits(0);
    }
    assert_private(&path);
    assert_eq!(listed(&server).len(), 7, "no rotation is lost");
    let left: Vec<_> = fs::read_dir(server.data_dir())
        .expect("the directory")
        .map(|entry| entry.expect("an entry").file_name())
        .filter(|name| !name.to_string_lossy().starts_with("docket.db"))
        // On Windows, this file replaces the lock on the directory.
        .filter(|name| cfg!(unix) || name != ".jwt.keys.lock")
        .collect();
    assert_eq!(left, ["jwt.keys"]);
}

#[tokio::test]
async fn a_broken_file_leaves_the_keys_that_were() {
    let server = Server::start().await;
    let user = User::register(&server).await;
    let path = server.data_dir().join("jwt.keys");
    let good = file_of(&server);
    fs::write(&path, "this is no key\n").expect("write the file");
    until("the server says so", || async {
        user.me_status().await == 200 && server.log().contains("jwt.keys")
    })
    .await;
    assert!(!server.log().contains("no key\n"), "{}", server.log());
    fs::remove_file(&path).expect("remove the file");
    assert_eq!(user.me_status().await, 200);
    fs::write(&path, good).expect("write the file");
    make_private(&path);
    let new = rotate(&server, "HS256");
    signs_with(&server, &user, &new).await;
}

#[tokio::test]
async fn an_eddsa_token_is_verified_with_the_published_key() {
    let server = Server::with(&[("DOCKET_JWT_ALGORITHM", "EdDSA")]).await;
    let user = User::register(&server).await;
    assert_eq!(jwt::header(&user.tokens.access)["alg"], "EdDSA");
    assert_eq!(user.me_status().await, 200);
    let document = published(&server).await;
    let [jwk] = document["keys"].as_array().expect("keys").as_slice() else {
        panic!("{document}");
    };
    let mut names: Vec<_> = jwk.as_object().expect("a key").keys().collect();
    names.sort();
    assert_eq!(names, ["alg", "crv", "kid", "kty", "use", "x"]);
    assert_eq!(jwk["kid"], kid_of(&user));

    let set: JwkSet = serde_json::from_value(document).expect("RFC 7517");
    let key = set.find(&kid_of(&user)).expect("the key");
    let key = DecodingKey::from_jwk(key).expect("RFC 8037");
    let mut validation = Validation::new(Algorithm::EdDSA);
    validation.set_issuer(&["docket"]);
    validation.set_audience(&["docket"]);
    let verified = decode::<Value>(&user.tokens.access, &key, &validation).expect("verified");
    assert_eq!(verified.claims["sub"], user.id);
    let (message, _) = user.tokens.access.rsplit_once('.').expect("a signature");
    let forged = format!("{message}.{}", URL_SAFE_NO_PAD.encode([7; 64]));
    decode::<Value>(&forged, &key, &validation).expect_err("a forged signature");
    server
        .get("/api/v1/me")
        .bearer_auth(forged)
        .fails(401)
        .await;
}

#[tokio::test]
async fn the_algorithm_belongs_to_the_key() {
    let settings = format!(
        "ed:EdDSA:{},hs:HS256:{}",
        URL_SAFE_NO_PAD.encode(key(1)),
        URL_SAFE_NO_PAD.encode(key(2))
    );
    let server = Server::with(&[("DOCKET_JWT_KEYS", &settings)]).await;
    let user = User::register(&server).await;
    assert_eq!(kid_of(&user), "ed");
    let claims = jwt::claims(&user.tokens.access);
    let good = mint(&plain_header("hs"), &claims, &key(2));
    server.get("/api/v1/me").bearer_auth(good).is(200).await;

    let document = published(&server).await;
    let public = document["keys"][0]["x"].as_str().expect("a public key");
    let raw = URL_SAFE_NO_PAD.decode(public).expect("base64url");
    let ed = |alg: &str| json!({ "alg": alg, "typ": "at+jwt", "kid": "ed" });
    for secret in [raw.as_slice(), public.as_bytes(), &key(1), b""] {
        for alg in ["HS256", "EdDSA"] {
            let forged = mint(&ed(alg), &claims, secret);
            server
                .get("/api/v1/me")
                .bearer_auth(forged)
                .fails(401)
                .await;
        }
    }
    // A token signed by one key is not valid for the other.
    let (message, signature) = user.tokens.access.rsplit_once('.').expect("a signature");
    let (_, payload) = message.split_once('.').expect("a payload");
    for (alg, kid) in [("HS256", "hs"), ("EdDSA", "hs"), ("HS256", "ed")] {
        let header = json!({ "alg": alg, "typ": "at+jwt", "kid": kid });
        let header = URL_SAFE_NO_PAD.encode(header.to_string());
        let forged = format!("{header}.{payload}.{signature}");
        server
            .get("/api/v1/me")
            .bearer_auth(forged)
            .fails(401)
            .await;
    }
    let listed = listed(&server);
    assert_eq!(listed[0][..3], ["ed", "EdDSA", "signs"]);
    assert_eq!(listed[1][..3], ["hs", "HS256", "verifies"]);
    for arguments in [
        ["rotate", "--algorithm=HS256"].as_slice(),
        &["retire", "hs"],
    ] {
        let ran = keys(&server, arguments).exits(1);
        assert!(ran.stderr.contains("jwt_keys"), "{}", ran.stderr);
    }
}

#[tokio::test]
async fn secrets_of_hs256_are_not_published() {
    let server = Server::start().await;
    assert_eq!(published(&server).await, json!({ "keys": [] }));
    let new = rotate(&server, "EdDSA");
    let user = User::register(&server).await;
    until("the new key is published", || async {
        published(&server).await["keys"][0]["kid"] == new
    })
    .await;
    signs_with(&server, &user, &new).await;
    assert_eq!(
        published(&server).await["keys"].as_array().map(Vec::len),
        Some(1)
    );
}

#[test]
fn the_setting_takes_both_algorithms_and_no_other() {
    let home = TempDir::new().expect("a directory");
    let secret = URL_SAFE_NO_PAD.encode(key(3));
    let check = |keys: &str, algorithm: &str| {
        let mut command = docket(home.path(), &["check-config"]);
        command.env("DOCKET_JWT_KEYS", keys);
        command.env("DOCKET_JWT_ALGORITHM", algorithm).output()
    };
    let long = URL_SAFE_NO_PAD.encode([7; 64]);
    for (keys, code) in [
        (format!("a:EdDSA:{secret},{}", entry("b", &key(4))), 0),
        (format!("a:HS256:{long}"), 0),
        (format!("a:EdDSA:{long}"), 2),
        (format!("a:RS256:{secret}"), 2),
        (format!("a:none:{secret}"), 2),
        (format!("a::{secret}"), 2),
        (format!("a:HS256:EdDSA:{secret}"), 2),
    ] {
        let ran = check(&keys, "HS256").exits(code);
        let all = format!("{}{}", ran.stdout, ran.stderr);
        assert!(!all.contains(&secret) && !all.contains(&long), "{all}");
    }
    let ran = check(&entry("b", &key(4)), "RS256").exits(2);
    assert!(ran.stderr.contains("JWT_ALGORITHM"), "{}", ran.stderr);
}

#[test]
fn without_a_server_the_first_key_is_made_by_a_rotation() {
    let home = TempDir::new().expect("a directory");
    let ran = |arguments: &[&str]| docket(home.path(), arguments).output().exits(0);
    assert_eq!(ran(&["keys", "list"]).stdout, "");
    assert!(!home.path().join("data").exists(), "a list makes nothing");
    ran(&["keys", "rotate"]);
    assert_eq!(ran(&["keys", "list"]).stdout.lines().count(), 1);
}

#[tokio::test]
async fn nodes_that_share_the_file_share_the_keys() {
    // A SQLite file belongs to one node.
    let Some(database) = TestDatabase::create().await else {
        return;
    };
    let shared = TempDir::new().expect("a directory");
    let path = shared.path().to_str().expect("a path");
    let settings = [("DOCKET_DATA_DIR", path)];
    let nodes = [
        Server::on(&database.url(), &settings).await,
        Server::on(&database.url(), &settings).await,
    ];
    let mut user = User::register(&nodes[0]).await;
    assert_eq!(user.on(&nodes[1]).me_status().await, 200);
    let new = rotate(&nodes[0], "EdDSA");
    until("one node signs with the new key", || async {
        kid_of(&user.again(&nodes[0]).await) == new
    })
    .await;
    // The other node accepts the new key at once, whenever it last checked the file.
    let fresh = user.again(&nodes[0]).await;
    assert_eq!(fresh.on(&nodes[1]).me_status().await, 200);
    user.refresh().await;
    assert_eq!(user.on(&nodes[1]).me_status().await, 200);
    drop(nodes);
}
