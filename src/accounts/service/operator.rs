//! Commands of the person who runs the server. Nobody waits for them, so each statement has the long
//! time limit.

use sqlx::Row;

use super::erase;
use crate::auth::{self, Auth, Client};
use crate::db::{Pool, Timestamp, Transaction, fold};
use crate::error::Error;
use crate::events::Kind;
use crate::events::service::record;

/// An account as the person who runs the server sees it.
pub struct ListedAccount {
    /// The e-mail address.
    pub email: String,
    /// The name to be addressed by.
    pub display_name: String,
    /// Whether it is shut.
    pub disabled: bool,
    /// When it was made.
    pub created_at: Timestamp,
}

/// All accounts, by e-mail address.
pub async fn list_all(pool: &Pool) -> Result<Vec<ListedAccount>, Error> {
    let rows =
        sqlx::query(pool.sql(
            "SELECT email, display_name, disabled, created_at FROM users ORDER BY email_folded",
        ))
        .fetch_all(&pool.long_reader())
        .await?;
    rows.iter()
        .map(|row| {
            Ok(ListedAccount {
                email: row.try_get("email")?,
                display_name: row.try_get("display_name")?,
                disabled: row.try_get::<i64, _>("disabled")? != 0,
                created_at: Timestamp(row.try_get("created_at")?),
            })
        })
        .collect()
}

/// Sets the password of an account, without the old one; ends all its sessions and revokes all its
/// API tokens.
///
/// # Errors
/// [`Error::NotFound`] if there is no such account, or [`Error::Invalid`].
pub async fn set_password(
    pool: &Pool,
    auth: &Auth,
    email: &str,
    password: &str,
) -> Result<(), Error> {
    auth::password_length(password)
        .map_err(|violation| Error::Invalid(vec![violation.of("password")]))?;
    let permit = auth.passwords.permit().await?;
    let hash = turn
        .choose("password", password, vec![email.to_owned()])
        .await?;
    let mut transaction = pool.begin_long().await?;
    let id = find(pool, &mut transaction, email).await?;
    sqlx::query(pool.sql("UPDATE users SET password_hash = $1 WHERE id = $2"))
        .bind(hash)
        .bind(id.as_str())
        .execute(&mut transaction)
        .await?;
    end(pool, &mut transaction, &id, Kind::PasswordSet).await?;
    transaction.commit().await?;
    Ok(())
}

/// Shuts an account, ends all its sessions and revokes all its API tokens, or opens it again.
///
/// # Errors
/// [`Error::NotFound`] if there is no such account.
pub async fn set_disabled(pool: &Pool, email: &str, disabled: bool) -> Result<(), Error> {
    let mut transaction = pool.begin_long().await?;
    let id = find(pool, &mut transaction, email).await?;
    sqlx::query(pool.sql("UPDATE users SET disabled = $1 WHERE id = $2"))
        .bind(i64::from(disabled))
        .bind(id.as_str())
        .execute(&mut transaction)
        .await?;
    if disabled {
        end(pool, &mut transaction, &id, Kind::AccountDisabled).await?;
    } else {
        let kind = Kind::AccountEnabled;
        record(pool, &mut transaction, &id, kind, &Client::console()).await?;
    }
    transaction.commit().await?;
    Ok(())
}

/// Ends all sessions of an account and revokes all its API tokens.
///
/// # Errors
/// [`Error::NotFound`] if there is no such account.
pub async fn sign_out(pool: &Pool, email: &str) -> Result<(), Error> {
    let mut transaction = pool.begin_long().await?;
    let id = find(pool, &mut transaction, email).await?;
    end(pool, &mut transaction, &id, Kind::AllSessionsEnded).await?;
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
    .fetch_all(&pool.long_reader())
    .await?;
    for row in &rows {
        let mut transaction = pool.begin_long().await?;
        let id: String = row.try_get("id")?;
        match end(pool, &mut transaction, &id, Kind::AllSessionsEnded).await {
            Ok(()) => transaction.commit().await?,
            // It has been deleted meanwhile, with all that it had.
            Err(Error::NotFound) => transaction.rollback().await?,
            Err(error) => return Err(error),
        }
    }
    Ok(rows.len())
}

/// Deletes an account, without its password.
///
/// # Errors
/// [`Error::NotFound`] if there is no such account.
pub async fn remove(pool: &Pool, email: &str) -> Result<(), Error> {
    let mut transaction = pool.begin_long().await?;
    let id = find(pool, &mut transaction, email).await?;
    erase(pool, transaction, &id).await
}

/// The id of the account with an e-mail address.
async fn find(pool: &Pool, transaction: &mut Transaction, email: &str) -> Result<String, Error> {
    let row = sqlx::query(pool.sql("SELECT id FROM users WHERE email_folded = $1"))
        .bind(fold(email.trim()))
        .fetch_optional(&mut *transaction)
        .await?
        .ok_or(Error::NotFound)?;
    Ok(row.try_get("id")?)
}

/// Ends all sessions of an account and revokes all its API tokens, for what `kind` says.
async fn end(
    pool: &Pool,
    transaction: &mut Transaction,
    user_id: &str,
    kind: Kind,
) -> Result<(), Error> {
    record(pool, transaction, user_id, kind, &Client::console()).await?;
    auth::end_all(pool, transaction, user_id).await?;
    Ok(())
}
