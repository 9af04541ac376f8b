//! Backups that are damaged or incomplete.

use serde_json::Value;

use crate::support::{EmptyDatabase, Engine, Server, connect, docket};
use crate::transfer::{TABLES, count, lived_in};

/// The last line of an empty table.
const NO_ROWS: &str = "{\"line\":\"end\",\"rows\":0,\"sha256\":\
    \"e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855\"}";

/// Index of the tasks in [`TABLES`].
const TASKS: usize = 9;

/// The parts of a backup.
struct Parts {
    head: Value,
    /// The lines of each table, from its description to its digest.
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

    /// Returns a backup with only these tables.
    fn join(&self, places: &[usize]) -> String {
        let tables: String = places.iter().map(|place| &*self.tables[*place]).collect();
        Parts::together(&self.head, &tables)
    }

    /// Returns a backup with one table replaced.
    fn with(&self, place: usize, other: &str) -> String {
        let mut tables = self.tables.clone();
        tables[place] = other.to_owned();
        Parts::together(&self.head, &tables.concat())
    }

    /// Returns a table without rows, with the digest of no rows.
    fn emptied(&self, place: usize) -> String {
        let description = self.tables[place].lines().next().expect("a line");
        format!("{description}\n{NO_ROWS}\n")
    }

    fn without_tasks(&self) -> String {
        let mut head = self.head.clone();
        let tables = head["tables"].as_object_mut().expect("tables");
        tables.remove("tasks").expect("the tasks");
        let mut tables = self.tables.clone();
        tables.remove(TASKS);
        Parts::together(&head, &tables.concat())
    }
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
    assert_eq!(TABLES[TASKS].0, "tasks");
    let others: Vec<_> = (0..TABLES.len()).filter(|place| *place != TASKS).collect();
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
        ("a table is missing", parts.join(&others), "tasks"),
        (
            "a table is missing in the first line too",
            parts.without_tasks(),
            "line 1",
        ),
        (
            "an empty table",
            parts.with(TASKS, &parts.emptied(TASKS)),
            "251 rows",
        ),
        (
            "a table comes twice",
            parts.with(
                TASKS,
                &format!("{}{}", parts.tables[TASKS], parts.emptied(TASKS)),
            ),
            "repeats",
        ),
        (
            "something after the end",
            format!("{whole}{{}}\n"),
            "follows",
        ),
        ("a byte after the end", format!("{whole}x"), "follows"),
        ("two backups", format!("{whole}{whole}"), "follows"),
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
