//! Concurrent writes on SQLite, committed together. What a commit costs is the wait for the disk, so
//! the transactions that wait for the one writer become members of one batch, each behind a
//! savepoint, and are answered once the batch is lasting.

mod batch;
#[cfg(test)]
mod tests;

use rocket::tokio::spawn;
use rocket::tokio::sync::{mpsc, oneshot};
use rocket::tokio::task::yield_now;
use rocket::tokio::time::timeout;
use sqlx::Error;

use super::handle::{ACQUIRE_TIMEOUT, Handle, Limit, Source};
use batch::Batch;

/// What becomes of a transaction, for whoever waits to hear it.
type Answer = oneshot::Sender<Result<(), Error>>;

/// The writers' queue, which a task of its own serves.
#[derive(Clone)]
pub(super) struct Group {
    queue: mpsc::UnboundedSender<Request>,
}

/// A turn with the writer's connection; gives it back however it ends.
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
    /// With what may have made SQLite undo the whole batch by itself.
    Undo(Option<Error>, Option<Answer>),
}

struct Writer {
    source: Source,
    prepared: bool,
    connection: Option<Handle>,
    queue: mpsc::UnboundedReceiver<Request>,
}

impl Group {
    /// Starts to serve writers with the connection that the pool has.
    pub(super) fn start(source: Source, prepared: bool) -> Group {
        let (sender, queue) = mpsc::unbounded_channel();
        let writer = Writer {
            source,
            prepared,
            connection: None,
            queue,
        };
        spawn(writer.serve());
        Group { queue: sender }
    }

    /// Waits for a turn. One with a long limit keeps nobody else waiting for its commit.
    pub(super) async fn join(&self, limit: Limit) -> Result<Member, Error> {
        let (turn, given) = oneshot::channel();
        let request = Request::Turn(Waiting { limit, turn });
        self.queue.send(request).map_err(|_| Error::PoolClosed)?;
        match timeout(ACQUIRE_TIMEOUT, given).await {
            Ok(given) => given.unwrap_or(Err(Error::PoolClosed)),
            Err(_) => Err(Error::PoolTimedOut),
        }
    }

    /// Waits until the turns before are over, and gives the connection back to its pool.
    pub(super) async fn close(&self) {
        let (closed, done) = oneshot::channel();
        // It is closed already if nobody takes it.
        if self.queue.send(Request::Close(closed)).is_ok() {
            let _ = done.await;
        }
    }
}

impl Member {
    pub(super) fn handle(&mut self) -> Option<&mut Handle> {
        self.connection.as_mut()
    }

    /// Waits until what was done is lasting.
    pub(super) async fn keep(mut self) -> Result<(), Error> {
        let (answer, outcome) = oneshot::channel();
        self.give_back(End::Keep(answer));
        outcome.await.unwrap_or(Err(Error::WorkerCrashed))
    }

    /// Undoes what was done, and waits until what it saw of the members before is lasting.
    pub(super) async fn undo(mut self, failure: Option<Error>) -> Result<(), Error> {
        let (answer, outcome) = oneshot::channel();
        self.give_back(End::Undo(failure, Some(answer)));
        outcome.await.unwrap_or(Err(Error::WorkerCrashed))
    }

    /// Undoes what was done. A statement may be under way: the connection takes one after another,
    /// so what undoes it comes after it.
    pub(super) fn abandon(mut self, failure: Option<Error>) {
        self.give_back(End::Undo(failure, None));
    }

    fn give_back(&mut self, end: End) {
        if let Some(back) = self.back.take() {
            let connection = self.connection.take();
            // Nobody takes it only when the program ends.
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
                    let _ = closed.send(());
                    return;
                }
                None => return,
            }
        }
    }

    /// Serves those who wait, and gives the request that is for no member of the same batch.
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
        next
    }

    async fn connection(&mut self) -> Result<Handle, Error> {
        if let Some(connection) = self.connection.take() {
            return Ok(connection);
        }
        let mut connection = self.source.acquire().await?;
        // What a statement or a savepoint would have to bring back is kept in memory, not in a file.
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

    /// Who waits, after those who are about to ask have had a chance to.
    async fn next(&mut self) -> Option<Request> {
        if let Ok(request) = self.queue.try_recv() {
            return Some(request);
        }
        yield_now().await;
        self.queue.try_recv().ok()
    }
}
