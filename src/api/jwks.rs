//! The public keys, for programs that verify access tokens (RFC 7517).

use rocket::http::{ContentType, Header};
use rocket::response::Responder;
use rocket::{State, get};
use serde_json::json;

use crate::auth::Auth;

/// Long enough to spare the server. A new key is found sooner: clients refetch the set when they
/// meet an unknown `kid`.
const CACHING: &str = "public, max-age=300";

/// The JSON Web Key Set response.
#[derive(Responder)]
pub struct KeySet {
    body: String,
    content_type: ContentType,
    caching: Header<'static>,
}

/// Serves the public keys. HS256 keys are secret and excluded.
#[get("/.well-known/jwks.json")]
pub fn published(auth: &State<Auth>) -> KeySet {
    KeySet {
        body: json!({ "keys": auth.keys.public() }).to_string(),
        content_type: ContentType::new("application", "jwk-set+json"),
        caching: Header::new("Cache-Control", CACHING),
    }
}
