//! Connections in use: each statement ends within a time, whatever has become of the database.

use std::fmt;
use std::future::Future;
use std::io::ErrorKind;
use std::time::Duration;

use rocket::futures::future::{BoxFuture, FutureExt};
use rocket::futures::stream::{self, BoxStream, StreamExt, TryStreamExt};
use rocket::tokio::{spawn, time::timeout};
use sqlx::any::{AnyArguments, AnyQueryResult, AnyRow, AnyStatement, AnyTypeInfo};
use sqlx::error::BoxDynError;
use sqlx::pool::PoolConnection;
use sqlx::{Any, AnyPool, Describe, Either, Error, Execute, Executor, SqlStr, raw_sql};

/// How long a statement may take. A database that hangs is noticed by nothing else.
const STATEMENT_TIMEOUT: Duration = Duration::from_millis(2_500);

/// How long one may take that is known to have much to do.
const LONG_STATEMENT_TIMEOUT: Duration = Duration::from_secs(60);

/// The connections to read with, outside a transaction.
#[derive(Clone)]
pub struct Reader {
    pub(super) pool: AnyPool,
    pub(super) prepared: bool,
}

/// A transaction on Docket's database; rolled back if it is dropped uncommitted.
pub struct Transaction {
    connection: Option<PoolConnection<Any>>,
    /// Whether the connection keeps the statements that it has prepared.
    prepared: bool,
    /// Whether a statement has been sent and not answered: the connection is of no more use.
    busy: bool,
    open: bool,
    limit: Duration,
}

impl Reader {
    /// A connection to read with. Where statements are not kept it comes with a transaction: a
    /// pooler sends all of it to one server, so that the one that prepares a statement runs it.
    async fn connection(&self) -> Result<Transaction, Error> {
        let mut connection = Transaction::unbegun(&self.pool, self.prepared).await?;
        if !self.prepared {
            connection.start("BEGIN").await?;
        }
        Ok(connection)
    }
}

impl Transaction {
    /// Begins, in the way that the engine needs.
    pub(super) async fn begin(
        pool: &AnyPool,
        prepared: bool,
        statement: &'static str,
    ) -> Result<Transaction, Error> {
        let mut transaction = Transaction::unbegun(pool, prepared).await?;
        transaction.start(statement).await?;
        Ok(transaction)
    }

    /// Lets the statements that follow take a minute each.
    pub fn take_time(&mut self) {
        self.limit = LONG_STATEMENT_TIMEOUT;
    }

    /// Makes what was done lasting.
    ///
    /// # Errors
    /// If the database cannot, or does not answer: then nobody knows whether it was done.
    pub async fn commit(mut self) -> Result<(), Error> {
        self.end("COMMIT").await
    }

    /// Undoes what was done.
    ///
    /// # Errors
    /// If the connection is lost, which undoes it just the same.
    pub async fn rollback(mut self) -> Result<(), Error> {
        self.end("ROLLBACK").await
    }

    async fn unbegun(pool: &AnyPool, prepared: bool) -> Result<Transaction, Error> {
        Ok(Transaction {
            connection: Some(pool.acquire().await?),
            prepared,
            busy: false,
            open: false,
            limit: STATEMENT_TIMEOUT,
        })
    }

    async fn start(&mut self, statement: &'static str) -> Result<(), Error> {
        self.execute(raw_sql(statement)).await?;
        self.open = true;
        Ok(())
    }

    async fn end(&mut self, statement: &'static str) -> Result<(), Error> {
        if self.open {
            self.execute(raw_sql(statement)).await?;
            self.open = false;
        }
        Ok(())
    }

    /// The result of a statement on the connection, or an error if it takes too long.
    async fn bounded<'c, F, T>(
        &'c mut self,
        statement: impl FnOnce(&'c mut PoolConnection<Any>) -> F,
    ) -> Result<T, Error>
    where
        F: Future<Output = Result<T, Error>> + Send + 'c,
    {
        let connection = self.connection.as_mut().ok_or(Error::PoolClosed)?;
        self.busy = true;
        let result = timeout(self.limit, statement(connection))
            .await
            .map_err(|_| Error::Io(ErrorKind::TimedOut.into()))?;
        self.busy = false;
        result
    }
}

