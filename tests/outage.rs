//! Outages of the database: it is unreachable, hangs, or has no connection left. Requests fail in
//! time, and the server recovers.

use std::time::{Duration, Instant};

use reqwest::{Method, RequestBuilder, Response};
use serde_json::json;
use sqlx::{AnyConnection, Connection, Executor, query};
use tokio::time::timeout;

use crate::support::{
    Ask, DEADLINE, Engine, Gate, Server, TestDatabase, User, Way, docket, header, problem,
    together, until,
};

/// Maximum time of a response, whatever the state of the database.
const PATIENCE: Duration = Duration::from_secs(5);

/// Returns the response of a server that cannot reach its database.
async fn turned_away(request: RequestBuilder) -> Response {
    let started = Instant::now();
    let answer = request.is(503).await;
    let taken = started.elapsed();
    assert!(taken < PATIENCE, "{} took {taken:?}", answer.url());
    let retry_after: u32 = header(&answer, "retry-after").parse().expect("seconds");
    assert!((1..=60).contains(&retry_after), "Retry-After {retry_after}");
    answer
}

async fn every_format_reports_it(server: &Server, ada: &User) {
    let task = json!({ "title": "Now" });
    let credentials = json!({ "email": ada.email, "password": ada.password });
    let refresh = json!({ "refresh_token": ada.tokens.refresh });
    for request in [
        ada.get("/api/v1/tasks"),
        ada.post("/api/v1/tasks", &task),
        server.post("/api/v1/auth/login").json(&credentials),
        server.post("/api/v1/auth/refresh").json(&refresh),
        server.get("/health/ready"),
    ] {
        problem(turned_away(request).await, 503).await;
    }
    let page = ada
        .by_cookie(reqwest::Method::GET, "/tasks")
        .header("accept", "text/html");
    let page = turned_away(page).await.text().await.expect("a page");
    assert!(page.contains("show this page right now"), "{page}");
    assert!(page.contains("href=\"/"), "no way back: {page}");
    server.get("/health/live").is(200).await;
}

/// Starts a server whose database is behind a gate.
async fn behind_a_gate() -> Option<(TestDatabase, Gate, Server)> {
    let database = TestDatabase::create().await?;
    let gate = Gate::before(&database.url()).await;
    let server = Server::on(&gate.url(&database.url()), &[]).await;
    Some((database, gate, server))
}

async fn comes_back(way: Way) {
    let Some((_database, gate, server)) = behind_a_gate().await else {
        // A file cannot become unreachable.
        return;
    };
    let ada = User::register(&server).await;
    ada.add_task("Before").await;
    gate.set(way);
    every_format_reports_it(&server, &ada).await;
    let crowd = (0..100).map(|_| {
        let request = ada.get("/api/v1/tasks");
        async { turned_away(request).await.status() }
    });
    assert_eq!(together(crowd).await.len(), 100);

    gate.set(Way::Open);
    until("the server is ready again", || async {
        server.get("/health/ready").answer().await.status() == 200
    })
    .await;
    ada.add_task("After").await;
    assert_eq!(ada.titles("sort=created_at").await, ["Before", "After"]);
    let crowd = (0..100).map(|_| {
        let ada = ada.clone();
        async move { ada.titles("").await.len() }
    });
    assert_eq!(together(crowd).await, [2; 100]);
    // No statement from the outage is still running: the server may have three connections.
    until("no more connections than allowed", || async {
        gate.connections() <= 3
    })
    .await;
}

#[tokio::test]
async fn a_database_that_ends_its_connections_is_a_503_until_it_is_back() {
    comes_back(Way::Shut).await;
}

#[tokio::test]
async fn a_database_that_says_nothing_is_a_503_until_it_does() {
    comes_back(Way::Silent).await;
}

#[tokio::test]
async fn a_command_does_not_wait_forever_for_a_database() {
    let Some((database, gate, server)) = behind_a_gate().await else {
        return;
    };
    for way in [Way::Shut, Way::Silent] {
        gate.set(way);
        let mut command = docket(server.home(), &["user", "list"]);
        command.env("DOCKET_DATABASE_URL", &gate.url(&database.url()));
        let ran = tokio::task::spawn_blocking(move || command.output()).await;
        let ran = ran.expect("the thread").exits(1);
        assert!(
            ran.stderr.starts_with("error: database: "),
            "{way:?}: {}",
            ran.stderr
        );
    }
}

#[tokio::test]
async fn a_wait_for_a_row_is_bounded_and_blocks_no_reader() {
    let Some(database) = TestDatabase::create().await else {
        // On SQLite, requests wait for the lock of the file.
        return;
    };
    let few = [("DOCKET_DATABASE_CONNECTIONS", "2")];
    let server = Server::on(&database.url(), &few).await;
    let ada = User::register(&server).await;
    let task = ada.add_task("Taken").await;
    let id = task["id"].as_str().expect("an id");
    let mut holder = crate::support::connect(&database.url()).await;
    let mut transaction = holder.begin().await.expect("a transaction");
    let sql = match Engine::chosen() {
        Engine::Mysql => "SELECT id FROM tasks WHERE id = ? FOR UPDATE",
        _ => "SELECT id FROM tasks WHERE id = $1 FOR UPDATE",
    };
    let held = query(sql).bind(id).fetch_one(&mut *transaction).await;
    held.expect("the task");

    // Each toggle waits for the row and holds the connection for writers. The lists use the other
    // one.
    let path = format!("/api/v1/tasks/{id}/toggle");
    let mut crowd = Vec::new();
    for _ in 0..20 {
        crowd.push((503, ada.post(&path, &json!({}))));
        crowd.push((200, ada.get("/api/v1/tasks")));
    }
    together(crowd.into_iter().map(|(status, request)| async move {
        let started = Instant::now();
        let answer = request.answer().await;
        let taken = started.elapsed();
        assert!(taken < PATIENCE, "{} took {taken:?}", answer.url());
        assert_eq!(answer.status(), status, "{}", answer.url());
        assert_eq!(header(&answer, "retry-after").is_empty(), status == 200);
    }))
    .await;
    transaction.rollback().await.expect("the end of it");
    ada.post(&path, &json!({})).is(200).await;
    assert_eq!(ada.titles("").await, ["Taken"]);
}

