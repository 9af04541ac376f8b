//! Default catcher: responses to requests that no handler answered.

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

/// Error of a failed guard. Rocket passes only a status to the catcher.
#[derive(Default)]
struct Refused(Mutex<Option<Error>>);

/// Stores the error for the catcher and returns the outcome of a failed guard.
pub fn refuse(request: &Request<'_>, error: Error) -> (Status, ()) {
    let status = error.status();
    let refused: &Refused = request.local_cache(Refused::default);
    if let Ok(mut reason) = refused.0.lock() {
        *reason = Some(error);
    }
    (status, ())
}

/// Response of [`fallback`].
pub enum Fallback {
    /// The methods of the path, in response to OPTIONS.
    Options(Vec<String>),
    /// An error.
    Error(Error),
}

/// Responds to a request that no handler answered.
#[catch(default)]
pub async fn fallback(status: Status, request: &Request<'_>) -> Fallback {
    let refused: &Refused = request.local_cache(Refused::default);
    let reason = refused.0.lock().ok().and_then(|mut reason| reason.take());
    // The header of a page shows the user's name, so the user is loaded here.
    if !is_api(request) && reason.is_none() {
        let _visitor: Option<User> = request.guard().await.succeeded();
    }
    match (reason, status.code) {
        (Some(error), _) => Fallback::Error(error),
        // Rocket forwards with 422 if a path parameter does not parse. For the client, the path
        // does not exist.
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
