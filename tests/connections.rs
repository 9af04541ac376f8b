//! Clients that are slow, numerous or malformed at the level of TCP do not affect others.

use std::process::Stdio;
use std::time::{Duration, Instant};

use reqwest::Method;
use serde_json::json;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpSocket, TcpStream};
use tokio::process::Command;
use tokio::task::JoinSet;
use tokio::time::{sleep, timeout};

use crate::support::{Ask, DEADLINE, Server, User, header, raw, together, until};

/// Time limit for a head, for the first bytes of a body and for reading a response, plus a margin
/// for a busy machine.
const PATIENCE: Duration = Duration::from_secs(25);

async fn connect(server: &Server) -> TcpStream {
    TcpStream::connect(server.host()).await.expect("connect")
}

async fn send(socket: &mut TcpStream, text: &str) {
    socket.write_all(text.as_bytes()).await.expect("send");
}

/// Reads until the server closes.
async fn rest(socket: &mut TcpStream) -> String {
    let mut bytes = Vec::new();
    let _ = timeout(DEADLINE, socket.read_to_end(&mut bytes))
        .await
        .expect("the end");
    String::from_utf8_lossy(&bytes).into_owned()
}

/// Reads a response with a `Content-Length` from a connection that stays open.
async fn answer(socket: &mut TcpStream) -> String {
    let read = async {
        let mut text = String::new();
        loop {
            let mut byte = [0];
            socket.read_exact(&mut byte).await.expect("an answer");
            text.push(char::from(byte[0]));
            let Some(head) = text.strip_suffix("\r\n\r\n") else {
                continue;
            };
            let length = head
                .lines()
                .find_map(|line| {
                    line.to_lowercase()
                        .strip_prefix("content-length: ")?
                        .parse()
                        .ok()
                })
                .expect("a length");
            let mut body = vec![0; length];
            socket.read_exact(&mut body).await.expect("a body");
            text.push_str(std::str::from_utf8(&body).expect("text"));
            return text;
        }
    };
    timeout(DEADLINE, read).await.expect("an answer in time")
}

/// Sends one byte per second until the server closes. Returns the elapsed time and the response.
async fn trickle(mut socket: TcpStream, text: &str) -> (Duration, String) {
    let started = Instant::now();
    let (mut reader, mut writer) = socket.split();
    let mut received = Vec::new();
    let writing = async {
        for byte in text.bytes().cycle() {
            if writer.write_all(&[byte]).await.is_err() {
                break;
            }
            sleep(Duration::from_secs(1)).await;
        }
    };
    tokio::select! {
        () = writing => {}
        _ = timeout(DEADLINE, reader.read_to_end(&mut received)) => {}
    }
    let text = String::from_utf8_lossy(&received).into_owned();
    (started.elapsed(), text)
}

#[tokio::test]
async fn a_head_that_trickles_in_is_cut_off_and_others_are_served() {
    let server = Server::start().await;
    let ada = User::register(&server).await;
    let mut slow = Vec::new();
    for _ in 0..50 {
        let mut socket = connect(&server).await;
        send(
            &mut socket,
            "GET /login HTTP/1.1\r\nHost: docket\r\nX-Slow: ",
        )
        .await;
        slow.push(trickle(socket, "x"));
    }
    let slow = tokio::spawn(together(slow));
    while !slow.is_finished() {
        assert_eq!(ada.me_status().await, 200);
    }
    for (taken, received) in slow.await.expect("the slow ones") {
        assert!(taken < PATIENCE, "{taken:?}");
        assert_eq!(received, "");
    }
}

#[tokio::test]
async fn a_body_that_trickles_in_is_a_408() {
    let server = Server::start().await;
    let ada = User::register(&server).await;
    let mut slow = Vec::new();
    for length in ["Content-Length: 1000", "Transfer-Encoding: chunked"] {
        let mut socket = connect(&server).await;
        let head = format!(
            "POST /api/v1/tasks HTTP/1.1\r\nHost: docket\r\nAuthorization: Bearer {}\r\n\
             Content-Type: application/json\r\n{length}\r\n\r\n",
            ada.tokens.access
        );
        send(&mut socket, &head).await;
        // As chunks, one byte per second: "1", CR, LF, "x", CR, LF.
        slow.push(trickle(socket, "1\r\nx\r\n"));
    }
    for (taken, received) in together(slow).await {
        assert!(taken < PATIENCE, "{taken:?}");
        assert!(received.starts_with("HTTP/1.1 408 "), "{received}");
        let lower = received.to_lowercase();
        assert!(lower.contains("application/problem+json"), "{received}");
        assert!(lower.contains("connection: close"), "{received}");
    }
    assert_eq!(ada.titles("").await, [""; 0]);
}

