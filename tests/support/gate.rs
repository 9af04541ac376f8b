//! A TCP proxy that can be closed, to simulate outages.

use std::net::SocketAddr;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};

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
    /// Requests pass, and their connection is closed in place of a response.
    Deaf,
}

/// A text in the stream, and another one of the same length in its place.
type Replacement = (Vec<u8>, Vec<u8>);

/// A proxy on its own port; stops with the test.
pub struct Gate {
    address: SocketAddr,
    way: watch::Sender<Way>,
    connections: Arc<AtomicUsize>,
    replacements: Arc<Mutex<Vec<Replacement>>>,
    /// Host and port of the server.
    target: Arc<Mutex<String>>,
}

impl Gate {
    /// Opens a gate in front of the server of `url`.
    pub async fn before(url: &str) -> Gate {
        let target = Arc::new(Mutex::new(authority(url)));
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
        let address = listener.local_addr().expect("an address");
        let (way, changes) = watch::channel(Way::Open);
        let connections = Arc::new(AtomicUsize::new(0));
        let counter = Arc::clone(&connections);
        let replacements = Arc::new(Mutex::new(Vec::new()));
        let replaced = Arc::clone(&replacements);
        let server = Arc::clone(&target);
        tokio::spawn(async move {
            loop {
                let (client, _) = listener.accept().await.expect("a connection");
                if *changes.borrow() == Way::Shut {
                    continue;
                }
                let target = server.lock().expect("the target").clone();
                let Ok(server) = TcpStream::connect(target).await else {
                    continue;
                };
                let (changes, counter) = (changes.clone(), Arc::clone(&counter));
                let replaced = Arc::clone(&replaced);
                tokio::spawn(async move {
                    counter.fetch_add(1, Ordering::SeqCst);
                    let (from_client, to_client) = client.into_split();
                    let (from_server, to_server) = server.into_split();
                    // If one side closes, so does the other.
                    tokio::select! {
                        () = forward(from_client, to_server, changes.clone(), &replaced, &[]) => {}
                        () = forward(from_server, to_client, changes, &replaced, &[Way::Deaf]) => {}
                    }
                    counter.fetch_sub(1, Ordering::SeqCst);
                });
            }
        });
        Gate {
            address,
            way,
            connections,
            replacements,
            target,
        }
    }

    /// Leads to another server from now on.
    pub fn leads_to(&self, url: &str) {
        *self.target.lock().expect("the target") = authority(url);
    }

    /// Replaces a text in what passes from now on by another one of the same length.
    pub fn replaces(&self, text: &str, by: &str) {
        assert_eq!(text.len(), by.len());
        let mut all = self.replacements.lock().expect("the replacements");
        all.push((text.into(), by.into()));
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

fn authority(url: &str) -> String {
    let url = reqwest::Url::parse(url).expect("a URL");
    let host = url.host_str().expect("a host");
    format!("{host}:{}", url.port().expect("a port"))
}

async fn forward(
    mut from: OwnedReadHalf,
    mut to: OwnedWriteHalf,
    mut changes: watch::Receiver<Way>,
    replaced: &Mutex<Vec<Replacement>>,
    ends: &[Way],
) {
    let mut shut = changes.clone();
    let copy = async {
        let mut buffer = vec![0; 16 * 1024];
        while let Ok(count) = from.read(&mut buffer).await {
            let heard = changes.wait_for(|way| *way != Way::Silent).await.is_ok();
            if ends.contains(&changes.borrow()) {
                return;
            }
            replace(
                &mut buffer[..count],
                &replaced.lock().expect("the replacements"),
            );
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

fn replace(bytes: &mut [u8], all: &[Replacement]) {
    for (text, by) in all {
        for at in 0..bytes.len().saturating_sub(text.len() - 1) {
            if bytes[at..].starts_with(text) {
                bytes[at..at + by.len()].copy_from_slice(by);
            }
        }
    }
}
