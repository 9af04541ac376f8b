//! Page responses: a template and its values.

use std::collections::BTreeMap;

use hyper::body::Bytes;
use rocket::Request;
use rocket::http::{Header, Status};
use rocket::response::{self, Responder, Response};
use serde::Serialize;
use serde_json::{Value, json};

use super::errors::{notice, sign_in_page};
use super::kept::Kept;
use super::render::{Frame, fragment_of, html_response, page_of};
use crate::auth::{User, last_user};
use crate::error::Error;
use crate::http::{BodyForms, language_of, reference};
use crate::locale::message;
use crate::log;
use crate::rendered::RenderedCache;

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
        /// The form.
        kept: Box<Kept>,
    },
    /// A rendered page.
    Written(BodyForms),
    /// A redirect to another page (303).
    SeeOther(String),
}

/// The messages of a form that has not been sent.
#[derive(Default, Serialize)]
pub struct NoErrors {}

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

impl Frame<'_> {
    /// Responds with a page that is not stored.
    ///
    /// # Errors
    /// Errors of `values`, or [`Error::Internal`] if the template fails to render.
    pub async fn page<T: Serialize>(
        &self,
        template: &'static str,
        values: impl Future<Output = Result<T, Error>>,
    ) -> Result<Reply, Error> {
        let html = self.around(template, values).await?;
        Ok(Reply::Written(Bytes::from(html).into()))
    }

    /// Responds with a page from the cache, or renders and stores it. A page with a flash message
    /// or first steps is not stored. `name` identifies the page among the rendered texts of the user.
    ///
    /// # Errors
    /// Errors of `values`, or [`Error::Internal`] if the template fails to render.
    pub async fn cached<T: Serialize>(
        &self,
        cache: &RenderedCache,
        user: &User,
        name: &str,
        template: &'static str,
        values: impl Future<Output = Result<T, Error>>,
    ) -> Result<Reply, Error> {
        if self.is_passing().await {
            return self.page(template, values).await;
        }
        let write = async { Ok(self.around(template, values).await?.into_bytes()) };
        Ok(Reply::Written(cache.get(user, name, write).await?))
    }
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
                let kept = kept.by(last_user(request).as_deref());
                sign_in_page(request, next, Some(kept.write()))
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
    let language = language_of(request);
    let mut messages = error.messages(language);
    if messages.is_empty() {
        let mut text = notice(request, error);
        if let Some(reference) = reference(request, error.status()) {
            let reference = message!("error-reference", id = reference);
            text.push(' ');
            text.push_str(&language.say(&reference));
        }
        messages.insert("form".to_owned(), text);
    }
    messages
}
