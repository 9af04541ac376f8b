//! Connections of a pool, of either the SQLite driver or a server's driver.

use std::fmt;
use std::io::ErrorKind;
use std::time::Duration;

use deadpool::managed::{Object, PoolError};
use rocket::tokio::time::timeout;
use sqlx::any::AnyPoolOptions;
use sqlx::pool::PoolConnection;
use sqlx::{Any, AnyConnection, AnyPool, Connection, Error, Executor, raw_sql};

use super::rows::values_of;
use super::sqlite::{Pooled, SqlitePool};
use super::{Engine, Row, Sql};

/// Maximum time that a request waits for a free connection or a write permit.
pub(super) const ACQUIRE_TIMEOUT: Duration = Duration::from_millis(2_000);

/// Time for which the program waits beyond the engine's limit. After the engine's own time-out the
/// connection remains usable, but the engine may hang.
const GRACE: Duration = Duration::from_millis(250);

/// Time for which a connection is known to work after the test at its return to the pool.
const FRESH: Duration = Duration::from_millis(100);

/// Time limit of each statement of a transaction. The engine enforces it.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Limit {
    /// For requests.
    Short,
    /// For operations on all data of an account.
    Long,
}

/// A pool of connections to one database.
#[derive(Clone)]
pub(super) enum Source {
    /// A SQLite file.
    Sqlite(SqlitePool),
    /// A database server.
    Server(Engine, AnyPool),
}

/// A connection in use. Dropping it returns it to its pool.
pub(super) enum Handle {
    /// A connection to a SQLite file.
    Sqlite(Pooled),
    /// A connection to a database server.
    Server(Engine, PoolConnection<Any>),
}

impl Limit {
    /// Returns the time after which the engine ends a statement.
    pub(super) fn duration(self) -> Duration {
        match self {
            Limit::Short => Duration::from_millis(2_250),
            Limit::Long => Duration::from_secs(60),
        }
    }
}

impl Source {
    /// Creates a pool of connections to a server. Each limits the time of statements.
    pub(super) fn server(
        engine: Engine,
        options: sqlx::any::AnyConnectOptions,
        connections: u32,
    ) -> Source {
        let pool = AnyPoolOptions::new()
            .max_connections(connections)
            .acquire_timeout(ACQUIRE_TIMEOUT)
            // A test is a round trip before each statement.
            .test_before_acquire(false)
            .before_acquire(|connection, metadata| {
                Box::pin(async move {
                    if metadata.idle_for < FRESH {
                        return Ok(true);
                    }
                    connection.ping().await.map(|()| true)
                })
            })
            .after_connect(move |connection, _| {
                Box::pin(async move {
                    set_up(engine, connection).await?;
                    connection
                        .execute(raw_sql(engine.prepare_session()))
                        .await?;
                    Ok(())
                })
            });
        Source::Server(engine, pool.connect_lazy_with(options))
    }

    /// Acquires a connection.
    ///
    /// # Errors
    /// [`Error::PoolTimedOut`] if none is free in time.
    pub(super) async fn acquire(&self) -> Result<Handle, Error> {
        Ok(match self {
            Source::Sqlite(pool) => Handle::Sqlite(pool.get().await.map_err(unavailable)?),
            Source::Server(engine, pool) => Handle::Server(*engine, pool.acquire().await?),
        })
    }

    /// Waits until the connections in use are returned, and closes all connections.
    pub(super) async fn close(&self) {
        match self {
            Source::Server(_, pool) => pool.close().await,
            Source::Sqlite(pool) => {
                let mut open = Vec::new();
                while open.len() < pool.status().size {
                    match pool.get().await {
                        Ok(connection) => open.push(connection),
                        Err(_) => break,
                    }
                }
                pool.close();
                for connection in open {
                    // A failure to close the connection cannot be handled.
                    let _ = Object::take(connection).close().await;
                }
            }
        }
    }
}

impl Handle {
    /// Runs a statement and returns the number of rows that it changed. If `prepared`, the
    /// connection may cache the prepared statement.
    ///
    /// # Errors
    /// Errors of the engine, including a time-out after `limit`.
    pub(super) async fn run(
        &mut self,
        sql: Sql,
        prepared: bool,
        limit: Duration,
    ) -> Result<u64, Error> {
        match self {
            Handle::Sqlite(handle) => within(limit, handle.run(sql, prepared, limit)).await,
            Handle::Server(engine, connection) => {
                let query = sql.query::<Any>(*engine).persistent(prepared);
                let result = within(limit, query.execute(&mut **connection)).await;
                Ok(result?.rows_affected())
            }
        }
    }

    /// Returns all rows of a statement. If `prepared`, the connection may cache the prepared
    /// statement.
    ///
    /// # Errors
    /// Errors of the engine, including a time-out after `limit`.
    pub(super) async fn fetch_rows(
        &mut self,
        sql: Sql,
        prepared: bool,
        limit: Duration,
    ) -> Result<Vec<Row>, Error> {
        match self {
            Handle::Sqlite(handle) => within(limit, handle.fetch_rows(sql, prepared, limit)).await,
            Handle::Server(engine, connection) => {
                let query = sql.query::<Any>(*engine).persistent(prepared);
                let rows = within(limit, query.fetch_all(&mut **connection)).await;
                rows?.iter().map(values_of).collect()
            }
        }
    }

    /// Executes statements without values. They are not prepared.
    ///
    /// # Errors
    /// Errors of the engine, including a time-out after `limit`.
    pub(super) async fn execute(
        &mut self,
        statements: &'static str,
        limit: Duration,
    ) -> Result<(), Error> {
        match self {
            Handle::Sqlite(handle) => within(limit, handle.execute(statements, limit)).await,
            Handle::Server(_, connection) => {
                let executed = connection.execute(raw_sql(statements));
                within(limit, executed).await.map(drop)
            }
        }
    }

    /// Removes a connection in an unknown state from the pool.
    pub(super) fn discard(self) {
        match self {
            Handle::Sqlite(handle) => drop(Object::take(handle)),
            Handle::Server(_, mut connection) => connection.close_on_drop(),
        }
    }
}

impl fmt::Debug for Source {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("Source")
    }
}

/// Configures a new connection.
pub(super) async fn set_up(engine: Engine, connection: &mut AnyConnection) -> Result<(), Error> {
    for statement in engine.setup() {
        connection.execute(raw_sql(*statement)).await?;
    }
    Ok(())
}

async fn within<T>(
    limit: Duration,
    statement: impl Future<Output = Result<T, Error>>,
) -> Result<T, Error> {
    timeout(limit + GRACE, statement)
        .await
        .unwrap_or_else(|_| Err(Error::Io(ErrorKind::TimedOut.into())))
}

fn unavailable(error: PoolError<Error>) -> Error {
    match error {
        PoolError::Backend(error) => error,
        PoolError::Timeout(_) => Error::PoolTimedOut,
        PoolError::Closed => Error::PoolClosed,
        other => Error::Configuration(other.to_string().into()),
    }
}
