use rocket::futures::FutureExt;
use rocket::tokio::task::yield_now;
use rocket::tokio::{join, spawn, test};
use tempfile::TempDir;

use crate::db::{Pool, Sql, Transaction};
use crate::error::Error;

/// Number of repetitions of tests whose outcome depends on timing.
const ROUNDS: usize = 100;

async fn open(directory: &TempDir) -> Pool {
    let pool = Pool::in_directory(directory).await;
    let mut transaction = pool.begin().await.expect("a turn");
    for statement in [
        "CREATE TABLE parent (id INTEGER PRIMARY KEY) STRICT",
        "CREATE TABLE work (
            id INTEGER PRIMARY KEY, text TEXT NOT NULL,
            parent INTEGER REFERENCES parent (id) DEFERRABLE INITIALLY DEFERRED
         ) STRICT",
    ] {
        run(&mut transaction, statement).await.expect("done");
    }
    transaction.commit().await.expect("kept");
    pool
}

async fn run(transaction: &mut Transaction, statement: &'static str) -> Result<(), Error> {
    transaction.run(Sql::new(statement)).await.map(drop)
}

/// Runs a transaction of one statement.
async fn write(pool: &Pool, statement: &'static str) -> Result<(), Error> {
    let mut transaction = pool.begin().await?;
    run(&mut transaction, statement).await?;
    Ok(transaction.commit().await?)
}

async fn count(pool: &Pool) -> i64 {
    let count = pool.fetch_value(Sql::new("SELECT COUNT(*) FROM work"));
    count.await.expect("a count").expect("a row")
}

#[test]
async fn a_commit_that_fails_fails_for_all_that_it_was_for() {
    let directory = TempDir::new().expect("a directory");
    let pool = open(&directory).await;
    let mut failed_together = false;
    for _ in 0..ROUNDS {
        let before = count(&pool).await;
        let first = pool.begin().await.expect("a turn");
        // Both are queued before the first transaction ends.
        let (good, bad, first) = join!(
            write(&pool, "INSERT INTO work (text) VALUES ('good')"),
            write(&pool, "INSERT INTO work (text, parent) VALUES ('bad', 1)"),
            first.commit(),
        );
        bad.expect_err("there is no parent");
        assert_eq!(count(&pool).await, before + i64::from(good.is_ok()));
        if let Err(error) = good {
            assert!(first.is_err(), "it was committed with the other two");
            assert_eq!(error.status(), 500);
            failed_together = true;
            break;
        }
    }
    assert!(failed_together, "they never came into one batch");
    write(&pool, "INSERT INTO work (text) VALUES ('after')")
        .await
        .expect("it goes on");
}

#[test]
async fn what_sqlite_undoes_by_itself_is_acknowledged_to_nobody() {
    let directory = TempDir::new().expect("a directory");
    let pool = open(&directory).await;
    let mut first = pool.begin().await.expect("a turn");
    run(&mut first, "PRAGMA max_page_count = 1000")
        .await
        .expect("a limit");
    first.commit().await.expect("kept");
    let mut failed_together = false;
    for _ in 0..ROUNDS {
        let before = count(&pool).await;
        let first = pool.begin().await.expect("a turn");
        let (small, large, after, first) = join!(
            write(&pool, "INSERT INTO work (text) VALUES ('small')"),
            write(
                &pool,
                "INSERT INTO work (text) VALUES (hex(zeroblob(4000000)))"
            ),
            write(&pool, "INSERT INTO work (text) VALUES ('after')"),
            first.commit(),
        );
        let error = large.expect_err("there is no room");
        assert_eq!(error.status(), 507, "{error}");
        let kept = i64::from(small.is_ok()) + i64::from(after.is_ok());
        assert_eq!(count(&pool).await, before + kept);
        if let Err(error) = small {
            assert_eq!(error.status(), 507, "{error}");
            failed_together = true;
            drop(first);
            break;
        }
    }
    assert!(failed_together, "they never came into one batch");
}

#[test]
async fn one_members_work_is_undone_alone() {
    let directory = TempDir::new().expect("a directory");
    let pool = open(&directory).await;
    let dropped = async {
        let mut transaction = pool.begin().await.expect("a turn");
        run(&mut transaction, "DELETE FROM work")
            .await
            .expect("done");
    };
    let rolled_back = async {
        let mut transaction = pool.begin().await.expect("a turn");
        run(&mut transaction, "DELETE FROM work")
            .await
            .expect("done");
        transaction.rollback().await.expect("undone");
    };
    let refused = async {
        let mut transaction = pool.begin().await.expect("a turn");
        run(
            &mut transaction,
            "INSERT INTO work (id, text) VALUES (9, 'x')",
        )
        .await
        .expect("done");
        run(
            &mut transaction,
            "INSERT INTO work (id, text) VALUES (9, 'x')",
        )
        .await
        .expect_err("there is one");
        transaction.commit().await.expect_err("a part is missing");
    };
    let first = pool.begin().await.expect("a turn");
    let (one, (), two, (), (), three, last) = join!(
        write(&pool, "INSERT INTO work (text) VALUES ('one')"),
        dropped,
        write(&pool, "INSERT INTO work (text) VALUES ('two')"),
        rolled_back,
        refused,
        write(&pool, "INSERT INTO work (text) VALUES ('three')"),
        first.rollback(),
    );
    for written in [one, two, three] {
        written.expect("kept");
    }
    last.expect("undone");
    assert_eq!(count(&pool).await, 3);
}

#[test]
async fn what_may_have_to_be_brought_back_may_be_large() {
    let directory = TempDir::new().expect("a directory");
    let pool = open(&directory).await;
    let rows = "WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 2000)
                INSERT INTO work (id, text) SELECT i, hex(zeroblob(1500)) FROM n";
    write(&pool, rows).await.expect("kept");
    let change = "UPDATE work SET text = 'x' || substr(text, 2)";
    let first = pool.begin().await.expect("a turn");
    let (one, two, first) = join!(write(&pool, change), write(&pool, change), first.commit());
    for changed in [one, two] {
        changed.expect("kept");
    }
    first.expect("kept");
    assert_eq!(count(&pool).await, 2000);
}

#[test]
async fn whoever_no_longer_waits_is_passed_over() {
    let directory = TempDir::new().expect("a directory");
    let pool = open(&directory).await;
    for round in 0..ROUNDS {
        let mut first = pool.begin().await.expect("a turn");
        run(&mut first, "INSERT INTO work (text) VALUES ('first')")
            .await
            .expect("done");
        let mut waiting = Box::pin(pool.begin());
        assert!(waiting.as_mut().now_or_never().is_none());
        let committed = spawn(first.commit());
        // Dropped after a varying time: before and during its turn.
        for _ in 0..10 * round {
            yield_now().await;
        }
        drop(waiting);
        committed.await.expect("no panic").expect("kept");
    }
    let rounds = i64::try_from(ROUNDS).expect("a number");
    assert_eq!(count(&pool).await, rounds);
}

#[test]
async fn closing_waits_for_what_is_under_way() {
    let directory = TempDir::new().expect("a directory");
    let pool = open(&directory).await;
    let mut open = pool.begin().await.expect("a turn");
    run(&mut open, "INSERT INTO work (text) VALUES ('last')")
        .await
        .expect("done");
    let (kept, ()) = join!(open.commit(), pool.close());
    kept.expect("kept");
    assert!(pool.begin().await.is_err());
}
