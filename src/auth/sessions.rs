//! Sessions. A sign-in creates one; every access and refresh token belongs to one.

use aws_lc_rs::digest;
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde::Serialize;
use sqlx::Row;
use uuid::Uuid;

use super::refresh_token::{RefreshToken, TagKey};
use super::{Auth, SESSIONS, revoke_all};
use crate::auth::events::Kind;
use crate::auth::events::service::record;
use crate::db::{Pool, Timestamp, Transaction, delete_before};
use crate::error::Error;
use crate::http::Client;

/// Maximum lifetime of a session, in seconds: 90 days, even with regular use.
const LONGEST_SECONDS: i64 = 90 * 86_400;

/// Maximum number of sessions per account. It bounds the cost of listing and ending them.
const MOST_SESSIONS: i64 = 1_000;

/// A signed-in device or program of an account.
#[derive(Serialize, utoipa::ToSchema)]
pub struct Session {
    /// Id of the session; also the `sid` claim of its tokens.
    pub id: String,
    /// User agent reported by the client.
    #[schema(example = "curl/8.5.0")]
    pub user_agent: String,
    /// IP address of the last refresh.
    #[schema(example = "192.0.2.7")]
    pub address: String,
    /// Time of sign-in.
    #[schema(value_type = String, format = DateTime)]
    pub created_at: Timestamp,
    /// Time of the last refresh.
    #[schema(value_type = String, format = DateTime)]
    pub last_seen_at: Timestamp,
    /// Time of expiry without a further refresh; at the latest 90 days after sign-in.
    #[schema(value_type = String, format = DateTime)]
    pub expires_at: Timestamp,
    /// True for the session of this request.
    pub current: bool,
}

/// A session and its current refresh token.
pub struct Started {
    /// Id of the session.
    pub session_id: String,
    /// Id of the user.
    pub user_id: String,
    /// The opaque refresh token. Only its hash is stored.
    pub refresh_token: String,
}

/// Starts a session for a user who has just authenticated.
///
/// # Errors
/// Any error of the database.
pub async fn start(
    pool: &Pool,
    transaction: &mut Transaction,
    auth: &Auth,
    user_id: &str,
    client: &Client,
) -> Result<Started, Error> {
    let now = Timestamp::now();
    let session = Uuid::now_v7();
    let key = TagKey::generate()?;
    let token = RefreshToken::first(session, &key)?;
    make_room(pool, transaction, user_id).await?;
    sqlx::query(pool.sql(
        "INSERT INTO sessions
         (id, user_id, user_agent, address, created_at, last_seen_at, expires_at,
          refresh_generation, refresh_hash, refresh_key)
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)",
    ))
    .bind(session.to_string())
    .bind(user_id)
    .bind(client.user_agent.as_str())
    .bind(client.address.as_str())
    .bind(now.0)
    .bind(now.0)
    .bind(end_of(now, now, auth).0)
    .bind(token.generation())
    .bind(token.hash())
    .bind(key.text())
    .execute(&mut *transaction)
    .await?;
    Ok(Started {
        session_id: session.to_string(),
        user_id: user_id.to_owned(),
        refresh_token: token.text(),
    })
}

/// Ends the least recently used sessions of a user if a new one would exceed the maximum.
async fn make_room(pool: &Pool, transaction: &mut Transaction, user_id: &str) -> Result<(), Error> {
    let sql = format!(
        "SELECT last_seen_at FROM sessions WHERE user_id = $1
         ORDER BY last_seen_at DESC LIMIT 1 OFFSET {}",
        MOST_SESSIONS - 1
    );
    let last = sqlx::query(pool.sql(sql))
        .bind(user_id)
        .fetch_optional(&mut *transaction)
        .await?;
    let Some(last) = last else {
        return Ok(());
    };
    sqlx::query(pool.sql("DELETE FROM sessions WHERE user_id = $1 AND last_seen_at <= $2"))
        .bind(user_id)
        .bind(last.try_get::<i64, _>("last_seen_at")?)
        .execute(&mut *transaction)
        .await?;
    Ok(())
}

/// Returns the expiry of a session started at `begun` and used at `now`.
pub(super) fn end_of(begun: Timestamp, now: Timestamp, auth: &Auth) -> Timestamp {
    let unused = now.plus_seconds(auth.session_seconds);
    Timestamp(unused.0.min(begun.plus_seconds(LONGEST_SECONDS).0))
}

