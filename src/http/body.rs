//! Bodies and queries: read whole, checked for type, size and encoding, parsed with the name of
//! the field that is wrong.

use rocket::data::{Data, FromData, ToByteUnit};
use rocket::http::RawStr;
use rocket::request::{FromRequest, Outcome, Request};
use serde::de::{DeserializeOwned, IgnoredAny};
use serde_path_to_error::Path;

use super::refuse;
use crate::error::{Code, Error};
use crate::locale::message;

/// The most bytes that a body may have, unless its route takes uploads.
pub const MOST_BYTES: u64 = 1 << 20;

/// The most bytes that a body may have whose sender is not authenticated: more than an e-mail address,
/// a name and a password need.
pub const ANYONES_BYTES: u64 = 16 << 10;

/// The most characters of an unknown field's name that a message repeats.
const MOST_NAMED: usize = 64;

/// A body has more than [`MOST_BYTES`].
pub const TOO_LARGE: Error = Error::TooLarge(message!("error-body-too-large"));

/// True if the body of a request was left unread, for it has more than [`ANYONES_BYTES`] and its
/// sender is not authenticated. Most routes refuse such a request before they look for its body.
#[derive(Default)]
pub struct Withheld(pub bool);

/// A JSON body.
pub struct Json<T>(pub T);

/// A JSON merge patch (RFC 7396); plain JSON is taken for one.
pub struct MergePatch<T>(pub T);

/// The fields of an HTML form.
pub struct Form<T>(pub T);

/// The query of the URL.
pub struct Query<T>(pub T);

type DataOutcome<'r, T> = rocket::data::Outcome<'r, T>;

#[rocket::async_trait]
impl<'r, T: DeserializeOwned> FromData<'r> for Json<T> {
    type Error = ();

    async fn from_data(request: &'r Request<'_>, data: Data<'r>) -> DataOutcome<'r, Self> {
        match json(request, data, &["application/json"]).await {
            Ok(value) => DataOutcome::Success(Json(value)),
            Err(error) => DataOutcome::Error(refuse(request, error)),
        }
    }
}

#[rocket::async_trait]
impl<'r, T: DeserializeOwned> FromData<'r> for MergePatch<T> {
    type Error = ();

    async fn from_data(request: &'r Request<'_>, data: Data<'r>) -> DataOutcome<'r, Self> {
        let types = ["application/merge-patch+json", "application/json"];
        match json(request, data, &types).await {
            Ok(value) => DataOutcome::Success(MergePatch(value)),
            Err(error) => DataOutcome::Error(refuse(request, error)),
        }
    }
}

#[rocket::async_trait]
impl<'r, T: DeserializeOwned> FromData<'r> for Form<T> {
    type Error = ();

    async fn from_data(request: &'r Request<'_>, data: Data<'r>) -> DataOutcome<'r, Self> {
        let read = async {
            let text = text(request, data, &["application/x-www-form-urlencoded"]).await?;
            urlencoded(&text)
        };
        match read.await {
            Ok(value) => DataOutcome::Success(Form(value)),
            Err(error) => DataOutcome::Error(refuse(request, error)),
        }
    }
}

#[rocket::async_trait]
impl<'r, T: DeserializeOwned> FromRequest<'r> for Query<T> {
    type Error = ();

