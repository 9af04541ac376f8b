//! Sessions. A sign-in creates one; every access and refresh token belongs to one.

use aws_lc_rs::digest;
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde::Serialize;
use uuid::Uuid;

use super::refresh_token::{RefreshToken, TagKey};
use super::table::SessionRow;
use super::{Auth, SESSIONS, revoke_all};
use crate::auth::events::Kind;
use crate::auth::events::service::record;
use crate::db::{Pool, Sql, Timestamp, Transaction, delete_before, row};
use crate::error::Error;
use crate::http::Client;

/// Maximum lifetime of a session, in seconds: 90 days, even with regular use.
const LONGEST_SECONDS: i64 = 90 * 86_400;

/// Maximum number of sessions per account. It bounds the cost of listing and ending them.
const MOST_SESSIONS: usize = 1_000;

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
    transaction: &mut Transaction,
    auth: &Auth,
    user_id: &str,
    client: &Client,
) -> Result<Started, Error> {
    let now = Timestamp::now();
    let session = Uuid::now_v7();
    let key = TagKey::generate()?;
    let token = RefreshToken::first(session, &key)?;
    make_room(transaction, user_id).await?;
    let row = SessionRow {
        id: session.to_string(),
        user_id: user_id.to_owned(),
        user_agent: client.user_agent.clone(),
        address: client.address.clone(),
        created_at: now,
        last_seen_at: now,
        expires_at: end_of(now, now, auth),
        refresh_generation: token.generation(),
        refresh_hash: token.hash(),
        refresh_key: key.text(),
    };
    transaction
        .insert_rows(&SESSIONS, &[row.to_values()])
        .await?;
    Ok(Started {
        session_id: row.id,
        user_id: user_id.to_owned(),
        refresh_token: token.text(),
    })
}

/// Ends the least recently used sessions of a user if a new one would exceed the maximum.
async fn make_room(transaction: &mut Transaction, user_id: &str) -> Result<(), Error> {
    let last = Sql::new("SELECT last_seen_at FROM sessions WHERE user_id = ")
        .bind(user_id)
        .push(" ORDER BY last_seen_at DESC")
        .limit(1)
        .offset(MOST_SESSIONS - 1);
    let Some(last) = transaction.fetch_value::<Timestamp>(last).await? else {
        return Ok(());
    };
    let delete = Sql::new("DELETE FROM sessions WHERE user_id = ")
        .bind(user_id)
        .push(" AND last_seen_at <= ")
        .bind(last);
    transaction.run(delete).await?;
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
    let sql = Sql::new("SELECT s.id FROM users u JOIN sessions s ON s.user_id = u.id")
        .push(" WHERE u.email_folded = ")
        .bind(email_folded)
        .push(" AND s.address = ")
        .bind(address)
        .push(" AND s.expires_at > ")
        .bind(Timestamp::now())
        .limit(1);
    Ok(pool.fetch_value::<String>(sql).await?.is_some())
}

row! {
    struct ListedRow {
        id: String,
        user_agent: String,
        address: String,
        created_at: Timestamp,
        last_seen_at: Timestamp,
        expires_at: Timestamp,
    }
}

/// Lists the live sessions of a user, most recently used first.
pub async fn list(pool: &Pool, user_id: &str, current: &str) -> Result<Vec<Session>, Error> {
    let sql = Sql::select::<ListedRow>()
        .push(" FROM sessions WHERE user_id = ")
        .bind(user_id)
        .push(" AND expires_at > ")
        .bind(Timestamp::now())
        .push(" ORDER BY last_seen_at DESC, id DESC");
    let rows: Vec<ListedRow> = pool.fetch(sql).await?;
    let sessions = rows.into_iter().map(|row| Session {
        current: row.id == current,
        id: row.id,
        user_agent: row.user_agent,
        address: row.address,
        created_at: row.created_at,
        last_seen_at: row.last_seen_at,
        expires_at: row.expires_at,
    });
    Ok(sessions.collect())
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
    record(&mut transaction, user_id, kind, client).await?;
    if delete(&mut transaction, user_id, session_id).await? {
        transaction.commit().await?;
        return Ok(());
    }
    transaction.rollback().await?;
    Err(Error::NotFound)
}

/// Ends all sessions of a user except `kept`. Returns the number of ended sessions.
pub async fn end_others(
    transaction: &mut Transaction,
    user_id: &str,
    kept: &str,
) -> Result<u64, Error> {
    let delete = Sql::new("DELETE FROM sessions WHERE user_id = ")
        .bind(user_id)
        .push(" AND id <> ")
        .bind(kept);
    transaction.run(delete).await
}

/// Ends all sessions of a user and revokes all API tokens. Returns the number of ended sessions.
pub async fn end_all(transaction: &mut Transaction, user_id: &str) -> Result<u64, Error> {
    let ended = end_others(transaction, user_id, "").await?;
    revoke_all(transaction, user_id).await?;
    Ok(ended)
}

async fn delete(
    transaction: &mut Transaction,
    user_id: &str,
    session_id: &str,
) -> Result<bool, Error> {
    let delete = Sql::new("DELETE FROM sessions WHERE id = ")
        .bind(session_id)
        .push(" AND user_id = ")
        .bind(user_id);
    Ok(transaction.run(delete).await? == 1)
}

/// Deletes at most `most` expired sessions. Returns their number.
pub async fn delete_expired(pool: &Pool, now: Timestamp, most: u32) -> Result<u64, Error> {
    delete_before(pool, &SESSIONS, "expires_at", now, most).await
}

/// Hashes a token with SHA-256. A slow hash is unnecessary, because tokens have 256 random bits.
pub(super) fn hashed(token: &str) -> String {
    URL_SAFE_NO_PAD.encode(digest::digest(&digest::SHA256, token.as_bytes()))
}
