//! The access token of a request: only tokens signed by a key of the server are valid.

#![no_main]

use std::sync::LazyLock;

use docket::auth::{KeyRing, SigningKey, Tokens};
use docket::config::Config;
use libfuzzer_sys::fuzz_target;

struct Issuer {
    keys: KeyRing,
    tokens: Tokens,
    /// One token per algorithm.
    issued: [String; 2],
}

const HMAC: &str = "h1:MDEyMzQ1Njc4OTAxMjM0NTY3ODkwMTIzNDU2Nzg5MDE";
const ED25519: &str = "e1:EdDSA:MDEyMzQ1Njc4OTAxMjM0NTY3ODkwMTIzNDU2Nzg5MDE";

static ISSUER: LazyLock<Issuer> = LazyLock::new(|| {
    let ring = |entries: [&str; 2]| {
        let mut config = Config::load().expect("settings");
        let keys = SigningKey::parse_list(entries.into_iter(), ':').expect("keys");
        config.jwt_keys = Some(keys);
        KeyRing::open(&config).expect("a key ring")
    };
    let tokens = Tokens {
        issuer: "docket".into(),
        audience: "docket".into(),
        // Longer than any run.
        seconds: 1 << 30,
    };
    let issue = |keys: &KeyRing| tokens.issue(keys, "a user", "a session").expect("a token");
    let keys = ring([HMAC, ED25519]);
    let issued = [issue(&keys), issue(&ring([ED25519, HMAC]))];
    Issuer {
        keys,
        tokens,
        issued,
    }
});

fuzz_target!(|data: &[u8]| {
    let issuer = &*ISSUER;
    let verify = |token: &str| issuer.tokens.verify(&issuer.keys, token);
    if let Ok(text) = std::str::from_utf8(data) {
        assert!(verify(text).is_none(), "forged: {text}");
        let keys = SigningKey::parse_list(text.lines(), ' ').unwrap_or_default();
        let file: String = keys.iter().map(SigningKey::line).collect();
        let again = SigningKey::parse_list(file.lines(), ' ').expect("what is written is read");
        let same = again.iter().map(SigningKey::line).collect::<String>() == file;
        assert!(same, "a key file that changes when it is written");
    }
    for token in &issuer.issued {
        assert!(verify(token).is_some(), "refused: {token}");
        let changed = changed(token, data);
        if changed != *token {
            assert!(verify(&changed).is_none(), "changed: {changed}");
        }
    }
});

/// Returns the token with some characters replaced, removed or added.
fn changed(token: &str, data: &[u8]) -> String {
    let mut bytes = token.as_bytes().to_vec();
    for edit in data.chunks_exact(3) {
        let place = usize::from(u16::from_be_bytes([edit[0], edit[1]]));
        match (place % (bytes.len() + 1), edit[2] & 0x7f) {
            (place, byte) if place == bytes.len() => bytes.push(byte),
            (place, 0) => bytes.truncate(place),
            (place, byte) => bytes[place] = byte,
        }
    }
    String::from_utf8_lossy(&bytes).into_owned()
}
