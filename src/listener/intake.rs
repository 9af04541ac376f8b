//! Bodies of requests, in bounded memory: a small one from anybody, a large one from a user. A large
//! form of a stranger has room of its own: the session of its user may have ended while it was
//! written, and the text is not to be lost.

use std::pin::pin;
use std::sync::Arc;
use std::time::Duration;

use http_body_util::BodyExt;
use hyper::body::{Body, Bytes};
use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use tokio::time::{Instant, timeout, timeout_at};

use super::activity::{Activity, LEAST_RATE, Phase};
use crate::error::Error;
use crate::limits::{Slot, Slots};
use crate::web::{ANYONES_BYTES, MOST_BYTES, TOO_LARGE};

/// The time that a client may take before the first bytes of a body.
const BODY: Duration = Duration::from_secs(10);

/// The time that a request waits for room for a large body.
const PATIENCE: Duration = Duration::from_secs(5);

/// Room for the large bodies of everybody and of one user, in KiB.
const ALL_KIB: u32 = 64 << 10;
const EACH_KIB: u32 = 4 << 10;

/// Room for the large forms of all strangers and of one address, in KiB.
const STRANGERS_KIB: u32 = 8 << 10;
const STRANGER_KIB: u32 = 1 << 10;

/// The memory for large bodies.
pub struct Intake {
    users: Memory,
    strangers: Memory,
}

/// Memory that is bounded in total and for each key.
struct Memory {
    all: Arc<Semaphore>,
    each: Slots,
}

/// The sender of a large body.
pub enum Sender {
    /// A user, by id.
    User(String),
    /// Nobody who is signed in, with a form, by address.
    Stranger(String),
    /// Nobody whose large body would be of use.
    Nobody,
}

/// A part of it, held until the request has been dealt with, even if its client has gone.
pub struct Room {
    _of_all: OwnedSemaphorePermit,
    _of_each: Slot,
}

/// The outcome of reading a body.
pub enum Read {
    /// The whole body.
    Whole(Vec<u8>, Option<Room>),
    /// Nothing: it is large, and its sender nobody yet.
    Withheld,
    /// Not all of it, for this reason.
    Broken(Error),
}

impl Intake {
    /// All of it is free.
    pub fn new() -> Intake {
        Intake {
            users: Memory::new(ALL_KIB, EACH_KIB),
            strangers: Memory::new(STRANGERS_KIB, STRANGER_KIB),
        }
    }

    /// Reads a body to its end, as far as it may go. `sender` finds out who sends it, if that matters.
    pub async fn read<B: Body<Data = Bytes> + Unpin>(
        &self,
        mut body: B,
        sender: impl Future<Output = Sender>,
        activity: &Activity,
    ) -> Read {
        let declared = body.size_hint();
        if declared.lower() > MOST_BYTES {
            return Read::Broken(TOO_LARGE);
        }
        let most = declared.upper().unwrap_or(MOST_BYTES).min(MOST_BYTES);
        let mut started = Instant::now();
        let mut sender = pin!(sender);
        let mut room = None;
        let mut bytes = Vec::new();
        loop {
            let length = declared.lower().max(bytes.len() as u64);
            if length > ANYONES_BYTES && room.is_none() {
                // The client waits meanwhile, and is not to be hurried.
                activity.enter(Phase::Handling);
                room = match sender.as_mut().await {
                    Sender::User(id) => match self.users.admit(&id, most, PATIENCE).await {
                        None => return Read::Broken(Error::Busy),
                        room => room,
                    },
                    Sender::Stranger(address) => {
                        self.strangers.admit(&address, most, Duration::ZERO).await
                    }
                    Sender::Nobody => None,
                };
                if room.is_none() {
                    return Read::Withheld;
                }
                activity.enter(Phase::Body);
                started = Instant::now();
            }
            if body.is_end_stream() {
                return Read::Whole(bytes, room);
            }
            let deadline = started + BODY + Duration::from_secs(bytes.len() as u64 / LEAST_RATE);
            match timeout_at(deadline, body.frame()).await {
                Ok(Some(Ok(frame))) => {
                    if let Ok(data) = frame.into_data() {
                        bytes.extend_from_slice(&data);
                    }
                }
                Ok(None) if bytes.len() as u64 >= declared.lower() => {
                    return Read::Whole(bytes, room);
                }
                Ok(None | Some(Err(_))) => {
                    return Read::Broken(Error::Malformed("The body could not be read.".into()));
                }
                Err(_) => return Read::Broken(Error::TooSlow),
            }
            if bytes.len() as u64 > MOST_BYTES {
                return Read::Broken(TOO_LARGE);
            }
        }
    }
}

impl Memory {
    fn new(all_kib: u32, each_kib: u32) -> Memory {
        Memory {
            all: Arc::new(Semaphore::new(all_kib as usize)),
            each: Slots::new(each_kib),
        }
    }

    /// Room for so many bytes, if there is some in time.
    async fn admit(&self, key: &str, bytes: u64, patience: Duration) -> Option<Room> {
        let kib = u32::try_from(bytes.div_ceil(1 << 10)).unwrap_or(u32::MAX);
        let of_each = self.each.acquire(key, kib, patience).await?;
        let of_all = self.all.clone().acquire_many_owned(kib);
        Some(Room {
            _of_all: timeout(patience, of_all).await.ok()?.ok()?,
            _of_each: of_each,
        })
    }
}

