//! Access tokens: JWT (RFC 7519) in the profile of RFC 9068, used as RFC 8725 advises.

use jsonwebtoken::{Header, Validation, decode, decode_header, encode};
use serde::{Deserialize, Serialize};

use super::KeyRing;
use crate::db::Timestamp;
use crate::error::Error;

/// The media type of access tokens (RFC 9068, section 2.1).
const TYPE: &str = "at+jwt";

/// How far clocks may be apart, in seconds.
const LEEWAY: u64 = 30;

/// The claims of an access token.
#[derive(Debug, Serialize, Deserialize)]
pub struct Claims {
    /// Who issued it.
    pub iss: String,
    /// Whom it is for.
    pub aud: String,
    /// The user's id.
    pub sub: String,
    /// The session's id.
    pub sid: String,
    /// When it was issued, in seconds since 1970.
    pub iat: i64,
    /// When it expires, in seconds since 1970.
    pub exp: i64,
    /// The token's own id.
    pub jti: String,
}

/// What access tokens say, and how long they hold.
pub struct Tokens {
    /// The `iss` claim.
    pub issuer: String,
    /// The `aud` claim.
    pub audience: String,
    /// Seconds from `iat` to `exp`.
    pub seconds: u32,
}

impl Tokens {
    /// Signs a token for a session.
    pub fn issue(&self, keys: &KeyRing, user_id: &str, session_id: &str) -> Result<String, Error> {
        let key = keys.signing();
        let mut header = Header::new(key.jwt_algorithm());
        header.typ = Some(TYPE.into());
        header.kid = Some(key.kid.clone());
        let now = Timestamp::now().unix_seconds();
        let claims = Claims {
            iss: self.issuer.clone(),
            aud: self.audience.clone(),
            sub: user_id.to_owned(),
            sid: session_id.to_owned(),
            iat: now,
            exp: now + i64::from(self.seconds),
            jti: crate::db::new_id(),
        };
        encode(&header, &claims, key.signer())
            .map_err(|error| Error::Internal(format!("a token cannot be signed: {error}")))
    }

    /// The claims of a token, if it is one of ours and holds now.
    pub fn verify(&self, keys: &KeyRing, token: &str) -> Option<Claims> {
        let header = decode_header(token).ok()?;
        let typed = header.typ.as_deref().is_some_and(|name| {
            let name = name.to_ascii_lowercase();
            name.strip_prefix("application/").unwrap_or(&name) == TYPE
        });
        // Extensions that must be understood (RFC 7515, section 4.1.11), and an unencoded payload
        // (RFC 7797, section 7): neither is supported.
        let extended = header.crit.is_some() || header.extras.inner().contains_key("b64");
        if !typed || extended {
            return None;
        }
        let key = keys.find(header.kid.as_deref()?)?;
        // The key says how it is used, or a public key would do as a secret (RFC 8725, 2.1).
        if header.alg != key.jwt_algorithm() {
            return None;
        }
        let mut validation = Validation::new(key.jwt_algorithm());
        validation.set_required_spec_claims(&["iss", "aud", "exp", "sub"]);
        validation.set_issuer(&[&self.issuer]);
        validation.set_audience(&[&self.audience]);
        validation.leeway = LEEWAY;
        validation.validate_nbf = true;
        decode::<Claims>(token, key.verifier(), &validation)
            .ok()
            .map(|token| token.claims)
    }
}
