//! Everything a database holds, moved: to another engine, to a file and back.

use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};

use serde_json::{Value, json};
use sqlx::{AnyConnection, AssertSqlSafe, Column, Row, query};
use tempfile::TempDir;

use crate::support::{
    Ask, EmptyDatabase, Engine, Server, User, connect, docket, expect, query as form, together,
};

/// Every table, with the order of its key.
const TABLES: [(&str, &str); 7] = [
    ("users", "id"),
    ("sessions", "id"),
    ("refresh_tokens", "hash"),
    ("api_tokens", "id"),
    ("tasks", "id"),
    ("idempotency_keys", "user_id, idempotency_key"),
    ("security_events", "id"),
];

/// A title with what engines are known to lose: case, accents, 4-byte characters, a trailing blank
/// line, quotes.
const TITLE: &str = "\u{c9}t\u{e9} \u{1f600} \"O'Neil\" \\ %_";

/// The last line of a table that is empty.
const NO_ROWS: &str = "{\"line\":\"end\",\"rows\":0,\"sha256\":\
    \"e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855\"}";

/// An account with a session, tasks in every state, and an answer under a key.
async fn lived_in(server: &Server) -> User {
    let mut ada = User::register(server).await;
    ada.refresh().await;
    ada.add_api_token("Backup script", &["tasks:read", "tasks:write"])
        .await;
    let description = format!("{}\n\n{}", "\u{1f680}".repeat(10_000), "x".repeat(20_000));
    let task = json!({ "title": TITLE, "description": description });
    let keyed = ada.post("/api/v1/tasks", &task);
    expect(keyed.header("idempotency-key", "once").answer().await, 201).await;
    for number in 0..250 {
        let done = number % 3 == 0;
        let task = json!({ "title": format!("Task {number}"), "completed": done });
        expect(ada.post("/api/v1/tasks", &task).answer().await, 201).await;
    }
    ada
}

/// All rows of all tables as text, each value with its column's name.
async fn contents(url: &str) -> Vec<String> {
    let mut connection = connect(url).await;
    let mut lines = Vec::new();
    for (table, key) in TABLES {
        let sql = AssertSqlSafe(format!("SELECT * FROM {table} ORDER BY {key}"));
        let rows = query(sql).fetch_all(&mut connection).await.expect(table);
        assert!(!rows.is_empty(), "{table} is empty");
        for row in rows {
            let mut values: Vec<String> = row
                .columns()
                .iter()
                .map(|column| {
                    let name = column.name();
                    let text = row.try_get::<Option<String>, _>(name).ok().flatten();
                    let number = row.try_get::<Option<i64>, _>(name).ok().flatten();
                    format!("{name}={text:?}{number:?}")
                })
                .collect();
            values.sort();
            lines.push(format!("{table}: {}", values.join(" ")));
        }
    }
    lines
}

async fn count(connection: &mut AnyConnection, table: &str) -> i64 {
    let sql = AssertSqlSafe(format!("SELECT COUNT(*) AS there FROM {table}"));
    let row = query(sql).fetch_one(connection).await.expect(table);
    row.get("there")
}

/// A backup, taken apart.
struct Parts {
    head: Value,
    /// Each from its description to its digest.
    tables: Vec<String>,
}

impl Parts {
    fn of(backup: &str) -> Parts {
        let mut lines = backup.lines();
        let head = serde_json::from_str(lines.next().expect("a line")).expect("JSON");
        let mut tables = Vec::new();
        for line in lines.filter(|line| !line.contains("\"complete\"")) {
            if line.starts_with("{\"line\":\"table\"") {
                tables.push(String::new());
            }
            let table = tables.last_mut().expect("a table");
            table.push_str(line);
            table.push('\n');
        }
        assert_eq!(tables.len(), TABLES.len());
        Parts { head, tables }
    }

    fn together(head: &Value, tables: &str) -> String {
        format!("{head}\n{tables}{{\"line\":\"complete\"}}\n")
    }

    /// Some of the tables.
    fn join(&self, places: &[usize]) -> String {
        let tables: String = places.iter().map(|place| &*self.tables[*place]).collect();
        Parts::together(&self.head, &tables)
    }

    /// All of them, with something else for one.
    fn with(&self, place: usize, other: &str) -> String {
        let mut tables = self.tables.clone();
        tables[place] = other.to_owned();
        Parts::together(&self.head, &tables.concat())
    }

    /// A table without its rows, and with the digest of none.
    fn emptied(&self, place: usize) -> String {
        let description = self.tables[place].lines().next().expect("a line");
        format!("{description}\n{NO_ROWS}\n")
    }

    fn without_tasks(&self) -> String {
        let mut head = self.head.clone();
        let tables = head["tables"].as_object_mut().expect("tables");
        tables.remove("tasks").expect("the tasks");
        let mut tables = self.tables.clone();
        tables.remove(4);
        Parts::together(&head, &tables.concat())
    }