#[tokio::test]
async fn a_locked_file_is_a_503_for_writers_and_nothing_to_readers() {
    if Engine::chosen() != Engine::Sqlite {
        return;
    }
    let server = Server::start().await;
    let ada = User::register(&server).await;
    ada.add_task("Before").await;
    let mut holder = server.database().await;
    holder.execute("BEGIN IMMEDIATE").await.expect("the lock");
    let task = json!({ "title": "Now" });
    let crowd = (0..20).map(|_| {
        let request = ada.post("/api/v1/tasks", &task);
        async { problem(turned_away(request).await, 503).await }
    });
    together(crowd).await;
    assert_eq!(ada.titles("").await, ["Before"]);
    holder.execute("ROLLBACK").await.expect("no lock");
    ada.add_task("After").await;
    assert_eq!(ada.titles("sort=created_at").await, ["Before", "After"]);
}

#[tokio::test]
#[cfg_attr(windows, ignore = "a file that SQLite has open keeps its name")]
async fn a_file_that_is_gone_or_replaced_is_not_ready() {
    if Engine::chosen() != Engine::Sqlite {
        return;
    }
    let server = Server::start().await;
    server.get("/health/ready").is(200).await;
    let file = server.data_dir().join("docket.db");
    let away = server.data_dir().join("away.db");
    std::fs::rename(&file, &away).expect("moved away");
    turned_away(server.get("/health/ready")).await;
    std::fs::copy(&away, &file).expect("another file");
    turned_away(server.get("/health/ready")).await;
    std::fs::rename(&away, &file).expect("moved back");
    server.get("/health/ready").is(200).await;
}

/// Without the server's locks, another process's SQLite considers its own connection the last one
/// and removes the write-ahead log.
#[cfg(target_os = "linux")]
#[tokio::test]
async fn a_health_check_keeps_the_locks_of_the_database_file() {
    use std::os::unix::fs::MetadataExt;

    if Engine::chosen() != Engine::Sqlite {
        return;
    }
    let server = Server::start().await;
    let file = server.data_dir().join("docket.db");
    let inode = std::fs::metadata(file).expect("the file").ino();
    let is_locked = || async {
        let locks = std::fs::read_to_string("/proc/locks").expect("the locks");
        locks.contains(&format!(":{inode} "))
    };
    // The list of locks can be incomplete while other processes change theirs.
    User::register(&server).await;
    until("the server has a lock", is_locked).await;
    server.get("/health/ready").is(200).await;
    until("the server still has it", is_locked).await;
}

/// Locks for writing everything that a reading request must not write: on SQLite the whole file.
async fn locked_by_a_writer(server: &Server) -> AnyConnection {
    let mut holder = server.database().await;
    let statements = match Engine::chosen() {
        Engine::Sqlite => &["BEGIN IMMEDIATE"][..],
        Engine::Postgres => &[
            "BEGIN",
            "LOCK TABLE api_tokens, rate_limits, sessions, users IN EXCLUSIVE MODE",
        ],
        Engine::Mysql => &[
            "BEGIN",
            "SELECT * FROM api_tokens FOR UPDATE",
            "SELECT * FROM rate_limits FOR UPDATE",
            "SELECT * FROM sessions FOR UPDATE",
            "SELECT * FROM users FOR UPDATE",
        ],
    };
    for statement in statements {
        holder.execute(*statement).await.expect("the lock");
    }
    holder
}

#[tokio::test]
async fn a_reader_does_not_wait_for_the_writer() {
    // The default rate instead of the high one of other tests.
    let server = Server::with(&[("DOCKET_LIMIT_API", "3000/1m")]).await;
    let ada = User::register(&server).await;
    ada.add_task("Before").await;
    let token = ada.add_api_token("Reader", &["tasks:read"]).await;
    let mut holder = locked_by_a_writer(&server).await;
    let bearer = ada.with_token(&token);
    let reading = async {
        for _ in 0..250 {
            assert_eq!(ada.titles("").await, ["Before"]);
            assert_eq!(bearer.titles("").await, ["Before"]);
        }
        for _ in 0..10 {
            ada.by_cookie(Method::GET, "/tasks").is(200).await;
        }
    };
    // If each read with the token waited for the lock, this would take minutes.
    timeout(DEADLINE, reading)
        .await
        .expect("no wait for the lock");
    holder.execute("ROLLBACK").await.expect("no lock");
    until("the use of the token is noted", || async {
        bearer.titles("").await;
        let tokens = ada.get("/api/v1/tokens").gives(200).await;
        tokens["items"][0]["last_used_at"].is_string()
    })
    .await;
}
