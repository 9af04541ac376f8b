//! Sessions: rows that a sign-in makes, and that every token depends on.

use aws_lc_rs::digest;
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde::Serialize;
use sqlx::Row;
use uuid::Uuid;

use super::refresh_token::{RefreshToken, TagKey};
use super::{Auth, Client, SESSIONS, revoke_all};
use crate::db::{Pool, Timestamp, Transaction, delete_before};
use crate::error::Error;
use crate::events::Kind;
use crate::events::service::record;

/// After how many seconds a session ends, however often it is used: 90 days.
const LONGEST_SECONDS: i64 = 90 * 86_400;

/// The most sessions of an account, so that they are listed and ended in good time.
const MOST_SESSIONS: i64 = 1_000;

/// A place where an account is signed in.
#[derive(Serialize, utoipa::ToSchema)]
pub struct Session {
    /// The session's id, also the `sid` claim of its tokens.
    pub id: String,
    /// The client's own name for itself.
    #[schema(example = "curl/8.5.0")]
    pub user_agent: String,
    /// The IP address that it was last refreshed from.
    #[schema(example = "192.0.2.7")]
    pub address: String,
    /// When it was signed in.
    #[schema(value_type = String, format = DateTime)]
    pub created_at: Timestamp,
    /// When it was last refreshed.
    #[schema(value_type = String, format = DateTime)]
    pub last_seen_at: Timestamp,
    /// When it ends if it is not refreshed; at the latest 90 days after it was signed in.
    #[schema(value_type = String, format = DateTime)]
    pub expires_at: Timestamp,
    /// Whether it is the one that asks.
    pub current: bool,
}

/// A session's id and its next refresh token.
pub struct Started {
    /// The session.
    pub session_id: String,
    /// The user that it is for.
    pub user_id: String,
    /// The opaque token, of which only the hash is kept.
    pub refresh_token: String,
}

/// Begins a session for a user who has just proved who they are.
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

/// Ends the sessions of a user that were unused for the longest, if one more would be too many.
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

/// When a session ends that began then and is used now.
pub(super) fn end_of(begun: Timestamp, now: Timestamp, auth: &Auth) -> Timestamp {
    let unused = now.plus_seconds(auth.session_seconds);
    Timestamp(unused.0.min(begun.plus_seconds(LONGEST_SECONDS).0))
}

/// Whether the account with a folded e-mail address has a live session at a client's address.
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

/// The live sessions of a user, the last used first.
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

/// Ends one session of a user, which is kept as an event of this kind.
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
    // The event comes first: its foreign key locks the user's row before the session's, in the
    // order of an account's deletion.
    record(pool, &mut transaction, user_id, kind, client).await?;
    if delete(pool, &mut transaction, user_id, session_id).await? {
        transaction.commit().await?;
        return Ok(());
    }
    transaction.rollback().await?;
    Err(Error::NotFound)
}

/// Ends all sessions of a user but the one given, and tells how many those were.
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

/// Ends all sessions of a user and revokes all API tokens: nothing that was given out holds on.
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

/// Deletes at most `most` sessions that have expired, and returns their number.
pub async fn delete_expired(pool: &Pool, now: Timestamp, most: u32) -> Result<u64, Error> {
    delete_before(pool, &SESSIONS, "expires_at", now, most).await
}

/// SHA-256: enough for a token of 256 random bits, which nobody can guess.
pub(super) fn hashed(token: &str) -> String {
    URL_SAFE_NO_PAD.encode(digest::digest(&digest::SHA256, token.as_bytes()))
}
