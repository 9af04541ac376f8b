//! Fault injection: failures of the server, the database and the machine, repeated many times.
//! `tests/faults` runs these tests and prints a table. They take minutes and are not part of the
//! suites.

use std::collections::HashMap;
use std::process::Stdio;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use reqwest::Response;
use serde_json::{Value, json};
use sqlx::{AssertSqlSafe, Row, query};
use tokio::process::Command;
use tokio::time::sleep;

use crate::support::{
    Ask, DatabaseServer, EmptyDatabase, Engine, Server, SmallDisk, User, client, connect, email,
    password, together, until,
};

const CLIENTS: usize = 4;
const KILLS: usize = 50;

/// More tasks than one statement can delete within the usual time limit.
const LARGE: usize = 200_000;

/// Prints a row of the table.
fn report(fault: &str, runs: usize, result: &str) {
    println!("| {fault} | {:?} | {runs} | {result} |", Engine::chosen());
}

/// A write by its idempotency key, and whether it was acknowledged.
#[derive(Clone, Debug)]
struct Write {
    key: String,
    acknowledged: bool,
}

/// Adds tasks until stopped or rejected. Each has its own idempotency key, which is also its title.
async fn load(user: User, running: Arc<AtomicBool>, acknowledged: Arc<AtomicUsize>) -> Vec<Write> {
    let mut writes = Vec::new();
    while running.load(Ordering::Relaxed) {
        let key = uuid::Uuid::now_v7().to_string();
        let request = user.post("/api/v1/tasks", &json!({ "title": key }));
        let answer = request.header("idempotency-key", &key).send().await;
        let done = answer.is_ok_and(|answer| answer.status() == 201);
        if done {
            acknowledged.fetch_add(1, Ordering::Relaxed);
        }
        writes.push(Write {
            key,
            acknowledged: done,
        });
        if !done {
            sleep(Duration::from_millis(20)).await;
        }
    }
    writes
}

/// A load, and the switch that stops it.
struct Load {
    running: Arc<AtomicBool>,
    acknowledged: Arc<AtomicUsize>,
    clients: tokio::task::JoinHandle<Vec<Vec<Write>>>,
}

impl Load {
    fn start(user: &User) -> Load {
        let running = Arc::new(AtomicBool::new(true));
        let acknowledged = Arc::new(AtomicUsize::new(0));
        let clients: Vec<_> = (0..CLIENTS)
            .map(|_| load(user.clone(), running.clone(), acknowledged.clone()))
            .collect();
        Load {
            running,
            acknowledged,
            clients: tokio::spawn(together(clients)),
        }
    }

    /// Waits until `wanted` more writes are acknowledged.
    async fn more(&self, wanted: usize) {
        let wanted = self.acknowledged.load(Ordering::Relaxed) + wanted;
        until("writes are acknowledged", || async {
            self.acknowledged.load(Ordering::Relaxed) >= wanted
        })
        .await;
    }

    async fn end(self) -> Vec<Write> {
        self.running.store(false, Ordering::Relaxed);
        self.clients.await.expect("the clients").concat()
    }
}

/// Returns the number of occurrences of each title.
async fn titles(user: &User) -> HashMap<String, usize> {
    let mut found = HashMap::new();
    let mut path = "limit=200".to_owned();
    loop {
        let page = user.list(&path).await;
        for task in page["items"].as_array().expect("items") {
            let title = task["title"].as_str().expect("a title").to_owned();
            *found.entry(title).or_default() += 1;
        }
        match page["next_cursor"].as_str() {
            Some(cursor) => path = format!("limit=200&cursor={cursor}"),
            None => return found,
        }
    }
}

/// Asserts that every acknowledged write exists once, and that any other write exists once after a
/// retry.
async fn assert_kept(user: &User, writes: &[Write]) -> usize {
    let found = titles(user).await;
    for write in writes.iter().filter(|write| write.acknowledged) {
        assert_eq!(
            found.get(&write.key),
            Some(&1),
            "lost or doubled: {write:?}"
        );
    }
    for write in writes.iter().filter(|write| !write.acknowledged) {
        let request = user.post("/api/v1/tasks", &json!({ "title": write.key }));
        request.header("idempotency-key", &write.key).is(201).await;
    }
    let found = titles(user).await;
    assert_eq!(found.len(), writes.len());
    assert!(found.values().all(|count| *count == 1), "{found:?}");
    writes.iter().filter(|write| write.acknowledged).count()
}

