//! Copies of a database: to another engine, and to a file and back.

use std::fs;
use std::path::{Path, PathBuf};

use serde_json::json;
use sqlx::any::AnyRow;
use sqlx::{AnyConnection, AssertSqlSafe, Column, Row, query};
use tempfile::TempDir;

use crate::support::{
    Ask, EmptyDatabase, Server, User, assert_private, connect, docket, expect, query as form,
    together,
};

/// Every table, with the order of its key.
pub const TABLES: [(&str, &str); 16] = [
    ("users", "id"),
    ("sessions", "id"),
    ("api_tokens", "id"),
    ("security_events", "id"),
    ("projects", "id"),
    ("project_members", "user_id, project_id"),
    ("sections", "project_id, id"),
    ("labels", "project_id, id"),
    ("filters", "project_id, id"),
    ("tasks", "project_id, id"),
    ("task_labels", "project_id, label, task_id"),
    ("task_days", "project_id, day_key, task_id"),
    ("tombstones", "project_id, id"),
    ("changes", "id, position"),
    ("erased_projects", "id"),
    ("idempotency_keys", "user_id, idempotency_key"),
];

/// A title with everything engines are known to lose: case, accents, 4-byte characters, a trailing
/// blank line, quotes.
const TITLE: &str = "\u{c9}t\u{e9} \u{1f600} \"O'Neil\" \\ %_";

/// Creates an account with a session, tasks in every state, and a response stored under an
/// idempotency key.
pub async fn lived_in(server: &Server) -> User {
    let mut ada = User::register(server).await;
    ada.refresh().await;
    ada.add_api_token("Backup script", &["tasks:read", "tasks:write"])
        .await;
    let description = format!("{}\n\n{}", "\u{1f680}".repeat(10_000), "x".repeat(20_000));
    let task = json!({
        "title": TITLE,
        "description": description,
        "labels": ["\u{c9}rrand"],
        "priority": 1,
        "due": { "date": "2026-12-24", "time": "17:30", "time_zone": "Europe/Berlin" },
        "recurrence": { "text": "every year" },
        "reminders": [{ "minutes_before": 30 }],
        "deadline": "2026-12-31",
        "duration_minutes": 45,
    });
    let keyed = ada.post("/api/v1/tasks", &task);
    expect(keyed.header("idempotency-key", "once").answer().await, 201).await;
    ada.patch(
        &format!(
            "/api/v1/tasks/{}",
            ada.add_task("A draft").await["id"].as_str().expect("an id")
        ),
        &json!({ "title": "Task" }),
    )
    .gives(200)
    .await;
    let project = json!({ "name": TITLE, "description": TITLE, "colour": "teal" });
    let project = ada.post("/api/v1/projects", &project).gives(201).await;
    let section = json!({ "name": TITLE, "project_id": project["id"] });
    ada.post("/api/v1/sections", &section).gives(201).await;
    let filter = json!({ "name": TITLE, "expression": "#\u{c9}t\u{e9}\u{1f600} & p1 " });
    ada.post("/api/v1/filters", &filter).gives(201).await;
    let deleted = ada.add_task("Deleted").await;
    let deleted = format!("/api/v1/tasks/{}", deleted["id"].as_str().expect("an id"));
    expect(ada.delete(&deleted).answer().await, 204).await;
    for number in 0..249 {
        let done = number % 3 == 0;
        let task = json!({ "title": format!("Task {number}"), "completed": done });
        expect(ada.post("/api/v1/tasks", &task).answer().await, 201).await;
    }
    ada
}

/// Returns all rows of all tables as text, each value with its column's name.
async fn contents(url: &str) -> Vec<String> {
    let mut connection = connect(url).await;
    let mut lines = Vec::new();
    for (table, key) in TABLES {
        let sql = AssertSqlSafe(format!("SELECT * FROM {table} ORDER BY {key}"));
        let rows = query(sql).fetch_all(&mut connection).await.expect(table);
        // Only an account that is being deleted has a row there, for a moment.
        assert!(
            !rows.is_empty() || table == "erased_projects",
            "{table} is empty"
        );
        lines.extend(rows.iter().map(|row| format!("{table}: {}", text_of(row))));
    }
    lines
}

/// The columns of tasks that MySQL computes from others, for its indexes.
const GENERATED: [&str; 2] = ["done", "title_key"];

