//! Writes that a client may ask for again under an `Idempotency-Key`.

use super::{Written, begin};
use crate::db::{Claim, IdempotencyKey, Pool, Transaction, claim, remember};
use crate::error::Error;
use crate::tasks::Task;

/// What a request finds that may have been made before.
pub(super) enum Begun {
    /// It has not been: this is the transaction to do it in.
    Now(Transaction),
    /// It has been, and this was the answer.
    Before(Task),
}

/// Begins a change, unless it has been made under this key.
pub(super) async fn begin_once(
    pool: &Pool,
    user_id: &str,
    key: Option<&IdempotencyKey>,
) -> Result<Begun, Error> {
    let transaction = begin(pool, user_id).await?;
    let Some(key) = key else {
        return Ok(Begun::Now(transaction));
    };
    match claim(pool, transaction, user_id, key).await? {
        Claim::First(transaction) => Ok(Begun::Now(transaction)),
        Claim::Done(answer) => serde_json::from_str(&answer)
            .map(Begun::Before)
            .map_err(unreadable),
    }
}

/// Commits a write together with its answer, if a key asks for it again.
pub(super) async fn finish(
    pool: &Pool,
    mut transaction: Transaction,
    user_id: &str,
    key: Option<&IdempotencyKey>,
    task: Task,
) -> Result<Written, Error> {
    if let Some(key) = key {
        let answer = serde_json::to_string(&task).map_err(unreadable)?;
        remember(pool, &mut transaction, user_id, key, &answer).await?;
    }
    transaction.commit().await?;
    Ok(Written {
        task,
        replayed: false,
    })
}

fn unreadable(error: serde_json::Error) -> Error {
    Error::Internal(format!("an answer kept under a key: {error}"))
}
