//! Session refresh: exchanges the current refresh token for the next one.

use super::Auth;
use super::refresh_token::{RefreshToken, TagKey};
use super::sessions::{Started, end, end_of};
use crate::auth::events::Kind;
use crate::db::{Pool, Sql, Timestamp, Transaction, row};
use crate::error::Error;
use crate::http::Client;
use crate::limits::Limit;
use crate::locale::message;

/// Time during which a client may repeat a refresh whose response was lost, in seconds.
const GRACE_SECONDS: i64 = 10;

/// Excludes sessions of disabled accounts. A statement that locks the session omits this condition,
/// because it would lock the user's row too.
const OF_ENABLED_USER: &str = " AND EXISTS
    (SELECT 1 FROM users WHERE users.id = sessions.user_id AND users.disabled = 0)";

const REFUSED: Error = Error::Credentials(message!("error-refresh-token"));

row! {
    struct StoredRow {
        user_id: String,
        user_agent: String,
        created_at: Timestamp,
        last_seen_at: Timestamp,
        refresh_generation: i64,
        refresh_hash: String,
        refresh_key: String,
    }
}

/// The columns of a session that decide about its refresh tokens.
struct Stored {
    row: StoredRow,
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
    let find = session_of(&token).append(pool.engine().for_update());
    let row = transaction.fetch_optional(find).await?;
    let stored = Stored::of(&token, row).ok_or(REFUSED)?;
    let now = Timestamp::now();
    let next = match stored.judge(auth, &token, client, now) {
        Verdict::Current => {
            let next = token.successor(&auth.keys.signing(), &stored.key);
            let expires_at = end_of(stored.row.created_at, now, auth);
            advance(&mut transaction, &next, client, now, expires_at).await?;
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
        user_id: stored.row.user_id,
        refresh_token: next.text(),
    })
}

/// Ends the session of a reused token and returns the error of the response. Uses a separate
/// transaction, because ending a session locks the user's row before the session's.
async fn end_reused(pool: &Pool, stored: &Stored, token: &RefreshToken, client: &Client) -> Error {
    let kind = Kind::RefreshTokenReused;
    let user_id = &stored.row.user_id;
    match end(pool, user_id, &token.session_id(), kind, client).await {
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
    if let Some(parsed) = &token {
        let find = session_of(parsed).push(OF_ENABLED_USER);
        if Stored::of(parsed, pool.fetch_optional(find).await?).is_none() {
            token = None;
        }
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

/// Statement that finds the live session that a token names.
fn session_of(token: &RefreshToken) -> Sql {
    Sql::select::<StoredRow>()
        .push(" FROM sessions WHERE id = ")
        .bind(token.session_id())
        .push(" AND expires_at > ")
        .bind(Timestamp::now())
}

impl Stored {
    /// Returns the session that was found for a token, if it has issued the token.
    fn of(token: &RefreshToken, row: Option<StoredRow>) -> Option<Stored> {
        let row = row?;
        let key = TagKey::parse(&row.refresh_key)?;
        token.is_genuine(&key).then_some(Stored { row, key })
    }

    fn judge(&self, auth: &Auth, token: &RefreshToken, client: &Client, now: Timestamp) -> Verdict {
        let row = &self.row;
        if token.generation() == row.refresh_generation && token.hash() == row.refresh_hash {
            return Verdict::Current;
        }
        if token.generation() >= row.refresh_generation {
            return Verdict::Unknown;
        }
        // The current token was issued when its predecessor was used.
        let just_spent = row.last_seen_at > now.plus_seconds(-GRACE_SECONDS);
        if just_spent && row.user_agent == client.user_agent {
            // The signing key may have been rotated meanwhile, so any key may have produced the
            // successor.
            for signing in auth.keys.all().iter() {
                let next = token.successor(signing, &self.key);
                if next.hash() == row.refresh_hash {
                    return Verdict::LostAnswer(next);
                }
            }
        }
        Verdict::Reused
    }
}

/// Stores `next` as the current token of its session.
async fn advance(
    transaction: &mut Transaction,
    next: &RefreshToken,
    client: &Client,
    now: Timestamp,
    expires_at: Timestamp,
) -> Result<(), Error> {
    let update = Sql::new("UPDATE sessions SET user_agent = ")
        .bind(client.user_agent.as_str())
        .push(", address = ")
        .bind(client.address.as_str())
        .push(", last_seen_at = ")
        .bind(now)
        .push(", expires_at = ")
        .bind(expires_at)
        .push(", refresh_generation = ")
        .bind(next.generation())
        .push(", refresh_hash = ")
        .bind(next.hash())
        .push(" WHERE id = ")
        .bind(next.session_id());
    transaction.run(update).await?;
    Ok(())
}
