//! Slow statements: each is cancelled in the engine, and one user's statements do not delay others.

use reqwest::StatusCode;
use serde_json::json;
use sqlx::{AnyConnection, Connection, Executor, Row, query};

use crate::support::{Ask, Engine, Server, User, body, connect, together, until};

/// Number of notes on which `LIKE` takes many seconds: it compares the whole pattern at each
/// character.
const NOTES: usize = 400;

/// Returns a pattern that almost matches every note.
fn hostile() -> String {
    format!("{}b", "a".repeat(199))
}

/// Returns a statement that inserts a note of 50,000 letters without sending them.
fn insert() -> &'static str {
    match Engine::chosen() {
        Engine::Sqlite => {
            "INSERT INTO tasks (id, project_id, title, priority, description, created_at, updated_at, version)
             VALUES ($1, $2, 'Note', 4, printf('%.*c', 50000, 'a'), $3, 1, 1)"
        }
        Engine::Postgres => {
            "INSERT INTO tasks (id, project_id, title, priority, description, created_at, updated_at, version)
             VALUES ($1, $2, 'Note', 4, repeat('a', 50000), $3, 1, 1)"
        }
        Engine::Mysql => {
            "INSERT INTO tasks (id, project_id, title, priority, description, created_at, updated_at, version)
             VALUES (?, ?, 'Note', 4, repeat('a', 50000), ?, 1, 1)"
        }
    }
}

async fn add_notes(server: &Server, user: &User) {
    let mut database = server.database().await;
    let mut transaction = database.begin().await.expect("a transaction");
    for number in 0..NOTES {
        // The ids, and so the notes, are older than any task of the test.
        let mut bytes = [0; 10];
        bytes.copy_from_slice(&uuid::Uuid::now_v7().as_bytes()[6..]);
        let id = uuid::Builder::from_unix_timestamp_millis(number as u64, &bytes).into_uuid();
        query(insert())
            .bind(id.to_string())
            .bind(user.id.as_str())
            .bind(i64::try_from(number).expect("a number"))
            .execute(&mut *transaction)
            .await
            .expect("a note");
    }
    transaction.commit().await.expect("the notes");
}

#[tokio::test]
async fn searches_of_one_user_keep_nobody_else_waiting() {
    let server = Server::start().await;
    let (eve, ada) = (User::register(&server).await, User::register(&server).await);
    add_notes(&server, &eve).await;
    ada.add_task("Mine").await;
    let path = format!("/api/v1/tasks?q={}", hostile());
    let searches: Vec<_> = (0..12)
        .map(|_| {
            let search = eve.get(&path);
            tokio::spawn(async move { search.answer().await.status() })
        })
        .collect();
    while !searches.iter().all(tokio::task::JoinHandle::is_finished) {
        assert_eq!(ada.titles("").await, ["Mine"]);
    }
    for search in searches {
        let status = search.await.expect("no panic");
        assert!(
            [StatusCode::OK, StatusCode::SERVICE_UNAVAILABLE].contains(&status),
            "{status}"
        );
    }
}

#[tokio::test]
async fn a_search_goes_on_where_its_time_was_up() {
    let server = Server::start().await;
    let eve = User::register(&server).await;
    let found = eve.add_task("The note with aab in it").await;
    add_notes(&server, &eve).await;
    // The task is the newest, so it is the last one in this order.
    let mut path = "/api/v1/tasks?q=aab&sort=created_at&limit=1".to_owned();
    loop {
        let page = body(eve.get(&path).is(200).await, 200).await;
        if page["items"]
            .as_array()
            .is_some_and(|items| !items.is_empty())
        {
            assert_eq!(page["items"], json!([found]));
            assert_eq!(page["next_cursor"], json!(null));
            return;
        }
        let cursor = page["next_cursor"].as_str().expect("a place to go on from");
        path = format!("/api/v1/tasks?q=aab&sort=created_at&limit=1&cursor={cursor}");
    }
}

/// Returns the number of statements the engine runs for other connections of this database.
async fn running(database: &mut AnyConnection) -> i64 {
    let sql = match Engine::chosen() {
        Engine::Mysql => {
            "SELECT COUNT(*) AS running FROM information_schema.processlist
             WHERE db = DATABASE() AND command <> 'Sleep' AND id <> CONNECTION_ID()"
        }
        _ => {
            "SELECT COUNT(*) AS running FROM pg_stat_activity
             WHERE datname = current_database() AND state = 'active' AND pid <> pg_backend_pid()"
        }
    };
    let row = query(sql).fetch_one(database).await.expect("a count");
    row.get("running")
}

#[tokio::test]
async fn an_abandoned_statement_is_cancelled_in_the_engine() {
    if Engine::chosen() == Engine::Sqlite {
        // A unit test of `db::sqlite` covers a statement that never ends.
        return;
    }
    let server = Server::start().await;
    let ada = User::register(&server).await;
    ada.add_task("Mine").await;
    let mut holder = connect(&server.database_url()).await;
    let (lock, unlock) = match Engine::chosen() {
        Engine::Mysql => ("LOCK TABLES tasks WRITE", "UNLOCK TABLES"),
        _ => (
            "BEGIN; LOCK TABLE tasks IN ACCESS EXCLUSIVE MODE",
            "ROLLBACK",
        ),
    };
    holder.execute(sqlx::raw_sql(lock)).await.expect("the lock");
    let crowd = (0..8).map(|_| {
        let list = ada.get("/api/v1/tasks");
        async { list.is(503).await.status() }
    });
    together(crowd).await;
    // The lock is still held, so only the statement's own time limit ends it.
    until("no statement is left in the engine", || async {
        let mut observer = connect(&server.database_url()).await;
        let running = running(&mut observer).await;
        observer.close().await.expect("closed");
        running == 0
    })
    .await;
    holder
        .execute(sqlx::raw_sql(unlock))
        .await
        .expect("no lock");
    assert_eq!(ada.titles("").await, ["Mine"]);
}

#[tokio::test]
async fn a_row_that_cannot_be_read_is_a_fault_and_no_outage() {
    let server = Server::start().await;
    let ada = User::register(&server).await;
    let mut database = server.database().await;
    for statement in [
        "ALTER TABLE users DROP COLUMN display_name",
        "ALTER TABLE users ADD COLUMN display_name BIGINT NOT NULL DEFAULT 5",
    ] {
        let statement = match Engine::chosen() {
            Engine::Sqlite => statement.replace("BIGINT", "INTEGER"),
            _ => statement.to_owned(),
        };
        let statement = sqlx::raw_sql(sqlx::AssertSqlSafe(statement));
        database.execute(statement).await.expect("altered");
    }
    ada.get("/api/v1/tasks").is(500).await;
    until("the log has the reason", || async {
        server.log().lines().any(|line| line.contains("error"))
    })
    .await;
}
