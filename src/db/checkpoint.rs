//! Checkpoints of SQLite's write-ahead log on a connection of their own. They copy pages to the
//! database while the writer continues. If all were left to the commit that fills the log, all
//! writers would wait for it.

use std::time::Duration;

use rocket::tokio::spawn;
use rocket::tokio::sync::mpsc;
use rocket::tokio::task::JoinHandle;
use rocket::tokio::time::sleep;
use sqlx::Error;

use super::handle::{Handle, Limit, Source};
use super::{Sql, Value, failure};

/// Pages in the log from which a checkpoint is worth its disk syncs.
const PAGES: i64 = 1_000;

/// Time in which further commits share a look at the log.
const PAUSE: Duration = Duration::from_millis(20);

/// Returns how many pages the log has, and how many of them are in the database (SQLite 3.51).
const LOOK: &str = "PRAGMA wal_checkpoint(NOOP)";

/// Copies the pages of finished transactions. Waits for nobody, and nobody waits for it.
const COPY: &str = "PRAGMA wal_checkpoint(PASSIVE)";

/// The task that makes checkpoints.
pub(super) struct Checkpoints {
    committed: mpsc::Sender<()>,
    task: JoinHandle<()>,
}

impl Checkpoints {
    /// Starts the task with a connection from the pool.
    pub(super) fn start(source: Source) -> Checkpoints {
        let (committed, commits) = mpsc::channel(1);
        let task = spawn(serve(source, commits));
        Checkpoints { committed, task }
    }

    /// Says that the log has grown.
    pub(super) fn committed(&self) {
        // A message that waits stands for all commits since.
        let _ = self.committed.try_send(());
    }

    /// Waits for the checkpoint in progress and closes the connection.
    pub(super) async fn close(self) {
        drop(self.committed);
        // A panic of the task has been reported.
        let _ = self.task.await;
    }
}

async fn serve(source: Source, mut commits: mpsc::Receiver<()>) {
    let mut connection = None;
    while commits.recv().await.is_some() {
        sleep(PAUSE).await;
        if let Err(error) = check(&source, &mut connection).await {
            // The writer makes a checkpoint when the log is full.
            tracing::warn!("a checkpoint failed: {}", failure::message(&error));
            connection = None;
        }
    }
    drop(connection);
    source.close().await;
}

/// Makes a checkpoint if the log is long. Opens the connection if there is none.
async fn check(source: &Source, connection: &mut Option<Handle>) -> Result<(), Error> {
    let open = match connection {
        Some(open) => open,
        None => connection.insert(source.acquire().await?),
    };
    if pages_left(open, LOOK).await? >= PAGES {
        pages_left(open, COPY).await?;
    }
    Ok(())
}

/// Runs a checkpoint. Returns the number of pages that are only in the log.
async fn pages_left(connection: &mut Handle, statement: &'static str) -> Result<i64, Error> {
    let limit = Limit::Long.duration();
    let rows = connection
        .fetch_rows(Sql::new(statement), true, limit)
        .await?;
    let number = |column: usize| match rows.first().and_then(|row| row.get(column)) {
        Some(Value::Integer(number)) => *number,
        _ => 0,
    };
    Ok(number(1) - number(2))
}

#[cfg(test)]
mod tests {
    use std::time::Instant;

    use rocket::tokio::test;
    use tempfile::TempDir;

    use super::*;
    use crate::db::Pool;

    #[test]
    async fn pages_reach_the_database_before_the_log_is_full() {
        let directory = TempDir::new().expect("a directory");
        let pool = Pool::in_directory(&directory).await;
        let mut transaction = pool.begin().await.expect("a turn");
        for statement in [
            "CREATE TABLE pages (content BLOB NOT NULL) STRICT",
            "WITH RECURSIVE numbers (number) AS
                (SELECT 1 UNION ALL SELECT number + 1 FROM numbers WHERE number < 1500)
             INSERT INTO pages (content) SELECT randomblob(4000) FROM numbers",
        ] {
            transaction.run(Sql::new(statement)).await.expect("done");
        }
        transaction.commit().await.expect("kept");
        let begun = Instant::now();
        loop {
            let rows = pool.reader().fetch_rows(Sql::new(LOOK)).await;
            let rows = rows.expect("the size of the log");
            let [_, Value::Integer(log), Value::Integer(copied)] = rows[0][..] else {
                panic!("{rows:?}");
            };
            if log > PAGES && copied == log {
                break;
            }
            assert!(begun.elapsed().as_secs() < 60, "{copied} of {log} pages");
            sleep(PAUSE).await;
        }
        pool.close().await;
        let log = directory.path().join("docket.db-wal");
        assert!(!log.exists(), "a closed database has no log");
    }
}
