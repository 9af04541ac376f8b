//! SQLite connections with a deadline for each statement, enforced by SQLite's progress handler.
//! `sqlx::Any` does not expose the handler, so these connections use the SQLite driver directly.

use std::fmt;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

use deadpool::managed::{self, Metrics, RecycleResult};
use sqlx::any::AnyConnectOptions;
use sqlx::sqlite::{Sqlite, SqliteConnectOptions};
use sqlx::{ConnectOptions, Connection, Error, Executor, SqliteConnection, raw_sql};

use super::rows::values_of;
use super::{Engine, Row, Sql};

/// Number of virtual machine instructions between checks of the clock. It is small because one
/// instruction can be a function call on a long text.
const INSTRUCTIONS: i32 = 100;

/// A pool of connections to one file.
pub(super) type SqlitePool = managed::Pool<SqliteFile>;

/// A connection in use. Dropping it returns it to its pool.
pub(super) type Pooled = managed::Object<SqliteFile>;

/// Connects a pool to a database file.
pub(super) struct SqliteFile {
    options: SqliteConnectOptions,
}

/// A connection and the deadline of its current statement.
pub(super) struct SqliteHandle {
    connection: SqliteConnection,
    deadline: Arc<Deadline>,
}

/// The instant at which SQLite interrupts the current statement.
struct Deadline {
    start: Instant,
    /// In microseconds after `start`. [`NEVER`] if no statement is running.
    microseconds: AtomicU64,
}

const NEVER: u64 = u64::MAX;

/// Interrupts the statement when its caller is cancelled.
struct Running<'d> {
    deadline: &'d Deadline,
    finished: bool,
}

impl SqliteFile {
    /// Returns the file of a `sqlite:` URL.
    pub(super) fn of(options: &AnyConnectOptions) -> Result<SqliteFile, Error> {
        Ok(SqliteFile {
            options: SqliteConnectOptions::try_from(options)?,
        })
    }

    /// Creates a pool of at most `connections`, which are opened on demand. They are neither
    /// closed by age nor tested before use, because a local file has no network failures.
    pub(super) fn pool(self, connections: u32, patience: Duration) -> Result<SqlitePool, Error> {
        SqlitePool::builder(self)
            .max_size(connections as usize)
            .wait_timeout(Some(patience))
            .runtime(deadpool::Runtime::Tokio1)
            .build()
            .map_err(|error| Error::Configuration(error.to_string().into()))
    }
}

impl managed::Manager for SqliteFile {
    type Type = SqliteHandle;
    type Error = Error;

    async fn create(&self) -> Result<SqliteHandle, Error> {
        let mut connection = self.options.connect().await?;
        for statement in Engine::Sqlite.setup() {
            connection.execute(raw_sql(*statement)).await?;
        }
        let deadline = Arc::new(Deadline {
            start: Instant::now(),
            microseconds: AtomicU64::new(NEVER),
        });
        let seen = deadline.clone();
        connection
            .lock_handle()
            .await?
            .set_progress_handler(INSTRUCTIONS, move || !seen.has_passed());
        Ok(SqliteHandle {
            connection,
            deadline,
        })
    }

    async fn recycle(&self, _: &mut SqliteHandle, _: &Metrics) -> RecycleResult<Error> {
        Ok(())
    }
}

impl SqliteHandle {
    /// Runs a statement and returns the number of rows that it changed.
    ///
    /// # Errors
    /// `SQLITE_INTERRUPT` if it takes longer than `limit`.
    pub(super) async fn run(
        &mut self,
        sql: Sql,
        prepared: bool,
        limit: Duration,
    ) -> Result<u64, Error> {
        let query = sql.query::<Sqlite>(Engine::Sqlite).persistent(prepared);
        let running = self.deadline.begin(limit);
        let result = query.execute(&mut self.connection).await;
        running.finish();
        Ok(result?.rows_affected())
    }

    /// Returns all rows of a statement.
    ///
    /// # Errors
    /// `SQLITE_INTERRUPT` if it takes longer than `limit`.
    pub(super) async fn fetch_rows(
        &mut self,
        sql: Sql,
        prepared: bool,
        limit: Duration,
    ) -> Result<Vec<Row>, Error> {
        let query = sql.query::<Sqlite>(Engine::Sqlite).persistent(prepared);
        let running = self.deadline.begin(limit);
        let rows = query.fetch_all(&mut self.connection).await;
        running.finish();
        rows?.iter().map(values_of).collect()
    }

