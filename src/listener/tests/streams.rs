//! Streamed responses.

use std::future::pending;
use std::io::Write;
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::Instant;

use rocket::futures::StreamExt;
use rocket::futures::stream::unfold;
use rocket::response::stream::{ByteStream, TextStream};
use rocket::{Route, State, get, routes};
use tokio::fs::File;
use tokio::io::{AsyncReadExt, AsyncSeekExt, AsyncWriteExt};
use tokio::net::TcpSocket;

use super::super::GRACE;
use super::{Open, Probe, Server, rest};
use crate::http::EventStream;

/// Exceeds a user's quota for responses in memory.
const FILE_BYTES: usize = 20 << 20;

pub fn routes() -> Vec<Route> {
    routes![events, endless, unfinished, short, broken, file]
}

#[get("/events")]
fn events(probe: &State<Arc<Probe>>) -> EventStream {
    let source = (Open::new(probe), probe.events.subscribe());
    let events = unfold(source, async |(open, mut events)| {
        let event = events.recv().await.ok()?;
        Some((format!("data:{event}\n\n"), (open, events)))
    });
    EventStream(events.boxed())
}

#[get("/endless")]
fn endless(probe: &State<Arc<Probe>>) -> ByteStream![Vec<u8>] {
    let open = Open::new(probe);
    ByteStream! {
        loop {
            open.0.made.fetch_add(10_000, Ordering::Relaxed);
            yield vec![b'x'; 10_000];
        }
    }
}

#[get("/unfinished")]
fn unfinished(probe: &State<Arc<Probe>>) -> TextStream![&'static str] {
    let open = Open::new(probe);
    TextStream! {
        let _open = open;
        yield "begun";
        pending::<()>().await;
    }
}

#[get("/short")]
fn short() -> TextStream![&'static str] {
    TextStream! {
        yield "one";
        yield "two";
    }
}

#[get("/broken")]
fn broken() -> TextStream![&'static str] {
    TextStream! {
        yield "begun";
        panic!("a fault on purpose");
    }
}

#[get("/file")]
async fn file() -> File {
    let mut file = tempfile::tempfile().expect("a file");
    file.write_all(&vec![b'x'; FILE_BYTES]).expect("space");
    let mut file = File::from_std(file);
    file.rewind().await.expect("the beginning");
    file
}

#[tokio::test]
async fn an_event_arrives_while_its_stream_is_open() {
    let server = Server::start().await;
    let mut response = server.send("GET", "/test/events").await;
    assert_eq!(response.status(), 200);
    assert_eq!(response.headers()["content-type"], "text/event-stream");
    assert!(!response.headers().contains_key("content-length"));
    for event in ["one", "two"] {
        server.probe.events.send(event).expect("a stream");
        let mut text = String::new();
        while !text.ends_with("\n\n") {
            let chunk = response.chunk().await.expect("a chunk").expect("no end");
            text.push_str(std::str::from_utf8(&chunk).expect("text"));
        }
        assert!(text.contains(event), "{text}");
    }
}

#[tokio::test]
async fn a_quiet_stream_ends_with_its_client() {
    let server = Server::start().await;
    let mut response = server.send("GET", "/test/unfinished").await;
    let chunk = response.chunk().await.expect("a chunk");
    assert_eq!(chunk.as_deref(), Some(b"begun".as_slice()));
    server.probe.open(1).await;
    drop(response);
    server.probe.open(0).await;
}

#[tokio::test]
async fn a_connection_whose_stream_has_ended_makes_room() {
    let server = Server::with_connections(1).await;
    let request = "GET /test/short HTTP/1.1\r\nHost: x\r\n\r\n";
    let mut socket = server.connect(request).await;
    let mut received = Vec::new();
    while !received.ends_with(b"\r\n0\r\n\r\n") {
        let byte = socket.read_u8().await.expect("no end");
        received.push(byte);
    }
    assert_eq!(server.send("GET", "/health/live").await.status(), 200);
    assert_eq!(rest(socket).await, "");
}

#[tokio::test]
async fn a_stream_that_ends_leaves_its_connection_to_the_next_request() {
    let server = Server::start().await;
    let received = server
        .raw(
            "GET /test/short HTTP/1.1\r\nHost: x\r\n\r\n\
             GET /health/live HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n",
        )
        .await;
    let lower = received.to_lowercase();
    assert!(lower.contains("transfer-encoding: chunked"), "{received}");
    let one = received.find("one").expect("the first part");
    let end = received.find("\r\n0\r\n\r\n").expect("the end");
    assert!(one < end, "{received}");
    assert!(received.ends_with("{\"status\":\"ok\"}"), "{received}");
}

