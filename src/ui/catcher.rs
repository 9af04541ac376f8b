//! Default catcher: responses to requests that no handler answered.

use rocket::catch;
use rocket::http::{Header, Method, Status};
use rocket::request::Request;
use rocket::response::{self, Responder, Response};

use super::sidebar::{go_without, load};
use crate::auth::current;
use crate::error::Error;
use crate::http::{extension, is_api, methods_of, requested_uri, take_refusal};

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
    let reason = take_refusal(request);
    // A request that was refused for its number has not read the session either.
    if !is_api(request) && (reason.is_none() || current(request).is_some()) {
        load(request).await;
    } else {
        go_without(request);
    }
    match (reason, status.code) {
        (Some(error), _) => Fallback::Error(error),
        // Rocket forwards with 422 if a path parameter does not parse. For the client, the path
        // does not exist.
        (None, 404 | 405 | 422) => unrouted(request),
        (None, _) => Fallback::Error(Error::Status(status.code)),
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