impl Drop for Transaction {
    fn drop(&mut self) {
        let Some(mut connection) = self.connection.take() else {
            return;
        };
        if self.busy {
            // Nobody knows what it will say next.
            connection.close_on_drop();
        } else if self.open {
            spawn(async move {
                let rollback = connection.execute(raw_sql("ROLLBACK"));
                if !matches!(timeout(STATEMENT_TIMEOUT, rollback).await, Ok(Ok(_))) {
                    connection.close_on_drop();
                }
            });
        }
    }
}

impl fmt::Debug for Reader {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("Reader")
    }
}

impl fmt::Debug for Transaction {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("Transaction")
    }
}

impl<'c> Executor<'c> for &'c mut Transaction {
    type Database = Any;

    fn fetch_many<'e, 'q: 'e, E>(
        self,
        query: E,
    ) -> BoxStream<'e, Result<Either<AnyQueryResult, AnyRow>, Error>>
    where
        'c: 'e,
        E: 'q + Execute<'q, Any>,
    {
        let query = Kept(query, self.prepared);
        let rows = self.bounded(|connection| connection.fetch_many(query).try_collect::<Vec<_>>());
        in_one(rows)
    }

    fn fetch_optional<'e, 'q: 'e, E>(self, query: E) -> BoxFuture<'e, Result<Option<AnyRow>, Error>>
    where
        'c: 'e,
        E: 'q + Execute<'q, Any>,
    {
        let query = Kept(query, self.prepared);
        self.bounded(|connection| connection.fetch_optional(query))
            .boxed()
    }

    fn prepare_with<'e>(
        self,
        sql: SqlStr,
        parameters: &'e [AnyTypeInfo],
    ) -> BoxFuture<'e, Result<AnyStatement, Error>>
    where
        'c: 'e,
    {
        self.bounded(move |connection| connection.prepare_with(sql, parameters))
            .boxed()
    }

    fn describe<'e>(self, sql: SqlStr) -> BoxFuture<'e, Result<Describe<Any>, Error>>
    where
        'c: 'e,
    {
        self.bounded(|connection| connection.describe(sql)).boxed()
    }
}

impl<'c> Executor<'c> for &'c Reader {
    type Database = Any;

    fn fetch_many<'e, 'q: 'e, E>(
        self,
        query: E,
    ) -> BoxStream<'e, Result<Either<AnyQueryResult, AnyRow>, Error>>
    where
        'c: 'e,
        E: 'q + Execute<'q, Any>,
    {
        in_one(async move {
            let mut connection = self.connection().await?;
            let rows = connection.fetch_many(query).try_collect::<Vec<_>>().await?;
            connection.end("COMMIT").await?;
            Ok(rows)
        })
    }

    fn fetch_optional<'e, 'q: 'e, E>(self, query: E) -> BoxFuture<'e, Result<Option<AnyRow>, Error>>
    where
        'c: 'e,
        E: 'q + Execute<'q, Any>,
    {
        async move {
            let mut connection = self.connection().await?;
            let row = connection.fetch_optional(query).await?;
            connection.end("COMMIT").await?;
            Ok(row)
        }
        .boxed()
    }

    fn prepare_with<'e>(
        self,
        sql: SqlStr,
        parameters: &'e [AnyTypeInfo],
    ) -> BoxFuture<'e, Result<AnyStatement, Error>>
    where
        'c: 'e,
    {
        async move { self.connection().await?.prepare_with(sql, parameters).await }.boxed()
    }

    fn describe<'e>(self, sql: SqlStr) -> BoxFuture<'e, Result<Describe<Any>, Error>>
    where
        'c: 'e,
    {
        async move { self.connection().await?.describe(sql).await }.boxed()
    }
}

/// The rows as a stream, once all of them are there.
fn in_one<'e, T: Send + 'e>(
    rows: impl Future<Output = Result<Vec<T>, Error>> + Send + 'e,
) -> BoxStream<'e, Result<T, Error>> {
    stream::once(rows)
        .map_ok(|rows| stream::iter(rows.into_iter().map(Ok)))
        .try_flatten()
        .boxed()
}

/// A query, and whether the connection may keep it prepared.
struct Kept<E>(E, bool);

impl<'q, E: Execute<'q, Any>> Execute<'q, Any> for Kept<E> {
    fn sql(self) -> SqlStr {
        self.0.sql()
    }

    fn statement(&self) -> Option<&AnyStatement> {
        self.0.statement()
    }

    fn take_arguments(&mut self) -> Result<Option<AnyArguments>, BoxDynError> {
        self.0.take_arguments()
    }

    fn persistent(&self) -> bool {
        self.1 && self.0.persistent()
    }
}
