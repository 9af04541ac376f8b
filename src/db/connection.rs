//! Connections in use: each statement ends within a time, whatever has become of the database.

use std::fmt;
use std::future::Future;

use rocket::futures::future::{BoxFuture, FutureExt};
use rocket::futures::stream::{self, BoxStream, StreamExt, TryStreamExt};
use rocket::tokio::spawn;
use rocket::tokio::sync::OwnedSemaphorePermit;
use sqlx::any::{AnyArguments, AnyQueryResult, AnyRow, AnyStatement, AnyTypeInfo};
use sqlx::error::BoxDynError;
use sqlx::{Any, Describe, Either, Error, Execute, Executor, SqlStr, raw_sql};

use super::failure;
use super::group::{Group, Member};
use super::handle::{Handle, Limit, Source};
use super::{Engine, Sql};

/// The connections to read with, outside a transaction.
#[derive(Clone)]
pub struct Reader {
    pub(super) engine: Engine,
    pub(super) source: Source,
    pub(super) prepared: bool,
    pub(super) limit: Limit,
}

/// A transaction on Docket's database; rolled back if it is dropped uncommitted.
pub struct Transaction {
    engine: Engine,
    connection: Option<Connection>,
    /// Whether the connection keeps the statements that it has prepared.
    prepared: bool,
    /// Whether a statement has been sent and not answered: the connection is of no more use.
    busy: bool,
    open: bool,
    limit: Limit,
    /// True if the time limit of the session was raised, so that the connection is not used again.
    raised: bool,
    /// Its turn among the writers, where these are counted.
    turn: Option<OwnedSemaphorePermit>,
    /// Why a statement was not done, which SQLite may have undone the whole batch for.
    failure: Option<Error>,
}

enum Connection {
    Own(Handle),
    /// Shared with the transactions before and after, which are committed together with this one.
    Lent(Member),
}

impl Reader {
    /// A connection to read with. Where statements are not kept it comes with a transaction: a
    /// pooler sends all of it to one server, so that the one that prepares a statement runs it.
    async fn connection(&self) -> Result<Transaction, Error> {
        let mut connection = self.unbegun(self.limit).await?;
        if self.limit == Limit::Long {
            connection.raise_limit(self.engine).await?;
        }
        if !self.prepared || self.limit == Limit::Long {
            connection.start(self.engine.begin_read(self.limit)).await?;
        }
        Ok(connection)
    }

    async fn unbegun(&self, limit: Limit) -> Result<Transaction, Error> {
        let connection = Connection::Own(self.source.acquire().await?);
        Ok(Transaction::on(
            self.engine,
            connection,
            self.prepared,
            limit,
        ))
    }

    /// All rows of a statement.
    ///
    /// # Errors
    /// Those of the engine.
    pub(super) async fn fetch_sql(&self, sql: Sql) -> Result<Vec<AnyRow>, Error> {
        sql.query(self.engine).fetch_all(self).await
    }
}

impl Transaction {
    /// Begins, in the way that the engine needs.
    pub(super) async fn begin(
        writer: &Reader,
        limit: Limit,
        turn: OwnedSemaphorePermit,
    ) -> Result<Transaction, Error> {
        let mut transaction = writer.unbegun(limit).await?;
        transaction.turn = Some(turn);
        if limit == Limit::Long {
            transaction.raise_limit(writer.engine).await?;
        }
        transaction
            .start(writer.engine.begin_limited(limit))
            .await?;
        Ok(transaction)
    }

    /// Takes a turn among the writers of a group.
    pub(super) async fn join(
        group: &Group,
        prepared: bool,
        limit: Limit,
    ) -> Result<Transaction, Error> {
        let connection = Connection::Lent(group.join(limit).await?);
        Ok(Transaction::on(Engine::Sqlite, connection, prepared, limit))
    }

    /// The engine that it runs on.
    pub fn engine(&self) -> Engine {
        self.engine
    }

    /// Runs a statement and returns the number of rows that it has changed.
    ///
    /// # Errors
    /// Those of the engine.
    pub async fn run(&mut self, sql: Sql) -> Result<u64, Error> {
        let result = sql.query(self.engine).execute(&mut *self).await?;
        Ok(result.rows_affected())
    }