/// Returns the values of a row as text, each with its column's name.
pub fn text_of(row: &AnyRow) -> String {
    let columns = row.columns().iter().map(Column::name);
    let columns = columns.filter(|name| !GENERATED.contains(name));
    let values = columns.map(|name| {
        let text = row.try_get::<Option<String>, _>(name).ok().flatten();
        let number = row.try_get::<Option<i64>, _>(name).ok().flatten();
        format!("{name}={text:?}{number:?}")
    });
    let mut values: Vec<String> = values.collect();
    values.sort();
    values.join(" ")
}

pub async fn count(connection: &mut AnyConnection, table: &str) -> i64 {
    let sql = AssertSqlSafe(format!("SELECT COUNT(*) AS there FROM {table}"));
    let row = query(sql).fetch_one(connection).await.expect(table);
    row.get("there")
}

fn sqlite(path: &Path) -> String {
    format!("sqlite:{}", path.display())
}

fn file(server: &Server, name: &str) -> (PathBuf, String) {
    let path = server.home().join(name);
    let text = path.to_str().expect("a path in UTF-8").to_owned();
    (path, text)
}

#[tokio::test]
async fn a_copy_has_every_row_and_its_users_stay_signed_in() {
    let source = Server::start().await;
    let mut ada = lived_in(&source).await;
    let token = ada.add_api_token("Copied", &["account"]).await;
    let before = contents(&source.database_url()).await;
    // To the other engine and back: first to SQLite, then to the one under test.
    let elsewhere = sqlite(&source.home().join("elsewhere.db"));
    let target = EmptyDatabase::create().await;
    let ran = source
        .command(&["copy", "--to", &elsewhere])
        .output()
        .exits(0);
    assert!(
        ran.stderr.contains(&format!("{} rows", before.len())),
        "{ran:?}"
    );
    source
        .command(&["copy", "--from", &elsewhere, "--to", &target.url()])
        .output()
        .exits(0);
    assert_eq!(contents(&elsewhere).await, before);
    assert_eq!(contents(&target.url()).await, before);

    let moved = Server::on(&target.url(), &[]).await;
    // Access tokens need the key, which is a file or a setting; refresh tokens do not.
    ada = ada.on(&moved);
    ada.refresh().await;
    ada.with_token(&token).get("/api/v1/me").gives(200).await;
    assert_eq!(ada.titles(&form(&[("q", "\u{e9}T\u{c9}")])).await, [TITLE]);
    let again = ada.post("/api/v1/tasks", &json!({ "title": "another" }));
    again
        .header("idempotency-key", "once")
        .fails(422)
        .await
        .names("Idempotency-Key");
}

#[tokio::test]
async fn a_target_that_is_not_empty_is_refused_and_left_as_it_is() {
    let (source, target) = (Server::start().await, Server::start().await);
    lived_in(&source).await;
    let bob = User::register(&target).await;
    let mut copy = source.command(&["copy", "--to", &target.database_url()]);
    let ran = copy.output().exits(1);
    assert!(ran.stderr.contains("not empty"), "{}", ran.stderr);
    let (_, backup) = file(&source, "docket.backup");
    source.command(&["backup", &backup]).output().exits(0);
    let ran = target.command(&["restore", &backup]).output().exits(1);
    assert!(ran.stderr.contains("not empty"), "{}", ran.stderr);
    let mut connection = target.database().await;
    assert_eq!(count(&mut connection, "users").await, 1);
    assert_eq!(bob.me_status().await, 200);
}

#[tokio::test]
async fn a_file_that_is_no_docket_database_is_named() {
    let home = TempDir::new().expect("a directory");
    let (missing, other) = (home.path().join("missing.db"), home.path().join("other.db"));
    fs::write(&other, "").expect("an empty file");
    let to = sqlite(&home.path().join("to.db"));
    for (from, words) in [(&missing, "missing.db"), (&other, "no Docket")] {
        let arguments = ["copy", "--from", &sqlite(from), "--to", &to];
        let ran = docket(home.path(), &arguments).output().exits(1);
        assert!(ran.stderr.contains(words), "{}", ran.stderr);
    }
    assert!(!missing.exists());
    let arguments = ["copy", "--to", "oracle://db.example.org/docket"];
    let ran = docket(home.path(), &arguments).output().exits(2);
    assert!(ran.stderr.contains("postgres://"), "{}", ran.stderr);
}

