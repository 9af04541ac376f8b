//! Page responses: a template and its values.

use std::collections::BTreeMap;

use hyper::body::Bytes;
use rocket::Request;
use rocket::http::{Header, Status};
use rocket::response::{self, Responder, Response};
use serde::Serialize;

use super::errors::{notice, sign_in_page};
use super::kept::Kept;
use super::render::{Filled, Frame, fragment_of, html_response, page_of};
use crate::auth::{User, last_user};
use crate::error::Error;
use crate::http::{BodyForms, language_of, reference};
use crate::locale::message;
use crate::log;
use crate::rendered::RenderedCache;

/// Response of a page handler.
pub enum Reply {
    /// A page.
    Page(Filled),
    /// A fragment of a page, for a change in place.
    Fragment(Filled),
    /// A 404 that removes an element from the page. The template renders the explanation.
    Gone(Filled),
    /// A rejected form, with the submitted values and the cause of the rejection.
    Rejected(Filled, Error),
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

/// The values of a template that has none of its own.
#[derive(Serialize)]
pub struct NoValues {}

/// The values of `partials/announce`: a change in place.
#[derive(Serialize)]
pub struct Announced {
    /// The change in words.
    pub message: String,
    /// The id of the change, if the page offers to undo it.
    pub undo: Option<String>,
    /// The page to return to after that, and after a change of the rows that come with it.
    pub next: Option<String>,
}

/// Creates a page with status 200. The template is named without `.html.tera`.
pub fn page(template: &'static str, values: &impl Serialize) -> Reply {
    Reply::Page(Filled::new(template, values))
}

/// Creates a fragment with status 200.
pub fn fragment(template: &'static str, values: &impl Serialize) -> Reply {
    Reply::Fragment(Filled::new(template, values))
}

/// Creates a fragment that removes an element from the page.
pub fn gone(template: &'static str, values: &impl Serialize) -> Reply {
    Reply::Gone(Filled::new(template, values).with_status(Status::NotFound))
}

/// Redirects to another page of this server (303).
pub fn see_other(path: &str) -> Reply {
    Reply::SeeOther(path.to_owned())
}

/// Shows a form again with the submitted values. The template gets the messages as `errors`.
///
/// # Errors
/// `error` itself, if resubmitting the form cannot succeed.
pub fn rejected(
    template: &'static str,
    values: &impl Serialize,
    error: Error,
) -> Result<Reply, Error> {
    if !error.keeps_form() {
        return Err(error);
    }
    let filled = Filled::new(template, values).with_status(Status::new(error.status()));
    Ok(Reply::Rejected(filled, error))
}

impl Reply {
    /// Returns a page or a fragment with another status.
    #[must_use]
    pub fn with_status(self, status: Status) -> Reply {
        match self {
            Reply::Page(filled) => Reply::Page(filled.with_status(status)),
            Reply::Fragment(filled) => Reply::Fragment(filled.with_status(status)),
            other => other,
        }
    }
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
            Reply::Page(filled) => page_of(request, filled),
            Reply::Fragment(filled) => fragment_of(request, filled),
            Reply::Gone(filled) => {
                let mut response = fragment_of(request, filled)?;
                response.set_header(Header::new("HX-Reswap", "delete"));
                Ok(response)
            }
            Reply::Rejected(filled, error) => rejection_of(request, filled, &error),
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

fn rejection_of(request: &Request<'_>, filled: Filled, error: &Error) -> response::Result<'static> {
    let filled = filled.with_errors(&messages(request, error));
    log::report(error);
    let mut response = page_of(request, filled)?;
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