    /// All rows of a statement.
    ///
    /// # Errors
    /// Those of the engine.
    pub(super) async fn fetch_sql(&mut self, sql: Sql) -> Result<Vec<AnyRow>, Error> {
        sql.query(self.engine).fetch_all(&mut *self).await
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

    fn on(engine: Engine, connection: Connection, prepared: bool, limit: Limit) -> Transaction {
        Transaction {
            engine,
            connection: Some(connection),
            prepared,
            busy: false,
            open: false,
            limit,
            raised: false,
            turn: None,
            failure: None,
        }
    }

    /// Raises the time limit of statements where it belongs to the session.
    async fn raise_limit(&mut self, engine: Engine) -> Result<(), Error> {
        if let Some(statement) = engine.raise_session_limit() {
            self.raised = true;
            self.execute(raw_sql(statement)).await?;
        }
        Ok(())
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

    /// All results and rows of a statement.
    async fn fetch_results<'q, E: Execute<'q, Any> + 'q>(
        &mut self,
        query: E,
    ) -> Result<Vec<Either<AnyQueryResult, AnyRow>>, Error> {
        let (query, limit) = (Kept(query, self.prepared), self.limit.duration());
        self.busy = true;
        let result = match self.handle() {
            Ok(handle) => handle.fetch_all(query, limit).await,
            Err(error) => Err(error),
        };
        self.answered(result)
    }

    async fn fetch_first<'q, E: Execute<'q, Any> + 'q>(
        &mut self,
        query: E,
    ) -> Result<Option<AnyRow>, Error> {
        let (query, limit) = (Kept(query, self.prepared), self.limit.duration());
        self.busy = true;
        let result = match self.handle() {
            Ok(handle) => handle.fetch_optional(query, limit).await,
            Err(error) => Err(error),
        };
        self.answered(result)
    }

    fn handle(&mut self) -> Result<&mut Handle, Error> {
        match &mut self.connection {
            Some(Connection::Own(handle)) => Some(handle),
            Some(Connection::Lent(member)) => member.handle(),
            None => None,
        }
        .ok_or(Error::PoolClosed)
    }

    /// Notes how a statement ended.
    fn answered<T>(&mut self, result: Result<T, Error>) -> Result<T, Error> {
        // After a time-out of the program nobody knows what the connection says next.
        self.busy = matches!(&result, Err(Error::Io(_)));
        if let Err(error) = &result {
            self.failure = Some(failure::copy(error));
        }
        result
    }
}

impl Drop for Transaction {
    fn drop(&mut self) {
        let mut handle = match self.connection.take() {
            Some(Connection::Own(handle)) => handle,
            Some(Connection::Lent(member)) => return member.abandon(self.failure.take()),
            None => return,
        };
        if self.busy || self.raised {
            // Closing rolls back what is open.
            handle.discard();
        } else if self.open {
            spawn(async move {
                let rollback = handle.execute(raw_sql("ROLLBACK"), Limit::Short.duration());
                if rollback.await.is_err() {
                    handle.discard();
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
        in_one(self.fetch_results(query))
    }

    fn fetch_optional<'e, 'q: 'e, E>(self, query: E) -> BoxFuture<'e, Result<Option<AnyRow>, Error>>
    where
        'c: 'e,
        E: 'q + Execute<'q, Any>,
    {
        self.fetch_first(query).boxed()
    }

    fn prepare_with<'e>(
        self,
        _: SqlStr,
        _: &'e [AnyTypeInfo],
    ) -> BoxFuture<'e, Result<AnyStatement, Error>>
    where
        'c: 'e,
    {
        unsupported()
    }

    fn describe<'e>(self, _: SqlStr) -> BoxFuture<'e, Result<Describe<Any>, Error>>
    where
        'c: 'e,
    {
        unsupported()
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
            let results = connection.fetch_results(query).await?;
            connection.end("COMMIT").await?;
            Ok(results)
        })
    }

    fn fetch_optional<'e, 'q: 'e, E>(self, query: E) -> BoxFuture<'e, Result<Option<AnyRow>, Error>>
    where
        'c: 'e,
        E: 'q + Execute<'q, Any>,
    {
        async move {
            let mut connection = self.connection().await?;
            let row = connection.fetch_first(query).await?;
            connection.end("COMMIT").await?;
            Ok(row)
        }
        .boxed()
    }

    fn prepare_with<'e>(
        self,
        _: SqlStr,
        _: &'e [AnyTypeInfo],
    ) -> BoxFuture<'e, Result<AnyStatement, Error>>
    where
        'c: 'e,
    {
        unsupported()
    }

    fn describe<'e>(self, _: SqlStr) -> BoxFuture<'e, Result<Describe<Any>, Error>>
    where
        'c: 'e,
    {
        unsupported()
    }
}

/// Statements are prepared where they are run, and described nowhere.
fn unsupported<'e, T: Send + 'e>() -> BoxFuture<'e, Result<T, Error>> {
    async { Err(Error::Protocol("statements are only run".into())) }.boxed()
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
