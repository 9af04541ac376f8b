//! Responses to [`Error`]: problem details (RFC 9457) for programs. Pages for people are rendered by
//! [`ErrorPages`].

use rocket::http::{ContentType, Header, Status};
use rocket::request::Request;
use rocket::response::{self, Responder, Response};
use serde::Serialize;

use super::extension::requested_uri;
use super::language::{language_of, set_language};
use super::{refuse, request_id};
use crate::error::{Challenge, Error, FieldError, FieldProblem, Kind, UNSPECIFIC};
use crate::locale::Language;
use crate::log;

/// Responses to errors outside the API. A managed state, so that this module needs to know nothing of
/// pages.
pub struct ErrorPages {
    /// Renders the response to an error.
    pub respond: for<'r> fn(&'r Request<'_>, &Error) -> response::Result<'static>,
    /// Returns false if the catcher has to read a part of the page first.
    pub is_ready: for<'r> fn(&'r Request<'_>) -> bool,
}

/// A problem document (RFC 9457).
#[derive(Serialize, utoipa::ToSchema)]
pub struct Problem {
    /// Kind of the problem: a reference to its description, relative to the server. `about:blank`
    /// if the status is self-explanatory.
    #[serde(rename = "type")]
    #[schema(example = "/api/docs#problem-invalid", format = "uri-reference")]
    pub kind: String,
    /// Title; the same for every problem of the kind.
    #[schema(example = "Invalid input")]
    pub title: String,
    /// HTTP status.
    #[schema(example = 422)]
    pub status: u16,
    /// Advice for people.
    #[schema(example = "Give the task a title.")]
    pub detail: String,
    /// Invalid fields, if the problem is about fields.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub errors: Option<Vec<FieldProblem>>,
    /// Id of the request, for a server fault. The log has the cause under this id.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(example = "0192f0c1-2345-7000-8000-000000000000")]
    pub request_id: Option<String>,
}

impl Problem {
    fn of(request: &Request<'_>, error: &Error) -> Problem {
        let status = error.status();
        let fields = error.fields();
        let language = language_of(request);
        Problem {
            kind: error.kind().map_or(UNSPECIFIC.into(), Kind::uri),
            title: error.title(language),
            status,
            detail: error.detail(language),
            errors: (!fields.is_empty()).then(|| said(fields, language)),
            request_id: reference(request, status).map(str::to_owned),
        }
    }
}

/// Returns the errors of fields in a language.
pub fn said(fields: &[FieldError], language: Language) -> Vec<FieldProblem> {
    fields.iter().map(|field| field.say(language)).collect()
}

impl<'r> Responder<'r, 'static> for Error {
    fn respond_to(self, request: &'r Request<'_>) -> response::Result<'static> {
        let pages = request.rocket().state::<ErrorPages>();
        let pages = pages.filter(|_| !is_api(request));
        if pages.is_some_and(|pages| !(pages.is_ready)(request)) {
            let (status, ()) = refuse(request, self);
            return Err(status);
        }
        log::report(&self);
        let mut response = match pages {
            Some(pages) => (pages.respond)(request, &self)?,
            None => problem(request, &self)?,
        };
        if let Error::MethodNotAllowed(methods) = &self {
            response.set_header(Header::new("Allow", methods.join(", ")));
        }
        if let Some(seconds) = self.retry_after() {
            response.set_header(Header::new("Retry-After", seconds.to_string()));
        }
        Ok(response)
    }
}

/// Returns true if the path belongs to the API.
pub fn is_api(request: &Request<'_>) -> bool {
    let path = requested_uri(request).path();
    path == "/api" || path.starts_with("/api/") || path.starts_with("/health/")
}

fn problem(request: &Request<'_>, error: &Error) -> response::Result<'static> {
    let body = serde_json::to_string(&Problem::of(request, error))
        .map_err(|_| Status::InternalServerError)?;
    let mut response = Response::build()
        .status(Status::new(error.status()))
        .header(ContentType::new("application", "problem+json"))
        .sized_body(body.len(), std::io::Cursor::new(body))
        .finalize();
    set_language(request, &mut response);
    if let Some(challenge) = challenge(error) {
        response.set_header(Header::new("WWW-Authenticate", challenge));
    }
    Ok(response)
}

/// Returns the value of `WWW-Authenticate` (RFC 6750, section 3). A request without a token gets no
/// error code.
fn challenge(error: &Error) -> Option<String> {
    let reason = match error {
        Error::Unauthenticated(Challenge::InvalidToken) => ", error=\"invalid_token\"".to_owned(),
        Error::InsufficientScope(None) => ", error=\"insufficient_scope\"".to_owned(),
        Error::InsufficientScope(Some(scope)) => {
            format!(", error=\"insufficient_scope\", scope=\"{scope}\"")
        }
        _ if error.status() == 401 => String::new(),
        _ => return None,
    };
    Some(format!("Bearer realm=\"docket\"{reason}"))
}

/// Returns the reference a user can quote, for a server fault. The log has the cause under it.
pub fn reference<'r>(request: &'r Request<'_>, status: u16) -> Option<&'r str> {
    (status >= 500).then(|| request_id(request))
}
