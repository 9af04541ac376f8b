//! The faces of [`Error`]: problem details (RFC 9457) for programs, pages for people.

use rocket::http::{ContentType, Header, Method, Status};
use rocket::request::Request;
use rocket::response::{self, Responder, Response};
use serde::Serialize;
use serde_json::json;

use super::page::{fragment_of, is_htmx, page_of};
use crate::error::{Challenge, Error, FieldError};

/// A problem document (RFC 9457).
#[derive(Serialize, utoipa::ToSchema)]
pub struct Problem {
    /// Always `about:blank`: the status says which kind it is.
    #[serde(rename = "type")]
    #[schema(example = "about:blank")]
    pub kind: &'static str,
    /// The status in words.
    #[schema(example = "Unprocessable Entity")]
    pub title: String,
    /// The HTTP status.
    #[schema(example = 422)]
    pub status: u16,
    /// What happened, for people.
    #[schema(example = "title must not be empty.")]
    pub detail: String,
    /// The fields that were wrong, if it is about fields.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub errors: Option<Vec<FieldError>>,
}

impl Problem {
    fn of(error: &Error) -> Problem {
        let status = error.status();
        let fields = error.fields();
        Problem {
            kind: "about:blank",
            title: status.reason_lossy().to_owned(),
            status: status.code,
            detail: error.detail(),
            errors: (!fields.is_empty()).then(|| fields.to_vec()),
        }
    }
}

impl<'r> Responder<'r, 'static> for Error {
    fn respond_to(self, request: &'r Request<'_>) -> response::Result<'static> {
        self.report();
        let mut response = if is_api(request) {
            problem(&self)?
        } else if matches!(self, Error::Unauthenticated(_)) {
            to_sign_in(request)
        } else if is_htmx(request) {
            error_fragment(request, &self)?
        } else {
            error_page(request, &self)?
        };
        if let Error::MethodNotAllowed(methods) = &self {
            let names: Vec<_> = methods.iter().map(|method| method.as_str()).collect();
            response.set_header(Header::new("Allow", names.join(", ")));
        }
        if let Some(seconds) = self.retry_after() {
            response.set_header(Header::new("Retry-After", seconds.to_string()));
        }
        Ok(response)
    }
}

/// Whether the path belongs to programs.
pub(super) fn is_api(request: &Request<'_>) -> bool {
    let path = request.uri().path();
    path == "/api" || path.starts_with("/api/") || path.starts_with("/health/")
}

fn problem(error: &Error) -> response::Result<'static> {
    let body =
        serde_json::to_string(&Problem::of(error)).map_err(|_| Status::InternalServerError)?;
    let mut response = Response::build()
        .status(error.status())
        .header(ContentType::new("application", "problem+json"))
        .sized_body(body.len(), std::io::Cursor::new(body))
        .finalize();
    // RFC 6750, section 3: without a token there is nothing to say about it.
    let challenge = match error {
        Error::Unauthenticated(Challenge::InvalidToken) => {
            "Bearer realm=\"docket\", error=\"invalid_token\""
        }
        _ => "Bearer realm=\"docket\"",
    };
    if error.status() == Status::Unauthorized {
        response.set_header(Header::new("WWW-Authenticate", challenge));
    }
    Ok(response)
}

/// Pages of a signed-in user lead to the sign-in page, and from there back.
fn to_sign_in(request: &Request<'_>) -> Response<'static> {
    let here = request.uri().to_string();
    let path = match request.method() {
        Method::Get => {
            let next = serde_html_form::to_string([("next", here)]).unwrap_or_default();
            format!("/login?{next}")
        }
        _ => "/login".to_owned(),
    };
    let mut response = Response::new();
    if is_htmx(request) {
        response.set_status(Status::Unauthorized);
        response.set_header(Header::new("HX-Redirect", path));
    } else {
        response.set_status(Status::SeeOther);
        response.set_header(Header::new("Location", path));
    }
    response
}

fn error_page(request: &Request<'_>, error: &Error) -> response::Result<'static> {
    let status = error.status();
    let back = match crate::auth::current(request) {
        Some(_) => "/tasks",
        None => "/",
    };
    let values = json!({
        "status": status.code,
        "title": status.reason_lossy(),
        "detail": error.detail(),
        "back": back,
    });
    page_of(request, "web/error", &values, status)
}

fn error_fragment(request: &Request<'_>, error: &Error) -> response::Result<'static> {
    let values = json!({ "title": error.status().reason_lossy(), "detail": error.detail() });
    let mut response = fragment_of(request, "web/_error", &values, error.status())?;
    response.set_header(Header::new("HX-Retarget", "#flash"));
    response.set_header(Header::new("HX-Reswap", "innerHTML"));
    Ok(response)
}
