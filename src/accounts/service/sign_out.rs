//! Signing accounts out from the command line.

use sqlx::Row;

use super::operator::find;
use crate::auth::{self, Client};
use crate::db::{Pool, Transaction};
use crate::error::Error;
use crate::events::Kind;
use crate::events::service::record;

/// Ends all sessions of an account and revokes all its API tokens.
///
/// # Errors
/// [`Error::NotFound`] if there is no such account.
pub async fn sign_out(pool: &Pool, email: &str) -> Result<(), Error> {
    let mut transaction = pool.begin().await?;
    let id = find(pool, &mut transaction, email).await?;
    end(pool, &mut transaction, &id).await?;
    transaction.commit().await?;
    Ok(())
}

/// Does the same to every account, and tells how many were signed in anywhere or had a token. Each
/// is a transaction of its own, so that a running server is not held up.
pub async fn sign_out_everyone(pool: &Pool) -> Result<usize, Error> {
    let rows = sqlx::query(pool.sql(
        "SELECT id FROM users WHERE id IN (SELECT user_id FROM sessions)
         OR id IN (SELECT user_id FROM api_tokens)",
    ))
    .fetch_all(pool.reader())
    .await?;
    for row in &rows {
        let mut transaction = pool.begin().await?;
        match end(pool, &mut transaction, row.try_get("id")?).await {
            Ok(()) => transaction.commit().await?,
            // It has been deleted meanwhile, with all that it had.
            Err(Error::NotFound) => transaction.rollback().await?,
            Err(error) => return Err(error),
        }
    }
    Ok(rows.len())
}

async fn end(pool: &Pool, transaction: &mut Transaction, user_id: &str) -> Result<(), Error> {
    let kind = Kind::AllSessionsEnded;
    record(pool, transaction, user_id, kind, &Client::console()).await?;
    auth::end_all(pool, transaction, user_id).await?;
    Ok(())
}