    /// Executes statements without values.
    ///
    /// # Errors
    /// `SQLITE_INTERRUPT` if they take longer than `limit`.
    pub(super) async fn execute(
        &mut self,
        statements: &'static str,
        limit: Duration,
    ) -> Result<(), Error> {
        let running = self.deadline.begin(limit);
        let result = self.connection.execute(raw_sql(statements)).await;
        running.finish();
        result.map(drop)
    }

    /// Closes the connection.
    pub(super) async fn close(self) -> Result<(), Error> {
        self.connection.close().await
    }
}

impl fmt::Debug for SqliteHandle {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("SqliteHandle")
    }
}

impl Deadline {
    fn begin(&self, limit: Duration) -> Running<'_> {
        self.set(self.start.elapsed() + limit);
        Running {
            deadline: self,
            finished: false,
        }
    }

    fn set(&self, instant: Duration) {
        let microseconds = u64::try_from(instant.as_micros()).unwrap_or(NEVER);
        self.microseconds.store(microseconds, Ordering::Relaxed);
    }

    fn has_passed(&self) -> bool {
        let deadline = self.microseconds.load(Ordering::Relaxed);
        deadline != NEVER && self.start.elapsed().as_micros() > u128::from(deadline)
    }
}

impl Running<'_> {
    fn finish(mut self) {
        self.finished = true;
    }
}

impl Drop for Running<'_> {
    fn drop(&mut self) {
        // The caller has been cancelled, so the statement is interrupted immediately.
        let instant = if self.finished {
            Duration::MAX
        } else {
            Duration::ZERO
        };
        self.deadline.set(instant);
    }
}

#[cfg(test)]
mod tests {
    use rocket::tokio::test;
    use tempfile::TempDir;

    use crate::db::{Pool, Sql};

    /// A query that does not terminate.
    const COUNT: &str =
        "WITH RECURSIVE numbers (n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM numbers)
                         SELECT COUNT(*) AS there FROM numbers";

    async fn is_readable(pool: &Pool) {
        let read = pool.fetch_value::<i64>(Sql::new("SELECT COUNT(*) FROM users"));
        assert_eq!(read.await.expect("a reader"), Some(0));
    }

    #[test]
    async fn a_statement_ends_at_its_deadline_and_frees_its_connection() {
        let directory = TempDir::new().expect("a directory");
        let pool = Pool::in_directory(&directory).await;
        let count = || pool.fetch_value::<i64>(Sql::new(COUNT));
        let (first, second) = rocket::tokio::join!(count(), count());
        for result in [first, second] {
            let error = result.expect_err("no end");
            assert_eq!(error.status(), 503, "{error}");
            assert!(error.to_string().contains("interrupted"), "{error}");
        }
        is_readable(&pool).await;
    }

    #[test]
    async fn a_statement_that_nobody_waits_for_ends_at_once() {
        let directory = TempDir::new().expect("a directory");
        let pool = Pool::in_directory(&directory).await;
        let mut slow = Box::pin(pool.fetch_value::<i64>(Sql::new(COUNT)));
        let waited = rocket::tokio::time::timeout(std::time::Duration::from_millis(50), &mut slow);
        assert!(waited.await.is_err(), "it has no end");
        drop(slow);
        is_readable(&pool).await;
        pool.close().await;
    }

    #[test]
    async fn a_write_that_is_interrupted_leaves_nothing_and_holds_up_nobody() {
        let directory = TempDir::new().expect("a directory");
        let pool = Pool::in_directory(&directory).await;
        let mut transaction = pool.begin().await.expect("a turn");
        let insert = Sql::new("INSERT INTO rate_limits (id, whole_at) SELECT 'one', there FROM (")
            .push(COUNT)
            .push(")");
        let error = transaction.run(insert).await.expect_err("no end");
        assert_eq!(error.status(), 503, "{error}");
        drop(transaction);
        let mut transaction = pool.begin().await.expect("a turn");
        let insert = Sql::new("INSERT INTO rate_limits (id, whole_at) VALUES ('two', 2)");
        transaction.run(insert).await.expect("done");
        transaction.commit().await.expect("kept");
        let count = pool.fetch_value::<i64>(Sql::new("SELECT COUNT(*) FROM rate_limits"));
        assert_eq!(count.await.expect("a count"), Some(1));
    }
}
