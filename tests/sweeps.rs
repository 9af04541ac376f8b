//! Expired rows: requests ignore them, and the server deletes them in the background.

use serde_json::json;
use sqlx::{AnyConnection, AssertSqlSafe, Connection, Row, query, query_scalar};

use crate::support::{Ask, Engine, OnDelete, Server, User, email, on_delete, until};

const HOUR: i64 = 3_600 * 1_000_000;
const DAY: i64 = 24 * HOUR;

/// Tables with rows that expire, each with a job of its own.
const TABLES: [&str; 4] = [
    "sessions",
    "idempotency_keys",
    "security_events",
    "rate_limits",
];

async fn run(connection: &mut AnyConnection, sql: String) {
    let result = query(AssertSqlSafe(sql.clone())).execute(connection).await;
    result.unwrap_or_else(|error| panic!("{sql}: {error}"));
}

/// Returns a time of the server's clock.
async fn now(connection: &mut AnyConnection) -> i64 {
    let row = query("SELECT MAX(created_at) AS now FROM users").fetch_one(connection);
    row.await.expect("a user").get("now")
}

/// Adds to each table `count` rows that expired `age` microseconds ago.
async fn add(server: &Server, user: &User, name: &str, count: usize, age: i64) {
    let mut connection = server.database().await;
    let now = now(&mut connection).await;
    let user = &user.id;
    let id = |number: usize| format!("{}-{number}", uuid::Uuid::now_v7().simple());
    let (end, day, quarter) = (now - age, now - DAY - age, now - 90 * DAY - age);
    let rows = |row: &dyn Fn(usize) -> String| (0..count).map(row).collect::<Vec<_>>().join(", ");
    let sessions = rows(&|number| {
        let id = id(number);
        format!("('{id}', '{user}', '{name}', '', {quarter}, {quarter}, {end}, 0, '', '')")
    });
    let keys = rows(&|number| format!("('{user}', '{name}-{number}', '', '', {day})"));
    let events = rows(&|number| {
        let id = id(number);
        format!("('{id}', '{user}', 'signed_in', '', '{name}', {quarter})")
    });
    let limits = rows(&|number| format!("('{name} {number}', {end})"));
    // One statement per table, so that no job waits long for the rows.
    for sql in [
        format!(
            "INSERT INTO sessions (id, user_id, user_agent, address, created_at, last_seen_at,
                 expires_at, refresh_generation, refresh_hash, refresh_key)
             VALUES {sessions}"
        ),
        format!("INSERT INTO idempotency_keys VALUES {keys}"),
        format!(
            "INSERT INTO security_events (id, user_id, kind, address, user_agent, created_at)
             VALUES {events}"
        ),
        format!("INSERT INTO rate_limits VALUES {limits}"),
    ] {
        run(&mut connection, sql).await;
    }
}

/// Returns the number of rows with this name in each table.
async fn counts(server: &Server, name: &str) -> Vec<i64> {
    let mut connection = server.database().await;
    let mut counts = Vec::new();
    for (table, column) in
        TABLES
            .into_iter()
            .zip(["user_agent", "idempotency_key", "user_agent", "id"])
    {
        let sql = format!("SELECT COUNT(*) FROM {table} WHERE {column} LIKE '{name}%'");
        let count = query_scalar(AssertSqlSafe(sql)).fetch_one(&mut connection);
        counts.push(count.await.expect(table));
    }
    counts
}

#[tokio::test]
async fn everything_that_has_expired_is_deleted_and_nothing_else() {
    let server = Server::start().await;
    let ada = User::register(&server).await;
    add(&server, &ada, "old", 250, HOUR).await;
    add(&server, &ada, "young", 3, -HOUR).await;
    for table in TABLES {
        server.run_job(&format!("expire_{table}")).await;
    }
    until("all that is old is gone", || async {
        counts(&server, "old").await == [0; 4]
    })
    .await;
    assert_eq!(counts(&server, "young").await, [3; 4]);
    assert_eq!(ada.on(&server).me_status().await, 200);
    assert!(!server.log().contains("event=error"), "{}", server.log());
}

