//! API token rules and their SQL.

use garde::Validate;
use sqlx::Row;
use sqlx::any::AnyRow;

use super::{ApiToken, NewApiToken};
use crate::accounts::service::{confirm, lock_if_password_unchanged};
use crate::auth::events::Kind;
use crate::auth::events::service::record;
use crate::auth::{Auth, Scope, Secret, User};
use crate::db::{Pool, Timestamp, Transaction, new_id};
use crate::error::{Code, Error, Violation};
use crate::http::Client;

/// Maximum number of tokens per account. More indicate a program that creates tokens and forgets
/// them.
const MOST_TOKENS: i64 = 50;

const DAY_SECONDS: i64 = 24 * 60 * 60;

/// Lists the API tokens of a user, newest first.
///
/// # Errors
/// Any error of the database.
pub async fn list(pool: &Pool, user_id: &str) -> Result<Vec<ApiToken>, Error> {
    let rows = sqlx::query(pool.sql(
        "SELECT id, name, scopes, created_at, expires_at, last_used_at FROM api_tokens
         WHERE user_id = $1 ORDER BY created_at DESC, id DESC",
    ))
    .bind(user_id)
    .fetch_all(pool.reader())
    .await?;
    rows.iter().map(token_of).collect()
}

/// Returns an API token of a user.
///
/// # Errors
/// [`Error::NotFound`] if the user has no such token.
pub async fn read(pool: &Pool, user_id: &str, id: &str) -> Result<ApiToken, Error> {
    let row = sqlx::query(pool.sql(
        "SELECT id, name, scopes, created_at, expires_at, last_used_at FROM api_tokens
         WHERE id = $1 AND user_id = $2",
    ))
    .bind(id)
    .bind(user_id)
    .fetch_optional(pool.reader())
    .await?
    .ok_or(Error::NotFound)?;
    token_of(&row)
}

/// Creates an API token. The return value is the only copy of its secret.
///
/// # Errors
/// [`Error::Invalid`], also for a wrong password or if the maximum number of tokens is reached;
/// [`Error::Taken`] if another token has the same name.
pub async fn create(
    pool: &Pool,
    auth: &Auth,
    user: &User,
    new: NewApiToken,
    client: &Client,
) -> Result<ApiToken, Error> {
    new.validate()?;
    let field = "current_password";
    let password = confirm(pool, auth, &user.id, field, &new.current_password, client).await?;
    let Secret { token, hash } = Secret::new()?;
    let mut scopes = new.scopes;
    scopes.sort();
    scopes.dedup();
    let now = Timestamp::now();
    let made = ApiToken {
        id: new_id(),
        name: new.name.trim().to_owned(),
        scopes,
        created_at: now,
        expires_at: new
            .expires_in_days
            .map(|days| now.plus_seconds(days * DAY_SECONDS)),
        expired: false,
        last_used_at: None,
        token: Some(token),
    };
    let mut transaction = pool.begin().await?;
    // The lock serializes concurrent requests, so each counts the tokens of those before it.
    lock_if_password_unchanged(pool, &mut transaction, &user.id, field, &password).await?;
    if count(pool, &mut transaction, &user.id).await? >= MOST_TOKENS {
        let message = format!("You already have {MOST_TOKENS} tokens. Revoke one first.");
        let violation = Violation::bounded(Code::TooMany, MOST_TOKENS as usize, message);
        return Err(Error::Invalid(vec![violation.of("name")]));
    }
    insert(pool, &mut transaction, &user.id, &made, &hash).await?;
    record(pool, &mut transaction, &user.id, Kind::TokenMade, client).await?;
    transaction.commit().await?;
    Ok(made)
}

/// Revokes an API token. It stops working at once.
///
/// # Errors
/// [`Error::NotFound`] if the user has no such token.
pub async fn revoke(pool: &Pool, user_id: &str, id: &str, client: &Client) -> Result<(), Error> {
    let mut transaction = pool.begin().await?;
    // The event comes first: it takes the locks in the same order as revoking all tokens.
    record(pool, &mut transaction, user_id, Kind::TokenRevoked, client).await?;
    let deleted = sqlx::query(pool.sql("DELETE FROM api_tokens WHERE id = $1 AND user_id = $2"))
        .bind(id)
        .bind(user_id)
        .execute(&mut transaction)
        .await?;
    if deleted.rows_affected() == 0 {
        return Err(Error::NotFound);
    }
    transaction.commit().await?;
    Ok(())
}

async fn count(pool: &Pool, transaction: &mut Transaction, user_id: &str) -> Result<i64, Error> {
    let row = sqlx::query(pool.sql("SELECT COUNT(*) AS there FROM api_tokens WHERE user_id = $1"))
        .bind(user_id)
        .fetch_one(&mut *transaction)
        .await?;
    Ok(row.try_get("there")?)
}

async fn insert(
    pool: &Pool,
    transaction: &mut Transaction,
    user_id: &str,
    made: &ApiToken,
    hash: &str,
) -> Result<(), Error> {
    sqlx::query(pool.sql(
        "INSERT INTO api_tokens (id, user_id, name, hash, scopes, created_at, expires_at)
         VALUES ($1, $2, $3, $4, $5, $6, $7)",
    ))
    .bind(made.id.as_str())
    .bind(user_id)
    .bind(made.name.as_str())
    .bind(hash)
    .bind(Scope::write_list(&made.scopes))
    .bind(made.created_at.0)
    .bind(made.expires_at.map(|instant| instant.0))
    .execute(&mut *transaction)
    .await
    .map_err(taken)?;
    Ok(())
}

fn taken(error: sqlx::Error) -> Error {
    match error {
        sqlx::Error::Database(error) if error.is_unique_violation() => {
            Error::taken("name", "You already have a token with this name.")
        }
        other => other.into(),
    }
}

fn token_of(row: &AnyRow) -> Result<ApiToken, Error> {
    let expires_at = row.try_get::<Option<i64>, _>("expires_at")?.map(Timestamp);
    Ok(ApiToken {
        id: row.try_get("id")?,
        name: row.try_get("name")?,
        scopes: Scope::parse_list(row.try_get("scopes")?),
        created_at: Timestamp(row.try_get("created_at")?),
        expires_at,
        expired: expires_at.is_some_and(|instant| instant <= Timestamp::now()),
        last_used_at: row
            .try_get::<Option<i64>, _>("last_used_at")?
            .map(Timestamp),
        token: None,
    })
}
