//! Errors on their way to the catcher: those of failed guards, and those whose page needs more time.

use std::sync::Mutex;

use rocket::http::Status;
use rocket::request::Request;

use crate::error::Error;

/// An error. Rocket passes only a status to the catcher.
#[derive(Default)]
struct Refused(Mutex<Option<Error>>);

/// Stores an error for the catcher and returns the outcome of a failed guard.
pub fn refuse(request: &Request<'_>, error: Error) -> (Status, ()) {
    let status = Status::new(error.status());
    let refused: &Refused = request.local_cache(Refused::default);
    if let Ok(mut reason) = refused.0.lock() {
        *reason = Some(error);
    }
    (status, ())
}

/// Returns the error that was left for the catcher.
pub fn take_refusal(request: &Request<'_>) -> Option<Error> {
    let refused: &Refused = request.local_cache(Refused::default);
    refused.0.lock().ok().and_then(|mut reason| reason.take())
}