/// Adds notes until a page of them takes a mebibyte. Returns a request for that page.
async fn large_page(user: &User) -> String {
    let long = json!({ "title": "Long", "description": "\u{1f600}".repeat(50_000) });
    for _ in 0..6 {
        user.post("/api/v1/tasks", &long).is(201).await;
    }
    format!(
        "GET /api/v1/tasks HTTP/1.1\r\nHost: docket\r\nAuthorization: Bearer {}\r\n\r\n",
        user.tokens.access
    )
}

/// Requests a response larger than the socket buffers, and does not read it.
async fn unread(server: &Server, request: &str) -> TcpStream {
    let socket = TcpSocket::new_v4().expect("a socket");
    socket.set_recv_buffer_size(4_096).expect("a small buffer");
    let address = server.host().parse().expect("an address");
    let mut socket = socket.connect(address).await.expect("connect");
    send(&mut socket, &request.repeat(20)).await;
    socket
}

#[tokio::test]
async fn a_client_that_does_not_read_is_disconnected() {
    let server = Server::start().await;
    let ada = User::register(&server).await;
    let mut socket = unread(&server, &large_page(&ada).await).await;
    // Once a write fails, the server has closed the connection.
    let started = Instant::now();
    while socket.write_all(b"\r\n").await.is_ok() {
        assert!(started.elapsed() < DEADLINE, "still connected");
        assert_eq!(ada.me_status().await, 200);
        sleep(Duration::from_millis(200)).await;
    }
    // Clients that read are not interrupted.
    assert_eq!(ada.titles("").await.len(), 5);
}

#[tokio::test]
async fn unread_responses_of_a_user_are_bounded() {
    let server = Server::start().await;
    let (ada, bob) = (User::register(&server).await, User::register(&server).await);
    let request = large_page(&ada).await;
    large_page(&bob).await;
    let page = |user: &User| user.get("/api/v1/tasks");
    page(&ada).is(200).await;
    let mut slow = Vec::new();
    for _ in 0..30 {
        slow.push(unread(&server, &request).await);
    }
    until("there is no more room for ada's answers", || async {
        page(&ada).answer().await.status() == 503
    })
    .await;
    let refused = page(&ada).is(503).await;
    assert_ne!(header(&refused, "retry-after"), "");
    assert_ne!(header(&refused, "x-request-id"), "");
    page(&ada).fails(503).await;
    assert_eq!(ada.me_status().await, 200);
    page(&bob).is(200).await;
    drop(slow);
    until("there is room again", || async {
        page(&ada).answer().await.status() == 200
    })
    .await;
    ada.add_task("Another").await;
}

#[tokio::test]
async fn large_forms_of_strangers_take_no_room_of_users() {
    let server = Server::start().await;
    let ada = User::register(&server).await;
    let form = "POST /tasks HTTP/1.1\r\nHost: docket\r\nContent-Length: 1000000\r\n\
                Content-Type: application/x-www-form-urlencoded\r\n\r\n";
    let mut slow = Vec::new();
    for _ in 0..20 {
        let mut socket = connect(&server).await;
        send(&mut socket, form).await;
        slow.push(socket);
    }
    // The server waits for one; it rejects the others without reading their bodies.
    let mut answers = JoinSet::new();
    for mut socket in slow {
        answers.spawn(async move { rest(&mut socket).await });
    }
    for _ in 0..19 {
        let received = answers.join_next().await.expect("an answer");
        let received = received.expect("no panic");
        assert!(received.starts_with("HTTP/1.1 413 "), "{received}");
    }
    let large = json!({ "title": "Large", "description": "a".repeat(50_000) });
    ada.post("/api/v1/tasks", &large).is(201).await;
}