#[cfg(test)]
mod tests {
    use std::convert::Infallible;
    use std::future::{pending, ready};
    use std::pin::Pin;
    use std::task::{Context, Poll};

    use http_body_util::Full;
    use hyper::body::{Frame, SizeHint};
    use rocket::futures::FutureExt;
    use tokio::task::unconstrained;

    use super::*;
    use crate::listener::activity::Connections;

    /// Chunks without a declared length, and then silence.
    struct Chunks(Vec<usize>);

    impl Body for Chunks {
        type Data = Bytes;
        type Error = Infallible;

        fn poll_frame(
            mut self: Pin<&mut Self>,
            _context: &mut Context<'_>,
        ) -> Poll<Option<Result<Frame<Bytes>, Infallible>>> {
            match self.0.pop() {
                Some(length) => Poll::Ready(Some(Ok(Frame::data(vec![b'x'; length].into())))),
                None => Poll::Pending,
            }
        }
    }

    /// A declared length, and nothing else.
    struct Promise(u64);

    impl Body for Promise {
        type Data = Bytes;
        type Error = Infallible;

        fn poll_frame(
            self: Pin<&mut Self>,
            _context: &mut Context<'_>,
        ) -> Poll<Option<Result<Frame<Bytes>, Infallible>>> {
            Poll::Pending
        }

        fn size_hint(&self) -> SizeHint {
            SizeHint::with_exact(self.0)
        }
    }

    fn whole(length: usize) -> Full<Bytes> {
        Full::new(vec![b'x'; length].into())
    }

    /// The outcome if nothing has to be waited for.
    fn read_now<B: Body<Data = Bytes> + Unpin>(
        intake: &Intake,
        body: B,
        user_id: Option<&str>,
    ) -> Option<Read> {
        let sender = user_id.map_or(Sender::Nobody, |id| Sender::User(id.to_owned()));
        let connection = Connections::new(1).enter();
        let read = intake.read(body, ready(sender), connection.activity());
        // Without the number of steps that a task may take at once.
        unconstrained(read).now_or_never()
    }

    const SMALL: usize = ANYONES_BYTES as usize;
    const MOST: usize = MOST_BYTES as usize;

    #[rocket::tokio::test]
    async fn nobody_is_asked_for_the_sender_of_a_small_body() {
        let intake = Intake::new();
        let connection = Connections::new(1).enter();
        let read = intake.read(whole(SMALL), pending(), connection.activity());
        assert!(matches!(read.await, Read::Whole(bytes, None) if bytes.len() == SMALL));
    }

    #[rocket::tokio::test]
    async fn a_large_body_of_a_stranger_is_not_read() {
        let intake = Intake::new();
        for body in [SMALL as u64 + 1, MOST_BYTES] {
            let read = read_now(&intake, Promise(body), None);
            assert!(matches!(read, Some(Read::Withheld)), "{body}");
        }
        let read = read_now(&intake, Chunks(vec![1, SMALL]), None);
        assert!(matches!(read, Some(Read::Withheld)));
        assert!(read_now(&intake, Chunks(vec![SMALL]), None).is_none());
    }

    #[rocket::tokio::test]
    async fn what_is_too_large_is_not_waited_for() {
        let intake = Intake::new();
        for user_id in [None, Some("ada")] {
            let read = read_now(&intake, Promise(MOST_BYTES + 1), user_id);
            assert!(matches!(read, Some(Read::Broken(Error::TooLarge(_)))));
        }
        let read = read_now(&intake, Chunks(vec![1, MOST / 2, MOST / 2]), Some("ada"));
        assert!(matches!(read, Some(Read::Broken(Error::TooLarge(_)))));
    }

    #[rocket::tokio::test]
    async fn a_large_body_holds_room_until_its_request_is_dealt_with() {
        let intake = Intake::new();
        let mut held = Vec::new();
        while let Some(Read::Whole(_, room)) = read_now(&intake, whole(MOST), Some("ada")) {
            held.push(room.expect("room"));
        }
        assert_eq!(held.len(), 4);
        assert!(read_now(&intake, whole(SMALL + 1), Some("ada")).is_none());
        for user in 0.. {
            let user = user.to_string();
            let Some(Read::Whole(_, room)) = read_now(&intake, whole(MOST), Some(&user)) else {
                break;
            };
            held.push(room.expect("room"));
        }
        assert_eq!(held.len(), 64);
        held.clear();
        assert!(read_now(&intake, whole(MOST), Some("ada")).is_some());
    }

    #[rocket::tokio::test]
    async fn a_large_form_of_a_stranger_takes_no_room_of_users() {
        let intake = Intake::new();
        let form = async |address: &str| {
            let connection = Connections::new(1).enter();
            let sender = ready(Sender::Stranger(address.to_owned()));
            intake
                .read(whole(MOST), sender, connection.activity())
                .await
        };
        let mut held = Vec::new();
        for address in 0.. {
            let Read::Whole(_, room) = form(&address.to_string()).await else {
                break;
            };
            held.push(room.expect("room"));
            // An address has one at a time.
            let second = form(&address.to_string()).await;
            assert!(matches!(second, Read::Withheld));
        }
        assert_eq!(held.len(), 8);
        assert!(read_now(&intake, whole(MOST), Some("ada")).is_some());
        held.clear();
        assert!(matches!(form("0").await, Read::Whole(..)));
    }
}
