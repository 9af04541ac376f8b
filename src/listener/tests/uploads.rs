//! Bodies that exceed the limit for JSON and forms.

use rocket::{Route, post, routes};
use tokio::io::AsyncReadExt;

use super::{Server, UPLOAD_BYTES, rest};
use crate::auth::User;
use crate::http::{MOST_BYTES, Upload};

const MOST: usize = UPLOAD_BYTES as usize;

pub fn routes() -> Vec<Route> {
    routes![upload, small, private]
}

/// Returns the length and the storage of the body, and the sum of its bytes.
#[post("/uploads/<_name>", data = "<upload>")]
async fn upload(_name: &str, upload: Upload) -> String {
    describe(upload).await
}

/// A route that accepts no large body.
#[post("/small", data = "<upload>")]
async fn small(upload: Upload) -> String {
    describe(upload).await
}

#[post("/private", data = "<upload>")]
async fn private(_user: User, upload: Upload) -> String {
    describe(upload).await
}

async fn describe(upload: Upload) -> String {
    let (length, is_in_file) = (upload.length(), upload.is_in_file());
    let mut reader = upload.into_reader();
    let mut bytes = Vec::new();
    reader.read_to_end(&mut bytes).await.expect("the body");
    assert_eq!(bytes.len() as u64, length);
    let sum: u64 = bytes.iter().map(|byte| u64::from(*byte)).sum();
    format!("{length} {is_in_file} {sum}")
}

impl Server {
    async fn upload(&self, token: &str, path: &str, length: usize) -> (u16, String) {
        let request = self.request("POST", path).bearer_auth(token);
        let response = request.body(vec![1; length]).send().await;
        let response = response.expect("a response");
        let status = response.status().as_u16();
        (status, response.text().await.expect("text"))
    }
}

#[tokio::test]
async fn a_route_gets_the_whole_body_from_memory_or_a_file() {
    let server = Server::start().await;
    let token = server.register().await;
    for (length, is_in_file) in [
        (0, false),
        (1, false),
        (64 << 10, false),
        ((64 << 10) + 1, true),
        (MOST, true),
    ] {
        let (status, text) = server.upload(&token, "/test/uploads/a", length).await;
        assert_eq!(status, 200, "{length}: {text}");
        assert_eq!(text, format!("{length} {is_in_file} {length}"));
    }
}

#[tokio::test]
async fn a_body_without_a_length_is_an_upload_too() {
    let server = Server::start().await;
    let token = server.register().await;
    let chunk = format!("10000\r\n{}\r\n", "\u{1}".repeat(0x10000));
    let head = format!(
        "POST /test/uploads/a HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer {token}\r\n\
         Transfer-Encoding: chunked\r\nConnection: close\r\n\r\n"
    );
    let received = server
        .raw(&format!("{head}{}0\r\n\r\n", chunk.repeat(3)))
        .await;
    assert!(received.ends_with("196608 true 196608"), "{received}");
    let too_many = MOST / 0x10000 + 1;
    let socket = server.connect(&head).await;
    let (reader, mut writer) = socket.into_split();
    let sending = tokio::spawn(async move {
        for _ in 0..too_many {
            let bytes = chunk.as_bytes();
            if tokio::io::AsyncWriteExt::write_all(&mut writer, bytes)
                .await
                .is_err()
            {
                break;
            }
        }
        writer
    });
    let mut reader = reader;
    let mut first = [0; 13];
    reader.read_exact(&mut first).await.expect("a status line");
    assert_eq!(&first, b"HTTP/1.1 413 ");
    let _ = sending.await;
}

#[tokio::test]
async fn each_route_has_its_own_limit() {
    let server = Server::start().await;
    let token = server.register().await;
    let text = MOST_BYTES as usize;
    for (path, length, expected) in [
        ("/test/uploads/a", MOST, 200),
        ("/test/uploads/a", MOST + 1, 413),
        ("/test/small", text, 200),
        ("/test/small", text + 1, 413),
        ("/test/uploads", text + 1, 413),
        ("/api/v1/tasks", text + 1, 413),
    ] {
        let request = format!(
            "POST {path} HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer {token}\r\n\
             Content-Length: {length}\r\nConnection: close\r\n\r\n"
        );
        let mut socket = server.connect(&request).await;
        if expected == 200 {
            let body = vec![1; length];
            let sent = tokio::io::AsyncWriteExt::write_all(&mut socket, &body).await;
            sent.expect("send");
        }
        let received = rest(socket).await;
        let line = format!("HTTP/1.1 {expected} ");
        assert!(received.starts_with(&line), "{path} {length}: {received}");
    }
}

#[tokio::test]
async fn an_upload_of_a_stranger_is_answered_unread() {
    let server = Server::start().await;
    for (path, token, status) in [
        ("/test/uploads/a", "", 413),
        ("/test/uploads/a", "Authorization: Bearer x\r\n", 413),
        ("/test/private", "Authorization: Bearer x\r\n", 401),
    ] {
        let request =
            format!("POST {path} HTTP/1.1\r\nHost: x\r\n{token}Content-Length: 1000000\r\n\r\n");
        let received = server.raw(&request).await;
        let line = format!("HTTP/1.1 {status} ");
        assert!(received.starts_with(&line), "{path}: {received}");
        assert!(received.to_lowercase().contains("connection: close"));
    }
}