/// Returns true if an account has a live session at the client's address. `email_folded` is the
/// case-folded e-mail address of the account.
pub async fn is_known_at(pool: &Pool, email_folded: &str, address: &str) -> Result<bool, Error> {
    let row = sqlx::query(pool.sql(
        "SELECT s.id FROM users u JOIN sessions s ON s.user_id = u.id
         WHERE u.email_folded = $1 AND s.address = $2 AND s.expires_at > $3 LIMIT 1",
    ))
    .bind(email_folded)
    .bind(address)
    .bind(Timestamp::now().0)
    .fetch_optional(pool.reader())
    .await?;
    Ok(row.is_some())
}

/// Lists the live sessions of a user, most recently used first.
pub async fn list(pool: &Pool, user_id: &str, current: &str) -> Result<Vec<Session>, Error> {
    let rows = sqlx::query(pool.sql(
        "SELECT id, user_agent, address, created_at, last_seen_at, expires_at FROM sessions
         WHERE user_id = $1 AND expires_at > $2 ORDER BY last_seen_at DESC, id DESC",
    ))
    .bind(user_id)
    .bind(Timestamp::now().0)
    .fetch_all(pool.reader())
    .await?;
    rows.iter()
        .map(|row| {
            let id: String = row.try_get("id")?;
            Ok(Session {
                user_agent: row.try_get("user_agent")?,
                address: row.try_get("address")?,
                created_at: Timestamp(row.try_get("created_at")?),
                last_seen_at: Timestamp(row.try_get("last_seen_at")?),
                expires_at: Timestamp(row.try_get("expires_at")?),
                current: id == current,
                id,
            })
        })
        .collect()
}

/// Ends a session of a user and records a security event of this kind.
///
/// # Errors
/// [`Error::NotFound`] if the user has no such session.
pub async fn end(
    pool: &Pool,
    user_id: &str,
    session_id: &str,
    kind: Kind,
    client: &Client,
) -> Result<(), Error> {
    let mut transaction = pool.begin().await?;
    // The event comes first: its foreign key locks the user's row before the session's, the same
    // order as deleting an account.
    record(pool, &mut transaction, user_id, kind, client).await?;
    if delete(pool, &mut transaction, user_id, session_id).await? {
        transaction.commit().await?;
        return Ok(());
    }
    transaction.rollback().await?;
    Err(Error::NotFound)
}

/// Ends all sessions of a user except `kept`. Returns the number of ended sessions.
pub async fn end_others(
    pool: &Pool,
    transaction: &mut Transaction,
    user_id: &str,
    kept: &str,
) -> Result<u64, Error> {
    let ended = sqlx::query(pool.sql("DELETE FROM sessions WHERE user_id = $1 AND id <> $2"))
        .bind(user_id)
        .bind(kept)
        .execute(&mut *transaction)
        .await?;
    Ok(ended.rows_affected())
}

/// Ends all sessions of a user and revokes all API tokens. Returns the number of ended sessions.
pub async fn end_all(
    pool: &Pool,
    transaction: &mut Transaction,
    user_id: &str,
) -> Result<u64, Error> {
    let ended = end_others(pool, transaction, user_id, "").await?;
    revoke_all(pool, transaction, user_id).await?;
    Ok(ended)
}

async fn delete(
    pool: &Pool,
    transaction: &mut Transaction,
    user_id: &str,
    session_id: &str,
) -> Result<bool, Error> {
    let deleted = sqlx::query(pool.sql("DELETE FROM sessions WHERE id = $1 AND user_id = $2"))
        .bind(session_id)
        .bind(user_id)
        .execute(&mut *transaction)
        .await?;
    Ok(deleted.rows_affected() == 1)
}

/// Deletes at most `most` expired sessions. Returns their number.
pub async fn delete_expired(pool: &Pool, now: Timestamp, most: u32) -> Result<u64, Error> {
    delete_before(pool, &SESSIONS, "expires_at", now, most).await
}

/// Hashes a token with SHA-256. A slow hash is unnecessary, because tokens have 256 random bits.
pub(super) fn hashed(token: &str) -> String {
    URL_SAFE_NO_PAD.encode(digest::digest(&digest::SHA256, token.as_bytes()))
}
