//! Group commit for SQLite. Most of the cost of a commit is the disk sync, so concurrent write
//! transactions become members of one batch, each with its own savepoint. They are answered after
//! the batch is durable.

mod batch;
#[cfg(test)]
mod tests;

use rocket::tokio::spawn;
use rocket::tokio::sync::{mpsc, oneshot};
use rocket::tokio::task::yield_now;
use rocket::tokio::time::timeout;
use sqlx::Error;

use super::checkpoint::Checkpoints;
use super::handle::{ACQUIRE_TIMEOUT, Handle, Limit, Source};
use batch::Batch;

/// Receives the outcome of a member's transaction.
type Answer = oneshot::Sender<Result<(), Error>>;

/// The queue of writers. A separate task serves it.
#[derive(Clone)]
pub(super) struct Group {
    queue: mpsc::UnboundedSender<Request>,
}

/// Exclusive use of the write connection. Dropping it returns the connection.
pub(super) struct Member {
    connection: Option<Handle>,
    back: Option<oneshot::Sender<Returned>>,
}

enum Request {
    Turn(Waiting),
    Close(oneshot::Sender<()>),
}

struct Waiting {
    limit: Limit,
    turn: oneshot::Sender<Result<Member, Error>>,
}

struct Returned {
    connection: Option<Handle>,
    end: End,
}

enum End {
    Unused,
    Keep(Answer),
    /// Carries the failure that may have caused SQLite to roll back the whole batch.
    Undo(Option<Error>, Option<Answer>),
}

struct Writer {
    source: Source,
    prepared: bool,
    connection: Option<Handle>,
    queue: mpsc::UnboundedReceiver<Request>,
    checkpoints: Checkpoints,
}

impl Group {
    /// Starts the task that serves writers with a connection from the pool.
    pub(super) fn start(source: Source, prepared: bool, checkpoints: Checkpoints) -> Group {
        let (sender, queue) = mpsc::unbounded_channel();
        let writer = Writer {
            source,
            prepared,
            connection: None,
            queue,
            checkpoints,
        };
        spawn(writer.serve());
        Group { queue: sender }
    }

    /// Waits for the write connection. A transaction with a long limit has a batch of its own, so
    /// that no other writer waits for its commit.
    pub(super) async fn join(&self, limit: Limit) -> Result<Member, Error> {
        let (turn, given) = oneshot::channel();
        let request = Request::Turn(Waiting { limit, turn });
        self.queue.send(request).map_err(|_| Error::PoolClosed)?;
        match timeout(ACQUIRE_TIMEOUT, given).await {
            Ok(given) => given.unwrap_or(Err(Error::PoolClosed)),
            Err(_) => Err(Error::PoolTimedOut),
        }
    }

    /// Waits for the queued transactions and returns the connection to its pool.
    pub(super) async fn close(&self) {
        let (closed, done) = oneshot::channel();
        // If the send fails, the task has already ended.
        if self.queue.send(Request::Close(closed)).is_ok() {
            let _ = done.await;
        }
    }
}

impl Member {
    pub(super) fn handle(&mut self) -> Option<&mut Handle> {
        self.connection.as_mut()
    }

    /// Keeps the changes and waits until they are durable.
    pub(super) async fn keep(mut self) -> Result<(), Error> {
        let (answer, outcome) = oneshot::channel();
        self.give_back(End::Keep(answer));
        outcome.await.unwrap_or(Err(Error::WorkerCrashed))
    }

    /// Rolls the changes back and waits until the earlier members, whose changes this one has
    /// read, are durable.
    pub(super) async fn undo(mut self, failure: Option<Error>) -> Result<(), Error> {
        let (answer, outcome) = oneshot::channel();
        self.give_back(End::Undo(failure, Some(answer)));
        outcome.await.unwrap_or(Err(Error::WorkerCrashed))
    }

    /// Rolls the changes back without waiting. A statement may still be running: the connection
    /// runs statements in sequence, so the rollback follows it.
    pub(super) fn abandon(mut self, failure: Option<Error>) {
        self.give_back(End::Undo(failure, None));
    }

    fn give_back(&mut self, end: End) {
        if let Some(back) = self.back.take() {
            let connection = self.connection.take();
            // The send fails only during shutdown.
            let _ = back.send(Returned { connection, end });
        }
    }
}

impl Drop for Member {
    fn drop(&mut self) {
        self.give_back(End::Unused);
    }
}

impl Writer {
    async fn serve(mut self) {
        let mut next = None;
        loop {
            let request = match next.take() {
                Some(request) => Some(request),
                None => self.queue.recv().await,
            };
            match request {
                Some(Request::Turn(first)) => next = self.batch(first).await,
                Some(Request::Close(closed)) => {
                    self.connection = None;
                    self.checkpoints.close().await;
                    let _ = closed.send(());
                    return;
                }
                None => return,
            }
        }
    }

    /// Serves queued writers as one batch. Returns the next request if it belongs to no batch or
    /// to another one.
    async fn batch(&mut self, first: Waiting) -> Option<Request> {
        let connection = match self.connection().await {
            Ok(connection) => connection,
            Err(error) => {
                let _ = first.turn.send(Err(error));
                return None;
            }
        };
        let mut batch = Batch::new(connection, self.prepared, first.limit);
        let (next, result) = self.turns(&mut batch, first).await;
        self.connection = batch.end(result).await;
        self.checkpoints.committed();
        next
    }

    async fn connection(&mut self) -> Result<Handle, Error> {
        if let Some(connection) = self.connection.take() {
            return Ok(connection);
        }
        let mut connection = self.source.acquire().await?;
        // Temporary data for statement rollback and savepoints is kept in memory.
        let statement = "PRAGMA temp_store = MEMORY";
        connection
            .execute(statement, Limit::Short.duration())
            .await?;
        Ok(connection)
    }

    async fn turns(
        &mut self,
        batch: &mut Batch,
        first: Waiting,
    ) -> (Option<Request>, Result<(), Error>) {
        let alone = first.limit == Limit::Long;
        let mut waiting = first;
        loop {
            if let Err(error) = batch.turn(waiting).await {
                return (None, Err(error));
            }
            if alone || batch.is_full() {
                return (None, Ok(()));
            }
            match self.next().await {
                Some(Request::Turn(next)) if next.limit == Limit::Short => waiting = next,
                other => return (other, Ok(())),
            }
        }
    }

    /// Returns the next queued request. Yields once first, so that tasks about to submit a request
    /// can do so.
    async fn next(&mut self) -> Option<Request> {
        if let Ok(request) = self.queue.try_recv() {
            return Some(request);
        }
        yield_now().await;
        self.queue.try_recv().ok()
    }
}
