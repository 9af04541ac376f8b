//! Raw requests that no HTTP client would send.

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio::time::timeout;

use super::{DEADLINE, Server};

/// A response read from the socket.
#[derive(Debug)]
pub struct RawAnswer {
    pub status: u16,
    /// The status line and the headers, unchanged.
    pub head: String,
    pub body: String,
}

impl RawAnswer {
    /// Returns the first header with this name, ignoring case; empty if absent.
    pub fn header(&self, name: &str) -> &str {
        self.head
            .lines()
            .filter_map(|line| line.split_once(':'))
            .find(|(found, _)| found.eq_ignore_ascii_case(name))
            .map_or("", |(_, value)| value.trim())
    }
}

/// Sends `request` unchanged and reads until the server closes. The request needs `Connection:
/// close`.
pub async fn raw(server: &Server, request: &[u8]) -> RawAnswer {
    timeout(DEADLINE, exchange(server, request))
        .await
        .expect("an answer in time")
}

async fn exchange(server: &Server, request: &[u8]) -> RawAnswer {
    let mut socket = TcpStream::connect(server.host()).await.expect("connect");
    socket.write_all(request).await.expect("send");
    let mut bytes = Vec::new();
    // A server may reset the connection after an early response. The bytes sent before still count.
    let _ = socket.read_to_end(&mut bytes).await;
    let text = String::from_utf8_lossy(&bytes).into_owned();
    let (head, body) = text.split_once("\r\n\r\n").unwrap_or((&text, ""));
    let status = head
        .split(' ')
        .nth(1)
        .and_then(|code| code.parse().ok())
        .unwrap_or_else(|| panic!("no status line in {head:?}"));
    RawAnswer {
        status,
        head: head.to_owned(),
        body: body.to_owned(),
    }
}
