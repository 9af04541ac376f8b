//! Page responses: a template, its values, and the values shared by all pages.

use std::collections::BTreeMap;

use hyper::body::Bytes;
use rocket::Request;
use rocket::http::{ContentType, Header, Status};
use rocket::request::{FromRequest, Outcome};
use rocket::response::{self, Responder, Response};
use serde::Serialize;
use serde_json::{Value, json};
use tera::Context;

use super::Templates;
use super::errors::{notice, sign_in_page};
use super::flash::{has_flash, take_flash};
use crate::auth::{Auth, current, is_unknown};
use crate::error::Error;
use crate::http::{reference, request_id, whole_body};
use crate::log;

/// Response of a page handler.
pub enum Reply {
    /// A page. The template is named without `.html.tera`.
    Page {
        /// Name of the template.
        template: &'static str,
        /// Values of the template; a JSON object.
        values: Value,
        /// HTTP status.
        status: Status,
    },
    /// A fragment of a page, for a change in place.
    Fragment {
        /// Name of the template.
        template: &'static str,
        /// Values of the template; a JSON object.
        values: Value,
        /// HTTP status.
        status: Status,
    },
    /// A 404 that removes an element from the page. The template renders the explanation.
    Gone {
        /// Name of the template.
        template: &'static str,
        /// Values of the template; a JSON object.
        values: Value,
    },
    /// A rejected form, with the submitted values and the error.
    Rejected {
        /// Name of the template.
        template: &'static str,
        /// Values of the template; a JSON object.
        values: Value,
        /// Name of the value that receives the messages.
        errors: &'static str,
        /// Cause of the rejection.
        error: Error,
    },
    /// The sign-in page, for a form that was sent without a session.
    SignIn {
        /// Path of the page after sign-in.
        next: String,
        /// The fields of the form.
        kept: String,
    },
    /// A rendered page.
    Written(Bytes),
    /// A redirect to another page (303).
    SeeOther(String),
}

/// Creates a page with status 200.
pub fn page(template: &'static str, values: Value) -> Reply {
    Reply::Page {
        template,
        values,
        status: Status::Ok,
    }
}

/// Creates a fragment with status 200.
pub fn fragment(template: &'static str, values: Value) -> Reply {
    Reply::Fragment {
        template,
        values,
        status: Status::Ok,
    }
}

/// Redirects to another page of this server (303).
pub fn see_other(path: &str) -> Reply {
    Reply::SeeOther(path.to_owned())
}

/// Shows a form again with the submitted values and the messages under `errors`.
///
/// # Errors
/// `error` itself, if resubmitting the form cannot succeed.
pub fn rejected(
    template: &'static str,
    values: Value,
    errors: &'static str,
    error: Error,
) -> Result<Reply, Error> {
    if !error.keeps_form() {
        return Err(error);
    }
    Ok(Reply::Rejected {
        template,
        values,
        errors,
        error,
    })
}

impl<'r> Responder<'r, 'static> for Reply {
    fn respond_to(self, request: &'r Request<'_>) -> response::Result<'static> {
        match self {
            Reply::Page {
                template,
                values,
                status,
            } => page_of(request, template, &values, status),
            Reply::Fragment {
                template,
                values,
                status,
            } => fragment_of(request, template, &values, status),
            Reply::Gone { template, values } => {
                let mut response = fragment_of(request, template, &values, Status::NotFound)?;
                response.set_header(Header::new("HX-Reswap", "delete"));
                Ok(response)
            }
            Reply::Rejected {
                template,
                mut values,
                errors,
                error,
            } => {
                values[errors] = json!(messages(request, &error));
                rejection_of(request, template, &values, &error)
            }
            Reply::SignIn { next, kept } => {
                sign_in_page(request, &json!({ "next": next, "kept": kept }))
            }
            Reply::Written(html) => Ok(html_response(request, html, Status::Ok)),
            Reply::SeeOther(path) => Ok(Response::build()
                .status(Status::SeeOther)
                .header(Header::new("Location", path))
                .finalize()),
        }
    }
}

fn rejection_of(
    request: &Request<'_>,
    template: &str,
    values: &Value,
    error: &Error,
) -> response::Result<'static> {
    log::report(error);
    let mut response = page_of(request, template, values, Status::new(error.status()))?;
    if let Some(seconds) = error.retry_after() {
        response.set_header(Header::new("Retry-After", seconds.to_string()));
    }
    Ok(response)
}