#[tokio::test]
#[ignore = "takes minutes: run tests/faults"]
async fn killed_under_load() {
    let mut server = Server::start().await;
    let mut acknowledged = 0;
    let mut unanswered = 0;
    for _ in 0..KILLS {
        let user = User::register(&server).await;
        let load = Load::start(&user);
        load.more(20).await;
        server.kill();
        let writes = load.end().await;
        server.restart().await;
        let kept = assert_kept(&user.on(&server), &writes).await;
        acknowledged += kept;
        unanswered += writes.len() - kept;
    }
    report(
        "kill -9 under write load",
        KILLS,
        &format!("{acknowledged} acknowledged, 0 lost, 0 doubled; {unanswered} retried"),
    );
}

#[tokio::test]
#[ignore = "takes minutes: run tests/faults"]
async fn the_database_killed_under_load() {
    let Some(mut database) = DatabaseServer::start().await else {
        return;
    };
    let server = Server::on(&database.url(), &[]).await;
    let (mut acknowledged, mut longest) = (0, Duration::ZERO);
    let kills = 10;
    for _ in 0..kills {
        let user = User::register(&server).await;
        let load = Load::start(&user);
        load.more(20).await;
        database.kill();
        sleep(Duration::from_millis(500)).await;
        database.restart().await;
        let back = Instant::now();
        until("the server is ready again", || async {
            server.get("/health/ready").answer().await.status() == 200
        })
        .await;
        longest = longest.max(back.elapsed());
        load.more(20).await;
        acknowledged += assert_kept(&user, &load.end().await).await;
    }
    report(
        "database server killed (-9) and started under load",
        kills,
        &format!(
            "{acknowledged} acknowledged, 0 lost, 0 doubled; ready after {longest:.1?} at most"
        ),
    );
}

#[tokio::test]
#[ignore = "takes minutes: run tests/faults"]
async fn stopped_under_load() {
    let runs = 10;
    let mut server = Server::start().await;
    let mut acknowledged = 0;
    for _ in 0..runs {
        let user = User::register(&server).await;
        let load = Load::start(&user);
        load.more(20).await;
        let (status, stopped) = tokio::task::spawn_blocking(move || (server.stop(), server))
            .await
            .expect("the thread");
        assert!(status.success(), "{status}");
        server = stopped;
        let writes = load.end().await;
        server.restart().await;
        acknowledged += assert_kept(&user.on(&server), &writes).await;
    }
    report(
        "SIGTERM under write load, no load balancer",
        runs,
        &format!("{acknowledged} acknowledged, 0 lost, 0 doubled"),
    );
}

/// Adds long tasks until one is rejected. Returns the titles of the stored tasks and the rejection.
async fn fill(user: &User) -> (Vec<String>, Response) {
    let mut written = Vec::new();
    loop {
        let title = uuid::Uuid::now_v7().to_string();
        // Text that a database cannot compress.
        let noise: String = (0..1_000)
            .map(|_| uuid::Uuid::now_v7().to_string())
            .collect();
        let task = json!({ "title": title, "description": noise });
        let answer = user.post("/api/v1/tasks", &task).answer().await;
        if answer.status() != 201 {
            return (written, answer);
        }
        written.push(title);
        assert!(written.len() < 5_000, "the disk does not fill");
    }
}

/// Panics unless a form rejected for lack of space comes back with its text.
async fn gives_the_text_back(user: &User) {
    let notes = "No room for this. ".repeat(2_500);
    let form = [("title", "Too much"), ("description", &notes)];
    let request = user
        .by_cookie(reqwest::Method::POST, "/tasks")
        .header("sec-fetch-site", "same-origin")
        .form(&form);
    let page = request.is(507).await.text().await.expect("a page");
    assert!(page.contains("value=\"Too much\""), "{page}");
    assert!(page.contains(&notes), "{page}");
}

