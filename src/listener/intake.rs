//! Request bodies, with bounded use of memory and disk. Small bodies are accepted from any client,
//! large ones from authenticated users. Large forms of unauthenticated clients have a separate
//! quota: the user's session may have expired while the form was being filled in, and the text
//! must not be lost.

use std::io;
use std::path::Path;
use std::pin::pin;
use std::sync::Arc;
use std::time::Duration;

use http_body_util::BodyExt;
use hyper::body::{Body, Bytes};
use rocket::Request;
use rocket::http::Status;
use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use tokio::time::{Instant, timeout, timeout_at};

use super::activity::{Activity, LEAST_RATE, Phase};
use super::spool::{Content, SPOOL_BYTES, Spool};
use crate::error::Error;
use crate::http::{ANYONES_BYTES, MOST_BYTES, TOO_LARGE, Uploads};
use crate::limits::{Slot, Slots};
use crate::locale::message;

/// Maximum time before the first bytes of a body.
const BODY: Duration = Duration::from_secs(10);

/// Maximum time that a request waits for space for a large body.
const PATIENCE: Duration = Duration::from_secs(5);

/// Space for large bodies, in total and per user, in KiB.
const ALL_KIB: u32 = 64 << 10;
const EACH_KIB: u32 = 4 << 10;

/// Space for large forms of unauthenticated clients, in total and per address, in KiB.
const STRANGERS_KIB: u32 = 8 << 10;
const STRANGER_KIB: u32 = 1 << 10;

/// Space for uploads in temporary files, in total and per user, in KiB.
const FILES_KIB: u32 = 1 << 20;
const FILES_EACH_KIB: u32 = 256 << 10;

const UPLOAD_TOO_LARGE: Error = Error::TooLarge(message!("error-upload-too-large"));

/// The space for large bodies.
pub struct Intake {
    users: Room,
    strangers: Room,
    files: Room,
}

/// Memory or disk space with a limit in total and per key.
struct Room {
    all_kib: u32,
    all: Arc<Semaphore>,
    each: Slots,
}

/// The limits of a body, which the route of its request determines.
pub struct Bounds<'a> {
    /// Maximum size in bytes.
    most: u64,
    /// The directory of temporary files, if the route accepts uploads.
    spool: Option<&'a Path>,
}

/// The sender of a large body.
pub enum Sender {
    /// An authenticated user, by id.
    User(String),
    /// An unauthenticated client that sends a form, by address.
    Stranger(String),
    /// An unauthenticated client from which no large body is accepted.
    Nobody,
}

/// Allocated space. It is held until the request has been processed, even if its client
/// disconnects.
pub struct Share {
    _of_memory: Part,
    _of_files: Option<Part>,
}

struct Part {
    _of_all: OwnedSemaphorePermit,
    _of_each: Slot,
}

/// The result of reading a body.
pub enum Read {
    /// The whole body.
    Whole(Content, Option<Share>),
    /// The body is large and was not read, because its sender is not authenticated.
    Withheld,
    /// The body could not be read completely.
    Broken(Error),
}

impl<'a> Bounds<'a> {
    /// The limits for JSON and forms, which are parsed in memory.
    const TEXT: Bounds<'static> = Bounds {
        most: MOST_BYTES,
        spool: None,
    };

    /// Returns the limits for the body of a request.
    pub fn of(request: &'a Request<'_>) -> Bounds<'a> {
        let uploads = request.rocket().state::<Uploads>();
        let limit = uploads.and_then(|uploads| Some((uploads, uploads.limit(request)?)));
        match limit {
            Some((uploads, most)) => Bounds {
                most,
                spool: Some(uploads.directory()),
            },
            None => Bounds::TEXT,
        }
    }

    fn too_large(&self) -> Error {
        match self.spool {
            Some(_) => UPLOAD_TOO_LARGE,
            None => TOO_LARGE,
        }
    }
}

impl Intake {
    /// Creates empty quotas.
    pub fn new() -> Intake {
        Intake {
            users: Room::new(ALL_KIB, EACH_KIB),
            strangers: Room::new(STRANGERS_KIB, STRANGER_KIB),
            files: Room::new(FILES_KIB, FILES_EACH_KIB),
        }
    }

