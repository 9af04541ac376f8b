//! The things that an answer leaves for the listener: its body, as one piece, where Rocket
//! would have it read piece by piece into another one; and the memory that it is counted in.

use std::io::Cursor;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use hyper::body::Bytes;
use rocket::Request;
use rocket::response::Builder;

use crate::limits::Share;

/// Where an answer leaves it.
#[derive(Clone, Default)]
pub struct Handover(Arc<Mutex<Left>>);

#[derive(Default)]
struct Left {
    body: Option<Bytes>,
    share: Option<Share>,
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
    pub fn take(&self, size: Option<usize>) -> Option<Bytes> {
        let body = self.left().body.take();
        body.filter(|body| Some(body.len()) == size)
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

    /// True if the answer has memory that it is counted in.
    pub(super) fn has_share(&self) -> bool {
        self.left().share.is_some()
    }

    /// Has the answer counted in this memory, or in none.
    pub(super) fn count_in(&self, share: Option<Share>) {
        self.left().share = share;
    }

    fn leave(&self, body: Bytes) {
        self.left().body = Some(body);
    }

    fn left(&self) -> MutexGuard<'_, Left> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
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