#[tokio::test]
#[ignore = "takes minutes: run tests/faults"]
async fn the_disk_full() {
    let Some(disk) = SmallDisk::mount() else {
        report("disk full", 0, "not run: mounting takes root");
        return;
    };
    let mut database = DatabaseServer::start_in(disk.path()).await;
    let url = match &database {
        Some(database) => database.url(),
        None => format!("sqlite:{}", disk.path().join("docket.db").display()),
    };
    let server = Server::on(&url, &[]).await;
    let ada = User::register(&server).await;
    ada.add_task("Before").await;
    disk.leave(4);
    let (written, refused) = fill(&ada).await;
    let status = refused.status().as_u16();
    assert!(
        matches!(status, 503 | 507),
        "{status}: {}",
        refused.text().await.expect("a body")
    );
    if database.is_none() {
        assert_eq!(titles(&ada).await.len(), written.len() + 1, "can be read");
        gives_the_text_back(&ada).await;
    }
    disk.leave(256);
    if let Some(database) = &mut database {
        // The database server may have stopped. Its supervisor would restart it.
        database.restart().await;
    }
    until("the server is ready again", || async {
        server.get("/health/ready").answer().await.status() == 200
    })
    .await;
    ada.add_task("After").await;
    let found = titles(&ada).await;
    for title in written
        .iter()
        .map(String::as_str)
        .chain(["Before", "After"])
    {
        assert_eq!(found.get(title), Some(&1), "{title}");
    }
    // If the connection was lost with the disk, the outcome of the last write is unknown.
    let unknown = usize::from(status == 503);
    assert!(found.len() <= written.len() + 2 + unknown);
    if database.is_none() {
        let mut connection = connect(&url).await;
        let row = query("PRAGMA integrity_check")
            .fetch_one(&mut connection)
            .await;
        let result: String = row.expect("a check").get(0);
        assert_eq!(result, "ok");
    }
    let count = written.len();
    report(
        "disk full",
        1,
        &format!("{status} after {count} tasks, 0 lost; goes on by itself once there is room"),
    );
}

/// Inserts tasks with the same timestamp, directly into the database, as an import would.
async fn add_tasks(server: &Server, user: &User, count: usize) {
    let mut database = server.database().await;
    for first in (0..count).step_by(1_000) {
        let rows: Vec<_> = (first..count.min(first + 1_000))
            .map(|number| {
                let prefix = &user.id[..23];
                let id = format!("{prefix}-{number:012x}");
                format!("('{id}', '{}', 'x', 4, '', 1, 1, 1)", user.id)
            })
            .collect();
        let sql = format!(
            "INSERT INTO tasks (id, project_id, title, priority, description, created_at, updated_at, version)
             VALUES {}",
            rows.join(", ")
        );
        let added = query(AssertSqlSafe(sql)).execute(&mut database).await;
        added.expect("tasks");
    }
}

async fn count_tasks(server: &Server) -> i64 {
    let mut database = server.database().await;
    let row = query("SELECT COUNT(*) AS there FROM tasks")
        .fetch_one(&mut database)
        .await;
    row.expect("a count").get("there")
}

#[tokio::test]
#[ignore = "takes minutes: run tests/faults"]
async fn a_large_account_deleted() {
    let server = Server::start().await;
    let other = User::register(&server).await;
    other.add_task("Mine").await;
    let ada = User::register(&server).await;
    add_tasks(&server, &ada, LARGE).await;
    let deletion = json!({ "password": ada.password });
    let started = Instant::now();
    ada.delete("/api/v1/me").json(&deletion).is(204).await;
    let taken = started.elapsed();
    assert_eq!(count_tasks(&server).await, 1);
    assert_eq!(other.titles("").await, ["Mine"]);
    report(
        "account with 200,000 tasks deleted",
        1,
        &format!("gone in {taken:.1?}, with nothing of another one"),
    );
}