    /// Reads a body within its limits. `sender` determines the sender and is polled only for large
    /// bodies.
    pub async fn read<B: Body<Data = Bytes> + Unpin>(
        &self,
        mut body: B,
        bounds: Bounds<'_>,
        sender: impl Future<Output = Sender>,
        activity: &Activity,
    ) -> Read {
        let declared = body.size_hint();
        if declared.lower() > bounds.most {
            return Read::Broken(bounds.too_large());
        }
        let most = declared.upper().unwrap_or(bounds.most).min(bounds.most);
        let mut started = Instant::now();
        let mut sender = pin!(sender);
        let mut share = None;
        let mut spool = Spool::new(bounds.spool);
        loop {
            let length = declared.lower().max(spool.length());
            if length > ANYONES_BYTES && share.is_none() {
                // The client waits for the server here, so its time limits do not apply.
                activity.enter(Phase::Handling);
                share = match self.admit(sender.as_mut().await, &bounds, most).await {
                    Ok(Some(share)) => Some(share),
                    Ok(None) => return Read::Withheld,
                    Err(error) => return Read::Broken(error),
                };
                activity.enter(Phase::Body);
                started = Instant::now();
            }
            if body.is_end_stream() {
                return whole(spool, share).await;
            }
            let deadline = started + BODY + Duration::from_secs(spool.length() / LEAST_RATE);
            match timeout_at(deadline, body.frame()).await {
                Ok(Some(Ok(frame))) => {
                    let Ok(data) = frame.into_data() else {
                        continue;
                    };
                    if spool.length() + data.len() as u64 > bounds.most {
                        return Read::Broken(bounds.too_large());
                    }
                    let written = Instant::now();
                    if let Err(error) = spool.push(&data).await {
                        return Read::Broken(storage_error(&error));
                    }
                    // The client is not responsible for a slow disk.
                    started += written.elapsed();
                }
                Ok(None) if spool.length() >= declared.lower() => {
                    return whole(spool, share).await;
                }
                Ok(None | Some(Err(_))) => {
                    return Read::Broken(Error::Malformed(message!("error-body-unreadable")));
                }
                Err(_) => return Read::Broken(Error::TooSlow),
            }
        }
    }

    /// Allocates space for a body of at most `most` bytes. Returns `None` if its sender may not
    /// send large bodies.
    async fn admit(
        &self,
        sender: Sender,
        bounds: &Bounds<'_>,
        most: u64,
    ) -> Result<Option<Share>, Error> {
        let is_upload = bounds.spool.is_some();
        let in_memory = if is_upload {
            most.min(SPOOL_BYTES)
        } else {
            most
        };
        let user = match sender {
            Sender::User(id) => id,
            Sender::Stranger(address) if !is_upload => {
                let part = self.strangers.admit(&address, most, Duration::ZERO).await;
                return Ok(part.map(Share::of_memory));
            }
            Sender::Stranger(_) | Sender::Nobody => return Ok(None),
        };
        let memory = self.users.admit(&user, in_memory, PATIENCE).await;
        let mut share = Share::of_memory(memory.ok_or(Error::Busy)?);
        if is_upload && most > SPOOL_BYTES {
            let part = self.files.admit(&user, most, PATIENCE).await;
            share._of_files = Some(part.ok_or(Error::Busy)?);
        }
        Ok(Some(share))
    }
}

async fn whole(spool: Spool, share: Option<Share>) -> Read {
    match spool.finish().await {
        Ok(content) => Read::Whole(content, share),
        Err(error) => Read::Broken(storage_error(&error)),
    }
}

fn storage_error(error: &io::Error) -> Error {
    match error.kind() {
        io::ErrorKind::StorageFull | io::ErrorKind::QuotaExceeded => {
            Error::Status(Status::InsufficientStorage.code)
        }
        _ => Error::Internal(format!("an upload cannot be written: {error}")),
    }
}

impl Share {
    fn of_memory(part: Part) -> Share {
        Share {
            _of_memory: part,
            _of_files: None,
        }
    }
}

impl Room {
    fn new(all_kib: u32, each_kib: u32) -> Room {
        Room {
            all_kib,
            all: Arc::new(Semaphore::new(all_kib as usize)),
            each: Slots::new(each_kib),
        }
    }

    /// Allocates space. Returns `None` if it is not available in time.
    async fn admit(&self, key: &str, bytes: u64, patience: Duration) -> Option<Part> {
        let kib = u32::try_from(bytes.div_ceil(1 << 10)).unwrap_or(u32::MAX);
        let of_each = self.each.acquire(key, kib, patience).await?;
        let of_all = self.all.clone();
        let of_all = of_all.acquire_many_owned(kib.min(self.all_kib));
        Some(Part {
            _of_all: timeout(patience, of_all).await.ok()?.ok()?,
            _of_each: of_each,
        })
    }
}

#[cfg(test)]
mod tests;
