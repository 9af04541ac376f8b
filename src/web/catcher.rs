//! The catcher: every answer that no handler gave.

use std::sync::Mutex;

use rocket::catch;
use rocket::http::{Header, Method, Status};
use rocket::request::Request;
use rocket::response::{self, Responder, Response};

use super::extension::{extension, requested_uri};
use super::problem::is_api;
use super::routing::methods_of;
use crate::auth::User;
use crate::error::Error;

/// Why a guard refused; guards can hand on a status only.
#[derive(Default)]
struct Refused(Mutex<Option<Error>>);

/// Keeps the reason for the catcher, and gives what a guard's outcome needs.
pub fn refuse(request: &Request<'_>, error: Error) -> (Status, ()) {
    let status = error.status();
    let refused: &Refused = request.local_cache(Refused::default);
    if let Ok(mut reason) = refused.0.lock() {
        *reason = Some(error);
    }
    (status, ())
}

/// The answer of [`fallback`].
pub enum Fallback {
    /// The methods of the path, to OPTIONS.
    Options(Vec<String>),
    /// What went wrong.
    Error(Error),
}

/// Answers where no handler did.
#[catch(default)]
pub async fn fallback(status: Status, request: &Request<'_>) -> Fallback {
    let refused: &Refused = request.local_cache(Refused::default);
    let reason = refused.0.lock().ok().and_then(|mut reason| reason.take());
    // Pages have the visitor's name in their head.
    if !is_api(request) && reason.is_none() {
        let _visitor: Option<User> = request.guard().await.succeeded();
    }
    match (reason, status.code) {
        (Some(error), _) => Fallback::Error(error),
        // A parameter that cannot be read forwards with 422, and leads nowhere just the same.
        (None, 404 | 405 | 422) => unrouted(request),
        (None, _) => Fallback::Error(Error::Status(status)),
    }
}

fn unrouted(request: &Request<'_>) -> Fallback {
    let methods = methods_of(request.rocket(), requested_uri(request).path());
    let method = match extension(request) {
        Some(extension) => extension.method.as_str(),
        None => request.method().as_str(),
    };
    if methods.is_empty() {
        Fallback::Error(Error::NotFound)
    } else if request.method() == Method::Options {
        Fallback::Options(methods)
    } else if methods.iter().any(|name| name == method) {
        Fallback::Error(Error::NotFound)
    } else {
        Fallback::Error(Error::MethodNotAllowed(methods))
    }
}

impl<'r> Responder<'r, 'static> for Fallback {
    fn respond_to(self, request: &'r Request<'_>) -> response::Result<'static> {
        match self {
            Fallback::Error(error) => error.respond_to(request),
            Fallback::Options(methods) => Ok(Response::build()
                .status(Status::NoContent)
                .header(Header::new("Allow", methods.join(", ")))
                .finalize()),
        }
    }
}