#[tokio::test]
#[ignore = "takes minutes: run tests/faults"]
async fn a_migration_killed_half_way() {
    let runs = 20;
    let mut killed = 0;
    for run in 0..runs {
        let empty = EmptyDatabase::create().await;
        let mut migrating = Command::new(env!("CARGO_BIN_EXE_docket"))
            .arg("migrate")
            .env("DOCKET_DATABASE_URL", empty.url())
            .current_dir(empty.home())
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .expect("docket");
        sleep(Duration::from_millis(5 + run * 4)).await;
        let running = migrating.try_wait().expect("docket").is_none();
        killed += usize::from(running);
        migrating.kill().await.expect("killed");
        let server = Server::on(&empty.url(), &[]).await;
        User::register(&server).await.add_task("After").await;
    }
    report(
        "migration killed (-9)",
        usize::try_from(runs).expect("a number"),
        &format!("{killed} killed before their end; the next start serves"),
    );
}

#[tokio::test]
#[ignore = "takes minutes: run tests/faults"]
async fn the_clock_set_back_and_forth() {
    let Some(library) = faketime() else {
        report(
            "clock set back and forth",
            0,
            "not run: libfaketime is missing",
        );
        return;
    };
    let mut server = Server::start().await;
    let ada = User::register(&server).await;
    let offsets = ["-1h", "+1h", "-1d", "+1d", "+0"];
    let mut made = 0;
    for offset in offsets {
        let settings = [("LD_PRELOAD", library.as_str()), ("FAKETIME", offset)];
        server.restart_with(&settings).await;
        let again = User::login(&server, &ada.email, &ada.password).await;
        again.add_task(&format!("At {offset}")).await;
        made += 1;
        assert_eq!(
            again.titles("sort=created_at").await.len(),
            made,
            "{offset}"
        );
        // An earlier token is valid or expired by its own times. Its use never causes a server
        // fault.
        let earlier = client()
            .get(server.url("/api/v1/me"))
            .bearer_auth(&ada.tokens.access);
        let status = earlier.answer().await.status().as_u16();
        assert!(matches!(status, 200 | 401), "{offset}: {status}");
    }
    let tasks: Value = User::login(&server, &ada.email, &ada.password)
        .await
        .list("")
        .await;
    assert_eq!(tasks["items"].as_array().map(Vec::len), Some(made));
    report(
        "clock set back and forth",
        offsets.len(),
        "sign-in, writes and lists go on, 0 lost",
    );
}

#[tokio::test]
#[ignore = "takes minutes: run tests/faults"]
async fn a_clock_that_was_ahead_does_not_extend_a_limit() {
    let Some(library) = faketime() else {
        return;
    };
    let directory = tempfile::TempDir::new().expect("a directory");
    let offset = directory.path().join("offset");
    std::fs::write(&offset, "+1d").expect("the offset");
    let settings = [
        ("LD_PRELOAD", library.as_str()),
        ("FAKETIME_TIMESTAMP_FILE", offset.to_str().expect("a path")),
        ("FAKETIME_NO_CACHE", "1"),
        // The monotonic clock cannot be set.
        ("DONT_FAKE_MONOTONIC", "1"),
        ("DOCKET_LIMIT_REGISTRATION", "1/2s"),
    ];
    let server = Server::with(&settings).await;
    let register = || {
        let account = json!({ "email": email(), "password": password() });
        server.post("/api/v1/auth/register").json(&account).answer()
    };
    until("the limit is met", || async {
        register().await.status() == 429
    })
    .await;
    std::fs::write(&offset, "+0").expect("the offset");
    until("the limit has passed", || async {
        register().await.status() == 201
    })
    .await;
    report(
        "clock ahead by a day, then corrected",
        1,
        "nobody waits for that day",
    );
}

fn faketime() -> Option<String> {
    let found = std::process::Command::new("find")
        .args(["/usr/lib", "-name", "libfaketime.so.1"])
        .output()
        .ok()?;
    let path = String::from_utf8(found.stdout)
        .ok()?
        .lines()
        .next()?
        .to_owned();
    Some(path)
}
