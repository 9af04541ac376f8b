//! A TCP proxy that can be closed, to simulate outages.

use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::tcp::{OwnedReadHalf, OwnedWriteHalf};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::watch;

/// State of the gate.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Way {
    /// Connections work.
    Open,
    /// Connections are closed, and new ones are closed at once.
    Shut,
    /// Connections stay open, but no data passes.
    Silent,
}

/// A proxy on its own port; stops with the test.
pub struct Gate {
    address: SocketAddr,
    way: watch::Sender<Way>,
    connections: Arc<AtomicUsize>,
}

impl Gate {
    /// Opens a gate in front of the server of `url`.
    pub async fn before(url: &str) -> Gate {
        let url = reqwest::Url::parse(url).expect("a URL");
        let host = url.host_str().expect("a host").to_owned();
        let port = url.port().expect("a port");
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
        let address = listener.local_addr().expect("an address");
        let (way, changes) = watch::channel(Way::Open);
        let connections = Arc::new(AtomicUsize::new(0));
        let counter = Arc::clone(&connections);
        tokio::spawn(async move {
            loop {
                let (client, _) = listener.accept().await.expect("a connection");
                if *changes.borrow() == Way::Shut {
                    continue;
                }
                let server = TcpStream::connect((host.as_str(), port)).await;
                let server = server.expect("the server behind the gate");
                let (changes, counter) = (changes.clone(), Arc::clone(&counter));
                tokio::spawn(async move {
                    counter.fetch_add(1, Ordering::SeqCst);
                    let (from_client, to_client) = client.into_split();
                    let (from_server, to_server) = server.into_split();
                    // If one side closes, so does the other.
                    tokio::select! {
                        () = forward(from_client, to_server, changes.clone()) => {}
                        () = forward(from_server, to_client, changes) => {}
                    }
                    counter.fetch_sub(1, Ordering::SeqCst);
                });
            }
        });
        Gate {
            address,
            way,
            connections,
        }
    }

    /// Returns the URL with the gate in place of the server.
    pub fn url(&self, url: &str) -> String {
        let mut url = reqwest::Url::parse(url).expect("a URL");
        let host = self.address.ip().to_string();
        url.set_host(Some(&host)).expect("a host");
        url.set_port(Some(self.address.port())).expect("a port");
        url.into()
    }

    /// Changes the state of the gate.
    pub fn set(&self, way: Way) {
        self.way.send_replace(way);
    }

    /// Returns the number of connections through the gate.
    pub fn connections(&self) -> usize {
        self.connections.load(Ordering::SeqCst)
    }
}

async fn forward(
    mut from: OwnedReadHalf,
    mut to: OwnedWriteHalf,
    mut changes: watch::Receiver<Way>,
) {
    let mut shut = changes.clone();
    let copy = async {
        let mut buffer = vec![0; 16 * 1024];
        while let Ok(count) = from.read(&mut buffer).await {
            let heard = changes.wait_for(|way| *way != Way::Silent).await.is_ok();
            if count == 0 || !heard || to.write_all(&buffer[..count]).await.is_err() {
                return;
            }
        }
    };
    tokio::select! {
        () = copy => {}
        _ = shut.wait_for(|way| *way == Way::Shut) => {}
    }
}
