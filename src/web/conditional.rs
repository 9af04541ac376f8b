//! Conditional requests (RFC 9110, section 13), responses with validators, and the
//! `Idempotency-Key` header.

use aws_lc_rs::digest;
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use headers::{ETag, Header as _, HeaderValue, IfMatch, IfNoneMatch};
use hyper::body::Bytes;
use rocket::http::{ContentType, Header, Method, Status};
use rocket::request::{FromRequest, Outcome, Request};
use rocket::response::{self, Responder, Response};
use serde::Serialize;

use super::handover::whole_body;
use super::refuse;
use crate::error::{Code, Error, Violation, check_length};
use crate::work::{Command, IdempotencyKey};

const MOST_KEY_BYTES: usize = 255;

/// A JSON response with its headers.
pub struct Answer<T> {
    status: Status,
    location: Option<String>,
    etag: Option<String>,
    replayed: bool,
    body: Content<T>,
}

enum Content<T> {
    /// A value to serialize.
    Value(T),
    /// Serialized JSON.
    Written(Bytes),
    /// No body: the client has the current representation.
    Known,
}

impl<T> Answer<T> {
    /// Creates a 200 response.
    pub fn ok(body: T) -> Answer<T> {
        Answer {
            status: Status::Ok,
            location: None,
            etag: None,
            replayed: false,
            body: Content::Value(body),
        }
    }

    /// Creates a 200 response from serialized JSON.
    pub fn written(json: Bytes) -> Answer<T> {
        Answer {
            body: Content::Written(json),
            ..Answer::known()
        }
    }

    /// Creates a 304 response, for a client that has the current representation.
    pub fn known() -> Answer<T> {
        Answer {
            status: Status::Ok,
            location: None,
            etag: None,
            replayed: false,
            body: Content::Known,
        }
    }

    /// Creates a 201 response with the path of the new resource.
    pub fn created(location: String, body: T) -> Answer<T> {
        Answer {
            status: Status::Created,
            location: Some(location),
            ..Answer::ok(body)
        }
    }

    /// 204, without a body.
    pub fn no_content() -> Answer<T> {
        Answer {
            status: Status::NoContent,
            location: None,
            etag: None,
            replayed: false,
            body: Content::Known,
        }
    }

    /// Adds an entity tag, including its quotes.
    pub fn tagged(mut self, etag: String) -> Answer<T> {
        self.etag = Some(etag);
        self
    }

    /// Marks the response as replayed if its `Idempotency-Key` was used before.
    pub fn replayed(mut self, replayed: bool) -> Answer<T> {
        self.replayed = replayed;
        self
    }
}

impl<'r, T: Serialize> Responder<'r, 'static> for Answer<T> {
    fn respond_to(self, request: &'r Request<'_>) -> response::Result<'static> {
        let mut response = Response::build();
        response.status(self.status);
        if let Some(location) = self.location {
            response.header(Header::new("Location", location));
        }
        if self.replayed {
            response.header(Header::new("Idempotency-Replayed", "true"));
        }
        if self.status == Status::NoContent {
            return Ok(response.finalize());
        }
        response.header(ContentType::JSON);
        let mut known = matches!(self.body, Content::Known);
        if let Some(etag) = self.etag {
            let read = matches!(request.method(), Method::Get | Method::Head);
            known = known || read && Validators::of(request).have(&etag);
            response.header(Header::new("ETag", etag));
        }
        let written = match self.body {
            Content::Written(text) => Ok(text),
            Content::Value(value) => serde_json::to_vec(&value).map(Bytes::from),
            Content::Known => Ok(Bytes::new()),
        };
        if known {
            return Ok(response.status(Status::NotModified).finalize());
        }
        let Ok(body) = written else {
            return Error::Internal("an answer cannot be written as JSON".into())
                .respond_to(request);
        };
        Ok(whole_body(request, &mut response, body).finalize())
    }
}

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
pub struct Validators(Option<IfNoneMatch>);

impl Validators {
    fn of(request: &Request<'_>) -> Validators {
        Validators(decoded(request, "If-None-Match"))
    }

    /// Returns true if the client has the representation with this tag.
    pub fn have(&self, etag: &str) -> bool {
        match (&self.0, etag.parse::<ETag>()) {
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
        let tags = tags.map(|tag| tag.trim().to_owned());
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
    /// The key of a command on a target, with a digest of both and of the input.
    pub fn of_command(self, command: &impl Command, target: &str) -> Option<IdempotencyKey> {
        let (key, input) = self.0?;
        let parts = [command.name().as_bytes(), target.as_bytes(), &input];
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
        return Err(Violation::new(Code::Required, "The key is empty."));
    }
    check_length(key, MOST_KEY_BYTES, "a key")?;
    if key.bytes().all(|byte| byte.is_ascii_graphic()) {
        return Ok(());
    }
    let message = "A key can have visible ASCII characters only.";
    Err(Violation::new(Code::InvalidCharacters, message))
}
