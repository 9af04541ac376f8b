//! The state of each connection, and the time limit of each state.

use std::collections::HashMap;
use std::io;
use std::pin::Pin;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::task::{Context, Poll};
use std::time::{Duration, Instant};

use hyper::rt::{Read, ReadBufCursor, Write};
use tokio::sync::Notify;
use tokio::time::timeout;

/// Maximum time between two requests.
const IDLE: Duration = Duration::from_secs(75);

/// Maximum time for receiving the request line and the headers.
const HEAD: Duration = Duration::from_secs(10);

/// Maximum time in which a client reads no bytes of a response.
const STALL: Duration = Duration::from_secs(10);

/// Time for which a connection may keep the server waiting before it can be evicted.
const ROOM: Duration = Duration::from_millis(500);

/// Minimum transfer rate of requests and responses, in bytes per second.
pub const LEAST_RATE: u64 = 16 << 10;

/// The state of a connection.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Phase {
    /// Waits for a request.
    Idle,
    /// Receives the head of a request.
    Head,
    /// Receives the body of a request.
    Body,
    /// Processes the request.
    Handling,
    /// Sends a complete response.
    Writing,
    /// Sends a response that is still being generated.
    Streaming,
}

struct State {
    phase: Phase,
    since: Instant,
    /// Time at which the client last received bytes.
    progress: Instant,
    /// Number of bytes of the response that the client has received.
    written: u64,
    /// Time since which bytes of the response have been waiting for the client. `None` while the
    /// stream has no pending bytes.
    waiting: Option<Instant>,
    /// Total time for which earlier bytes of the stream have waited.
    waited: Duration,
}

impl State {
    fn new(phase: Phase) -> State {
        let now = Instant::now();
        let has_bytes = matches!(phase, Phase::Writing | Phase::Streaming);
        State {
            phase,
            since: now,
            progress: now,
            written: 0,
            waiting: has_bytes.then_some(now),
            waited: Duration::ZERO,
        }
    }
}

/// The state of a connection and its close signal.
pub struct Activity {
    state: Mutex<State>,
    close: Notify,
}

impl Activity {
    fn new() -> Activity {
        Activity {
            state: Mutex::new(State::new(Phase::Idle)),
            close: Notify::new(),
        }
    }

    /// Sets the phase.
    pub fn enter(&self, phase: Phase) {
        *self.state() = State::new(phase);
    }

    /// Ends [`Phase::Streaming`]: the rest of the response is complete.
    pub fn end_stream(&self) {
        let mut state = self.state();
        if state.phase == Phase::Streaming {
            let now = Instant::now();
            state.phase = Phase::Writing;
            state.since = now;
            state.waiting.get_or_insert(now);
        }
    }

    /// Completes when the connection is to be closed.
    pub async fn closed(&self) {
        self.close.notified().await;
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn has_read(&self) {
        if self.state().phase == Phase::Idle {
            self.enter(Phase::Head);
        }
    }

    fn has_tried_to_write(&self, outcome: &Poll<io::Result<usize>>) {
        let mut state = self.state();
        match outcome {
            Poll::Ready(Ok(count)) => {
                state.written += *count as u64;
                state.progress = Instant::now();
            }
            Poll::Pending if state.phase == Phase::Streaming => {
                state.waiting.get_or_insert_with(Instant::now);
            }
            Poll::Pending | Poll::Ready(Err(_)) => {}
        }
    }

    fn has_flushed(&self) {
        let mut state = self.state();
        match state.phase {
            Phase::Writing => *state = State::new(Phase::Idle),
            Phase::Streaming => {
                if let Some(since) = state.waiting.take() {
                    state.waited += since.elapsed();
                }
            }
            Phase::Idle | Phase::Head | Phase::Body | Phase::Handling => {}
        }
    }

    fn is_overdue(&self, now: Instant) -> bool {
        let state = self.state();
        let taken = now.saturating_duration_since(state.since);
        match state.phase {
            Phase::Idle => taken > IDLE,
            Phase::Head => taken > HEAD,
            // The bridge limits the time of the body, so that it can respond. The handlers have
            // time limits of their own.
            Phase::Body | Phase::Handling => false,
            // An idle stream is not a stalled client. Only the time with pending bytes counts.
            Phase::Writing | Phase::Streaming => state.waiting.is_some_and(|since| {
                let stalled = now.saturating_duration_since(since.max(state.progress));
                let waited = state.waited + now.saturating_duration_since(since);
                stalled > STALL || waited > STALL + Duration::from_secs(state.written / LEAST_RATE)
            }),
        }
    }

    /// Returns the time since which the server has been waiting for the client. `None` if the
    /// client waits for the server.
    fn waits_since(&self) -> Option<Instant> {
        let state = self.state();
        match state.phase {
            Phase::Handling => None,
            Phase::Streaming => state.waiting,
            Phase::Idle | Phase::Head | Phase::Body | Phase::Writing => Some(state.since),
        }
    }
}

/// The set of open connections.
#[derive(Clone)]
pub struct Connections {
    all: Arc<Mutex<HashMap<u64, Arc<Activity>>>>,
    next: Arc<AtomicU64>,
    left: Arc<Notify>,
    places: usize,
}

impl Connections {
    /// Creates an empty set with a maximum number of connections.
    pub fn new(places: usize) -> Connections {
        Connections {
            all: Arc::default(),
            next: Arc::default(),
            left: Arc::default(),
            places,
        }
    }

