//! Connections in use: each statement ends within a time, whatever has become of the database.

use std::fmt;
use std::future::Future;
use std::io::ErrorKind;
use std::time::Duration;

use rocket::futures::future::{BoxFuture, FutureExt};
use rocket::futures::stream::{self, BoxStream, StreamExt, TryStreamExt};
use rocket::tokio::sync::OwnedSemaphorePermit;
use rocket::tokio::{spawn, time::timeout};
use sqlx::any::{AnyArguments, AnyQueryResult, AnyRow, AnyStatement, AnyTypeInfo};
use sqlx::error::BoxDynError;
use sqlx::pool::PoolConnection;
use sqlx::{Any, AnyPool, Describe, Either, Error, Execute, Executor, SqlStr, raw_sql};

use super::failure;
use super::group::{Group, Member};

/// How long a request waits for a free connection, or for its turn to write.
pub(super) const ACQUIRE_TIMEOUT: Duration = Duration::from_millis(2_000);

/// How long a statement may take. A database that hangs is noticed by nothing else.
const STATEMENT_TIMEOUT: Duration = Duration::from_millis(2_500);

/// How long one may take that is known to have much to do.
const LONG_STATEMENT_TIMEOUT: Duration = Duration::from_secs(60);

/// How much time a transaction's statements may take each.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Limit {
    Short,
    Long,
}

/// The connections to read with, outside a transaction.
#[derive(Clone)]
pub struct Reader {
    pub(super) pool: AnyPool,
    pub(super) prepared: bool,
    pub(super) limit: Limit,
}

/// A transaction on Docket's database; rolled back if it is dropped uncommitted.
pub struct Transaction {
    connection: Option<Connection>,
    /// Whether the connection keeps the statements that it has prepared.
    prepared: bool,
    /// Whether a statement has been sent and not answered: the connection is of no more use.
    busy: bool,
    open: bool,
    limit: Duration,
    /// Its turn among the writers, where these are counted.
    turn: Option<OwnedSemaphorePermit>,
    /// Why a statement was not done, which SQLite may have undone the whole batch for.
    failure: Option<Error>,
}

enum Connection {
    Own(PoolConnection<Any>),
    /// Shared with the transactions before and after, which are committed together with this one.
    Lent(Member),
}

impl Limit {
    pub(super) fn duration(self) -> Duration {
        match self {
            Limit::Short => STATEMENT_TIMEOUT,
            Limit::Long => LONG_STATEMENT_TIMEOUT,
        }
    }
}

impl Reader {
    /// A connection to read with. Where statements are not kept it comes with a transaction: a
    /// pooler sends all of it to one server, so that the one that prepares a statement runs it.
    async fn connection(&self) -> Result<Transaction, Error> {
        let mut connection = self.unbegun().await?;
        if !self.prepared {
            connection.start("BEGIN").await?;
        }
        Ok(connection)
    }

    async fn unbegun(&self) -> Result<Transaction, Error> {
        let connection = Connection::Own(self.pool.acquire().await?);
        Ok(Transaction::on(connection, self.prepared, self.limit))
    }
}

impl Transaction {
    /// Begins, in the way that the engine needs.
    pub(super) async fn begin(
        writer: &Reader,
        statement: &'static str,
        limit: Limit,
        turn: OwnedSemaphorePermit,
    ) -> Result<Transaction, Error> {
        let mut transaction = writer.unbegun().await?;
        transaction.turn = Some(turn);
        transaction.start(statement).await?;
        transaction.limit = limit.duration();
        Ok(transaction)
    }

    /// Takes a turn among the writers of a group.
    pub(super) async fn join(
        group: &Group,
        prepared: bool,
        limit: Limit,
    ) -> Result<Transaction, Error> {
        let connection = Connection::Lent(group.join(limit).await?);
        Ok(Transaction::on(connection, prepared, limit))
    }

    /// Makes what was done lasting.
    ///
    /// # Errors
    /// If the database cannot, or does not answer: then nobody knows whether it was done.
    pub async fn commit(mut self) -> Result<(), Error> {
        match self.connection.take() {
            Some(Connection::Lent(member)) => match self.failure.take() {
                None => member.keep().await,
                Some(failure) => {
                    member.abandon(Some(failure));
                    Err(Error::Protocol("a statement before has failed".into()))
                }
            },
            own => {
                self.connection = own;
                self.end("COMMIT").await
            }
        }
    }

    /// Undoes what was done.
    ///
    /// # Errors
    /// If the connection is lost, which undoes it just the same.
    pub async fn rollback(mut self) -> Result<(), Error> {
        match self.connection.take() {
            Some(Connection::Lent(member)) => member.undo(self.failure.take()).await,
            own => {
                self.connection = own;
                self.end("ROLLBACK").await
            }
        }
    }

    fn on(connection: Connection, prepared: bool, limit: Limit) -> Transaction {
        Transaction {
            connection: Some(connection),
            prepared,
            busy: false,
            open: false,
            limit: limit.duration(),
            turn: None,
            failure: None,
        }
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
        let connection = match &mut self.connection {
            Some(Connection::Own(connection)) => Some(connection),
            Some(Connection::Lent(member)) => member.connection(),
            None => None,
        };
        let connection = connection.ok_or(Error::PoolClosed)?;
        self.busy = true;
        let result = match timeout(self.limit, statement(connection)).await {
            Ok(result) => {
                self.busy = false;
                result
            }
            Err(_) => Err(Error::Io(ErrorKind::TimedOut.into())),
        };
        if let Err(error) = &result {
            self.failure = Some(failure::copy(error));
        }
        result
    }
}

impl Drop for Transaction {
    fn drop(&mut self) {
        let mut connection = match self.connection.take() {
            Some(Connection::Own(connection)) => connection,
            Some(Connection::Lent(member)) => return member.abandon(self.failure.take()),
            None => return,
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
