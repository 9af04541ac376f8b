//! Answers kept under an `Idempotency-Key`, in the transaction of the write that they answer.

use sqlx::Row;
use sqlx::any::AnyRow;

use super::{Pool, Timestamp, Transaction, delete_before};
use crate::error::{Code, Error};

/// How long an answer is given again.
const KEPT_SECONDS: i64 = 24 * 60 * 60;

/// A key of a client, with what tells its request from another one.
pub struct IdempotencyKey {
    /// The header's value.
    pub key: String,
    /// A digest of the request: what is done, to what, with what input.
    pub fingerprint: String,
}

/// What a key says about a request.
pub enum Claim {
    /// It is the first of its kind: do it, then [`remember`] the answer.
    First(Transaction),
    /// It has been done: this was the answer.
    Done(String),
}

/// Takes the key for the request that a transaction has begun for, or finds the answer that it has
/// got. The transaction has locked the user's row, so that requests of one user come one after
/// another.
///
/// # Errors
/// [`Error::Invalid`] if the key belongs to another request.
pub async fn claim(
    pool: &Pool,
    mut transaction: Transaction,
    user_id: &str,
    key: &IdempotencyKey,
) -> Result<Claim, Error> {
    let now = Timestamp::now();
    let row = sqlx::query(pool.sql(
        "SELECT fingerprint, answer, created_at FROM idempotency_keys
         WHERE user_id = $1 AND idempotency_key = $2",
    ))
    .bind(user_id)
    .bind(key.key.as_str())
    .fetch_optional(&mut transaction)
    .await?;
    if let Some(row) = row {
        if row.try_get::<i64, _>("created_at")? >= oldest(now).0 {
            transaction.rollback().await?;
            return answered(&row, key);
        }
        forget(pool, &mut transaction, user_id, key).await?;
    }
    sqlx::query(pool.sql(
        "INSERT INTO idempotency_keys (user_id, idempotency_key, fingerprint, answer, created_at)
         VALUES ($1, $2, $3, '', $4)",
    ))
    .bind(user_id)
    .bind(key.key.as_str())
    .bind(key.fingerprint.as_str())
    .bind(now.0)
    .execute(&mut transaction)
    .await?;
    Ok(Claim::First(transaction))
}

fn answered(row: &AnyRow, key: &IdempotencyKey) -> Result<Claim, Error> {
    if row.try_get::<String, _>("fingerprint")? != key.fingerprint {
        return Err(Error::invalid(
            "Idempotency-Key",
            Code::KeyReused,
            "This key was used for another request.",
        ));
    }
    Ok(Claim::Done(row.try_get("answer")?))
}

async fn forget(
    pool: &Pool,
    transaction: &mut Transaction,
    user_id: &str,
    key: &IdempotencyKey,
) -> Result<(), Error> {
    sqlx::query(
        pool.sql("DELETE FROM idempotency_keys WHERE user_id = $1 AND idempotency_key = $2"),
    )
    .bind(user_id)
    .bind(key.key.as_str())
    .execute(transaction)
    .await?;
    Ok(())
}

/// Deletes at most `most` keys that no longer count, of whichever user, and returns their number.
pub async fn delete_expired_keys(pool: &Pool, now: Timestamp, most: u32) -> Result<u64, Error> {
    delete_before(pool, "idempotency_keys", "created_at", oldest(now), most).await
}

/// The instant since which keys count.
fn oldest(now: Timestamp) -> Timestamp {
    now.plus_seconds(-KEPT_SECONDS)
}

/// Keeps the answer that a claimed key gets from now on.
pub async fn remember(
    pool: &Pool,
    transaction: &mut Transaction,
    user_id: &str,
    key: &IdempotencyKey,
    answer: &str,
) -> Result<(), Error> {
    sqlx::query(pool.sql(
        "UPDATE idempotency_keys SET answer = $1 WHERE user_id = $2 AND idempotency_key = $3",
    ))
    .bind(answer)
    .bind(user_id)
    .bind(key.key.as_str())
    .execute(&mut *transaction)
    .await?;
    Ok(())
}
