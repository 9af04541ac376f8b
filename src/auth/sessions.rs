//! Sessions: rows that a sign-in makes, and that every token depends on.

use aws_lc_rs::digest;
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde::Serialize;
use sqlx::{Any, Executor, Row};
use uuid::Uuid;

use super::refresh_token::{RefreshToken, TagKey};
use super::{Auth, Client, revoke_all};
use crate::db::{Pool, Timestamp, Transaction, delete_before};
use crate::error::Error;
use crate::events::Kind;
use crate::events::service::record;
use crate::limits::Limit;

/// How long a client may ask again for an answer that was lost, in seconds.
const GRACE_SECONDS: i64 = 10;

/// After how many seconds a session ends, however often it is used: 90 days.
const LONGEST_SECONDS: i64 = 90 * 86_400;

/// Leaves out the sessions of disabled accounts. A statement that locks the session does without it:
/// the account's row would be locked too.
const OF_ENABLED_USER: &str = " AND EXISTS
    (SELECT 1 FROM users WHERE users.id = sessions.user_id AND users.disabled = 0)";

const REFUSED: Error = Error::Credentials("The refresh token is not valid, or no longer.");

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

/// The part of a session's row that judges its refresh tokens.
struct Stored {
    user_id: String,
    user_agent: String,
    created_at: Timestamp,
    last_seen_at: Timestamp,
    generation: i64,
    hash: String,
    key: TagKey,
}

/// The use that a genuine token is still good for.
enum Verdict {
    Current,
    /// The token was spent a moment ago; this is the answer that got lost.
    LostAnswer(RefreshToken),
    Reused,
    /// The session knows nothing of it, as after the restore of an older backup.
    Unknown,
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

/// When a session ends that began then and is used now.
fn end_of(begun: Timestamp, now: Timestamp, auth: &Auth) -> Timestamp {
    let unused = now.plus_seconds(auth.session_seconds);
    Timestamp(unused.0.min(begun.plus_seconds(LONGEST_SECONDS).0))
}

/// Spends a refresh token for the next one (RFC 9700, section 4.14.2). A spent one ends its
/// session, unless a client asks again at once because it never got the answer.
///
/// # Errors
/// [`Error::Credentials`] if the token is unknown, spent, or of a session that has ended, or
/// [`Error::TooManyRequests`].
pub async fn refresh(
    pool: &Pool,
    auth: &Auth,
    token: &str,
    client: &Client,
) -> Result<Started, Error> {
    let token = genuine(pool, auth, token, client).await?;
    let mut transaction = pool.begin().await?;
    // Requests that spend or end the same session come one after another.
    let lock = pool.engine().for_update();
    let stored = find(pool, &mut transaction, &token, lock).await?;
    let stored = stored.ok_or(REFUSED)?;
    let now = Timestamp::now();
    let next = match stored.judge(auth, &token, client, now) {
        Verdict::Current => {
            let next = token.successor(&auth.keys.signing(), &stored.key);
            let expires_at = end_of(stored.created_at, now, auth);
            advance(pool, &mut transaction, &next, client, now, expires_at).await?;
            transaction.commit().await?;
            next
        }
        Verdict::LostAnswer(next) => {
            transaction.rollback().await?;
            next
        }
        Verdict::Unknown => return Err(REFUSED),
        Verdict::Reused => {
            // The session is ended in a transaction of its own, which locks the user's row first.
            transaction.rollback().await?;
            let kind = Kind::RefreshTokenReused;
            let ended = end(pool, &stored.user_id, &token.session_id(), kind, client).await;
            return Err(match ended {
                Ok(()) | Err(Error::NotFound) => REFUSED,
                Err(error) => error,
            });
        }
    };
    Ok(Started {
        session_id: token.session_id(),
        user_id: stored.user_id,
        refresh_token: next.text(),
    })
}

/// The token, if it was issued for a live session. Others are counted apart, so that made-up tokens
/// keep nobody at the same address from refreshing.
async fn genuine(
    pool: &Pool,
    auth: &Auth,
    token: &str,
    client: &Client,
) -> Result<RefreshToken, Error> {
    let mut token = RefreshToken::parse(token);
    if let Some(parsed) = &token
        && find(pool, pool.reader(), parsed, OF_ENABLED_USER)
            .await?
            .is_none()
    {
        token = None;
    }
    let limit = match token {
        Some(_) => Limit::Refresh,
        None => Limit::UnknownRefresh,
    };
    auth.limits
        .spend(pool, limit, &client.address, &client.standings)
        .await?;
    token.ok_or(REFUSED)
}

/// The live session that a token was issued for. `more` ends the statement.
async fn find<'e>(
    pool: &Pool,
    executor: impl Executor<'e, Database = Any>,
    token: &RefreshToken,
    more: &str,
) -> Result<Option<Stored>, Error> {
    let row = sqlx::query(pool.sql(format!(
        "SELECT user_id, user_agent, created_at, last_seen_at, refresh_generation, refresh_hash,
             refresh_key
         FROM sessions WHERE id = $1 AND expires_at > $2{more}"
    )))
    .bind(token.session_id())
    .bind(Timestamp::now().0)
    .fetch_optional(executor)
    .await?;
    let Some(row) = row else {
        return Ok(None);
    };
    let Some(key) = TagKey::parse(row.try_get("refresh_key")?) else {
        return Ok(None);
    };
    let stored = Stored {
        user_id: row.try_get("user_id")?,
        user_agent: row.try_get("user_agent")?,
        created_at: Timestamp(row.try_get("created_at")?),
        last_seen_at: Timestamp(row.try_get("last_seen_at")?),
        generation: row.try_get("refresh_generation")?,
        hash: row.try_get("refresh_hash")?,
        key,
    };
    Ok(token.is_genuine(&stored.key).then_some(stored))
}

