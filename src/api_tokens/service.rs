//! API token rules and their SQL.

use garde::Validate;

use super::table::TokenRow;
use super::{API_TOKENS, ApiToken, NewApiToken};
use crate::accounts::service::{confirm, lock_if_password_unchanged};
use crate::auth::events::Kind;
use crate::auth::events::service::record;
use crate::auth::{Auth, Scope, Secret, User};
use crate::db::{Pool, Sql, Timestamp, Transaction, is_unique_violation, new_id, row};
use crate::error::{Code, Error, Violation};
use crate::http::Client;
use crate::locale::message;

/// Maximum number of tokens per account. More indicate a program that creates tokens and forgets
/// them.
const MOST_TOKENS: i64 = 50;

const DAY_SECONDS: i64 = 24 * 60 * 60;

row! {
    struct ListedRow {
        id: String,
        name: String,
        scopes: String,
        created_at: Timestamp,
        expires_at: Option<Timestamp>,
        last_used_at: Option<Timestamp>,
    }
}

/// Lists the API tokens of a user, newest first.
///
/// # Errors
/// Any error of the database.
pub async fn list(pool: &Pool, user_id: &str) -> Result<Vec<ApiToken>, Error> {
    let sql = Sql::select::<ListedRow>()
        .push(" FROM api_tokens WHERE user_id = ")
        .bind(user_id)
        .push(" ORDER BY created_at DESC, id DESC");
    let rows = pool.fetch(sql).await?;
    Ok(rows.into_iter().map(token_of).collect())
}

/// Returns an API token of a user.
///
/// # Errors
/// [`Error::NotFound`] if the user has no such token.
pub async fn read(pool: &Pool, user_id: &str, id: &str) -> Result<ApiToken, Error> {
    let sql = Sql::select::<ListedRow>()
        .push(" FROM api_tokens WHERE id = ")
        .bind(id)
        .push(" AND user_id = ")
        .bind(user_id);
    let row = pool.fetch_optional(sql).await?;
    row.map(token_of).ok_or(Error::NotFound)
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
    lock_if_password_unchanged(&mut transaction, &user.id, field, &password).await?;
    if count(&mut transaction, &user.id).await? >= MOST_TOKENS {
        let message = message!("token-too-many", most = MOST_TOKENS);
        let violation = Violation::bounded(Code::TooMany, MOST_TOKENS as usize, message);
        return Err(Error::Invalid(vec![violation.of("name")]));
    }
    insert(&mut transaction, &user.id, &made, &hash).await?;
    record(&mut transaction, &user.id, Kind::TokenMade, client).await?;
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
    record(&mut transaction, user_id, Kind::TokenRevoked, client).await?;
    let delete = Sql::new("DELETE FROM api_tokens WHERE id = ")
        .bind(id)
        .push(" AND user_id = ")
        .bind(user_id);
    if transaction.run(delete).await? == 0 {
        return Err(Error::NotFound);
    }
    transaction.commit().await?;
    Ok(())
}

async fn count(transaction: &mut Transaction, user_id: &str) -> Result<i64, Error> {
    let sql = Sql::new("SELECT COUNT(*) FROM api_tokens WHERE user_id = ").bind(user_id);
    Ok(transaction.fetch_value(sql).await?.unwrap_or_default())
}

async fn insert(
    transaction: &mut Transaction,
    user_id: &str,
    made: &ApiToken,
    hash: &str,
) -> Result<(), Error> {
    let row = TokenRow {
        id: made.id.clone(),
        user_id: user_id.to_owned(),
        name: made.name.clone(),
        hash: hash.to_owned(),
        scopes: Scope::write_list(&made.scopes),
        created_at: made.created_at,
        expires_at: made.expires_at,
        last_used_at: made.last_used_at,
    };
    transaction
        .insert_rows(&API_TOKENS, &[row.to_values()])
        .await
        .map_err(taken)
}

fn taken(error: Error) -> Error {
    match is_unique_violation(&error) {
        true => Error::taken("name", message!("token-name-taken")),
        false => error,
    }
}

fn token_of(row: ListedRow) -> ApiToken {
    ApiToken {
        id: row.id,
        name: row.name,
        scopes: Scope::parse_list(&row.scopes),
        created_at: row.created_at,
        expires_at: row.expires_at,
        expired: row
            .expires_at
            .is_some_and(|instant| instant <= Timestamp::now()),
        last_used_at: row.last_used_at,
        token: None,
    }
}
