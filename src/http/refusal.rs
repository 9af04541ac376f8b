//! Errors of failed guards, on their way to the catcher.

use std::sync::Mutex;

use rocket::http::Status;
use rocket::request::Request;

use crate::error::Error;

/// Error of a failed guard. Rocket passes only a status to the catcher.
#[derive(Default)]
struct Refused(Mutex<Option<Error>>);

/// Stores the error for the catcher and returns the outcome of a failed guard.
pub fn refuse(request: &Request<'_>, error: Error) -> (Status, ()) {
    let status = Status::new(error.status());
    let refused: &Refused = request.local_cache(Refused::default);
    if let Ok(mut reason) = refused.0.lock() {
        *reason = Some(error);
    }
    (status, ())
}

/// Returns the error of the guard that failed, if one has.
pub fn take_refusal(request: &Request<'_>) -> Option<Error> {
    let refused: &Refused = request.local_cache(Refused::default);
    refused.0.lock().ok().and_then(|mut reason| reason.take())
}
