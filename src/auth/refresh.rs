//! Session refresh: exchanges the current refresh token for the next one.

use sqlx::{Any, Executor, Row};

use super::Auth;
use super::refresh_token::{RefreshToken, TagKey};
use super::sessions::{Started, end, end_of};
use crate::auth::events::Kind;
use crate::db::{Pool, Timestamp, Transaction};
use crate::error::Error;
use crate::http::Client;
use crate::limits::Limit;

/// Time during which a client may repeat a refresh whose response was lost, in seconds.
const GRACE_SECONDS: i64 = 10;

/// Excludes sessions of disabled accounts. A statement that locks the session omits this condition,
/// because it would lock the user's row too.
const OF_ENABLED_USER: &str = " AND EXISTS
    (SELECT 1 FROM users WHERE users.id = sessions.user_id AND users.disabled = 0)";

const REFUSED: Error = Error::Credentials("The refresh token is not valid. Sign in again.");

/// The columns of a session that decide about its refresh tokens.
struct Stored {
    user_id: String,
    user_agent: String,
    created_at: Timestamp,
    last_seen_at: Timestamp,
    generation: i64,
    hash: String,
    key: TagKey,
}

/// Status of a genuine token.
enum Verdict {
    Current,
    /// The token was used moments ago and the response was lost. Holds the same response.
    LostAnswer(RefreshToken),
    Reused,
    /// The session has never issued it, as after restoring an older backup.
    Unknown,
}

/// Exchanges a refresh token for the next one (RFC 9700, section 4.14.2). Reuse of an old token
/// ends its session, unless a client repeats a refresh at once because the response was lost.
///
/// # Errors
/// [`Error::Credentials`] if the token is unknown, already used, or of a session that has ended;
/// [`Error::TooManyRequests`] if the client exceeds its quota.
pub async fn refresh(
    pool: &Pool,
    auth: &Auth,
    token: &str,
    client: &Client,
) -> Result<Started, Error> {
    let token = genuine(pool, auth, token, client).await?;
    let mut transaction = pool.begin().await?;
    // Serializes requests that refresh or end the same session.
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
            transaction.rollback().await?;
            return Err(end_reused(pool, &stored, &token, client).await);
        }
    };
    Ok(Started {
        session_id: token.session_id(),
        user_id: stored.user_id,
        refresh_token: next.text(),
    })
}

/// Ends the session of a reused token and returns the error of the response. Uses a separate
/// transaction, because ending a session locks the user's row before the session's.
async fn end_reused(pool: &Pool, stored: &Stored, token: &RefreshToken, client: &Client) -> Error {
    let kind = Kind::RefreshTokenReused;
    match end(pool, &stored.user_id, &token.session_id(), kind, client).await {
        Ok(()) | Err(Error::NotFound) => REFUSED,
        Err(error) => error,
    }
}

/// Parses a token and checks that it was issued for a live session. Invalid tokens count against a
/// separate limit, so that they do not prevent refreshes from the same address.
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
        .spend(pool, limit, &client.address, &client.quotas)
        .await?;
    token.ok_or(REFUSED)
}

/// Returns the live session a token was issued for. `more` is appended to the statement.
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
        // The current token was issued when its predecessor was used.
        let just_spent = self.last_seen_at > now.plus_seconds(-GRACE_SECONDS);
        if just_spent && self.user_agent == client.user_agent {
            // The signing key may have been rotated meanwhile, so any key may have produced the
            // successor.
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

/// Stores `next` as the current token of its session.
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
