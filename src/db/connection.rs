//! Connections in use: each statement ends within a time, whatever has become of the database.

use std::fmt;

use rocket::tokio::spawn;
use rocket::tokio::sync::OwnedSemaphorePermit;
use sqlx::Error;

use super::failure;
use super::group::{Group, Member};
use super::handle::{Handle, Limit, Source};
use super::{Engine, Row, Sql};
use crate::error;

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
    /// True if the connection keeps the statements that it has prepared.
    prepared: bool,
    /// True if a statement was sent and not answered, so that the connection is not used again.
    busy: bool,
    open: bool,
    limit: Limit,
    /// True if the time limit of the session was raised, so that the connection is not used again.
    raised: bool,
    /// Its turn among the writers, where these are counted.
    turn: Option<OwnedSemaphorePermit>,
    /// The failure of a statement. SQLite may have undone the whole batch because of it.
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
    pub(super) async fn fetch_rows(&self, sql: Sql) -> Result<Vec<Row>, Error> {
        let mut connection = self.connection().await?;
        let rows = connection.fetch_rows(sql).await?;
        connection.end("COMMIT").await?;
        Ok(rows)
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
    /// [`error::Error::Database`], or [`error::Error::NotFound`] if a row refers to one that does
    /// not exist.
    pub async fn run(&mut self, sql: Sql) -> Result<u64, error::Error> {
        let (prepared, limit) = (self.prepared, self.limit.duration());
        let result = match self.handle() {
            Ok(handle) => handle.run(sql, prepared, limit).await,
            Err(error) => Err(error),
        };
        Ok(self.answered(result)?)
    }

    /// All rows of a statement.
    ///
    /// # Errors
    /// Those of the engine.
    pub(super) async fn fetch_rows(&mut self, sql: Sql) -> Result<Vec<Row>, Error> {
        let (prepared, limit) = (self.prepared, self.limit.duration());
        let result = match self.handle() {
            Ok(handle) => handle.fetch_rows(sql, prepared, limit).await,
            Err(error) => Err(error),
        };
        self.answered(result)
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
            self.execute(statement).await?;
        }
        Ok(())
    }

    async fn start(&mut self, statement: &'static str) -> Result<(), Error> {
        self.execute(statement).await?;
        self.open = true;
        Ok(())
    }

    async fn end(&mut self, statement: &'static str) -> Result<(), Error> {
        if self.open {
            self.execute(statement).await?;
            self.open = false;
        }
        Ok(())
    }

    async fn execute(&mut self, statements: &'static str) -> Result<(), Error> {
        let limit = self.limit.duration();
        let result = match self.handle() {
            Ok(handle) => handle.execute(statements, limit).await,
            Err(error) => Err(error),
        };
        self.answered(result)
    }

    /// The connection, for a statement. [`Transaction::answered`] takes its result.
    fn handle(&mut self) -> Result<&mut Handle, Error> {
        self.busy = true;
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
                let rollback = handle.execute("ROLLBACK", Limit::Short.duration());
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
