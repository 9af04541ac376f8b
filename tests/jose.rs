//! Interoperability of tokens with other JOSE implementations: PyJWT, jwcrypto and `jose`.

use std::io::Write;
use std::process::{Command, Stdio};

use serde_json::{Value, json};

use crate::support::{Ask, Ran, Server, User, jwt};

const SCRIPT: &str = concat!(
    env!("CARGO_MANIFEST_DIR"),
    "/tests/judges.d/jwcrypto_client.py"
);

/// Runs a program in the server's directory until it exits.
fn run(server: &Server, program: &str, arguments: &[&str], input: &str) -> Ran {
    let mut child = Command::new(program)
        .args(arguments)
        .current_dir(server.home())
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap_or_else(|error| panic!("{program}: {error}"));
    let mut stdin = child.stdin.take().expect("standard input");
    stdin.write_all(input.as_bytes()).expect("its input");
    drop(stdin);
    let output = child.wait_with_output().expect(program);
    let text = |bytes| String::from_utf8(bytes).expect("text");
    Ran {
        code: output.status.code(),
        stdout: text(output.stdout),
        stderr: text(output.stderr),
    }
}

/// Returns the Python that has the system's packages. Another one may precede it in the path.
fn python() -> &'static str {
    ["/usr/bin/python3", "python3"]
        .into_iter()
        .find(|python| {
            let ran = Command::new(python)
                .args(["-c", "import jwcrypto, jwt"])
                .stderr(Stdio::null())
                .status();
            ran.is_ok_and(|status| status.success())
        })
        .expect("a Python with jwt and jwcrypto (python3-jwt and python3-jwcrypto on Debian)")
}

/// Returns the Python programs of `docs/tokens.md` that verify a token.
fn documented() -> [String; 2] {
    let text = include_str!("../docs/tokens.md");
    let mut programs = text
        .split("```python\n")
        .skip(1)
        .filter_map(|rest| Some(rest.split_once("```")?.0.to_owned()))
        .filter(|program| program.contains("import jwt"));
    let mut next = || programs.next().expect("a program");
    [next(), next()]
}

/// Returns forgeries of a token: a changed claim, key id or signature, or no signature.
fn forgeries(token: &str) -> Vec<String> {
    let parts: Vec<&str> = token.split('.').collect();
    let mut header = jwt::header(token);
    let mut claims = jwt::claims(token);
    claims["sub"] = json!("somebody-else");
    let other = jwt::unsigned(&header, &claims);
    let first = if parts[2].starts_with('A') { 'B' } else { 'A' };
    header["alg"] = json!("none");
    vec![
        format!("{other}.{}", parts[2]),
        format!("{}.{}.{first}{}", parts[0], parts[1], &parts[2][1..]),
        format!("{}.", jwt::unsigned(&header, &jwt::claims(token))),
        jwt::mint(&jwt::header(token), &claims, &jwt::key(9)),
    ]
}

/// Asserts that the claims are those documented in `docs/tokens.md`.
fn assert_claims(claims: &Value, user: &User) {
    let number = |name: &str| claims[name].as_i64().expect(name);
    assert_eq!(claims["iss"], "docket");
    assert_eq!(claims["aud"], "docket");
    assert_eq!(claims["sub"], user.id);
    assert_eq!(number("exp") - number("iat"), 900);
    assert!((jwt::now() - number("iat")).abs() < 60, "{claims}");
    for name in ["sid", "jti"] {
        let id = claims[name].as_str().expect(name);
        assert!(uuid::Uuid::try_parse(id).is_ok(), "{name}: {id}");
    }
}

#[tokio::test]
async fn pyjwt_verifies_and_mints_as_the_documentation_says() {
    let server = Server::start().await;
    let ada = User::register(&server).await;
    let [_, program] = documented();
    let program = ["-c", &program];
    let minted = run(&server, python(), &program, &ada.tokens.access).exits(0);
    let minted = minted.stdout.trim();
    let me = server
        .get("/api/v1/me")
        .bearer_auth(minted)
        .gives(200)
        .await;
    assert_eq!(me["id"], ada.id);
    assert_claims(&jwt::claims(minted), &ada);
    for token in forgeries(&ada.tokens.access) {
        run(&server, python(), &program, &token).exits(1);
        server.get("/api/v1/me").bearer_auth(&token).is(401).await;
    }
}

#[tokio::test]
async fn pyjwt_verifies_with_the_published_keys_as_the_documentation_says() {
    let server = Server::with(&[("DOCKET_JWT_ALGORITHM", "EdDSA")]).await;
    let ada = User::register(&server).await;
    let [program, _] = documented();
    let program = program.replace("http://127.0.0.1:8000", &server.base);
    let program = ["-c", &program];
    let ran = run(&server, python(), &program, &ada.tokens.access).exits(0);
    // The claims are only strings and numbers, so Python's literals are JSON except for the quotes.
    let claims = ran.stdout.replace('\'', "\"");
    assert_claims(&serde_json::from_str(&claims).expect("claims"), &ada);
    for token in forgeries(&ada.tokens.access) {
        run(&server, python(), &program, &token).exits(1);
    }
}

#[tokio::test]
async fn jwcrypto_verifies_and_mints() {
    for algorithm in ["HS256", "EdDSA"] {
        let server = Server::with(&[("DOCKET_JWT_ALGORITHM", algorithm)]).await;
        let ada = User::register(&server).await;
        let arguments = [SCRIPT, algorithm, &server.base];
        let ran = run(&server, python(), &arguments, &ada.tokens.access).exits(0);
        let result: Value = serde_json::from_str(&ran.stdout).expect("a result");
        assert_claims(&result["claims"], &ada);
        let minted = result["minted"].as_str().expect("a token");
        let me = server
            .get("/api/v1/me")
            .bearer_auth(minted)
            .gives(200)
            .await;
        assert_eq!(me["id"], ada.id, "{algorithm}");
        for token in forgeries(&ada.tokens.access) {
            let ran = run(&server, python(), &arguments, &token);
            assert_ne!(ran.code, Some(0), "{algorithm}: {token}");
        }
    }
}

#[tokio::test]
async fn jose_verifies() {
    let server = Server::start().await;
    let ada = User::register(&server).await;
    let file = std::fs::read_to_string(server.data_dir().join("jwt.keys")).expect("the keys");
    let secret = file.trim().rsplit(' ').next().expect("a secret");
    let key = json!({ "kty": "oct", "alg": "HS256", "k": secret }).to_string();
    std::fs::write(server.home().join("key.jwk"), key).expect("the key");
    let arguments = ["jws", "ver", "-i-", "-kkey.jwk", "-O-"];
    let ran = run(&server, "jose", &arguments, &ada.tokens.access).exits(0);
    assert_claims(&serde_json::from_str(&ran.stdout).expect("claims"), &ada);
    for token in forgeries(&ada.tokens.access) {
        let ran = run(&server, "jose", &arguments, &token);
        assert_ne!(ran.code, Some(0), "{token}");
    }
}
