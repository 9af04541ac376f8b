//! Signing keys: algorithm, `kid` and text form.

use aws_lc_rs::rand;
use aws_lc_rs::signature::{Ed25519KeyPair, KeyPair};
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use jsonwebtoken::{Algorithm, DecodingKey, EncodingKey};
use serde::Serialize;

use crate::timestamp::Timestamp;

/// Length of a key in bytes: the minimum for HS256 (RFC 7518, section 3.2), the exact length of an
/// Ed25519 seed (RFC 8032, section 5.1.5).
const LEAST_BYTES: usize = 32;

/// Lower bound of numeric `kid`s that are read as the key's creation time in Unix seconds.
const YEAR_2001: i64 = 1_000_000_000;

/// Signature algorithm. It is a property of the key; a token cannot choose it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum KeyAlgorithm {
    /// HMAC with SHA-256. The key that verifies can also sign.
    #[default]
    Hs256,
    /// Ed25519 (RFC 8037). The public key verifies and can be published.
    EdDsa,
}

impl KeyAlgorithm {
    const ALL: [KeyAlgorithm; 2] = [KeyAlgorithm::Hs256, KeyAlgorithm::EdDsa];

    /// Returns the registered name (RFC 7518, RFC 8037).
    pub fn name(self) -> &'static str {
        match self {
            KeyAlgorithm::Hs256 => "HS256",
            KeyAlgorithm::EdDsa => "EdDSA",
        }
    }
}

impl std::fmt::Display for KeyAlgorithm {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.write_str(self.name())
    }
}

impl std::str::FromStr for KeyAlgorithm {
    type Err = String;

    fn from_str(text: &str) -> Result<KeyAlgorithm, String> {
        KeyAlgorithm::ALL
            .into_iter()
            .find(|algorithm| algorithm.name() == text)
            .ok_or_else(|| "must be HS256 or EdDSA".to_owned())
    }
}

/// A key that signs access tokens.
#[derive(Clone)]
pub struct SigningKey {
    /// The `kid` header of the tokens it signs.
    pub kid: String,
    /// The `alg` header of the tokens it signs. Tokens with another `alg` are rejected.
    pub algorithm: KeyAlgorithm,
    secret: Vec<u8>,
    signer: EncodingKey,
    verifier: DecodingKey,
    public: Option<Vec<u8>>,
}

/// A public key as a JSON Web Key (RFC 7517, RFC 8037).
#[derive(Serialize)]
pub struct Jwk {
    kty: &'static str,
    crv: &'static str,
    alg: &'static str,
    #[serde(rename = "use")]
    purpose: &'static str,
    kid: String,
    x: String,
}

