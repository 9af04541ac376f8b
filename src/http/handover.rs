//! Values that a response leaves for the listener: its body, as one piece, where Rocket would have it
//! read piece by piece into another one; its events, which outlive the request; the memory that it is
//! counted in; its place among the open streams.

use std::io::Cursor;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use hyper::body::Bytes;
use rocket::futures::stream::BoxStream;
use rocket::response::{Body, Builder};
use rocket::{Request, Response};

use super::BodyForms;
use crate::limits::{OpenStream, Share};

/// A larger body is streamed, unless it is handed over as one piece.
const COLLECTED_BYTES: usize = 1 << 20;

/// The values that one response leaves.
#[derive(Clone, Default)]
pub struct Handover(Arc<Mutex<Left>>);

#[derive(Default)]
struct Left {
    body: Option<BodyForms>,
    events: Option<BoxStream<'static, Bytes>>,
    share: Option<Share>,
    stream: Option<OpenStream>,
}

/// A body that is counted as long as any part of it waits to be written.
struct Counted {
    body: Bytes,
    _share: Share,
}

impl AsRef<[u8]> for Counted {
    fn as_ref(&self) -> &[u8] {
        &self.body
    }
}

impl Handover {
    /// The body, if the answer has left one and has it still: of so many bytes.
    pub fn take(&self, size: Option<usize>) -> Option<BodyForms> {
        let body = self.left().body.take();
        body.filter(|body| Some(body.plain().len()) == size)
    }

    /// Replaces the body of a response.
    pub(super) fn replace(&self, response: &mut Response<'_>, body: BodyForms) {
        let plain = body.plain().clone();
        self.leave(body);
        response.set_sized_body(plain.len(), Cursor::new(plain));
    }

    /// The body, with the memory that it is counted in.
    pub fn counted(&self, body: Bytes) -> Bytes {
        match self.left().share.take() {
            Some(share) => Bytes::from_owner(Counted {
                body,
                _share: share,
            }),
            None => body,
        }
    }

    /// True if the body of a response is sent while it is read: its size is unknown, or too large to
    /// be kept in memory.
    pub fn is_streamed(&self, body: &Body<'_>) -> bool {
        let is_handed_over = |size| {
            let left = self.left();
            let body = left.body.as_ref().map(BodyForms::plain);
            body.is_some_and(|body| body.len() == size)
        };
        body.is_some()
            && body
                .preset_size()
                .is_none_or(|size| size > COLLECTED_BYTES && !is_handed_over(size))
    }

    /// The events, if the body is a stream of events.
    pub fn take_events(&self) -> Option<BoxStream<'static, Bytes>> {
        self.left().events.take()
    }

    /// Has the listener send events as the body.
    pub(super) fn leave_events(&self, events: BoxStream<'static, Bytes>) {
        self.left().events = Some(events);
    }

    /// The place of the response among the open streams.
    pub fn take_stream(&self) -> Option<OpenStream> {
        self.left().stream.take()
    }

    /// Counts the response as an open stream.
    pub(super) fn count_as_stream(&self, stream: Option<OpenStream>) {
        self.left().stream = stream;
    }

    /// True if the answer has memory that it is counted in.
    pub(super) fn has_share(&self) -> bool {
        self.left().share.is_some()
    }

    /// Has the answer counted in this memory, or in none.
    pub(super) fn count_in(&self, share: Option<Share>) {
        self.left().share = share;
    }

    fn leave(&self, body: BodyForms) {
        self.left().body = Some(body);
    }

    fn left(&self) -> MutexGuard<'_, Left> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Gives an answer its whole body, last of all.
pub fn whole_body<'b, 'r>(
    request: &Request<'_>,
    answer: &'b mut Builder<'r>,
    body: impl Into<BodyForms>,
) -> &'b mut Builder<'r> {
    let body = body.into();
    let plain = body.plain().clone();
    request.local_cache(Handover::default).leave(body);
    answer.sized_body(plain.len(), Cursor::new(plain))
}
