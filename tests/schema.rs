//! The schema: the same on every engine, and migrated exactly once under concurrency.

use sqlx::{AnyConnection, AssertSqlSafe, Executor, Row, query, raw_sql};
use tempfile::TempDir;

use crate::support::{EmptyDatabase, Engine, Ran, Server, User, connect, docket, together};

fn migrate(empty: &EmptyDatabase) -> Ran {
    docket(empty.home(), &["migrate"])
        .env("DOCKET_DATABASE_URL", &empty.url())
        .output()
}

/// Returns one-column queries that describe the tables in the same words on every engine.
fn catalogue(engine: Engine) -> [&'static str; 3] {
    match engine {
        Engine::Sqlite => [
            "SELECT m.name || '.' || c.name || ' ' || lower(c.type)
                 || CASE WHEN c.\"notnull\" THEN '' ELSE ' null' END AS line
             FROM sqlite_schema m JOIN pragma_table_info(m.name) c
             WHERE m.type = 'table' AND m.name <> '_sqlx_migrations'",
            "SELECT m.name || CASE WHEN l.origin = 'pk' THEN ' key ' WHEN l.\"unique\"
                 THEN ' unique ' ELSE ' index ' || l.name || ' ' END
                 || (SELECT group_concat(name, ',') FROM pragma_index_info(l.name)) AS line
             FROM sqlite_schema m JOIN pragma_index_list(m.name) l
             WHERE m.type = 'table' AND m.name <> '_sqlx_migrations'
             UNION ALL
             SELECT m.name || ' key ' || c.name FROM sqlite_schema m
             JOIN pragma_table_info(m.name) c
             WHERE m.type = 'table' AND m.name <> '_sqlx_migrations' AND c.pk = 1
                 AND NOT EXISTS (SELECT 1 FROM pragma_index_list(m.name) WHERE origin = 'pk')",
            "SELECT m.name || '.' || f.\"from\" || ' -> ' || f.\"table\" || ' on delete '
                 || lower(f.on_delete) AS line
             FROM sqlite_schema m JOIN pragma_foreign_key_list(m.name) f",
        ],
        Engine::Postgres => [
            "SELECT table_name || '.' || column_name || ' '
                 || CASE data_type WHEN 'bigint' THEN 'integer' ELSE data_type END
                 || CASE is_nullable WHEN 'NO' THEN '' ELSE ' null' END AS line
             FROM information_schema.columns
             WHERE table_schema = 'public' AND table_name <> '_sqlx_migrations'",
            "SELECT t.relname || CASE WHEN i.indisprimary THEN ' key ' WHEN i.indisunique
                 THEN ' unique ' ELSE ' index ' || x.relname || ' ' END
                 || (SELECT string_agg(a.attname, ',' ORDER BY k.place)
                     FROM unnest(i.indkey) WITH ORDINALITY AS k (number, place)
                     JOIN pg_attribute a ON a.attrelid = t.oid AND a.attnum = k.number) AS line
             FROM pg_index i JOIN pg_class t ON t.oid = i.indrelid
             JOIN pg_class x ON x.oid = i.indexrelid
             WHERE t.relnamespace = 'public'::regnamespace AND t.relname <> '_sqlx_migrations'",
            "SELECT t.relname || '.' || a.attname || ' -> ' || r.relname || ' on delete '
                 || CASE c.confdeltype WHEN 'c' THEN 'cascade' ELSE 'other' END AS line
             FROM pg_constraint c JOIN pg_class t ON t.oid = c.conrelid
             JOIN pg_class r ON r.oid = c.confrelid
             JOIN pg_attribute a ON a.attrelid = t.oid AND a.attnum = c.conkey[1]
             WHERE c.contype = 'f'",
        ],
        Engine::Mysql => [
            "SELECT CAST(CONCAT(table_name, '.', column_name, ' ',
                 IF(data_type = 'bigint', 'integer', 'text'),
                 IF(is_nullable = 'NO', '', ' null')) AS CHAR) AS line
             FROM information_schema.columns
             WHERE table_schema = DATABASE() AND table_name <> '_sqlx_migrations'
                 AND COALESCE(generation_expression, '') = ''",
            "SELECT CAST(CONCAT(table_name, CASE WHEN index_name = 'PRIMARY' THEN ' key '
                 WHEN non_unique = 0 THEN ' unique ' ELSE CONCAT(' index ', index_name, ' ') END,
                 GROUP_CONCAT(column_name ORDER BY seq_in_index)) AS CHAR) AS line
             FROM information_schema.statistics
             WHERE table_schema = DATABASE() AND table_name <> '_sqlx_migrations'
             GROUP BY table_name, index_name, non_unique",
            "SELECT CAST(CONCAT(k.table_name, '.', k.column_name, ' -> ', r.referenced_table_name,
                 ' on delete ', LOWER(r.delete_rule)) AS CHAR) AS line
             FROM information_schema.referential_constraints r
             JOIN information_schema.key_column_usage k
                 ON k.constraint_schema = r.constraint_schema
                 AND k.constraint_name = r.constraint_name AND k.table_name = r.table_name
             WHERE r.constraint_schema = DATABASE()",
        ],
    }
}

