//! Background jobs: one table and leases, so that each job runs on one node at a time.

use std::collections::HashMap;
use std::time::{SystemTime, UNIX_EPOCH};

use sqlx::{AssertSqlSafe, Connection, Executor, Row, query, raw_sql};

use crate::support::{Engine, OnDelete, Server, TestDatabase, User, jwt, on_delete, until};

const SESSIONS: &str = "expire_sessions";
const LIMITS: &str = "expire_rate_limits";

/// Name of the simulated other node.
const OTHER: &str = "other";

const SECOND: i64 = 1_000_000;
const DAY: i64 = 24 * 3_600 * SECOND;

/// A row of the table.
#[derive(Clone, Debug)]
struct Job {
    next_run_at: i64,
    leased_by: String,
    leased_until: i64,
    failures: i64,
    last_run_at: Option<i64>,
}

async fn run(server: &Server, sql: &str) {
    let mut connection = server.database().await;
    let done = connection
        .execute(raw_sql(AssertSqlSafe(sql.to_owned())))
        .await;
    done.unwrap_or_else(|error| panic!("{sql}: {error}"));
    connection.close().await.expect("closed");
}

async fn jobs(server: &Server) -> HashMap<String, Job> {
    let mut connection = server.database().await;
    let rows = query("SELECT * FROM jobs").fetch_all(&mut connection).await;
    connection.close().await.expect("closed");
    let rows = rows.expect("the jobs");
    rows.iter()
        .map(|row| {
            let job = Job {
                next_run_at: row.get("next_run_at"),
                leased_by: row.get("leased_by"),
                leased_until: row.get("leased_until"),
                failures: row.get("failures"),
                last_run_at: row.get("last_run_at"),
            };
            (row.get("name"), job)
        })
        .collect()
}

async fn job(server: &Server, name: &str) -> Job {
    jobs(server).await.remove(name).expect(name)
}

/// Starts a server and waits until its jobs have run. Returns the time of the last run.
async fn idle() -> (Server, i64) {
    let server = Server::with(&[("DOCKET_LOG_FORMAT", "json")]).await;
    let last = have_run(&server).await;
    (server, last)
}

/// Waits until all jobs have run. Returns the time of the last run.
async fn have_run(server: &Server) -> i64 {
    until("all jobs have run", || async {
        let jobs = jobs(server).await;
        jobs.len() == 8 && jobs.values().all(|job| job.last_run_at.is_some())
    })
    .await;
    let jobs = jobs(server).await;
    let last = jobs.values().filter_map(|job| job.last_run_at).max();
    last.expect("a run")
}

/// Waits until a job has run after `instant`. Returns the time of the run.
async fn ran_after(server: &Server, name: &str, instant: i64) -> i64 {
    until("the job has run", || async {
        job(server, name).await.last_run_at > Some(instant)
    })
    .await;
    job(server, name).await.last_run_at.expect("a run")
}

/// Gives the lease of a job to the other node.
async fn lease(server: &Server, next_run_at: i64, leased_until: i64) {
    let sql = format!(
        "UPDATE jobs SET next_run_at = {next_run_at}, leased_by = '{OTHER}',
             leased_until = {leased_until}
         WHERE name = '{LIMITS}'"
    );
    run(server, &sql).await;
}

fn now() -> i64 {
    let now = SystemTime::now().duration_since(UNIX_EPOCH);
    let now = now.expect("a clock").as_micros();
    i64::try_from(now).expect("an instant")
}

async fn count(server: &Server, sql: &str) -> i64 {
    let mut connection = server.database().await;
    let row = query(AssertSqlSafe(sql.to_owned())).fetch_one(&mut connection);
    let count = row.await.expect("a count").get("count");
    connection.close().await.expect("closed");
    count
}

async fn old_limits(server: &Server) -> i64 {
    let sql = "SELECT COUNT(*) AS count FROM rate_limits WHERE id LIKE 'old%'";
    count(server, sql).await
}

async fn add_old_limits(server: &Server, count: usize) {
    let rows: Vec<_> = (0..count).map(|row| format!("('old {row}', 1)")).collect();
    let sql = format!("INSERT INTO rate_limits VALUES {}", rows.join(", "));
    run(server, &sql).await;
}

#[tokio::test]
async fn a_job_that_has_run_waits_without_a_lease() {
    let (server, _) = idle().await;
    for (name, job) in jobs(&server).await {
        assert_eq!((job.leased_until, job.failures), (0, 0), "{name}");
        let last = job.last_run_at.expect("a run");
        assert_eq!(job.next_run_at - last, 60 * SECOND, "{name}");
        assert_eq!(job.leased_by.len(), 36, "{name}: {}", job.leased_by);
    }
}

#[tokio::test]
async fn a_lease_is_respected_until_it_expires() {
    let (server, mut last) = idle().await;
    run(&server, "INSERT INTO rate_limits VALUES ('old', 1)").await;
    let end = last + 50 * SECOND;
    lease(&server, 1, end).await;
    // The scheduler runs two rounds without it.
    for _ in 0..2 {
        server.run_job(SESSIONS).await;
        last = ran_after(&server, SESSIONS, last).await;
    }
    let (held, old) = (job(&server, LIMITS).await, old_limits(&server).await);
    if now() < end {
        assert_eq!((&*held.leased_by, old), (OTHER, 1));
    }
    // The other node was killed, so its lease is not renewed.
    let end = now() + 2 * SECOND;
    lease(&server, 1, end).await;
    assert!(ran_after(&server, LIMITS, last).await > end);
    assert_ne!(job(&server, LIMITS).await.leased_by, OTHER);
    assert_eq!(old_limits(&server).await, 0);
}

