//! Open streams: responses that are sent while the server makes them. Each keeps a connection for as
//! long as it lasts, so their number is bounded: in total, and for each user.

use std::sync::Arc;
use std::time::Duration;

use tokio::sync::{OwnedSemaphorePermit, Semaphore};

use super::{Slot, Slots};

/// Streams of one user, or of one address where nobody is signed in.
const EACH: u32 = 16;

/// The number of streams that may be open.
pub struct Streams {
    all: Arc<Semaphore>,
    each: Slots,
}

/// An open stream. It is counted until this value is dropped.
pub struct OpenStream {
    _of_all: OwnedSemaphorePermit,
    _of_each: Slot,
}

impl Streams {
    /// Lets streams have half of the connections: the other half can be evicted for a new client.
    pub fn new(connections: usize) -> Streams {
        Streams {
            all: Arc::new(Semaphore::new((connections / 2).max(1))),
            each: Slots::new(EACH),
        }
    }

    /// Counts one more stream of a user or an address, unless there are too many.
    pub async fn open(&self, whose: &str) -> Option<OpenStream> {
        let of_each = self.each.acquire(whose, 1, Duration::ZERO).await?;
        Some(OpenStream {
            _of_all: self.all.clone().try_acquire_owned().ok()?,
            _of_each: of_each,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[rocket::tokio::test]
    async fn one_user_has_sixteen_streams_and_all_have_half_of_the_connections() {
        let streams = Streams::new(100);
        let mut open = Vec::new();
        while let Some(stream) = streams.open("ada").await {
            open.push(stream);
        }
        assert_eq!(open.len(), 16);
        for user in 0.. {
            let Some(stream) = streams.open(&user.to_string()).await else {
                break;
            };
            open.push(stream);
        }
        assert_eq!(open.len(), 50);
        open.remove(0);
        assert!(streams.open("ada").await.is_some());
    }

    #[rocket::tokio::test]
    async fn one_connection_is_enough_for_a_stream() {
        let streams = Streams::new(1);
        assert!(streams.open("ada").await.is_some());
    }
}
