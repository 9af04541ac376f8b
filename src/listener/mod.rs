//! The layer below Rocket: TCP and HTTP/1.1. Rocket's own server gives a client all the time it
//! wants, so here each phase of a connection ends in time, and when all places are taken, whoever
//! has kept one waiting for the longest makes room.

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

use crate::platform::raise_open_files;

/// The most bytes of a request's line and headers, and the most headers: what browsers send, with
/// room for cookies.
const HEAD_BYTES: usize = 32 << 10;
const HEADERS: usize = 100;

/// The most bytes that are read from a connection, or kept for it, at once. With a head in it, the
/// buffer grows to twice as much.
const BUFFER_BYTES: usize = HEAD_BYTES + (4 << 10);

/// Limit of the time that requests under way may take when the server ends: longer than a
/// statement may.
const GRACE: Duration = Duration::from_secs(6);

/// Interval between two searches for overdue connections.
const SWEEP: Duration = Duration::from_millis(500);

/// Files that are open beside connections: the database, the log, the standard streams.
const OTHER_FILES: u64 = 64;

/// A socket that listens, and serves once it is told to.
pub struct Listener {
    socket: TcpListener,
    places: usize,
}

impl Listener {
    /// Takes the port, and room for so many connections at once. The limit of open files is raised
    /// as far as the system allows.
    ///
    /// # Errors
    /// If the address is not this machine's, or the port is taken.
    pub async fn bind(place: SocketAddr, connections: usize) -> io::Result<Listener> {
        let socket = TcpListener::bind(place).await?;
        let files = raise_open_files();
        let files = usize::try_from(files.saturating_sub(OTHER_FILES)).unwrap_or(usize::MAX);
        Ok(Listener {
            socket,
            places: connections.min(files).max(1),
        })
    }

    /// The most connections at once.
    pub fn places(&self) -> usize {
        self.places
    }

    /// The address and port that it has got.
    pub fn address(&self) -> io::Result<SocketAddr> {
        self.socket.local_addr()
    }

    /// Serves until `stop` is true; then finishes the requests that have been read.
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
                    // A response, or a chunk of a stream, is written in one piece.
                    let _ = stream.set_nodelay(true);
                    let connection = connections.enter();
                    let serving = serve(stream, peer, connection, bridge.clone(), stop.clone());
                    tokio::spawn(serving);
                }
                // The client has gone already.
                Err(error) if is_of_the_client(&error) => {}
                // No file is left, most likely: somebody must go.
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

    /// The next connection, once there is a place for it.
    async fn accept(&self, connections: &Connections) -> io::Result<(TcpStream, SocketAddr)> {
        let accepted = self.socket.accept().await?;
        connections.make_room().await;
        Ok(accepted)
    }
}

/// Returns when the server is told to end.
async fn shutdown_requested(stop: &mut watch::Receiver<bool>) {
    let _ = stop.wait_for(|stop| *stop).await;
}

fn is_of_the_client(error: &io::Error) -> bool {
    matches!(
        error.kind(),
        ErrorKind::ConnectionRefused | ErrorKind::ConnectionAborted | ErrorKind::ConnectionReset
    )
}

/// Serves one connection to its end.
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
        // The sweeper tells a client that is idle from one that sends a head slowly.
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
