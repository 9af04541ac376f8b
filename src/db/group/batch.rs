//! Transactions of several writers as one: what each has done can be undone alone until all of it is
//! committed.

use std::time::{Duration, Instant};

use rocket::tokio::sync::oneshot;
use sqlx::Error;

use super::{Answer, End, Member, Waiting};
use crate::db::handle::{Handle, Limit};
use crate::db::{Sql, failure};

/// How many transactions are committed together.
const MEMBERS: usize = 64;

/// How old a batch may be when it takes one more member: those before wait for that one too.
const AGE: Duration = Duration::from_millis(5);

/// How far the batch's transaction is.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Progress {
    /// It has not begun, or is undone.
    None,
    /// It has begun, and holds nothing.
    Begun,
    /// It holds the first member's work, before which no savepoint is needed.
    First,
    /// After the savepoint there is nothing.
    Marked,
    /// After the savepoint there is a member's work.
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

    /// Lends the connection, and does as the member says when it gives it back.
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
        // A member that nobody takes any more gives itself back.
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

    /// Makes it possible to undo what comes next, and that alone.
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

    /// Commits, answers the members, and gives the connection if it is still of use.
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

    /// Undoes a batch that has failed, or parts with the connection if that cannot be known.
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
