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

/// Limit of the time between two requests.
const IDLE: Duration = Duration::from_secs(75);

/// Limit of the time in which a client sends the line and the headers of a request.
const HEAD: Duration = Duration::from_secs(10);

/// Limit of the time for which a client reads nothing of a response.
const STALL: Duration = Duration::from_secs(10);

/// Time for which a connection may keep the server waiting before it has to make room for another one.
const ROOM: Duration = Duration::from_millis(500);

/// At least so many bytes a second are sent and read.
pub const LEAST_RATE: u64 = 16 << 10;

/// The state of a connection.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Phase {
    /// Nothing: it waits for a request.
    Idle,
    /// The client sends the head of a request.
    Head,
    /// The client sends the body of a request.
    Body,
    /// The server works.
    Handling,
    /// The client reads a response, all of which is there.
    Writing,
    /// The client reads a response while the server makes the rest of it.
    Streaming,
}

struct State {
    phase: Phase,
    since: Instant,
    /// When the client last took something.
    progress: Instant,
    /// Number of bytes that the client has taken of the response.
    written: u64,
    /// Time since which bytes of the response wait for the client. `None` while the client waits for the
    /// rest of a stream.
    waiting: Option<Instant>,
    /// Time for which bytes of a stream have waited before.
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

/// The state of one connection.
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

    /// From now on it does this.
    pub fn enter(&self, phase: Phase) {
        *self.state() = State::new(phase);
    }

    /// Ends [`Phase::Streaming`]: the rest of the response is there.
    pub fn end_stream(&self) {
        let mut state = self.state();
        if state.phase == Phase::Streaming {
            let now = Instant::now();
            state.phase = Phase::Writing;
            state.since = now;
            state.waiting.get_or_insert(now);
        }
    }

    /// Ends when the connection is to be closed.
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
            // The bridge times the body, to answer, and the work has limits of its own.
            Phase::Body | Phase::Handling => false,
            // A quiet stream is not a stalled client: only the time counts for which bytes wait.
            Phase::Writing | Phase::Streaming => state.waiting.is_some_and(|since| {
                let stalled = now.saturating_duration_since(since.max(state.progress));
                let waited = state.waited + now.saturating_duration_since(since);
                stalled > STALL || waited > STALL + Duration::from_secs(state.written / LEAST_RATE)
            }),
        }
    }

    /// The time since which the connection waits for its client. `None` if the client waits.
    fn waits_since(&self) -> Option<Instant> {
        let state = self.state();
        match state.phase {
            Phase::Handling => None,
            Phase::Streaming => state.waiting,
            Phase::Idle | Phase::Head | Phase::Body | Phase::Writing => Some(state.since),
        }
    }
}

/// All connections.
#[derive(Clone)]
pub struct Connections {
    all: Arc<Mutex<HashMap<u64, Arc<Activity>>>>,
    next: Arc<AtomicU64>,
    left: Arc<Notify>,
    places: usize,
}

impl Connections {
    /// Room for so many.
    pub fn new(places: usize) -> Connections {
        Connections {
            all: Arc::default(),
            next: Arc::default(),
            left: Arc::default(),
            places,
        }
    }

    /// Counts one more.
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

    /// Waits for a free place, and makes one if there is somebody who keeps the server waiting.
    pub async fn make_room(&self) {
        loop {
            let left = self.left.notified();
            if self.all().len() < self.places {
                return;
            }
            self.evict();
            // Nobody may have been there to be evicted, but soon be.
            let _ = timeout(Duration::from_millis(20), left).await;
        }
    }

    /// Closes the connection that has kept the server waiting for the longest, if that is long.
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

    /// Closes every connection whose time is up.
    pub fn close_overdue(&self) {
        let now = Instant::now();
        for activity in self.all().values() {
            if activity.is_overdue(now) {
                activity.close.notify_one();
            }
        }
    }

    /// Ends once there is no connection.
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

/// A connection that is counted as long as this value lives.
pub struct Entered {
    connections: Connections,
    number: u64,
    activity: Arc<Activity>,
}

impl Entered {
    /// The state of the connection.
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

/// A stream that tells what happens on it.
pub struct Watched<T> {
    stream: T,
    activity: Arc<Activity>,
}

impl<T> Watched<T> {
    /// The stream, watched.
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
