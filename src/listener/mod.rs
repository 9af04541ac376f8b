//! The TCP and HTTP/1.1 layer below Rocket. Rocket's server has no time limits for clients. Here
//! each phase of a connection has one, and when all places are taken, the connection that has kept
//! the server waiting for the longest time is evicted.

pub(crate) mod activity;
pub(crate) mod bridge;
mod intake;
pub(crate) mod request;
mod response;
mod spool;
#[cfg(test)]
mod tests;

use std::io::{self, ErrorKind};
use std::net::SocketAddr;
use std::pin::pin;
use std::sync::Arc;
use std::time::Duration;

use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper_util::rt::{TokioIo, TokioTimer};
use rocket::local::asynchronous::Client;
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::watch;
use tokio::time::{MissedTickBehavior, interval, sleep, timeout};

use activity::{Activity, Connections, Watched};
use bridge::Bridge;

use crate::platform::{limit_unacknowledged, raise_open_files};

/// Maximum size of the request line and headers in bytes, and maximum number of headers. Both
/// exceed the limits of browsers and leave space for cookies.
const HEAD_BYTES: usize = 32 << 10;
const HEADERS: usize = 100;

/// Maximum number of bytes read from a connection or buffered for it at once. While the buffer
/// contains a head, it can grow to twice this size.
const BUFFER_BYTES: usize = HEAD_BYTES + (4 << 10);

/// Maximum time for requests in progress at shutdown. It exceeds the time limit of a statement.
const GRACE: Duration = Duration::from_secs(6);

/// Maximum time in which a peer acknowledges no bytes that were sent to it.
const UNACKNOWLEDGED: Duration = Duration::from_secs(30);

/// Interval between checks for overdue connections.
const SWEEP: Duration = Duration::from_millis(500);

/// Number of open files besides connections: the database, the log, the standard streams.
const OTHER_FILES: u64 = 64;

/// A bound socket.
pub struct Listener {
    socket: TcpListener,
    places: usize,
}

impl Listener {
    /// Binds a socket for at most `connections` connections. Raises the limit of open files as far
    /// as the system allows.
    ///
    /// # Errors
    /// If the address does not belong to this machine or the port is in use.
    pub async fn bind(place: SocketAddr, connections: usize) -> io::Result<Listener> {
        let socket = TcpListener::bind(place).await?;
        let files = raise_open_files();
        let files = usize::try_from(files.saturating_sub(OTHER_FILES)).unwrap_or(usize::MAX);
        Ok(Listener {
            socket,
            places: connections.min(files).max(1),
        })
    }

    /// Returns the maximum number of connections.
    pub fn places(&self) -> usize {
        self.places
    }

    /// Returns the local address and port.
    pub fn address(&self) -> io::Result<SocketAddr> {
        self.socket.local_addr()
    }

    /// Serves connections until `stop` becomes true, then completes the requests that have been
    /// read.
    pub async fn serve(self, rocket: Arc<Client>, mut stop: watch::Receiver<bool>) {
        let connections = Connections::new(self.places);
        let bridge = Arc::new(Bridge::new(rocket, stop.clone()));
        let sweeping = connections.clone();
        let sweeper = tokio::spawn(async move {
            let mut ticks = interval(SWEEP);
            ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
            loop {
                ticks.tick().await;
                sweeping.close_overdue();
            }
        });
        loop {
            let accepted = tokio::select! {
                accepted = self.accept(&connections) => accepted,
                () = shutdown_requested(&mut stop) => break,
            };
            match accepted {
                Ok((stream, peer)) => {
                    // Responses and chunks of streams are written whole, so delaying small packets
                    // has no benefit.
                    let _ = stream.set_nodelay(true);
                    let _ = limit_unacknowledged(&stream, UNACKNOWLEDGED);
                    let connection = connections.enter();
                    let serving = serve(stream, peer, connection, bridge.clone(), stop.clone());
                    tokio::spawn(serving);
                }
                // The client has disconnected before the accept.
                Err(error) if is_of_the_client(&error) => {}
                // The process is probably out of file descriptors, so a connection is evicted.
                Err(_) => {
                    connections.evict();
                    sleep(Duration::from_millis(50)).await;
                }
            }
        }
        drop(self.socket);
        let _ = timeout(GRACE, connections.left()).await;
        sweeper.abort();
    }

    /// Accepts the next connection when a place is free.
    async fn accept(&self, connections: &Connections) -> io::Result<(TcpStream, SocketAddr)> {
        let accepted = self.socket.accept().await?;
        connections.make_room().await;
        Ok(accepted)
    }
}

/// Waits for the shutdown signal.
async fn shutdown_requested(stop: &mut watch::Receiver<bool>) {
    let _ = stop.wait_for(|stop| *stop).await;
}

fn is_of_the_client(error: &io::Error) -> bool {
    matches!(
        error.kind(),
        ErrorKind::ConnectionRefused | ErrorKind::ConnectionAborted | ErrorKind::ConnectionReset
    )
}

/// Serves one connection until it is closed.
pub(crate) async fn serve<S: AsyncRead + AsyncWrite + Unpin>(
    stream: S,
    peer: SocketAddr,
    connection: activity::Entered,
    bridge: Arc<Bridge>,
    mut stop: watch::Receiver<bool>,
) {
    let activity: &Arc<Activity> = connection.activity();
    let service = service_fn(|request| {
        let (bridge, activity) = (bridge.clone(), activity.clone());
        async move { bridge.answer(request, peer, activity).await }
    });
    let io = Watched::new(TokioIo::new(stream), activity.clone());
    let served = http1::Builder::new()
        .timer(TokioTimer::new())
        // The sweeper has separate limits for idle clients and slow heads.
        .header_read_timeout(None)
        .max_header_size(HEAD_BYTES)
        .max_buf_size(BUFFER_BYTES)
        .max_headers(HEADERS)
        .serve_connection(io, service);
    let mut served = pin!(served);
    // Connection errors are not logged: the client caused them.
    tokio::select! {
        _ = served.as_mut() => {}
        () = activity.closed() => {}
        () = shutdown_requested(&mut stop) => {
            served.as_mut().graceful_shutdown();
            tokio::select! {
                _ = served => {}
                () = activity.closed() => {}
            }
        }
    }
}
