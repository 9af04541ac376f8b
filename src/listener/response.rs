//! Conversion of Rocket's responses for hyper. Responses in memory are sent whole, others are
//! streamed: events from their own source, the rest from Rocket.

use std::io;
use std::pin::{Pin, pin};
use std::sync::Arc;
use std::task::{Context, Poll, ready};
use std::time::Duration;

use http_body_util::{Either, Full};
use hyper::body::{Body, Bytes, Frame, SizeHint};
use hyper::header::CONTENT_LENGTH;
use hyper::{Response, StatusCode};
use rocket::futures::stream::{BoxStream, StreamExt};
use rocket::local::asynchronous::LocalResponse;
use tokio::sync::{mpsc, watch};
use tokio::time::sleep;
use tokio_util::io::ReaderStream;

use super::activity::Activity;
use super::shutdown_requested;
use crate::error::Error;
use crate::http::Handover;
use crate::limits::OpenStream;
use crate::log;

/// Maximum number of bytes read from a stream at once. Reading pauses while two such chunks and
/// hyper's buffer wait to be written.
const CHUNK_BYTES: usize = 16 << 10;

/// Maximum time for streams to complete at shutdown. It is less than the server's own limit.
const STREAM_GRACE: Duration = Duration::from_secs(5);

/// The body of a response.
pub type Outgoing = Either<Full<Bytes>, Streamed>;

/// A body that is made while it is sent.
pub struct Streamed {
    source: Source,
    /// Number of remaining bytes, if known.
    left: Option<u64>,
    has_ended: bool,
    activity: Arc<Activity>,
}

enum Source {
    /// Rocket's body, which another task reads.
    Parts(mpsc::Receiver<Part>),
    /// Events. Most of the time, each of many such streams only waits for the next one, so it has no
    /// task of its own and nothing of the request.
    Events {
        events: BoxStream<'static, Bytes>,
        _open: Option<OpenStream>,
    },
}

enum Part {
    Data(Bytes),
    /// Marks the end of the stream. A stream without it was interrupted, and the connection is
    /// aborted so that the client detects that.
    End,
}

/// The rest of a streamed response, which follows its head.
pub struct Rest<'c> {
    response: LocalResponse<'c>,
    parts: mpsc::Sender<Part>,
    _open: Option<OpenStream>,
}

/// Converts a response. Returns the rest of it too if Rocket has to be read. Events end when `stop`
/// becomes true.
pub async fn into_response<'c>(
    response: LocalResponse<'c>,
    handover: &Handover,
    activity: &Arc<Activity>,
    stop: &watch::Receiver<bool>,
) -> (Response<Outgoing>, Option<Rest<'c>>) {
    let mut head = Response::builder().status(response.status().code);
    for header in response.headers().iter() {
        head = head.header(header.name.as_str(), header.value.as_bytes());
    }
    let size = response.body().preset_size();
    if let Some(size) = size
        && response.status().code != 204
    {
        head = head.header(CONTENT_LENGTH, size);
    }
    let finish = |body| head.body(body).unwrap_or_else(|_| broken());
    if response.body().is_none() {
        return (finish(Either::Left(Full::default())), None);
    }
    if handover.is_streamed(response.body()) {
        let streamed = |source| {
            let body = Streamed {
                source,
                left: size.map(|size| size as u64),
                has_ended: false,
                activity: activity.clone(),
            };
            finish(Either::Right(body))
        };
        let open = handover.take_stream();
        if let Some(events) = handover.take_events() {
            let mut stop = stop.clone();
            let stopped = async move { shutdown_requested(&mut stop).await };
            let events = events.take_until(stopped).boxed();
            return (
                streamed(Source::Events {
                    events,
                    _open: open,
                }),
                None,
            );
        }
        let (sender, parts) = mpsc::channel(1);
        let rest = Rest {
            response,
            parts: sender,
            _open: open,
        };
        return (streamed(Source::Parts(parts)), Some(rest));
    }
    let body = match handover.take(size) {
        Some(body) => Some(body.plain().clone()),
        None => response.into_bytes().await.map(Bytes::from),
    };
    let response = match body {
        Some(body) => finish(Either::Left(Full::new(handover.counted(body)))),
        None => broken(),
    };
    (response, None)
}

/// Returns the response to a request whose handler did not complete.
pub fn broken() -> Response<Outgoing> {
    let mut response = Response::new(Either::Left(Full::default()));
    *response.status_mut() = StatusCode::INTERNAL_SERVER_ERROR;
    response
}

impl Rest<'_> {
    /// Sends the stream until its end or until the client disconnects. At shutdown, it has time to
    /// complete.
    pub async fn send(self, mut stop: watch::Receiver<bool>) {
        let Rest {
            response,
            parts,
            _open,
        } = self;
        let stopped = async {
            shutdown_requested(&mut stop).await;
            sleep(STREAM_GRACE).await;
        };
        tokio::select! {
            () = copy(response, &parts) => {}
            () = parts.closed() => {}
            () = stopped => {}
        }
    }
}

async fn copy(response: LocalResponse<'_>, parts: &mpsc::Sender<Part>) {
    let mut chunks = pin!(ReaderStream::with_capacity(response, CHUNK_BYTES));
    while let Some(chunk) = chunks.next().await {
        let data = match chunk {
            Ok(data) => data,
            Err(error) => {
                log::report(&Error::Internal(format!("a response broke off: {error}")));
                return;
            }
        };
        if parts.send(Part::Data(data)).await.is_err() {
            return;
        }
    }
    let _ = parts.send(Part::End).await;
}

impl Body for Streamed {
    type Data = Bytes;
    type Error = io::Error;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<io::Result<Frame<Bytes>>>> {
        if self.has_ended {
            return Poll::Ready(None);
        }
        let part = match &mut self.source {
            Source::Parts(parts) => ready!(parts.poll_recv(context)),
            Source::Events { events, .. } => {
                let event = ready!(events.poll_next_unpin(context));
                Some(event.map_or(Part::End, Part::Data))
            }
        };
        Poll::Ready(match part {
            Some(Part::Data(data)) => {
                if let Some(left) = &mut self.left {
                    *left = left.saturating_sub(data.len() as u64);
                }
                Some(Ok(Frame::data(data)))
            }
            Some(Part::End) => {
                self.has_ended = true;
                None
            }
            None => Some(Err(io::ErrorKind::UnexpectedEof.into())),
        })
    }

    fn is_end_stream(&self) -> bool {
        self.has_ended || self.left == Some(0)
    }

    fn size_hint(&self) -> SizeHint {
        self.left
            .map_or_else(SizeHint::default, SizeHint::with_exact)
    }
}

impl Drop for Streamed {
    fn drop(&mut self) {
        self.activity.end_stream();
    }
}