    /// Adds a connection.
    pub fn enter(&self) -> Entered {
        let activity = Arc::new(Activity::new());
        let number = self.next.fetch_add(1, Ordering::Relaxed);
        self.all().insert(number, activity.clone());
        Entered {
            connections: self.clone(),
            number,
            activity,
        }
    }

    /// Waits for a free place. Evicts a connection if one keeps the server waiting.
    pub async fn make_room(&self) {
        loop {
            let left = self.left.notified();
            if self.all().len() < self.places {
                return;
            }
            self.evict();
            // If no connection could be evicted, one may qualify soon.
            let _ = timeout(Duration::from_millis(20), left).await;
        }
    }

    /// Closes the connection that has kept the server waiting for the longest time, if longer than
    /// `ROOM`.
    pub fn evict(&self) {
        let all = self.all();
        let now = Instant::now();
        let waiting = all
            .values()
            .filter_map(|activity| Some((activity.waits_since()?, activity)))
            .filter(|(since, _)| now.saturating_duration_since(*since) > ROOM);
        if let Some((_, activity)) = waiting.min_by_key(|(since, _)| *since) {
            activity.close.notify_one();
        }
    }

    /// Closes all connections that have exceeded a time limit.
    pub fn close_overdue(&self) {
        let now = Instant::now();
        for activity in self.all().values() {
            if activity.is_overdue(now) {
                activity.close.notify_one();
            }
        }
    }

    /// Waits until all connections are closed.
    pub async fn left(&self) {
        loop {
            let left = self.left.notified();
            if self.all().is_empty() {
                return;
            }
            left.await;
        }
    }

    fn all(&self) -> MutexGuard<'_, HashMap<u64, Arc<Activity>>> {
        self.all.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// An open connection. Dropping it removes the connection from the set.
pub struct Entered {
    connections: Connections,
    number: u64,
    activity: Arc<Activity>,
}

impl Entered {
    /// Returns the state of the connection.
    pub fn activity(&self) -> &Arc<Activity> {
        &self.activity
    }
}

impl Drop for Entered {
    fn drop(&mut self) {
        self.connections.all().remove(&self.number);
        self.connections.left.notify_one();
    }
}

/// A stream that records its reads and writes.
pub struct Watched<T> {
    stream: T,
    activity: Arc<Activity>,
}

impl<T> Watched<T> {
    /// Wraps a stream.
    pub fn new(stream: T, activity: Arc<Activity>) -> Watched<T> {
        Watched { stream, activity }
    }
}

impl<T: Read + Unpin> Read for Watched<T> {
    fn poll_read(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        buffer: ReadBufCursor<'_>,
    ) -> Poll<io::Result<()>> {
        let read = Pin::new(&mut self.stream).poll_read(context, buffer);
        if matches!(read, Poll::Ready(Ok(()))) {
            self.activity.has_read();
        }
        read
    }
}

impl<T: Write + Unpin> Write for Watched<T> {
    fn poll_write(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<io::Result<usize>> {
        let written = Pin::new(&mut self.stream).poll_write(context, bytes);
        self.activity.has_tried_to_write(&written);
        written
    }

    fn poll_flush(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        let flushed = Pin::new(&mut self.stream).poll_flush(context);
        if matches!(flushed, Poll::Ready(Ok(()))) {
            self.activity.has_flushed();
        }
        flushed
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_shutdown(context)
    }

    fn is_write_vectored(&self) -> bool {
        self.stream.is_write_vectored()
    }

    fn poll_write_vectored(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        slices: &[io::IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        let written = Pin::new(&mut self.stream).poll_write_vectored(context, slices);
        self.activity.has_tried_to_write(&written);
        written
    }
}

#[cfg(test)]
mod tests;