#[tokio::test]
async fn a_backup_is_restored_into_any_engine() {
    let server = Server::start().await;
    lived_in(&server).await;
    let before = contents(&server.database_url()).await;
    let (path, backup) = file(&server, "docket.backup");
    server.command(&["backup", &backup]).output().exits(0);
    // The backup contains password hashes.
    assert_private(&path);

    let target = EmptyDatabase::create().await;
    for url in [target.url(), sqlite(&server.home().join("any.db"))] {
        docket(server.home(), &["restore", &backup])
            .env("DOCKET_DATABASE_URL", &url)
            .output()
            .exits(0);
        assert_eq!(contents(&url).await, before);
    }
    let ran = server.command(&["backup", &backup]).output().exits(1);
    assert!(ran.stderr.contains("exists"), "{}", ran.stderr);
}

#[tokio::test]
async fn the_rows_in_the_target_are_counted() {
    let server = Server::start().await;
    let ada = User::register(&server).await;
    ada.add_task("One").await;
    let bob = User::register(&server).await;
    for title in ["Two", "Three"] {
        bob.add_task(title).await;
    }
    let mut connection = server.database().await;
    let mut rows = 0;
    for (table, _) in TABLES {
        rows += count(&mut connection, table).await;
    }
    let counted = format!("2 accounts, 3 tasks, {rows} rows in all.");
    let (_, backup) = file(&server, "docket.backup");
    let ran = server.command(&["backup", &backup]).output().exits(0);
    assert!(ran.stderr.contains(&counted), "{}", ran.stderr);
    let url = sqlite(&server.home().join("counted.db"));
    let ran = docket(server.home(), &["restore", &backup])
        .env("DOCKET_DATABASE_URL", &url)
        .output()
        .exits(0);
    assert!(ran.stderr.contains(&counted), "{}", ran.stderr);
    let to = EmptyDatabase::create().await;
    let arguments = ["copy", "--from", &url, "--to", &to.url()];
    let ran = server.command(&arguments).output().exits(0);
    assert!(ran.stderr.contains(&counted), "{}", ran.stderr);
}

#[tokio::test]
async fn a_backup_goes_through_pipes() {
    let server = Server::start().await;
    lived_in(&server).await;
    let backup = server.command(&["backup", "-"]).output().exits(0).stdout;
    let url = sqlite(&server.home().join("piped.db"));
    docket(server.home(), &["restore", "-"])
        .env("DOCKET_DATABASE_URL", &url)
        .output_with(&backup)
        .exits(0);
    assert_eq!(contents(&url).await, contents(&server.database_url()).await);
}

#[tokio::test]
async fn a_backup_is_of_one_instant_while_writes_go_on() {
    let server = Server::start().await;
    let ada = lived_in(&server).await;
    let (_, backup) = file(&server, "docket.backup");
    let (sender, running) = tokio::sync::watch::channel(true);
    // Each pair is created in a fixed order, so that at no time the second exists without the
    // first. Each toggle changes two columns of one row together.
    let writers = (0..4).map(move |writer| {
        let (ada, running) = (ada.clone(), running.clone());
        async move {
            let mut written = 0;
            while *running.borrow() {
                let first = ada.add_task(&format!("first {writer} {written}")).await;
                ada.add_task(&format!("second {writer} {written}")).await;
                let id = first["id"].as_str().expect("an id").to_owned();
                let path = format!("/api/v1/tasks/{id}/toggle");
                expect(ada.post(&path, &json!({})).answer().await, 200).await;
                written += 1;
            }
            written
        }
    });
    let writing = tokio::spawn(together(writers));
    let mut command = server.command(&["backup", &backup]);
    let ran = tokio::task::spawn_blocking(move || command.output()).await;
    ran.expect("the thread").exits(0);
    sender.send(false).expect("the writers");
    let written: usize = writing.await.expect("the writers").iter().sum();
    assert!(written > 0);

    let url = sqlite(&server.home().join("instant.db"));
    docket(server.home(), &["restore", &backup])
        .env("DOCKET_DATABASE_URL", &url)
        .output()
        .exits(0);
    let mut connection = connect(&url).await;
    let torn = "SELECT COUNT(*) AS torn FROM tasks t WHERE title LIKE 'second %' AND NOT EXISTS
         (SELECT 1 FROM tasks f WHERE f.title = 'first ' || substr(t.title, 8))";
    let row = query(torn).fetch_one(&mut connection).await.expect("tasks");
    assert_eq!(row.get::<i64, _>("torn"), 0);
    let torn = "SELECT COUNT(*) AS torn FROM tasks
         WHERE title LIKE 'first %' AND completed_at IS NOT NULL AND completed_at <> updated_at";
    let row = query(torn).fetch_one(&mut connection).await.expect("tasks");
    assert_eq!(row.get::<i64, _>("torn"), 0);
}