    async fn from_request(request: &'r Request<'_>) -> Outcome<Self, ()> {
        let query = request.uri().query().map_or("", |query| query.as_str());
        match urlencoded(query) {
            Ok(value) => Outcome::Success(Query(value)),
            Err(error) => Outcome::Error(refuse(request, error)),
        }
    }
}

async fn json<T: DeserializeOwned>(
    request: &Request<'_>,
    data: Data<'_>,
    types: &[&'static str],
) -> Result<T, Error> {
    let text = text(request, data, types).await?;
    from_json(&text)
}

/// The text as a JSON object with the fields of the type.
///
/// # Errors
/// [`Error::Malformed`], or [`Error::Invalid`] with the field that is wrong.
pub(crate) fn from_json<T: DeserializeOwned>(text: &str) -> Result<T, Error> {
    // serde would take a list for an object whose fields have lost their names.
    if !text.trim_start().starts_with('{') {
        serde_json::from_str::<IgnoredAny>(text).map_err(|error| malformed(&error))?;
        return Err(Error::invalid(
            "body",
            Code::WrongType,
            message!("error-body-not-an-object"),
        ));
    }
    let mut deserializer = serde_json::Deserializer::from_str(text);
    let value = serde_path_to_error::deserialize(&mut deserializer).map_err(|error| {
        let inner = error.inner();
        if inner.is_data() {
            wrong_field(error.path(), &inner.to_string())
        } else {
            malformed(inner)
        }
    })?;
    deserializer.end().map_err(|error| malformed(&error))?;
    Ok(value)
}

fn malformed(error: &serde_json::Error) -> Error {
    let error = error.to_string();
    Error::Malformed(message!("error-not-json", error = error))
}

/// The body as text, if its type is one of those named and its size is within bounds.
async fn text(
    request: &Request<'_>,
    data: Data<'_>,
    types: &[&'static str],
) -> Result<String, Error> {
    let sent = request
        .headers()
        .get_one("Content-Type")
        .unwrap_or_default();
    let sent = sent.split(';').next().unwrap_or_default().trim();
    if !types.iter().any(|name| name.eq_ignore_ascii_case(sent)) {
        return Err(Error::UnsupportedMediaType(types[0]));
    }
    check_not_withheld(request)?;
    let bytes = data
        .open(MOST_BYTES.bytes())
        .into_bytes()
        .await
        .map_err(|_| Error::Malformed(message!("error-body-unreadable")))?;
    if !bytes.is_complete() {
        return Err(TOO_LARGE);
    }
    String::from_utf8(bytes.into_inner())
        .map_err(|_| Error::Malformed(message!("error-body-not-utf-8")))
}

/// Refuses a request whose body was left unread.
pub(super) fn check_not_withheld(request: &Request<'_>) -> Result<(), Error> {
    if request.local_cache(Withheld::default).0 {
        return Err(Error::TooLarge(message!("error-body-too-large-for-anyone")));
    }
    Ok(())
}

/// Parses the fields of a form or a query.
///
/// # Errors
/// [`Error::Malformed`], or [`Error::Invalid`] with the field that is wrong.
pub(crate) fn urlencoded<T: DeserializeOwned>(text: &str) -> Result<T, Error> {
    RawStr::new(text)
        .percent_decode()
        .map_err(|_| Error::Malformed(message!("error-fields-not-utf-8")))?;
    let deserializer = serde_html_form::Deserializer::from_bytes(text.as_bytes());
    serde_path_to_error::deserialize(deserializer)
        .map_err(|error| wrong_field(error.path(), &error.inner().to_string()))
}

/// The rule that serde found broken. Its message may repeat the value, which may be a secret, so
/// only the expectation is passed on.
fn wrong_field(path: &Path, message: &str) -> Error {
    let quoted = |start: &str| {
        let rest = message.strip_prefix(start)?.strip_prefix('`')?;
        rest.split('`').next().map(str::to_owned)
    };
    if let Some(name) = quoted("unknown field ") {
        // It can be as long as the body.
        let start: String = name.chars().take(MOST_NAMED).collect();
        let message = message!("error-unknown-field", name = start);
        return Error::invalid(&name, Code::UnknownField, message);
    }
    if let Some(name) = quoted("missing field ") {
        let message = message!("error-missing-field", name = &name);
        return Error::invalid(&name, Code::Required, message);
    }
    let twice = |name: &str| {
        let message = message!("error-duplicate-field", name = name);
        Error::invalid(name, Code::DuplicateField, message)
    };
    if let Some(name) = quoted("duplicate field ") {
        return twice(&name);
    }
    let field = match path.to_string() {
        path if path == "." => "body".to_owned(),
        path => path,
    };
    // In a form or a query, serde_html_form takes the values of a repeated name for a list.
    if message == "unsupported value" {
        return twice(&field);
    }
    let code = match message {
        _ if message.starts_with("unknown variant ") => Code::UnknownValue,
        _ if message.starts_with("number too ") => Code::OutOfRange,
        _ => Code::WrongType,
    };
    // The last one: a value may contain the same words.
    let expected = message
        .rsplit_once(", expected ")
        .map(|(_, rest)| rest.split(" at line ").next().unwrap_or(rest));
    let message = match (expected, code) {
        (Some(expected), _) => {
            message!("error-expected-value", field = &field, expected = expected)
        }
        (None, Code::OutOfRange) => message!("error-value-out-of-range", field = &field),
        (None, _) => message!("error-value-wrong-type", field = &field),
    };
    Error::invalid(&field, code, message)
}
