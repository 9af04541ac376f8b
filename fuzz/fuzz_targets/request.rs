//! Whole requests, unauthenticated and authenticated. Any input must get a valid HTTP response, and
//! none may cause a server fault.

#![no_main]

use std::sync::LazyLock;

use docket::config::Config;
use docket::fuzzing::Server;
use docket::limits::Rates;
use libfuzzer_sys::fuzz_target;
use serde_json::Value;
use tempfile::TempDir;
use tokio::io::{AsyncReadExt, AsyncWriteExt, duplex};
use tokio::runtime::{Builder, Runtime};

/// Placeholder for the access token, which an input cannot know.
const TOKEN: &[u8] = b"TOKEN";

/// Larger than any response.
const BUFFER_BYTES: usize = 1 << 20;

struct House {
    runtime: Runtime,
    server: Server,
    token: String,
    _home: TempDir,
}

static HOUSE: LazyLock<House> = LazyLock::new(|| {
    let home = TempDir::new().expect("a directory");
    let mut config = Config::load().expect("settings");
    config.data_dir = home.path().to_owned();
    config.database.url = format!("sqlite:{}", home.path().join("docket.db").display());
    // Longer than any run, and without rate limits.
    config.access_token_seconds = 1 << 30;
    config.limits = Rates {
        sign_in_account: None,
        sign_in_address: None,
        registration: None,
        refresh: None,
        api: None,
    };
    let runtime = Builder::new_current_thread()
        .enable_all()
        .build()
        .expect("a runtime");
    let server = runtime.block_on(Server::start(&config)).expect("a server");
    let mut house = House {
        runtime,
        server,
        token: String::new(),
        _home: home,
    };
    let account =
        r#"{"email":"ada@example.org","password":"correct horse 01f2","display_name":"A"}"#;
    let head = b"POST /api/v1/auth/register HTTP/1.1\r\nHost: x\r\nContent-Type: application/json";
    let answer = house.ask(head, account.as_bytes());
    let (_, body) = parts(&answer).expect("an answer");
    let body: Value = serde_json::from_slice(body).expect("JSON");
    house.token = body["access_token"].as_str().expect("a token").to_owned();
    house
});

fuzz_target!(|data: &[u8]| {
    let house = &*HOUSE;
    let (head, body) = parts(data).unwrap_or((data, b""));
    let head = replaced(head, TOKEN, house.token.as_bytes());
    let answer = house.ask(&head, body);
    if answer.is_empty() {
        return;
    }
    let (head, body) = parts(&answer).expect("the end of the head");
    let head = std::str::from_utf8(head).expect("a head of text");
    let status = head.split(' ').nth(1).and_then(|text| text.parse().ok());
    let status: u16 = status.expect("a status");
    // Errors defined by HTTP for unknown methods and versions.
    assert!(status < 500 || matches!(status, 501 | 505), "{head}");
    let head = head.to_ascii_lowercase();
    if head.contains("\r\nx-request-id:") {
        assert!(
            head.contains("\r\nx-content-type-options: nosniff"),
            "{head}"
        );
    }
    let is_json = head
        .lines()
        .any(|line| line.starts_with("content-type: application/") && line.contains("json"));
    if is_json && !body.is_empty() {
        let json = serde_json::from_slice::<Value>(body);
        assert!(json.is_ok(), "{head}\n{}", String::from_utf8_lossy(body));
    }
});

impl House {
    /// Sends a request with the length of its body. Returns the whole response.
    fn ask(&self, head: &[u8], body: &[u8]) -> Vec<u8> {
        let mut request = Vec::new();
        for line in head.split(|byte| *byte == b'\n') {
            let line = line.trim_ascii_end();
            // These headers would make the server wait for more.
            let name = line.to_ascii_lowercase();
            let waits = [
                &b"connection"[..],
                b"content-length",
                b"expect",
                b"transfer-encoding",
            ];
            if !line.is_empty() && !waits.iter().any(|other| name.starts_with(other)) {
                request.extend_from_slice(line);
                request.extend_from_slice(b"\r\n");
            }
        }
        let end = format!(
            "Connection: close\r\nContent-Length: {}\r\n\r\n",
            body.len()
        );
        request.extend_from_slice(end.as_bytes());
        request.extend_from_slice(body);
        self.runtime.block_on(async {
            let (mut client, stream) = duplex(BUFFER_BYTES);
            let mut answer = Vec::new();
            let exchange = async {
                let _ = client.write_all(&request).await;
                let _ = client.read_to_end(&mut answer).await;
            };
            tokio::join!(self.server.serve(stream), exchange);
            answer
        })
    }
}

/// Splits a message at the first empty line.
fn parts(message: &[u8]) -> Option<(&[u8], &[u8])> {
    let end = message.windows(4).position(|bytes| bytes == b"\r\n\r\n")?;
    Some((&message[..end], &message[end + 4..]))
}

fn replaced(text: &[u8], from: &[u8], to: &[u8]) -> Vec<u8> {
    let Some(place) = text.windows(from.len()).position(|bytes| bytes == from) else {
        return text.to_vec();
    };
    [&text[..place], to, &text[place + from.len()..]].concat()
}
