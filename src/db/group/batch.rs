//! A transaction shared by several writers. Savepoints allow each writer's changes to be rolled
//! back separately until the commit.

use std::time::{Duration, Instant};

use rocket::tokio::sync::oneshot;
use sqlx::Error;

use super::{Answer, End, Member, Waiting};
use crate::db::handle::{Handle, Limit};
use crate::db::{Sql, failure};

/// Maximum number of writers in a batch.
const MEMBERS: usize = 64;

/// Maximum age of a batch that accepts another member. Earlier members wait for the later ones.
const AGE: Duration = Duration::from_millis(5);

/// State of the batch's transaction.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Progress {
    /// Not begun, or rolled back.
    None,
    /// Begun, without changes.
    Begun,
    /// Contains the changes of the first member. It needs no savepoint.
    First,
    /// A savepoint without changes after it.
    Marked,
    /// A savepoint with the changes of a member after it.
    Kept,
}

pub(super) struct Batch {
    connection: Option<Handle>,
    prepared: bool,
    limit: Duration,
    progress: Progress,
    members: usize,
    begun: Instant,
    answers: Vec<Answer>,
}

impl Batch {
    pub(super) fn new(connection: Handle, prepared: bool, limit: Limit) -> Batch {
        Batch {
            connection: Some(connection),
            prepared,
            limit: limit.duration(),
            progress: Progress::None,
            members: 0,
            begun: Instant::now(),
            answers: Vec::new(),
        }
    }

    pub(super) fn is_full(&self) -> bool {
        self.members >= MEMBERS || self.begun.elapsed() >= AGE
    }

    /// Lends the connection to a member, and keeps or rolls back its changes when the member
    /// returns it.
    pub(super) async fn turn(&mut self, waiting: Waiting) -> Result<(), Error> {
        if waiting.turn.is_closed() {
            return Ok(());
        }
        if let Err(error) = self.prepare().await {
            let _ = waiting.turn.send(Err(failure::copy(&error)));
            return Err(error);
        }
        let (back, returned) = oneshot::channel();
        let member = Member {
            connection: self.connection.take(),
            back: Some(back),
        };
        self.members += 1;
        // If the receiver is gone, dropping the member returns the connection.
        let _ = waiting.turn.send(Ok(member));
        let returned = returned.await.map_err(|_| Error::WorkerCrashed)?;
        self.connection = returned.connection;
        match returned.end {
            End::Unused => Ok(()),
            End::Keep(answer) => {
                self.answers.push(answer);
                self.keep();
                Ok(())
            }
            End::Undo(failure, answer) => {
                self.answers.extend(answer);
                self.undo().await.map_err(|error| failure.unwrap_or(error))
            }
        }
    }

    /// Sets a savepoint, so that the next member's changes can be rolled back separately.
    async fn prepare(&mut self) -> Result<(), Error> {
        let (statement, progress) = match self.progress {
            Progress::None => ("BEGIN IMMEDIATE", Progress::Begun),
            Progress::First => ("SAVEPOINT member", Progress::Marked),
            Progress::Kept => ("RELEASE member; SAVEPOINT member", Progress::Marked),
            Progress::Begun | Progress::Marked => return Ok(()),
        };
        self.execute(statement).await?;
        if progress == Progress::Begun {
            self.begun = Instant::now();
        }
        self.progress = progress;
        Ok(())
    }

    fn keep(&mut self) {
        self.progress = match self.progress {
            Progress::None | Progress::Begun | Progress::First => Progress::First,
            Progress::Marked | Progress::Kept => Progress::Kept,
        };
    }

    async fn undo(&mut self) -> Result<(), Error> {
        match self.progress {
            Progress::None => Ok(()),
            Progress::Begun | Progress::First => {
                self.execute("ROLLBACK").await?;
                self.progress = Progress::None;
                Ok(())
            }
            Progress::Marked | Progress::Kept => {
                self.execute("ROLLBACK TO member").await?;
                self.progress = Progress::Marked;
                Ok(())
            }
        }
    }

    /// Commits and answers the members. Returns the connection if it is still usable.
    pub(super) async fn end(mut self, result: Result<(), Error>) -> Option<Handle> {
        let result = match (result, self.progress) {
            (Ok(()), Progress::None) => Ok(()),
            (Ok(()), Progress::Begun) => self.undo().await,
            (Ok(()), _) => self.execute("COMMIT").await,
            (Err(error), _) => Err(error),
        };
        for answer in self.answers.drain(..) {
            let _ = answer.send(result.as_ref().map_err(failure::copy).copied());
        }
        if let Err(error) = result {
            self.recover(&error).await;
        }
        self.connection
    }

    /// Rolls back a failed batch. Discards the connection if its state is unknown.
    async fn recover(&mut self, error: &Error) {
        let undone = match self.progress {
            Progress::None => matches!(error, Error::Database(_)),
            _ => self.execute("ROLLBACK").await.is_ok(),
        };
        if !undone && let Some(connection) = self.connection.take() {
            connection.discard();
        }
    }

    async fn execute(&mut self, statement: &'static str) -> Result<(), Error> {
        let connection = self.connection.as_mut().ok_or(Error::WorkerCrashed)?;
        let run = connection.run(Sql::new(statement), self.prepared, self.limit);
        run.await.map(drop)
    }
}