#[tokio::test]
async fn a_head_of_a_stream_has_no_body() {
    let server = Server::start().await;
    let response = server.send("HEAD", "/test/endless").await;
    assert_eq!(response.status(), 200);
    server.probe.open(0).await;
    assert_eq!(server.send("GET", "/health/live").await.status(), 200);
}

#[tokio::test]
async fn a_stream_is_made_as_fast_as_it_is_read_and_ends_if_it_is_not() {
    let server = Server::start().await;
    let socket = TcpSocket::new_v4().expect("a socket");
    socket.set_recv_buffer_size(4_096).expect("a small buffer");
    let mut socket = socket.connect(server.address).await.expect("connect");
    let request = b"GET /test/endless HTTP/1.1\r\nHost: x\r\n\r\n";
    socket.write_all(request).await.expect("send");
    server.probe.open(1).await;
    server.probe.open(0).await;
    // The system buffers some megabytes per connection.
    let made = server.probe.made.load(Ordering::Relaxed);
    assert!((10_000..32 << 20).contains(&made), "{made}");
    drop(socket);
}

#[tokio::test]
async fn a_stream_that_breaks_off_does_not_look_whole() {
    let server = Server::start().await;
    let request = "GET /test/broken HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n";
    let received = server.raw(request).await;
    assert!(!received.ends_with("0\r\n\r\n"), "{received}");
    assert_eq!(server.send("GET", "/test/short").await.status(), 200);
}

#[tokio::test]
async fn a_file_is_streamed_with_its_length() {
    let server = Server::start().await;
    // A response in memory would leave no space for a second one.
    let unread = server.send("GET", "/test/file").await;
    assert_eq!(unread.status(), 200);
    let response = server.send("GET", "/test/file").await;
    assert_eq!(response.status(), 200);
    assert_eq!(
        response.headers()["content-length"],
        FILE_BYTES.to_string().as_str()
    );
    let body = response.bytes().await.expect("a body");
    assert_eq!(body.len(), FILE_BYTES);
    assert!(body.iter().all(|byte| *byte == b'x'));
}

#[tokio::test]
async fn one_address_has_sixteen_open_streams() {
    let server = Server::start().await;
    let mut open = Vec::new();
    for _ in 0..16 {
        let response = server.send("GET", "/test/events").await;
        assert_eq!(response.status(), 200);
        open.push(response);
    }
    let refused = server.send("GET", "/test/events").await;
    assert_eq!(refused.status(), 503);
    assert!(refused.headers().contains_key("retry-after"));
    assert!(refused.headers().contains_key("x-request-id"));
    // The limit per user is separate from the limit per address.
    let token = server.register().await;
    let me = server.request("GET", "/api/v1/me").bearer_auth(token);
    assert_eq!(me.send().await.expect("a response").status(), 200);
    open.pop();
    server.probe.open(15).await;
    assert_eq!(server.send("GET", "/test/events").await.status(), 200);
}

#[tokio::test]
async fn streams_leave_half_of_the_connections_to_others() {
    let server = Server::with_connections(8).await;
    let mut open = Vec::new();
    for _ in 0..4 {
        let response = server.send("GET", "/test/events").await;
        assert_eq!(response.status(), 200);
        open.push(response);
    }
    assert_eq!(server.send("GET", "/test/events").await.status(), 503);
    assert_eq!(server.send("GET", "/health/live").await.status(), 200);
}

#[tokio::test]
async fn an_event_stream_ends_when_the_server_stops() {
    let server = Server::start().await;
    let mut response = server.send("GET", "/test/events").await;
    let started = Instant::now();
    server.stop.send_replace(true);
    assert_eq!(response.chunk().await.expect("the end"), None);
    server.serving.await.expect("no panic");
    assert!(started.elapsed() < GRACE / 2, "{:?}", started.elapsed());
}

#[tokio::test]
async fn any_other_stream_has_a_time_to_end_when_the_server_stops() {
    let server = Server::start().await;
    let request = "GET /test/unfinished HTTP/1.1\r\nHost: x\r\n\r\n";
    let socket = server.connect(request).await;
    server.probe.open(1).await;
    let started = Instant::now();
    server.stop.send_replace(true);
    let received = rest(socket).await;
    assert!(received.contains("begun"), "{received}");
    assert!(!received.ends_with("0\r\n\r\n"), "{received}");
    server.serving.await.expect("no panic");
    assert!(started.elapsed() < GRACE * 2, "{:?}", started.elapsed());
    server.probe.open(0).await;
}