/// Describes the database: columns, keys, indexes and references, sorted.
async fn described(engine: Engine, url: &str) -> Vec<String> {
    let mut connection = connect(url).await;
    let mut lines = Vec::new();
    for sql in catalogue(engine) {
        let rows = query(sql)
            .fetch_all(&mut connection)
            .await
            .expect("the catalogue");
        assert!(!rows.is_empty(), "{sql}");
        lines.extend(rows.iter().map(|row| row.get::<String, _>("line")));
    }
    // The indexes of open and of completed tasks, and of times in zones, are partial, which MySQL's
    // cannot be.
    let partial = [
        "tasks index tasks_open ",
        "tasks index tasks_moved ",
        "tasks index tasks_due ",
        "tasks index tasks_deadline ",
        "tasks index tasks_priority ",
        "tasks index tasks_title ",
        "tasks index tasks_completed ",
        "tasks index tasks_by_parent ",
        "tasks index tasks_by_section ",
        "tasks index tasks_by_version ",
        "tasks index tasks_open_by_version ",
        "tasks index tasks_done_",
        "task_labels index task_labels_open ",
        "task_days index task_days_zoned ",
        "tombstones index tombstones_in_trash ",
    ];
    lines.retain(|line| !partial.iter().any(|start| line.starts_with(start)));
    lines.sort();
    lines
}

async fn run(connection: &mut AnyConnection, sql: &str) {
    connection
        .execute(raw_sql(AssertSqlSafe(sql.to_owned())))
        .await
        .unwrap_or_else(|error| panic!("{sql}: {error}"));
}

async fn applied(connection: &mut AnyConnection) -> i64 {
    query("SELECT COUNT(*) AS applied FROM _sqlx_migrations")
        .fetch_one(connection)
        .await
        .expect("the migrations")
        .get("applied")
}

#[tokio::test]
async fn every_engine_has_the_tables_of_sqlite() {
    let home = TempDir::new().expect("a directory");
    docket(home.path(), &["migrate"]).output().exits(0);
    let file = format!("sqlite:{}", home.path().join("data/docket.db").display());
    let expected = described(Engine::Sqlite, &file).await;
    assert!(expected.contains(&"tasks.completed_at integer null".to_owned()));
    assert!(expected.contains(&"tasks.project_id -> projects on delete cascade".to_owned()));
    let empty = EmptyDatabase::create().await;
    migrate(&empty).exits(0);
    assert_eq!(described(Engine::chosen(), &empty.url()).await, expected);
}

#[tokio::test]
async fn a_start_on_a_schema_that_is_there_says_nothing() {
    let mut server = Server::start().await;
    // An empty database beside keys of an earlier start causes a warning.
    User::register(&server).await;
    server.restart().await;
    assert_eq!(server.log(), "");
}

#[tokio::test]
async fn nodes_that_start_together_migrate_once() {
    for _ in 0..3 {
        let empty = std::sync::Arc::new(EmptyDatabase::create().await);
        let nodes = (0..4).map(|_| {
            let empty = empty.clone();
            async move { tokio::task::spawn_blocking(move || migrate(&empty)).await }
        });
        for ran in together(nodes).await {
            ran.expect("the thread").exits(0);
        }
        let mut connection = connect(&empty.url()).await;
        let migrations = std::fs::read_dir("migrations/sqlite").expect("the migrations");
        assert_eq!(applied(&mut connection).await, migrations.count() as i64);
    }
}

#[tokio::test]
async fn a_failed_migration_leaves_nothing_half_done() {
    let empty = EmptyDatabase::create().await;
    if Engine::chosen() == Engine::Sqlite {
        std::fs::write(empty.home().join("docket.db"), "").expect("an empty file");
    }
    let mut connection = connect(&empty.url()).await;
    run(&mut connection, "CREATE TABLE tasks (mine INTEGER)").await;
    for _ in 0..2 {
        let ran = migrate(&empty).exits(1);
        assert!(ran.stderr.starts_with("error: "), "{}", ran.stderr);
    }
    let users = query("SELECT id FROM users").fetch_optional(&mut connection);
    assert!(users.await.is_err(), "tables of a migration that failed");
    query("SELECT mine FROM tasks")
        .fetch_optional(&mut connection)
        .await
        .expect("what was there");
    run(&mut connection, "DROP TABLE tasks").await;
    migrate(&empty).exits(0);
}

#[tokio::test]
async fn an_interrupted_migration_goes_on_where_the_engine_cannot_take_it_back() {
    if Engine::chosen() != Engine::Mysql {
        // On these engines the whole migration is one transaction.
        return;
    }
    let empty = EmptyDatabase::create().await;
    migrate(&empty).exits(0);
    let whole = described(Engine::Mysql, &empty.url()).await;
    let mut connection = connect(&empty.url()).await;
    run(&mut connection, "DROP TABLE sessions").await;
    run(
        &mut connection,
        "DROP INDEX security_events_by_creation ON security_events",
    )
    .await;
    run(
        &mut connection,
        "UPDATE _sqlx_migrations SET success = FALSE WHERE version = 1",
    )
    .await;
    migrate(&empty).exits(0);
    assert_eq!(described(Engine::Mysql, &empty.url()).await, whole);
    migrate(&empty).exits(0);
}

#[tokio::test]
async fn a_schema_of_a_newer_docket_is_left_alone() {
    let mut server = Server::start().await;
    server.stop();
    let mut connection = server.database().await;
    let future = "INSERT INTO _sqlx_migrations
         (version, description, installed_on, success, checksum, execution_time)
         SELECT 9999, description, installed_on, success, checksum, execution_time
         FROM _sqlx_migrations WHERE version = 1";
    run(&mut connection, future).await;
    for arguments in [&["serve"][..], &["migrate"], &["user", "list"]] {
        let ran = server.command(arguments).output().exits(1);
        assert!(
            ran.stderr.contains("newer"),
            "{arguments:?}: {}",
            ran.stderr
        );
        assert!(ran.stderr.contains("9999"), "{arguments:?}: {}", ran.stderr);
    }
}