#[tokio::test]
async fn instants_of_a_clock_that_was_ahead_stop_no_job() {
    let (server, last) = idle().await;
    for (next_run_at, leased_until) in [(last + DAY, 0), (1, last + DAY)] {
        lease(&server, next_run_at, leased_until).await;
        until("the job has run", || async {
            let job = job(&server, LIMITS).await;
            job.leased_by != OTHER && job.leased_until == 0
        })
        .await;
        assert!(job(&server, LIMITS).await.next_run_at < last + DAY);
    }
}

#[tokio::test]
async fn a_job_that_fails_is_logged_and_tried_again_and_others_go_on() {
    let (server, last) = idle().await;
    User::register(&server).await;
    let mut connection = server.database().await;
    on_delete(&mut connection, "sessions", OnDelete::Refuse).await;
    connection.close().await.expect("closed");
    run(&server, "UPDATE sessions SET expires_at = 1").await;
    run(&server, "INSERT INTO rate_limits VALUES ('old', 1)").await;
    server.run_job(SESSIONS).await;
    ran_after(&server, SESSIONS, last).await;
    let failed = job(&server, SESSIONS).await;
    assert!(failed.failures > 0, "{failed:?}");
    assert_eq!(failed.leased_until, 0);
    let wait = failed.next_run_at - failed.last_run_at.expect("a run");
    assert!((5 * SECOND..=60 * SECOND).contains(&wait), "{failed:?}");
    until("it is logged", || async {
        server.log().contains("a job failed")
    })
    .await;
    let log = server.log();
    let line = log.lines().find(|line| line.contains("a job failed"));
    let line = line.expect("a line of the log");
    assert!(line.contains("\"job\":\"expire_sessions\""), "{line}");
    assert!(line.contains("\"level\":\"error\""), "{line}");

    server.run_job(LIMITS).await;
    ran_after(&server, LIMITS, last).await;
    assert_eq!(old_limits(&server).await, 0);

    let mended = format!("UPDATE sessions SET expires_at = {}", last + DAY);
    run(&server, &mended).await;
    until("it runs again by itself", || async {
        job(&server, SESSIONS).await.failures == 0
    })
    .await;
}

#[tokio::test]
async fn a_stopping_server_releases_its_lease() {
    let (mut server, last) = idle().await;
    add_old_limits(&server, 20_000).await;
    server.run_job(LIMITS).await;
    until("it has begun", || async {
        old_limits(&server).await < 20_000
    })
    .await;
    assert!(server.stop().success());
    let job = job(&server, LIMITS).await;
    assert_eq!(job.leased_until, 0);
    assert!(job.last_run_at > Some(last));
    if old_limits(&server).await > 0 {
        // Another node can continue at once.
        assert_eq!(Some(job.next_run_at), job.last_run_at);
    }
}

/// Slows down deletions, and records each lease of a job that a node takes.
async fn watch(server: &Server) {
    run(
        server,
        "CREATE TABLE leases (name VARCHAR(64), node VARCHAR(36))",
    )
    .await;
    let taken = "INSERT INTO leases SELECT NEW.name, NEW.leased_by";
    // Excludes a lease renewed by the same node.
    let lease = "NEW.leased_until > OLD.leased_until
                 AND (OLD.leased_until = 0 OR NEW.leased_by <> OLD.leased_by)";
    for sql in match Engine::chosen() {
        Engine::Mysql => vec![
            format!(
                "CREATE TRIGGER taken AFTER UPDATE ON jobs FOR EACH ROW
                 {taken} FROM DUAL WHERE {lease}"
            ),
            "CREATE TRIGGER slow BEFORE DELETE ON rate_limits FOR EACH ROW DO SLEEP(0.002)".into(),
        ],
        _ => vec![
            format!(
                "CREATE FUNCTION taken() RETURNS trigger LANGUAGE plpgsql AS
                     $$ BEGIN {taken}; RETURN NEW; END $$;
                 CREATE TRIGGER taken AFTER UPDATE ON jobs FOR EACH ROW
                     WHEN ({lease}) EXECUTE FUNCTION taken()"
            ),
            "CREATE FUNCTION slow() RETURNS trigger LANGUAGE plpgsql AS
                 $$ BEGIN PERFORM pg_sleep(0.002); RETURN OLD; END $$;
             CREATE TRIGGER slow BEFORE DELETE ON rate_limits FOR EACH ROW
                 EXECUTE FUNCTION slow()"
                .into(),
        ],
    } {
        run(server, &sql).await;
    }
}

#[tokio::test]
async fn of_two_nodes_one_runs_a_job_in_each_period() {
    // A SQLite file belongs to one node.
    let Some(database) = TestDatabase::create().await else {
        return;
    };
    let keys = jwt::entry("shared", &jwt::key(1));
    let settings = [("DOCKET_JWT_KEYS", keys.as_str())];
    let node = Server::on(&database.url(), &settings).await;
    let other = Server::on(&database.url(), &settings).await;
    let mut last = have_run(&node).await;
    watch(&node).await;
    for round in 1..=3 {
        // The other node polls the table more than once during the deletions.
        add_old_limits(&node, 2_000).await;
        node.run_job(LIMITS).await;
        last = ran_after(&node, LIMITS, last).await;
        assert_eq!(old_limits(&node).await, 0);
        let leases = format!("SELECT COUNT(*) AS count FROM leases WHERE name = '{LIMITS}'");
        let log = [node.log(), other.log()].concat();
        // A step that fails is retried.
        assert!(!log.contains("event=error"), "{log}");
        assert_eq!(count(&node, &leases).await, round, "{log}");
    }
}
