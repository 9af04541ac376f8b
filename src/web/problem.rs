//! Responses to [`Error`]: problem details (RFC 9457) for programs, pages for people.

use rocket::http::{ContentType, Header, Method, Status};
use rocket::request::Request;
use rocket::response::{self, Responder, Response};
use serde::Serialize;
use serde_json::{Value, json};

use super::extension::requested_uri;
use super::input::local_path;
use super::kept::SIGN_IN;
use super::page::{fragment_of, is_htmx, page_of};
use super::request_id;
use crate::error::{Challenge, Error, FieldError, Kind, UNSPECIFIC};

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
    pub errors: Option<Vec<FieldError>>,
    /// Id of the request, for a server fault. The log has the cause under this id.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(example = "0192f0c1-2345-7000-8000-000000000000")]
    pub request_id: Option<String>,
}

impl Problem {
    fn of(request: &Request<'_>, error: &Error) -> Problem {
        let status = error.status();
        let fields = error.fields();
        let kind = error.kind();
        Problem {
            kind: kind.map_or(UNSPECIFIC.into(), Kind::uri),
            title: kind.map_or(status.reason_lossy(), Kind::title).to_owned(),
            status: status.code,
            detail: error.detail(),
            errors: (!fields.is_empty()).then(|| fields.to_vec()),
            request_id: reference(request, status).map(str::to_owned),
        }
    }
}

impl<'r> Responder<'r, 'static> for Error {
    fn respond_to(self, request: &'r Request<'_>) -> response::Result<'static> {
        self.report();
        let mut response = if is_api(request) {
            problem(request, &self)?
        } else if matches!(self, Error::Unauthenticated(_)) {
            to_sign_in(request)?
        } else if is_htmx(request) {
            let status = self.status();
            let values = json!({
                "detail": notice(request, &self),
                "reference": reference(request, status),
            });
            error_fragment(request, &values, status)?
        } else {
            error_page(request, &self)?
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
pub(super) fn is_api(request: &Request<'_>) -> bool {
    let path = requested_uri(request).path();
    path == "/api" || path.starts_with("/api/") || path.starts_with("/health/")
}

fn problem(request: &Request<'_>, error: &Error) -> response::Result<'static> {
    let body = serde_json::to_string(&Problem::of(request, error))
        .map_err(|_| Status::InternalServerError)?;
    let mut response = Response::build()
        .status(error.status())
        .header(ContentType::new("application", "problem+json"))
        .sized_body(body.len(), std::io::Cursor::new(body))
        .finalize();
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
        _ if error.status() == Status::Unauthorized => String::new(),
        _ => return None,
    };
    Some(format!("Bearer realm=\"docket\"{reason}"))
}

/// Returns the reference a user can quote, for a server fault. The log has the cause under it.
pub(super) fn reference<'r>(request: &'r Request<'_>, status: Status) -> Option<&'r str> {
    (status.code >= 500).then(|| request_id(request))
}

/// Sends a signed-out user to the sign-in page, and back afterwards. A submitted form gets that
/// page as its response. A change in place gets a link to it, so that the page and its text stay.
fn to_sign_in(request: &Request<'_>) -> response::Result<'static> {
    if is_htmx(request) {
        let values = json!({
            "detail": "Your session has ended. Nothing was changed.",
            "sign_in": sign_in_path(page_of_change(request).unwrap_or("/tasks")),
        });
        return error_fragment(request, &values, Status::Unauthorized);
    }
    if matches!(request.method(), Method::Get | Method::Head) {
        let path = sign_in_path(&request.uri().to_string());
        return Ok(Response::build()
            .status(Status::SeeOther)
            .header(Header::new("Location", path))
            .finalize());
    }
    let path = request.uri().path();
    let next = ["/settings/tokens", "/settings"]
        .into_iter()
        .find(|page| path.starts_with(page))
        .unwrap_or("/tasks");
    let values = json!({ "form": { "next": next }, "errors": {}, "ended": true });
    page_of(request, SIGN_IN, &values, Status::Unauthorized)
}

fn sign_in_path(next: &str) -> String {
    let next = serde_html_form::to_string([("next", next)]).unwrap_or_default();
    format!("/login?{next}")
}

/// Returns the path of the page that htmx is updating.
fn page_of_change<'r>(request: &'r Request<'_>) -> Option<&'r str> {
    let url = request.headers().get_one("HX-Current-URL")?;
    let (_, rest) = url.split_once("://")?;
    let path = &rest[rest.find('/')?..];
    local_path(path.split('#').next()?)
}

fn error_page(request: &Request<'_>, error: &Error) -> response::Result<'static> {
    let status = error.status();
    let back = match crate::auth::current(request) {
        Some(_) => "/tasks",
        None => "/",
    };
    let values = json!({
        "status": status.code,
        "title": heading(error),
        "detail": notice(request, error),
        "reference": reference(request, status),
        "back": back,
    });
    page_of(request, "web/error", &values, status)
}

/// Returns the heading of an error page.
fn heading(error: &Error) -> &'static str {
    match error.status().code {
        403 => "That isn't allowed",
        404 => "We can't find that page",
        405 => "That doesn't work here",
        408 => "That took too long",
        409 | 412 => "This was changed elsewhere",
        413 => "That's too much at once",
        429 => "Too many attempts",
        503 | 507 => "Docket can't do that right now",
        500..=599 => "Something went wrong on the server",
        _ => "Docket can't understand that",
    }
}

/// Returns the message of an error page. It replaces API terms in some details with plainer words.
pub(super) fn notice(request: &Request<'_>, error: &Error) -> String {
    let reads = matches!(request.method(), Method::Get | Method::Head);
    let cannot = match request.uri().path().as_str() {
        "/login" => "Docket can't sign you in right now.",
        _ if reads => "Docket can't show this page right now.",
        _ => "Docket can't save right now.",
    };
    match error.kind() {
        Some(Kind::DatabaseUnavailable | Kind::DatabaseSlow) => {
            format!("{cannot} Try again in a moment.")
        }
        Some(Kind::NotFound) => "It was moved or deleted, or the address has a mistake.".into(),
        Some(Kind::MethodNotAllowed) => "Go back and try it another way.".into(),
        Some(Kind::UnsupportedMediaType) => "The form was not sent as a form.".into(),
        _ => error.detail(),
    }
}

/// Renders an error that stays visible at any scroll position.
fn error_fragment(
    request: &Request<'_>,
    values: &Value,
    status: Status,
) -> response::Result<'static> {
    let mut response = fragment_of(request, "web/_error", values, status)?;
    response.set_header(Header::new("HX-Retarget", "#toast"));
    response.set_header(Header::new("HX-Reswap", "innerHTML"));
    Ok(response)
}