impl SigningKey {
    /// Parses entries of the form `kid`, separator, secret in base64url. An algorithm other than
    /// HS256 stands between `kid` and secret.
    ///
    /// # Errors
    /// A description of the problem. It never contains the secret.
    pub fn parse_list<'a>(
        entries: impl Iterator<Item = &'a str>,
        separator: char,
    ) -> Result<Vec<SigningKey>, String> {
        let mut keys: Vec<SigningKey> = Vec::new();
        for (index, entry) in entries.enumerate() {
            let which = format!("key {}", index + 1);
            let key = SigningKey::parse(entry.trim(), separator)
                .map_err(|problem| format!("{which} {problem}"))?;
            if keys.iter().any(|other| other.kid == key.kid) {
                return Err(format!("{which} has the kid of another one"));
            }
            keys.push(key);
        }
        Ok(keys)
    }

    fn parse(entry: &str, separator: char) -> Result<SigningKey, String> {
        let (kid, rest) = entry
            .split_once(separator)
            .ok_or_else(|| format!("must be kid{separator}base64url"))?;
        let kid_is_plain = !kid.is_empty()
            && kid.len() <= 64
            && kid
                .bytes()
                .all(|byte| byte.is_ascii_alphanumeric() || b"-_.".contains(&byte));
        if !kid_is_plain {
            return Err("must have a kid of 1 to 64 letters, digits, - _ .".into());
        }
        let rest = rest.trim();
        let (algorithm, secret) = match rest.split_once(separator) {
            Some((name, secret)) => (name.parse::<KeyAlgorithm>(), secret),
            None => (Ok(KeyAlgorithm::Hs256), rest),
        };
        let algorithm =
            algorithm.map_err(|expected| format!("has another algorithm: it {expected}"))?;
        let secret = URL_SAFE_NO_PAD
            .decode(secret.trim().trim_end_matches('='))
            .map_err(|_| "is not base64url".to_owned())?;
        SigningKey::of(kid, algorithm, secret)
    }

    fn of(kid: &str, algorithm: KeyAlgorithm, secret: Vec<u8>) -> Result<SigningKey, String> {
        let (signer, verifier, public) = match algorithm {
            KeyAlgorithm::Hs256 if secret.len() < LEAST_BYTES => {
                return Err(format!("must have at least {LEAST_BYTES} bytes"));
            }
            KeyAlgorithm::Hs256 => (
                EncodingKey::from_secret(&secret),
                DecodingKey::from_secret(&secret),
                None,
            ),
            KeyAlgorithm::EdDsa => {
                let wrong = format!("must be an Ed25519 seed of {LEAST_BYTES} bytes");
                let pair =
                    Ed25519KeyPair::from_seed_unchecked(&secret).map_err(|_| wrong.clone())?;
                let document = pair.to_pkcs8v1().map_err(|_| wrong)?;
                let public = pair.public_key().as_ref().to_vec();
                (
                    EncodingKey::from_ed_der(document.as_ref()),
                    DecodingKey::from_ed_der(&public),
                    Some(public),
                )
            }
        };
        Ok(SigningKey {
            kid: kid.to_owned(),
            algorithm,
            secret,
            signer,
            verifier,
            public,
        })
    }

    /// Generates a random key with a `kid` not used by `others`.
    ///
    /// # Errors
    /// If the system has no random numbers.
    pub fn generate(algorithm: KeyAlgorithm, others: &[SigningKey]) -> Result<SigningKey, String> {
        let mut secret = [0; LEAST_BYTES];
        rand::fill(&mut secret).map_err(|_| "no random numbers".to_owned())?;
        let latest = others.iter().filter_map(SigningKey::made_in).max();
        let now = Timestamp::now().unix_seconds();
        let kid = latest.map_or(now, |latest| now.max(latest + 1));
        SigningKey::of(&kid.to_string(), algorithm, secret.to_vec())
    }

    /// Formats the key as a line of the key file. [`parse_list`](Self::parse_list) reads it back.
    pub fn line(&self) -> String {
        let secret = URL_SAFE_NO_PAD.encode(&self.secret);
        match self.algorithm {
            KeyAlgorithm::Hs256 => format!("{} {secret}\n", self.kid),
            other => format!("{} {other} {secret}\n", self.kid),
        }
    }

    /// Returns the creation time, if the `kid` contains it.
    pub fn made_at(&self) -> Option<Timestamp> {
        self.made_in()
            .map(|seconds| Timestamp(0).plus_seconds(seconds))
    }

    fn made_in(&self) -> Option<i64> {
        let seconds: i64 = self.kid.parse().ok()?;
        // Larger numbers are arbitrary names.
        (YEAR_2001..YEAR_2001 * 10)
            .contains(&seconds)
            .then_some(seconds)
    }

    /// Returns the public key. `None` for HMAC.
    pub fn jwk(&self) -> Option<Jwk> {
        self.public.as_ref().map(|public| Jwk {
            kty: "OKP",
            crv: "Ed25519",
            alg: self.algorithm.name(),
            purpose: "sig",
            kid: self.kid.clone(),
            x: URL_SAFE_NO_PAD.encode(public),
        })
    }

    /// Returns the secret bytes, for use as an HMAC key.
    pub(super) fn secret(&self) -> &[u8] {
        &self.secret
    }

    pub(super) fn signer(&self) -> &EncodingKey {
        &self.signer
    }

    pub(super) fn verifier(&self) -> &DecodingKey {
        &self.verifier
    }

    pub(super) fn jwt_algorithm(&self) -> Algorithm {
        match self.algorithm {
            KeyAlgorithm::Hs256 => Algorithm::HS256,
            KeyAlgorithm::EdDsa => Algorithm::EdDSA,
        }
    }
}

impl std::fmt::Debug for SigningKey {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter
            .debug_struct("SigningKey")
            .field("kid", &self.kid)
            .field("algorithm", &self.algorithm)
            .finish_non_exhaustive()
    }
}
