//! Access tokens: JWT (RFC 7519) with the profile of RFC 9068, following RFC 8725.

use jsonwebtoken::{Header, Validation, decode, decode_header, encode};
use serde::{Deserialize, Serialize};

use super::KeyRing;
use crate::db::Timestamp;
use crate::error::Error;

/// Media type of access tokens (RFC 9068, section 2.1).
const TYPE: &str = "at+jwt";

/// Tolerated clock skew, in seconds.
const LEEWAY: u64 = 30;

/// Claims of an access token.
#[derive(Debug, Serialize, Deserialize)]
pub struct Claims {
    /// Issuer.
    pub iss: String,
    /// Audience.
    pub aud: String,
    /// Id of the user.
    pub sub: String,
    /// Id of the session.
    pub sid: String,
    /// Time of issue, in Unix seconds.
    pub iat: i64,
    /// Time of expiry, in Unix seconds.
    pub exp: i64,
    /// Id of the token.
    pub jti: String,
}

/// Issuer, audience and lifetime of access tokens.
pub struct Tokens {
    /// The `iss` claim.
    pub issuer: String,
    /// The `aud` claim.
    pub audience: String,
    /// Lifetime: seconds from `iat` to `exp`.
    pub seconds: u32,
}

impl Tokens {
    /// Signs an access token for a session.
    ///
    /// # Errors
    /// [`Error::Internal`] if signing fails.
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

    /// Verifies a token and returns its claims. `None` if the token is invalid or expired.
    pub fn verify(&self, keys: &KeyRing, token: &str) -> Option<Claims> {
        self.claims(keys, token, true)
    }

    /// Returns the id of the user to whom a token was issued, at whatever time.
    pub fn issued_to(&self, keys: &KeyRing, token: &str) -> Option<String> {
        self.claims(keys, token, false).map(|claims| claims.sub)
    }

    fn claims(&self, keys: &KeyRing, token: &str, expires: bool) -> Option<Claims> {
        let header = decode_header(token).ok()?;
        let typed = header.typ.as_deref().is_some_and(|name| {
            let name = name.to_ascii_lowercase();
            name.strip_prefix("application/").unwrap_or(&name) == TYPE
        });
        // Neither critical extensions (RFC 7515, section 4.1.11) nor unencoded payloads (RFC 7797,
        // section 7) are supported.
        let extended = header.crit.is_some() || header.extras.inner().contains_key("b64");
        if !typed || extended {
            return None;
        }
        let key = keys.find(header.kid.as_deref()?)?;
        // The key fixes the algorithm. Otherwise a public key could be used as an HMAC secret (RFC
        // 8725, section 2.1).
        if header.alg != key.jwt_algorithm() {
            return None;
        }
        let mut validation = Validation::new(key.jwt_algorithm());
        validation.set_required_spec_claims(&["iss", "aud", "exp", "sub"]);
        validation.set_issuer(&[&self.issuer]);
        validation.set_audience(&[&self.audience]);
        validation.leeway = LEEWAY;
        validation.validate_nbf = true;
        validation.validate_exp = expires;
        decode::<Claims>(token, key.verifier(), &validation)
            .ok()
            .map(|token| token.claims)
    }
}
