//! Responses to [`Error`] for people: pages, and fragments for changes in place.

use rocket::http::{Header, Method, Status};
use rocket::request::Request;
use rocket::response::{self, Response};
use serde::Serialize;

use super::render::{Filled, fragment_of, is_htmx, page_of};
use crate::auth::current;
use crate::error::{Error, Kind};
use crate::http::{language_of, local_path, reference};
use crate::locale::{Message, message};

/// The pages that errors lead to.
pub struct Destinations {
    /// Template of the sign-in page.
    pub sign_in: &'static str,
    /// Path of the first page after sign-in.
    pub home: &'static str,
    /// Paths of the other pages with forms. A path comes before its prefixes.
    pub pages: &'static [&'static str],
}

impl Destinations {
    fn of<'r>(request: &'r Request<'_>) -> &'r Destinations {
        const NONE: &Destinations = &Destinations {
            sign_in: "",
            home: "/",
            pages: &[],
        };
        request.rocket().state().unwrap_or(NONE)
    }
}

/// The values of the sign-in page in place of the response to a form.
#[derive(Serialize)]
struct SignInPage {
    form: KeptValues,
    /// True for a session that has ended.
    ended: bool,
}

#[derive(Serialize)]
struct KeptValues {
    /// Path of the page after sign-in.
    next: String,
    /// The fields of the form.
    kept: Option<String>,
}

/// The values of an error page.
#[derive(Serialize)]
struct ErrorPage<'a> {
    status: u16,
    title: String,
    detail: String,
    /// The id under which the log has the cause.
    reference: Option<&'a str>,
    /// Path of the page to go on with.
    back: &'a str,
}

/// The values of a message about a change in place.
#[derive(Serialize)]
struct ErrorNotice<'a> {
    detail: String,
    reference: Option<&'a str>,
    /// Path of the sign-in page, if the session has ended.
    sign_in: Option<String>,
}

/// Renders the response to an error. The caller reports the error.
pub fn error_response(request: &Request<'_>, error: &Error) -> response::Result<'static> {
    if matches!(error, Error::Unauthenticated(_)) {
        to_sign_in(request)
    } else if is_htmx(request) {
        let status = error.status();
        let values = ErrorNotice {
            detail: notice(request, error),
            reference: reference(request, status),
            sign_in: None,
        };
        error_fragment(request, &values, Status::new(status))
    } else {
        error_page(request, error)
    }
}

/// Sends a signed-out user to the sign-in page, and back afterwards. A submitted form gets that
/// page as its response. A change in place gets a link to it, so that the page and its text stay.
fn to_sign_in(request: &Request<'_>) -> response::Result<'static> {
    let destinations = Destinations::of(request);
    if is_htmx(request) {
        let page = page_of_change(request).unwrap_or(destinations.home);
        let values = ErrorNotice {
            detail: language_of(request).text("error-session-ended"),
            reference: None,
            sign_in: Some(sign_in_path(page)),
        };
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
    let next = destinations
        .pages
        .iter()
        .find(|page| path.starts_with(**page))
        .unwrap_or(&destinations.home);
    sign_in_page(request, (*next).to_owned(), None)
}

/// Renders the sign-in page in place of the response to a form, with the fields that it keeps.
pub(super) fn sign_in_page(
    request: &Request<'_>,
    next: String,
    kept: Option<String>,
) -> response::Result<'static> {
    let values = SignInPage {
        form: KeptValues { next, kept },
        ended: true,
    };
    let template = Destinations::of(request).sign_in;
    let page = Filled::new(template, &values).with_status(Status::Unauthorized);
    page_of(request, page)
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
    let back = match current(request) {
        Some(_) => Destinations::of(request).home,
        None => "/",
    };
    let values = ErrorPage {
        status,
        title: language_of(request).say(&heading(error)),
        detail: notice(request, error),
        reference: reference(request, status),
        back,
    };
    let page = Filled::new("ui/error", &values).with_status(Status::new(status));
    page_of(request, page)
}

/// Returns the heading of an error page.
fn heading(error: &Error) -> Message {
    match error.status() {
        403 => message!("error-heading-forbidden"),
        404 => message!("error-heading-not-found"),
        405 => message!("error-heading-method"),
        408 => message!("error-heading-slow"),
        409 | 412 => message!("error-heading-changed"),
        413 => message!("error-heading-large"),
        429 => message!("error-heading-attempts"),
        503 | 507 => message!("error-heading-unavailable"),
        500..=599 => message!("error-heading-fault"),
        _ => message!("error-heading-malformed"),
    }
}

/// Returns the message of an error page. It replaces API terms in some details with plainer words.
pub(super) fn notice(request: &Request<'_>, error: &Error) -> String {
    let language = language_of(request);
    let reads = matches!(request.method(), Method::Get | Method::Head);
    let unavailable = match request.uri().path().as_str() {
        "/login" => "error-cannot-sign-in",
        _ if reads => "error-cannot-show",
        _ => "error-cannot-save",
    };
    match error.kind() {
        Some(Kind::DatabaseUnavailable | Kind::DatabaseSlow) => language.text(unavailable),
        Some(Kind::NotFound) => language.text("error-moved-or-deleted"),
        Some(Kind::MethodNotAllowed) => language.text("error-another-way"),
        Some(Kind::UnsupportedMediaType) => language.text("error-not-a-form"),
        _ => error.detail(language),
    }
}

/// Renders an error that stays visible at any scroll position.
fn error_fragment(
    request: &Request<'_>,
    values: &ErrorNotice<'_>,
    status: Status,
) -> response::Result<'static> {
    let part = Filled::new("ui/_error", values).with_status(status);
    let mut response = fragment_of(request, part)?;
    response.set_header(Header::new("HX-Retarget", "#toast"));
    response.set_header(Header::new("HX-Reswap", "innerHTML"));
    Ok(response)
}