impl Stored {
    fn judge(&self, auth: &Auth, token: &RefreshToken, client: &Client, now: Timestamp) -> Verdict {
        if token.generation() == self.generation && token.hash() == self.hash {
            return Verdict::Current;
        }
        if token.generation() >= self.generation {
            return Verdict::Unknown;
        }
        // The current token was issued when the one before it was spent.
        let just_spent = self.last_seen_at > now.plus_seconds(-GRACE_SECONDS);
        if just_spent && self.user_agent == client.user_agent {
            // Keys may have been rotated in between, so any of them may have made the successor.
            for signing in auth.keys.all().iter() {
                let next = token.successor(signing, &self.key);
                if next.hash() == self.hash {
                    return Verdict::LostAnswer(next);
                }
            }
        }
        Verdict::Reused
    }
}

/// Makes `next` the current token of its session.
async fn advance(
    pool: &Pool,
    transaction: &mut Transaction,
    next: &RefreshToken,
    client: &Client,
    now: Timestamp,
    expires_at: Timestamp,
) -> Result<(), Error> {
    sqlx::query(pool.sql(
        "UPDATE sessions SET user_agent = $1, address = $2, last_seen_at = $3, expires_at = $4,
             refresh_generation = $5, refresh_hash = $6
         WHERE id = $7",
    ))
    .bind(client.user_agent.as_str())
    .bind(client.address.as_str())
    .bind(now.0)
    .bind(expires_at.0)
    .bind(next.generation())
    .bind(next.hash())
    .bind(next.session_id())
    .execute(&mut *transaction)
    .await?;
    Ok(())
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
    delete_before(pool, "sessions", "expires_at", now, most).await
}

/// SHA-256: enough for a token of 256 random bits, which nobody can guess.
pub(super) fn hashed(token: &str) -> String {
    URL_SAFE_NO_PAD.encode(digest::digest(&digest::SHA256, token.as_bytes()))
}
