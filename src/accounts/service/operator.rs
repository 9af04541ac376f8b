//! Operator commands. No client waits for them, so their statements have the long time limit.

use sqlx::Row;

use super::erase;
use crate::auth::events::Kind;
use crate::auth::events::service::record;
use crate::auth::{self, Auth};
use crate::db::{Pool, Timestamp, Transaction, fold};
use crate::error::Error;
use crate::http::Client;

/// An account in the operator's list.
pub struct ListedAccount {
    /// E-mail address.
    pub email: String,
    /// Display name.
    pub display_name: String,
    /// True if the account is disabled.
    pub disabled: bool,
    /// Time of registration.
    pub created_at: Timestamp,
}

/// Lists all accounts by e-mail address.
///
/// # Errors
/// Any error of the database.
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

/// Sets the password of an account without the old one. Ends all its sessions and revokes all its
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
    let hash = permit
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

/// Disables or enables an account. Disabling ends all its sessions and revokes all its API tokens.
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

/// Ends all sessions and revokes all API tokens of every account. Returns the number of accounts
/// that had any. Each account has its own transaction, so that a running server is not blocked.
///
/// # Errors
/// Any error of the database.
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
            // The account was deleted meanwhile.
            Err(Error::NotFound) => transaction.rollback().await?,
            Err(error) => return Err(error),
        }
    }
    Ok(rows.len())
}

/// Deletes an account without its password.
///
/// # Errors
/// [`Error::NotFound`] if there is no such account.
pub async fn remove(pool: &Pool, email: &str) -> Result<(), Error> {
    let mut transaction = pool.begin_long().await?;
    let id = find(pool, &mut transaction, email).await?;
    erase(pool, transaction, &id).await
}

/// Returns the id of the account with this e-mail address.
async fn find(pool: &Pool, transaction: &mut Transaction, email: &str) -> Result<String, Error> {
    let row = sqlx::query(pool.sql("SELECT id FROM users WHERE email_folded = $1"))
        .bind(fold(email.trim()))
        .fetch_optional(&mut *transaction)
        .await?
        .ok_or(Error::NotFound)?;
    Ok(row.try_get("id")?)
}

/// Ends all sessions of an account, revokes all its API tokens and records an event of this kind.
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
