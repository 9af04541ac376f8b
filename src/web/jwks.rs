//! The public keys, for programs that verify access tokens (RFC 7517).

use rocket::http::{ContentType, Header};
use rocket::response::Responder;
use rocket::{State, get};
use serde_json::json;

use crate::auth::Auth;

/// Long enough to spare the server, and short for a key that is new: who meets an unknown `kid`
/// asks again anyway.
const CACHING: &str = "public, max-age=300";

/// The answer with the keys.
#[derive(Responder)]
pub struct KeySet {
    body: String,
    content_type: ContentType,
    caching: Header<'static>,
}

/// The public halves of the keys that have one; secrets of HS256 have none.
#[get("/.well-known/jwks.json")]
pub fn published(auth: &State<Auth>) -> KeySet {
    KeySet {
        body: json!({ "keys": auth.keys.public() }).to_string(),
        content_type: ContentType::new("application", "jwk-set+json"),
        caching: Header::new("Cache-Control", CACHING),
    }
}