/// Returns the messages of a form, by field. A message without a field is under `form`, with the
/// request id for a server fault.
fn messages(request: &Request<'_>, error: &Error) -> BTreeMap<String, String> {
    let mut messages = error.messages();
    if messages.is_empty() {
        let mut text = notice(request, error);
        if let Some(reference) = reference(request, error.status()) {
            text.push_str(&format!(" Reference: {reference}"));
        }
        messages.insert("form".to_owned(), text);
    }
    messages
}

/// Returns true if htmx sent the request and inserts the response into the page.
pub(super) fn is_htmx(request: &Request<'_>) -> bool {
    request.headers().get_one("HX-Request") == Some("true")
}

/// True if the response is inserted into an existing page.
pub struct Htmx(pub bool);

#[rocket::async_trait]
impl<'r> FromRequest<'r> for Htmx {
    type Error = ();

    async fn from_request(request: &'r Request<'_>) -> Outcome<Htmx, ()> {
        Outcome::Success(Htmx(is_htmx(request)))
    }
}

/// Renders whole pages for a request, with the shared layout.
pub struct Frame<'r>(&'r Request<'r>);

#[rocket::async_trait]
impl<'r> FromRequest<'r> for Frame<'r> {
    type Error = ();

    async fn from_request(request: &'r Request<'_>) -> Outcome<Frame<'r>, ()> {
        Outcome::Success(Frame(request))
    }
}

impl Frame<'_> {
    /// Returns true if the page will show a flash message. Such a page must not be cached.
    pub fn has_flash(&self) -> bool {
        has_flash(self.0)
    }

    /// Renders a template with the shared values.
    ///
    /// # Errors
    /// [`Error::Internal`] if the template fails to render.
    pub fn around(&self, template: &str, values: &impl Serialize) -> Result<String, Error> {
        html_of(self.0, template, Some(shared(self.0)), values)
    }
}

/// Renders a whole page.
pub(super) fn page_of(
    request: &Request<'_>,
    template: &str,
    values: &Value,
    status: Status,
) -> response::Result<'static> {
    render(request, template, Some(shared(request)), values, status)
}

/// Returns the values shared by all pages.
fn shared(request: &Request<'_>) -> Value {
    let registration = request
        .rocket()
        .state::<Auth>()
        .is_some_and(|auth| auth.registration);
    let user = current(request);
    json!({
        "user": user.map(|user| json!({ "display_name": user.display_name, "email": user.email })),
        // The user could not be determined, so the page shows neither the links of a visitor nor
        // those of a user.
        "unknown": is_unknown(request),
        "flash": take_flash(request),
        "path": request.uri().path().as_str(),
        "registration": registration,
        "version": env!("CARGO_PKG_VERSION"),
    })
}

/// Renders a fragment of a page.
pub(super) fn fragment_of(
    request: &Request<'_>,
    template: &str,
    values: &Value,
    status: Status,
) -> response::Result<'static> {
    render(request, template, None, values, status)
}

fn html_of(
    request: &Request<'_>,
    template: &str,
    shared: Option<Value>,
    values: &impl Serialize,
) -> Result<String, Error> {
    let mut context = shared.map(context_of).transpose()?.unwrap_or_default();
    context.extend(context_of(values)?);
    request
        .rocket()
        .state::<Templates>()
        .ok_or_else(|| Error::Internal("there are no templates".into()))?
        .render(template, &context)
}

fn context_of(values: impl Serialize) -> Result<Context, Error> {
    Context::from_serialize(&values)
        .map_err(|error| Error::Internal(format!("the values of a page: {error}")))
}

fn html_response(request: &Request<'_>, html: Bytes, status: Status) -> Response<'static> {
    let mut response = Response::build();
    response.status(status).header(ContentType::HTML);
    whole_body(request, &mut response, html).finalize()
}

fn render(
    request: &Request<'_>,
    template: &str,
    shared: Option<Value>,
    values: &Value,
    status: Status,
) -> response::Result<'static> {
    match html_of(request, template, shared, values) {
        Ok(html) => Ok(html_response(request, html.into(), status)),
        Err(error) => {
            log::report(&error);
            // The error page is a template itself, so this response uses none.
            let text = format!(
                "Something went wrong on the server.\nReference: {}\n",
                request_id(request)
            );
            Ok(Response::build()
                .status(Status::InternalServerError)
                .header(ContentType::Plain)
                .sized_body(text.len(), std::io::Cursor::new(text))
                .finalize())
        }
    }
}
