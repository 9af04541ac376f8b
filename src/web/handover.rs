//! Bodies that are sent as they are. Rocket has a body read piece by piece, into another one.

use std::io::Cursor;
use std::sync::{Arc, Mutex, PoisonError};

use hyper::body::Bytes;
use rocket::Request;
use rocket::response::Builder;

/// Where an answer leaves its body for the listener; kept beside the request.
#[derive(Clone, Default)]
pub struct Handover(Arc<Mutex<Option<Bytes>>>);

impl Handover {
    /// The body, if the answer has left one and has it still: of so many bytes.
    pub fn take(&self, size: Option<usize>) -> Option<Bytes> {
        let body = self.0.lock().unwrap_or_else(PoisonError::into_inner).take();
        body.filter(|body| Some(body.len()) == size)
    }

    fn leave(&self, body: Bytes) {
        *self.0.lock().unwrap_or_else(PoisonError::into_inner) = Some(body);
    }
}

/// Gives an answer its whole body, last of all.
pub(super) fn whole_body<'b, 'r>(
    request: &Request<'_>,
    answer: &'b mut Builder<'r>,
    body: Bytes,
) -> &'b mut Builder<'r> {
    request.local_cache(Handover::default).leave(body.clone());
    answer.sized_body(body.len(), Cursor::new(body))
}