    /// Empty tables as they were after a migration that had not all of them, or all their columns.
    fn of_migration(&self, migration: i64, later: &[&str]) -> String {
        let (mut head, mut all) = (self.head.clone(), String::new());
        head["migration"] = json!(migration);
        let mut counts = serde_json::Map::new();
        for table in &self.tables {
            let line = table.lines().next().expect("a line");
            let mut description: Value = serde_json::from_str(line).expect("JSON");
            let name = description["name"].as_str().expect("a name").to_owned();
            if later.contains(&name.as_str()) {
                continue;
            }
            description["key"] = json!(1);
            description["columns"] = json!([description["columns"][0]]);
            all.push_str(&format!("{description}\n{NO_ROWS}\n"));
            counts.insert(name, json!(0));
        }
        head["tables"] = Value::Object(counts);
        Parts::together(&head, &all)
    }
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
    // To the other engine and back again: first to SQLite, then to the one under test.
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
    // Signed tokens need the key, which is a file or a setting; refresh tokens do not.
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
async fn what_is_no_docket_database_is_named() {
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
    // It has the hashes of passwords in it.
    let mode = fs::metadata(&path)
        .expect("the backup")
        .permissions()
        .mode();
    assert_eq!(mode & 0o777, 0o600);

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
async fn what_was_moved_is_counted_in_the_target() {
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
async fn a_backup_of_an_older_schema_has_the_tables_of_its_time() {
    let server = Server::start().await;
    let whole = server.command(&["backup", "-"]).output().exits(0).stdout;
    let parts = Parts::of(&whole);
    let later = ["api_tokens", "security_events"];
    for (migration, later, code) in [
        (2, later.as_slice(), 0),
        (3, &later[1..], 0),
        (3, &later, 1),
        (2, &[], 1),
    ] {
        let target = EmptyDatabase::create().await;
        docket(server.home(), &["restore", "-"])
            .env("DOCKET_DATABASE_URL", &target.url())
            .output_with(&parts.of_migration(migration, later))
            .exits(code);
    }
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
    // Each pair is made in one order, so that no instant has the second without the first; each
    // toggle changes two columns of one row together.
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
         WHERE (completed = 1) <> (completed_at IS NOT NULL)";
    let row = query(torn).fetch_one(&mut connection).await.expect("tasks");
    assert_eq!(row.get::<i64, _>("torn"), 0);
}

#[tokio::test]
async fn a_damaged_backup_restores_nothing() {
    let server = Server::start().await;
    lived_in(&server).await;
    let whole = server.command(&["backup", "-"]).output().exits(0).stdout;
    let lines: Vec<&str> = whole.lines().collect();
    let without = |index: usize| {
        let mut lines = lines.clone();
        lines.remove(index);
        lines.join("\n") + "\n"
    };
    let row = lines.iter().position(|line| line.contains("Task 7\""));
    let row = row.expect("the task");
    let parts = Parts::of(&whole);
    let damaged = [
        ("nothing", String::new(), "line 1"),
        (
            "not a backup",
            "{\"title\": \"x\"}\n".to_owned(),
            "not a backup",
        ),
        (
            "another format",
            whole.replacen("\"version\":1", "\"version\":2", 1),
            "version 2",
        ),
        (
            "a newer schema",
            whole.replacen("\"migration\":", "\"migration\":9", 1),
            "newer",
        ),
        ("a missing row", without(row), "digest"),
        (
            "a changed row",
            whole.replacen("Task 7\"", "Task 8\"", 1),
            "digest",
        ),
        (
            "a number for text",
            whole.replacen("\"Task 7\"", "7", 1),
            "fit",
        ),
        (
            "a table is missing",
            parts.join(&[0, 1, 3, 4, 5, 6]),
            "tasks",
        ),
        (
            "a table is missing in the first line too",
            parts.without_tasks(),
            "line 1",
        ),
        (
            "an empty table",
            parts.with(4, &parts.emptied(4)),
            "251 rows",
        ),
        (
            "a table comes twice",
            parts.with(4, &format!("{}{}", parts.tables[4], parts.emptied(4))),
            "twice",
        ),
        ("something after the end", format!("{whole}{{}}\n"), "after"),
        ("a byte after the end", format!("{whole}x"), "after"),
        ("two backups", format!("{whole}{whole}"), "after"),
        ("a missing end", without(lines.len() - 1), "too early"),
        ("half of it", whole[..whole.len() / 2].to_owned(), "line"),
        (
            "a statement for a name",
            whole.replacen(
                "\"name\":\"title\"",
                "\"name\":\"title; DROP TABLE users\"",
                1,
            ),
            "line",
        ),
    ];
    for (what, text, words) in damaged {
        let target = EmptyDatabase::create().await;
        let ran = docket(server.home(), &["restore", "-"])
            .env("DOCKET_DATABASE_URL", &target.url())
            .output_with(&text);
        assert_eq!(ran.code, Some(1), "{what}: {ran:?}");
        assert!(ran.stderr.contains(words), "{what}: {}", ran.stderr);
        assert!(!ran.stderr.contains("panicked"), "{what}: {}", ran.stderr);
        if Engine::chosen() != Engine::Sqlite || target.home().join("target.db").exists() {
            docket(server.home(), &["migrate"])
                .env("DOCKET_DATABASE_URL", &target.url())
                .output()
                .exits(0);
            let mut connection = connect(&target.url()).await;
            for (table, _) in TABLES {
                assert_eq!(count(&mut connection, table).await, 0, "{what}: {table}");
            }
        }
    }
}
