//! Conditional requests (RFC 9110, section 13), entity tags, and the `Idempotency-Key` header.

use aws_lc_rs::digest;
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use headers::{ETag, Header as _, HeaderValue, IfMatch, IfNoneMatch};
use rocket::request::{FromRequest, Outcome, Request};
use serde::Serialize;

use super::coding::Coding;
use super::compression::{coding_of, plain_tag, tag_in};
use super::refuse;
use crate::error::{Code, Error, Violation, check_length};
use crate::idempotency::IdempotencyKey;
use crate::locale::message;

const MOST_KEY_BYTES: usize = 255;

/// Returns a strong entity tag computed from the parts.
pub fn tag_of(parts: &[&[u8]]) -> String {
    format!("\"{}\"", URL_SAFE_NO_PAD.encode(&digest_of(parts)[..16]))
}

/// Returns the SHA-256 of the parts. Each part is prefixed with its length, so different lists of
/// parts have different digests.
pub fn digest_of(parts: &[&[u8]]) -> [u8; 32] {
    let mut context = digest::Context::new(&digest::SHA256);
    for part in parts {
        context.update(&(part.len() as u64).to_be_bytes());
        context.update(part);
    }
    let mut bytes = [0; 32];
    bytes.copy_from_slice(context.finish().as_ref());
    bytes
}

/// The entity tags of `If-None-Match`.
pub struct Validators {
    tags: Option<IfNoneMatch>,
    /// The coding in which the client would get the response.
    coding: Option<Coding>,
}

impl Validators {
    /// Returns those of a request.
    pub fn of(request: &Request<'_>) -> Validators {
        Validators {
            tags: decoded(request, "If-None-Match"),
            coding: coding_of(request),
        }
    }

    /// Returns true if the client has the representation with this tag, plain or in the coding that
    /// it would get.
    pub fn have(&self, etag: &str) -> bool {
        let coded = self.coding.map(|coding| tag_in(coding, etag));
        self.list(etag) || coded.is_some_and(|coded| self.list(&coded))
    }

    /// Returns true if the header has exactly this tag, by weak comparison.
    pub(super) fn list(&self, etag: &str) -> bool {
        match (&self.tags, etag.parse::<ETag>()) {
            (Some(conditions), Ok(etag)) => !conditions.precondition_passes(&etag),
            _ => false,
        }
    }
}

#[rocket::async_trait]
impl<'r> FromRequest<'r> for Validators {
    type Error = ();

    async fn from_request(request: &'r Request<'_>) -> Outcome<Self, ()> {
        Outcome::Success(Validators::of(request))
    }
}

fn decoded<H: headers::Header>(request: &Request<'_>, name: &str) -> Option<H> {
    let values: Vec<_> = request
        .headers()
        .get(name)
        .filter_map(|value| HeaderValue::from_str(value).ok())
        .collect();
    (!values.is_empty()).then(|| H::decode(&mut values.iter()).ok())?
}

/// The condition of `If-Match` (RFC 9110, section 13.1.1).
pub struct Precondition(Condition);

enum Condition {
    /// There is no condition.
    None,
    /// There must be something.
    Exists,
    /// It must have one of these entity tags.
    OneOf(Vec<String>),
}

impl Precondition {
    /// The entity tags, one of which must match by strong comparison. `None` if any version matches.
    pub fn tags(&self) -> Option<&[String]> {
        match &self.0 {
            Condition::None | Condition::Exists => None,
            Condition::OneOf(tags) => Some(tags),
        }
    }

    /// No condition.
    pub fn none() -> Precondition {
        Precondition(Condition::None)
    }

    fn of(request: &Request<'_>) -> Precondition {
        let name = IfMatch::name().as_str();
        if !request.headers().contains(name) {
            return Precondition::none();
        }
        // A condition that cannot be read is not met.
        let tags = match decoded::<IfMatch>(request, name) {
            Some(condition) if condition.is_any() => return Precondition(Condition::Exists),
            Some(_) => request.headers().get(name),
            None => return Precondition(Condition::OneOf(Vec::new())),
        };
        // A tag with a comma is not from this server.
        let tags = tags.flat_map(|value| value.split(','));
        // Every coding is of the same version.
        let tags = tags.map(|tag| plain_tag(tag.trim()));
        Precondition(Condition::OneOf(tags.collect()))
    }
}

#[rocket::async_trait]
impl<'r> FromRequest<'r> for Precondition {
    type Error = ();

    async fn from_request(request: &'r Request<'_>) -> Outcome<Self, ()> {
        Outcome::Success(Precondition::of(request))
    }
}

/// The `Idempotency-Key` header, if present.
pub struct IdempotencyHeader(Option<String>);

/// The key of a request with the JSON of its input.
pub struct KeyedInput(Option<(String, Vec<u8>)>);

impl IdempotencyHeader {
    /// Adds the input of the request.
    ///
    /// # Errors
    /// [`Error::Internal`] if the input cannot be written as JSON.
    pub fn with_input(self, input: &impl Serialize) -> Result<KeyedInput, Error> {
        let Some(key) = self.0 else {
            return Ok(KeyedInput(None));
        };
        let input = serde_json::to_vec(input)
            .map_err(|error| Error::Internal(format!("a request cannot be written: {error}")))?;
        Ok(KeyedInput(Some((key, input))))
    }
}

impl KeyedInput {
    /// The key of a command on a target, with a digest of its name, the target and the input.
    pub fn of_command(self, command: &str, target: &str) -> Option<IdempotencyKey> {
        let (key, input) = self.0?;
        let parts = [command.as_bytes(), target.as_bytes(), &input];
        Some(IdempotencyKey {
            fingerprint: URL_SAFE_NO_PAD.encode(digest_of(&parts)),
            key,
        })
    }
}

#[rocket::async_trait]
impl<'r> FromRequest<'r> for IdempotencyHeader {
    type Error = ();

    async fn from_request(request: &'r Request<'_>) -> Outcome<Self, ()> {
        let name = "Idempotency-Key";
        let Some(key) = request.headers().get_one(name) else {
            return Outcome::Success(IdempotencyHeader(None));
        };
        match check_key(key) {
            Ok(()) => Outcome::Success(IdempotencyHeader(Some(key.to_owned()))),
            Err(violation) => {
                let error = Error::Invalid(vec![violation.of(name)]);
                Outcome::Error(refuse(request, error))
            }
        }
    }
}

fn check_key(key: &str) -> Result<(), Violation> {
    if key.is_empty() {
        return Err(Violation::new(Code::Required, message!("error-key-empty")));
    }
    check_length(key, MOST_KEY_BYTES, message!("thing-key"))?;
    if key.bytes().all(|byte| byte.is_ascii_graphic()) {
        return Ok(());
    }
    let message = message!("error-key-characters");
    Err(Violation::new(Code::InvalidCharacters, message))
}