#[tokio::test]
async fn large_bodies_of_strangers_are_not_read() {
    let server = Server::start().await;
    let ada = User::register(&server).await;
    let post = |path: &str, kind: &str, more: &str| {
        format!("POST {path} HTTP/1.1\r\nHost: docket\r\nContent-Type: {kind}\r\n{more}\r\n\r\n")
    };
    let json = "application/json";
    let long = "Content-Length: 500000";
    let invalid = "Authorization: Bearer x\r\nContent-Length: 500000";
    let mut slow = Vec::new();
    for (path, kind, more, status) in [
        ("/api/v1/tasks", json, long, 401),
        ("/api/v1/tasks", json, invalid, 401),
        ("/api/v1/auth/logout", json, long, 401),
        ("/api/v1/auth/login", json, long, 413),
        ("/api/v1/auth/login", json, invalid, 413),
        ("/api/v1/auth/register", json, long, 413),
        ("/api/v1/auth/refresh", json, long, 413),
        ("/api/v1/nowhere", json, long, 404),
        ("/api/v1/me", "text/plain", long, 405),
    ] {
        // More bodies than fit into the memory limit, if they were read.
        for _ in 0..7 {
            let mut socket = connect(&server).await;
            send(&mut socket, &post(path, kind, more)).await;
            slow.push((socket, path, status));
        }
    }
    let mut socket = connect(&server).await;
    let chunk = format!("5000\r\n{}\r\n", " ".repeat(0x5000));
    let chunked = post("/api/v1/auth/login", json, "Transfer-Encoding: chunked");
    send(&mut socket, &format!("{chunked}{chunk}")).await;
    slow.push((socket, "/api/v1/auth/login", 413));
    for (mut socket, path, status) in slow {
        let received = rest(&mut socket).await;
        let line = format!("HTTP/1.1 {status} ");
        assert!(received.starts_with(&line), "{path}: {received}");
        assert!(
            received.to_lowercase().contains("connection: close"),
            "{path}"
        );
    }
    let large = json!({ "title": "Large", "description": "a".repeat(50_000) });
    ada.post("/api/v1/tasks", &large).is(201).await;
    let form = [("title", "Large"), ("description", &"b".repeat(50_000))];
    ada.by_cookie(Method::POST, "/tasks")
        .form(&form)
        .is(303)
        .await;
}

#[tokio::test]
async fn large_bodies_of_one_user_leave_room_for_others() {
    let server = Server::start().await;
    let (ada, bob) = (User::register(&server).await, User::register(&server).await);
    let head = format!(
        "POST /api/v1/tasks HTTP/1.1\r\nHost: docket\r\nAuthorization: Bearer {}\r\n\
         Content-Type: application/json\r\nContent-Length: 1048576\r\n\r\n",
        ada.tokens.access
    );
    let large = json!({ "title": "Large", "description": "a".repeat(50_000) });
    let mut slow = Vec::new();
    for _ in 0..80 {
        let mut socket = connect(&server).await;
        send(&mut socket, &head).await;
        slow.push(socket);
    }
    // Until the first bodies are authenticated, there is room.
    until("there is no more room for ada's bodies", || async {
        let answer = ada.post("/api/v1/tasks", &large).answer().await;
        answer.status() == 503 && !header(&answer, "retry-after").is_empty()
    })
    .await;
    bob.post("/api/v1/tasks", &large).is(201).await;
    ada.add_task("Small").await;
    drop(slow);
    until("there is room again", || async {
        ada.post("/api/v1/tasks", &large).answer().await.status() == 201
    })
    .await;
}

#[tokio::test]
async fn the_longest_waiting_request_makes_room() {
    let server = Server::with(&[("DOCKET_CONNECTIONS", "8")]).await;
    let mut idle = Vec::new();
    // Signing in takes as long as a password hash, so the first one is certain to wait longest.
    let body = json!({ "email": "ada@example.org", "password": "unknown" }).to_string();
    let sign_in = format!(
        "POST /api/v1/auth/login HTTP/1.1\r\nHost: docket\r\nContent-Type: application/json\r\n\
         Content-Length: {}\r\n\r\n{body}",
        body.len()
    );
    for _ in 0..8 {
        let mut socket = connect(&server).await;
        send(&mut socket, &sign_in).await;
        assert!(answer(&mut socket).await.starts_with("HTTP/1.1 401 "));
        idle.push(socket);
    }
    let mut ninth = connect(&server).await;
    send(
        &mut ninth,
        "GET /health/live HTTP/1.1\r\nHost: docket\r\n\r\n",
    )
    .await;
    assert!(answer(&mut ninth).await.starts_with("HTTP/1.1 200 "));
    assert_eq!(rest(&mut idle[0]).await, "");
    for socket in &mut idle[1..] {
        send(socket, "GET /health/live HTTP/1.1\r\nHost: docket\r\n\r\n").await;
        assert!(answer(socket).await.starts_with("HTTP/1.1 200 "));
    }
}

#[tokio::test]
async fn requests_that_are_worked_on_keep_their_place() {
    let server = Server::with(&[("DOCKET_CONNECTIONS", "4")]).await;
    // Each takes as long as a password hash.
    let users = (0..12).map(|_| {
        let (name, server) = (crate::support::email(), server.url(""));
        async move {
            let request = crate::support::client().post(format!("{server}/api/v1/auth/register"));
            let body = json!({ "email": name, "password": "correct horse 88 staple" });
            request.json(&body).is(201).await.status()
        }
    });
    assert_eq!(together(users).await.len(), 12);
}

