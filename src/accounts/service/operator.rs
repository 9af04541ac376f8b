//! Operator commands. No client waits for them, so their statements have the long time limit.

use super::erase;
use crate::auth::events::Kind;
use crate::auth::events::service::record;
use crate::auth::{self, Auth};
use crate::db::{Pool, Sql, Timestamp, Transaction, fold, row};
use crate::error::Error;
use crate::http::Client;

row! {
    /// An account in the operator's list.
    pub struct ListedAccount {
        /// E-mail address.
        email: String,
        /// Display name.
        display_name: String,
        /// True if the account is disabled.
        disabled: bool,
        /// Time of registration.
        created_at: Timestamp,
    }
}

row! {
    struct IdRow {
        id: String,
    }
}

/// Lists all accounts by e-mail address.
///
/// # Errors
/// Any error of the database.
pub async fn list_all(pool: &Pool) -> Result<Vec<ListedAccount>, Error> {
    let sql = Sql::select::<ListedAccount>().push(" FROM users ORDER BY email_folded");
    pool.long_reader().fetch(sql).await
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
    let id = find(&mut transaction, email).await?;
    let update = Sql::new("UPDATE users SET password_hash = ")
        .bind(hash)
        .push(" WHERE id = ")
        .bind(id.as_str());
    transaction.run(update).await?;
    end(&mut transaction, &id, Kind::PasswordSet).await?;
    transaction.commit().await?;
    Ok(())
}

/// Disables or enables an account. Disabling ends all its sessions and revokes all its API tokens.
///
/// # Errors
/// [`Error::NotFound`] if there is no such account.
pub async fn set_disabled(pool: &Pool, email: &str, disabled: bool) -> Result<(), Error> {
    let mut transaction = pool.begin_long().await?;
    let id = find(&mut transaction, email).await?;
    let update = Sql::new("UPDATE users SET disabled = ")
        .bind(disabled)
        .push(" WHERE id = ")
        .bind(id.as_str());
    transaction.run(update).await?;
    if disabled {
        end(&mut transaction, &id, Kind::AccountDisabled).await?;
    } else {
        let kind = Kind::AccountEnabled;
        record(&mut transaction, &id, kind, &Client::console()).await?;
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
    let id = find(&mut transaction, email).await?;
    end(&mut transaction, &id, Kind::AllSessionsEnded).await?;
    transaction.commit().await?;
    Ok(())
}

/// Ends all sessions and revokes all API tokens of every account. Returns the number of accounts
/// that had any. Each account has its own transaction, so that a running server is not blocked.
///
/// # Errors
/// Any error of the database.
pub async fn sign_out_everyone(pool: &Pool) -> Result<usize, Error> {
    let sql = Sql::select::<IdRow>().push(
        " FROM users WHERE id IN (SELECT user_id FROM sessions)
         OR id IN (SELECT user_id FROM api_tokens)",
    );
    let rows: Vec<IdRow> = pool.long_reader().fetch(sql).await?;
    for row in &rows {
        let mut transaction = pool.begin_long().await?;
        match end(&mut transaction, &row.id, Kind::AllSessionsEnded).await {
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
    let id = find(&mut transaction, email).await?;
    erase(transaction, &id).await
}

/// Returns the id of the account with this e-mail address.
async fn find(transaction: &mut Transaction, email: &str) -> Result<String, Error> {
    let sql = Sql::new("SELECT id FROM users WHERE email_folded = ").bind(fold(email.trim()));
    transaction.fetch_value(sql).await?.ok_or(Error::NotFound)
}

/// Ends all sessions of an account, revokes all its API tokens and records an event of this kind.
async fn end(transaction: &mut Transaction, user_id: &str, kind: Kind) -> Result<(), Error> {
    record(transaction, user_id, kind, &Client::console()).await?;
    auth::end_all(transaction, user_id).await?;
    Ok(())
}