#[tokio::test]
async fn no_request_deletes_expired_rows() {
    let server = Server::start().await;
    let (ada, bob) = (User::register(&server).await, User::register(&server).await);
    let mut connection = server.database().await;
    for table in TABLES {
        on_delete(&mut connection, table, OnDelete::Refuse).await;
    }
    connection.close().await.expect("closed");
    add(&server, &bob, "old", 3, HOUR).await;
    let ada = ada.again(&server).await;
    let task = json!({ "title": "Now" });
    let keyed = ada.post("/api/v1/tasks", &task);
    keyed.header("idempotency-key", "new").is(201).await;
    let guess = json!({ "email": email(), "password": "a wrong Guess 4711" });
    let login = server.post("/api/v1/auth/login").json(&guess);
    login.fails(401).await;
    assert_eq!(counts(&server, "old").await, [3; 4]);
    // Expired rows do not count, either.
    let sessions = bob.get("/api/v1/sessions").gives(200).await;
    assert_eq!(sessions["items"].as_array().map(Vec::len), Some(1));
    let events = bob.get("/api/v1/security-events").gives(200).await;
    assert_eq!(events["items"].as_array().map(Vec::len), Some(1));
}

#[tokio::test]
#[cfg_attr(windows, ignore = "only Unix can ask a process to end")]
async fn deleted_text_is_overwritten_in_the_file() {
    if Engine::chosen() != Engine::Sqlite {
        // A database server reuses the space on its own schedule.
        return;
    }
    let mut server = Server::start().await;
    let ada = User::register(&server).await;
    let secret = "zanzibar quokka";
    let task = json!({ "title": secret, "description": format!("{secret} ").repeat(2_000) });
    let made = ada.post("/api/v1/tasks", &task);
    let made = made.header("idempotency-key", "once").gives(201).await;
    let path = format!("/api/v1/tasks/{}", made["id"].as_str().expect("an id"));
    ada.delete(&path).is(204).await;
    ada.delete("/api/v1/trash").is(204).await;
    let mut connection = server.database().await;
    let sql = format!("UPDATE idempotency_keys SET created_at = created_at - {DAY}");
    run(&mut connection, sql).await;
    // The id of an entry of the change log begins with its time.
    let sql = "UPDATE changes SET id = '00000000-0000-7000-8000-000000000000'";
    run(&mut connection, sql.to_owned()).await;
    connection.close().await.expect("closed");
    for (job, table) in [
        ("expire_idempotency_keys", "idempotency_keys"),
        ("expire_changes", "changes"),
    ] {
        server.run_job(job).await;
        until("what has expired is gone", || async {
            let mut connection = server.database().await;
            let sql = AssertSqlSafe(format!("SELECT COUNT(*) FROM {table}"));
            let count = query_scalar::<_, i64>(sql).fetch_one(&mut connection);
            let count = count.await.expect("a count");
            connection.close().await.expect("closed");
            count == 0
        })
        .await;
    }
    assert!(server.stop().success());
    for name in ["docket.db", "docket.db-wal"] {
        let bytes = std::fs::read(server.data_dir().join(name)).unwrap_or_default();
        let found = bytes
            .windows(secret.len())
            .filter(|window| *window == secret.as_bytes());
        assert_eq!(found.count(), 0, "{name}");
    }
}

#[tokio::test]
async fn the_change_log_of_a_deleted_account_is_deleted() {
    let server = Server::start().await;
    let (ada, bob) = (User::register(&server).await, User::register(&server).await);
    for user in [&ada, &bob] {
        for number in 0..120 {
            let task = user.add_task(&format!("Task {number}")).await;
            let path = format!("/api/v1/tasks/{}", task["id"].as_str().expect("an id"));
            user.delete(&path).is(204).await;
        }
    }
    let counts = || async {
        let mut connection = server.database().await;
        let mut counts = Vec::new();
        for table in ["changes", "erased_projects"] {
            let sql = AssertSqlSafe(format!("SELECT COUNT(*) FROM {table}"));
            let count = query_scalar::<_, i64>(sql).fetch_one(&mut connection);
            counts.push(count.await.expect("a count"));
        }
        connection.close().await.expect("closed");
        counts
    };
    assert_eq!(counts().await, [240, 0]);
    let password = json!({ "password": ada.password });
    let me = ada.request(reqwest::Method::DELETE, "/api/v1/me");
    me.json(&password).is(204).await;
    server.run_job("erase_changes").await;
    until("the entries of the account are gone", || async {
        counts().await == [120, 0]
    })
    .await;
    assert!(!server.log().contains("event=error"), "{}", server.log());
}
