//! Access tokens minted by the tests, valid and invalid.

use std::time::{SystemTime, UNIX_EPOCH};

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use jsonwebtoken::{Algorithm, EncodingKey, crypto};
use serde_json::{Value, json};

/// Returns a key for `DOCKET_JWT_KEYS`: 32 bytes derived from `seed`.
pub fn key(seed: u8) -> [u8; 32] {
    std::array::from_fn(|index| seed.wrapping_mul(31).wrapping_add(index as u8 * 7))
}

/// Formats an entry of `DOCKET_JWT_KEYS`.
pub fn entry(kid: &str, key: &[u8]) -> String {
    format!("{kid}:{}", URL_SAFE_NO_PAD.encode(key))
}

pub fn now() -> i64 {
    let elapsed = SystemTime::now().duration_since(UNIX_EPOCH);
    elapsed.expect("a clock after 1970").as_secs() as i64
}

/// Returns the claims of a token, unverified.
pub fn claims(token: &str) -> Value {
    part(token, 1)
}

/// Returns the header of a token, unverified.
pub fn header(token: &str) -> Value {
    part(token, 0)
}

fn part(token: &str, index: usize) -> Value {
    let text = token.split('.').nth(index).expect("three parts");
    let bytes = URL_SAFE_NO_PAD.decode(text).expect("base64url");
    serde_json::from_slice(&bytes).expect("JSON")
}

/// Returns the header of Docket's own tokens.
pub fn plain_header(kid: &str) -> Value {
    json!({ "alg": "HS256", "typ": "at+jwt", "kid": kid })
}

/// Signs `header` and `claims` unchanged with HMAC-SHA-256, whatever the header says.
pub fn mint(header: &Value, claims: &Value, key: &[u8]) -> String {
    mint_with(header, claims, key, Algorithm::HS256)
}

/// Like [`mint`], with another HMAC.
pub fn mint_with(header: &Value, claims: &Value, key: &[u8], algorithm: Algorithm) -> String {
    let message = unsigned(header, claims);
    let key = EncodingKey::from_secret(key);
    let signature = crypto::sign(message.as_bytes(), &key, algorithm).expect("a signature");
    format!("{message}.{signature}")
}

/// Encodes `header.claims`, without the second dot.
pub fn unsigned(header: &Value, claims: &Value) -> String {
    let encode = |value: &Value| URL_SAFE_NO_PAD.encode(value.to_string());
    format!("{}.{}", encode(header), encode(claims))
}
