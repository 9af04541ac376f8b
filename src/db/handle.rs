//! Connections of a pool, of the SQLite driver or of a database server's.

use std::fmt;
use std::io::ErrorKind;
use std::time::Duration;

use deadpool::managed::{Object, PoolError};
use rocket::futures::TryStreamExt;
use rocket::tokio::time::timeout;
use sqlx::any::{AnyPoolOptions, AnyQueryResult, AnyRow};
use sqlx::pool::PoolConnection;
use sqlx::{Any, AnyConnection, AnyPool, Either, Error, Execute, Executor, raw_sql};

use super::Engine;
use super::sqlite::{Pooled, SqlitePool};

/// The time that a request waits for a free connection, or for its turn to write.
pub(super) const ACQUIRE_TIMEOUT: Duration = Duration::from_millis(2_000);

/// The time that the program waits beyond the engine's own limit: the engine gives the connection back
/// in order, but may hang.
const GRACE: Duration = Duration::from_millis(250);

/// The time limit of each statement of a transaction. The engine enforces it.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Limit {
    /// For a request.
    Short,
    /// For work on everything that an account has.
    Long,
}

/// Connections to one database.
#[derive(Clone)]
pub(super) enum Source {
    /// A file.
    Sqlite(SqlitePool),
    /// A server.
    Server(AnyPool),
}

/// A connection in use; goes back to its pool when it is dropped.
pub(super) enum Handle {
    /// To a file.
    Sqlite(Pooled),
    /// To a server.
    Server(PoolConnection<Any>),
}

impl Limit {
    /// When the engine ends a statement.
    pub(super) fn duration(self) -> Duration {
        match self {
            Limit::Short => Duration::from_millis(2_250),
            Limit::Long => Duration::from_secs(60),
        }
    }
}

impl Source {
    /// A pool of a server's connections, each set up with the time limit of statements.
    pub(super) fn server(
        engine: Engine,
        options: sqlx::any::AnyConnectOptions,
        connections: u32,
    ) -> Source {
        let pool = AnyPoolOptions::new()
            .max_connections(connections)
            .acquire_timeout(ACQUIRE_TIMEOUT)
            .after_connect(move |connection, _| {
                Box::pin(async move {
                    set_up(engine, connection).await?;
                    connection.execute(raw_sql(engine.limit_session())).await?;
                    Ok(())
                })
            });
        Source::Server(pool.connect_lazy_with(options))
    }

    /// A free connection.
    ///
    /// # Errors
    /// [`Error::PoolTimedOut`] if there is none in time.
    pub(super) async fn acquire(&self) -> Result<Handle, Error> {
        Ok(match self {
            Source::Sqlite(pool) => Handle::Sqlite(pool.get().await.map_err(unavailable)?),
            Source::Server(pool) => Handle::Server(pool.acquire().await?),
        })
    }

    /// Waits until the connections in use are given back, and closes all.
    pub(super) async fn close(&self) {
        match self {
            Source::Server(pool) => pool.close().await,
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
                    // Nothing is left to do about a connection that does not close.
                    let _ = Object::take(connection).close().await;
                }
            }
        }
    }
}

impl Handle {
    /// All results and rows of a statement.
    ///
    /// # Errors
    /// Those of the engine, also if the statement takes longer than `limit`.
    pub(super) async fn fetch_all<'q, E: Execute<'q, Any> + 'q>(
        &mut self,
        query: E,
        limit: Duration,
    ) -> Result<Vec<Either<AnyQueryResult, AnyRow>>, Error> {
        match self {
            Handle::Sqlite(handle) => within(limit, handle.fetch_all(query, limit)).await,
            Handle::Server(handle) => within(limit, handle.fetch_many(query).try_collect()).await,
        }
    }

    /// The first row of a statement.
    ///
    /// # Errors
    /// Those of the engine, also if the statement takes longer than `limit`.
    pub(super) async fn fetch_optional<'q, E: Execute<'q, Any> + 'q>(
        &mut self,
        query: E,
        limit: Duration,
    ) -> Result<Option<AnyRow>, Error> {
        match self {
            Handle::Sqlite(handle) => within(limit, handle.fetch_optional(query, limit)).await,
            Handle::Server(handle) => within(limit, handle.fetch_optional(query)).await,
        }
    }

    /// Runs a statement.
    ///
    /// # Errors
    /// Those of the engine, also if the statement takes longer than `limit`.
    pub(super) async fn execute<'q, E: Execute<'q, Any> + 'q>(
        &mut self,
        query: E,
        limit: Duration,
    ) -> Result<(), Error> {
        self.fetch_all(query, limit).await.map(drop)
    }

    /// Parts with a connection that is in an unknown state.
    pub(super) fn discard(self) {
        match self {
            Handle::Sqlite(handle) => drop(Object::take(handle)),
            Handle::Server(mut handle) => handle.close_on_drop(),
        }
    }
}

impl fmt::Debug for Source {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("Source")
    }
}

/// Prepares a connection for anything that Docket does.
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