#[tokio::test]
async fn pipelined_requests_are_answered_in_order() {
    let server = Server::start().await;
    let ada = User::register(&server).await;
    let request = |path: &str| {
        format!(
            "GET {path} HTTP/1.1\r\nHost: docket\r\nAuthorization: Bearer {}\r\n\r\n",
            ada.tokens.access
        )
    };
    let mut socket = connect(&server).await;
    let both = ["/api/v1/me", "/health/live", "/api/v1/tasks"].map(request);
    send(&mut socket, &both.concat()).await;
    assert!(answer(&mut socket).await.contains(&ada.email));
    assert!(answer(&mut socket).await.ends_with("{\"status\":\"ok\"}"));
    assert!(answer(&mut socket).await.contains("\"items\":[]"));
}

#[tokio::test]
async fn a_head_has_at_most_32_kibibytes_and_100_headers() {
    let server = Server::start().await;
    let long = format!("X-Long: {}\r\n", "x".repeat(40 << 10));
    let many: String = (0..150)
        .map(|number| format!("X-{number}: x\r\n"))
        .collect();
    let path = format!("/{}", "x".repeat(40 << 10));
    for (path, headers) in [("/login", long.as_str()), ("/login", &many), (&path, "")] {
        let request = format!("GET {path} HTTP/1.1\r\nHost: docket\r\n{headers}\r\n");
        let answer = raw(&server, request.as_bytes()).await;
        assert!(matches!(answer.status, 414 | 431), "{}", answer.head);
    }
    let enough: String = (0..60)
        .map(|number| format!("X-{number}: {}\r\n", "x".repeat(400)))
        .collect();
    let request =
        format!("GET /login HTTP/1.1\r\nHost: docket\r\nConnection: close\r\n{enough}\r\n");
    assert_eq!(raw(&server, request.as_bytes()).await.status, 200);
}

#[tokio::test]
async fn a_request_is_not_hidden_in_the_body_of_another() {
    let server = Server::start().await;
    let hidden = "GET /health/live HTTP/1.1\r\nHost: docket\r\n\r\n";
    for lengths in [
        "Content-Length: 5\r\nTransfer-Encoding: chunked\r\n",
        "Content-Length: 5\r\nContent-Length: 60\r\n",
        "Transfer-Encoding: gzip\r\n",
        "Transfer-Encoding: chunked, identity\r\n",
        "Content-Length: +5\r\n",
    ] {
        let request = format!(
            "POST /login HTTP/1.1\r\nHost: docket\r\n{lengths}Connection: close\r\n\r\n0\r\n\r\n{hidden}"
        );
        let mut socket = connect(&server).await;
        send(&mut socket, &request).await;
        let received = rest(&mut socket).await;
        assert!(!received.contains("\"ok\""), "{lengths}: {received}");
        assert_eq!(
            received.matches("HTTP/1.1 ").count(),
            1,
            "{lengths}: {received}"
        );
    }
}

#[tokio::test]
#[cfg_attr(windows, ignore = "only Unix can ask a process to end")]
async fn an_idle_connection_does_not_delay_the_shutdown() {
    let mut server = Server::start().await;
    let mut idle = connect(&server).await;
    send(
        &mut idle,
        "GET /health/live HTTP/1.1\r\nHost: docket\r\n\r\n",
    )
    .await;
    answer(&mut idle).await;
    let mut silent = connect(&server).await;
    let started = Instant::now();
    assert!(server.stop().success());
    assert!(
        started.elapsed() < Duration::from_secs(5),
        "{:?}",
        started.elapsed()
    );
    assert_eq!(rest(&mut idle).await, "");
    assert_eq!(rest(&mut silent).await, "");
}

/// Attacks the server with slowhttptest: 400 connections, while other clients work.
async fn besieged(arguments: &[&str]) {
    let server = Server::start().await;
    let ada = User::register(&server).await;
    ada.add_task("Calm").await;
    let url = server.url("/api/v1/tasks");
    let mut attack = Command::new("slowhttptest")
        .args(["-c", "400", "-r", "200", "-l", "12", "-u", &url])
        .args(arguments)
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .kill_on_drop(true)
        .spawn()
        .expect("slowhttptest");
    let mut served = 0;
    while attack.try_wait().expect("slowhttptest").is_none() {
        assert_eq!(ada.titles("").await, ["Calm"]);
        ada.request(Method::GET, "/health/ready").is(200).await;
        served += 1;
        assert!(served < 100_000, "it does not end");
    }
    assert!(served > 0);
}

#[tokio::test]
async fn slowloris_is_survived() {
    besieged(&["-H", "-i", "1", "-t", "GET"]).await;
}

#[tokio::test]
async fn slow_bodies_are_survived() {
    besieged(&["-B", "-i", "1", "-s", "8192", "-t", "POST"]).await;
}

#[tokio::test]
async fn slow_readers_are_survived() {
    besieged(&[
        "-X", "-n", "1", "-w", "512", "-y", "1024", "-z", "32", "-k", "3",
    ])
    .await;
}
