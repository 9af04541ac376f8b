//! Connections in use. Each statement has a time limit, even if the database does not respond.

use std::fmt;

use rocket::tokio::spawn;
use rocket::tokio::sync::OwnedSemaphorePermit;
use sqlx::Error;

use super::failure;
use super::group::{Group, Member};
use super::handle::{Handle, Limit, Source};
use super::{Engine, Row, Sql};
use crate::error;

/// Connections for reads outside a transaction.
#[derive(Clone)]
pub struct Reader {
    pub(super) engine: Engine,
    pub(super) source: Source,
    pub(super) prepared: bool,
    pub(super) limit: Limit,
}

/// A transaction on Docket's database. Dropping it without a commit rolls it back.
pub struct Transaction {
    engine: Engine,
    connection: Option<Connection>,
    /// True if the connection caches prepared statements.
    prepared: bool,
    /// True if a statement was sent and has not returned. The connection is then not reused.
    busy: bool,
    open: bool,
    limit: Limit,
    /// True if the session's time limit was raised. The connection is then not reused.
    raised: bool,
    /// Write permit, if the engine limits the number of writers.
    turn: Option<OwnedSemaphorePermit>,
    /// The failure of a statement. SQLite may have rolled back the whole batch because of it.
    failure: Option<Error>,
}

enum Connection {
    Own(Handle),
    /// Shared with other transactions of the batch, which are committed together.
    Lent(Member),
}

impl Reader {
    /// Acquires a connection for reads. If statements are not cached, it also begins a
    /// transaction: a connection pooler sends a whole transaction to one server, so that a
    /// statement is prepared where it runs.
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

    /// Returns all rows of a statement.
    ///
    /// # Errors
    /// Errors of the engine.
    pub(super) async fn fetch_rows(&self, sql: Sql) -> Result<Vec<Row>, Error> {
        let mut connection = self.connection().await?;
        let rows = connection.fetch_rows(sql).await?;
        connection.end("COMMIT").await?;
        Ok(rows)
    }
}

impl Transaction {
    /// Begins a transaction with the engine's statement for it.
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

    /// Joins the group of writers.
    pub(super) async fn join(
        group: &Group,
        prepared: bool,
        limit: Limit,
    ) -> Result<Transaction, Error> {
        let connection = Connection::Lent(group.join(limit).await?);
        Ok(Transaction::on(Engine::Sqlite, connection, prepared, limit))
    }

    /// Returns the engine of the connection.
    pub fn engine(&self) -> Engine {
        self.engine
    }

    /// Runs a statement and returns the number of rows that it changed.
    ///
    /// # Errors
    /// [`error::Error::Database`], or [`error::Error::NotFound`] if a foreign key refers to a
    /// missing row.
    pub async fn run(&mut self, sql: Sql) -> Result<u64, error::Error> {
        let (prepared, limit) = (self.prepared, self.limit.duration());
        let result = match self.handle() {
            Ok(handle) => handle.run(sql, prepared, limit).await,
            Err(error) => Err(error),
        };
        Ok(self.answered(result)?)
    }

    /// Returns all rows of a statement.
    ///
    /// # Errors
    /// Errors of the engine.
    pub(super) async fn fetch_rows(&mut self, sql: Sql) -> Result<Vec<Row>, Error> {
        let (prepared, limit) = (self.prepared, self.limit.duration());
        let result = match self.handle() {
            Ok(handle) => handle.fetch_rows(sql, prepared, limit).await,
            Err(error) => Err(error),
        };
        self.answered(result)
    }

    /// Commits the transaction.
    ///
    /// # Errors
    /// If the commit fails or the database does not respond. In the latter case, the outcome is
    /// unknown.
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

    /// Rolls the transaction back.
    ///
    /// # Errors
    /// If the connection is lost. The engine then rolls the transaction back too.
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

    /// Raises the time limit of statements if it belongs to the session.
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

    /// Returns the connection for a statement. The caller passes the result to
    /// [`Transaction::answered`].
    fn handle(&mut self) -> Result<&mut Handle, Error> {
        self.busy = true;
        match &mut self.connection {
            Some(Connection::Own(handle)) => Some(handle),
            Some(Connection::Lent(member)) => member.handle(),
            None => None,
        }
        .ok_or(Error::PoolClosed)
    }

    /// Records the outcome of a statement.
    fn answered<T>(&mut self, result: Result<T, Error>) -> Result<T, Error> {
        // After a time-out in the program, the state of the connection is unknown.
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
            // Closing the connection rolls back an open transaction.
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
