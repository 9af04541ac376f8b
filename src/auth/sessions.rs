//! Sessions: rows that a sign-in makes, and that every token depends on.

use aws_lc_rs::{digest, hmac, rand};
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde::Serialize;
use sqlx::Row;

use super::{Auth, Client, SigningKey, revoke_all};
use crate::db::{Pool, Timestamp, Transaction, new_id};
use crate::error::Error;
use crate::events::Kind;
use crate::events::service::record;
use crate::limits::Limit;

/// How long a client may ask again for an answer that was lost, in seconds.
const GRACE_SECONDS: i64 = 10;

/// After how many seconds a session ends, however often it is used: 90 days.
const LONGEST_SECONDS: i64 = 90 * 86_400;

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
    /// The opaque token, 256 bits, of which only the hash is kept.
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
    let session_id = new_id();
    sqlx::query(pool.sql("DELETE FROM sessions WHERE expires_at < $1"))
        .bind(now.0)
        .execute(&mut *transaction)
        .await?;
    sqlx::query(pool.sql(
        "INSERT INTO sessions
         (id, user_id, user_agent, address, created_at, last_seen_at, expires_at)
         VALUES ($1, $2, $3, $4, $5, $6, $7)",
    ))
    .bind(session_id.as_str())
    .bind(user_id)
    .bind(client.user_agent.as_str())
    .bind(client.address.as_str())
    .bind(now.0)
    .bind(now.0)
    .bind(end_of(now, now, auth).0)
    .execute(&mut *transaction)
    .await?;
    let mut token = [0; 32];
    rand::fill(&mut token).map_err(|_| Error::Internal("no random numbers".into()))?;
    let refresh_token = URL_SAFE_NO_PAD.encode(token);
    keep(pool, transaction, &session_id, &refresh_token, now).await?;
    Ok(Started {
        session_id,
        user_id: user_id.to_owned(),
        refresh_token,
    })
}

/// When a session ends that began then and is used now.
fn end_of(begun: Timestamp, now: Timestamp, auth: &Auth) -> Timestamp {
    let unused = now.plus_seconds(auth.session_seconds);
    Timestamp(unused.0.min(begun.plus_seconds(LONGEST_SECONDS).0))
}

/// Spends a refresh token for the next one (RFC 9700, section 4.14.2). A spent one ends its
/// session, but for a client that asks again at once because it never got the answer.
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
    auth.limits
        .spend(pool, Limit::Refresh, &client.address, &client.standings)
        .await?;
    let now = Timestamp::now();
    let hash = hashed(token);
    let successor = successor(&auth.keys.signing(), token);
    let mut transaction = pool.begin().await?;
    let row = sqlx::query(pool.sql(
        "SELECT s.id, s.user_id, s.created_at FROM refresh_tokens r
         JOIN sessions s ON s.id = r.session_id
         JOIN users u ON u.id = s.user_id
         WHERE r.hash = $1 AND s.expires_at > $2 AND u.disabled = 0",
    ))
    .bind(hash.as_str())
    .bind(now.0)
    .fetch_optional(&mut transaction)
    .await?
    .ok_or(REFUSED)?;
    let begun = Timestamp(row.try_get("created_at")?);
    let started = Started {
        session_id: row.try_get("id")?,
        user_id: row.try_get("user_id")?,
        refresh_token: successor,
    };

    let spent = sqlx::query(
        pool.sql("UPDATE refresh_tokens SET spent_at = $1 WHERE hash = $2 AND spent_at IS NULL"),
    )
    .bind(now.0)
    .bind(hash.as_str())
    .execute(&mut transaction)
    .await?;
    if spent.rows_affected() == 1 {
        keep(
            pool,
            &mut transaction,
            &started.session_id,
            &started.refresh_token,
            now,
        )
        .await?;
        sqlx::query(pool.sql(
            "UPDATE sessions SET user_agent = $1, address = $2, last_seen_at = $3, expires_at = $4
             WHERE id = $5",
        ))
        .bind(client.user_agent.as_str())
        .bind(client.address.as_str())
        .bind(now.0)
        .bind(end_of(begun, now, auth).0)
        .bind(started.session_id.as_str())
        .execute(&mut transaction)
        .await?;
        transaction.commit().await?;
        return Ok(started);
    }

    if let Some(refresh_token) = repeated(pool, &mut transaction, auth, token, client, now).await? {
        transaction.commit().await?;
        return Ok(Started {
            refresh_token,
            ..started
        });
    }
    let Started {
        user_id,
        session_id,
        ..
    } = &started;
    let kind = Kind::RefreshTokenReused;
    record(pool, &mut transaction, user_id, kind, client).await?;
    delete(pool, &mut transaction, user_id, session_id).await?;
    transaction.commit().await?;
    Err(REFUSED)
}

/// The successor of a token that was spent just now, if the same client asks for it again and
/// nobody has spent it. Keys may have been rotated in between, so any of them may have made it.
async fn repeated(
    pool: &Pool,
    transaction: &mut Transaction,
    auth: &Auth,
    token: &str,
    client: &Client,
    now: Timestamp,
) -> Result<Option<String>, Error> {
    for key in auth.keys.all().iter() {
        let successor = successor(key, token);
        // Who has spent it is known only after that transaction: the update waited for it.
        let row = sqlx::query(pool.sql(
            "SELECT s.user_agent FROM refresh_tokens p
             JOIN refresh_tokens n ON n.session_id = p.session_id
             JOIN sessions s ON s.id = p.session_id
             WHERE p.hash = $1 AND p.spent_at > $2 AND n.hash = $3 AND n.spent_at IS NULL",
        ))
        .bind(hashed(token))
        .bind(now.plus_seconds(-GRACE_SECONDS).0)
        .bind(hashed(&successor))
        .fetch_optional(&mut *transaction)
        .await?;
        if let Some(row) = row {
            let last: String = row.try_get("user_agent")?;
            return Ok((last == client.user_agent).then_some(successor));
        }
    }
    Ok(None)
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
    // Before the session, so that rows are locked in the order in which an account's deletion does.
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

async fn keep(
    pool: &Pool,
    transaction: &mut Transaction,
    session_id: &str,
    token: &str,
    now: Timestamp,
) -> Result<(), Error> {
    sqlx::query(
        pool.sql("INSERT INTO refresh_tokens (hash, session_id, issued_at) VALUES ($1, $2, $3)"),
    )
    .bind(hashed(token))
    .bind(session_id)
    .bind(now.0)
    .execute(&mut *transaction)
    .await?;
    Ok(())
}

/// SHA-256: enough for a token of 256 random bits, which nobody can guess.
pub(super) fn hashed(token: &str) -> String {
    URL_SAFE_NO_PAD.encode(digest::digest(&digest::SHA256, token.as_bytes()))
}

/// The token that follows: computed from the spent one with a secret, so that a lost answer can
/// be given again although only hashes are kept.
fn successor(key: &SigningKey, token: &str) -> String {
    let key = hmac::Key::new(hmac::HMAC_SHA256, key.secret());
    let mut context = hmac::Context::with_key(&key);
    context.update(b"refresh token successor\0");
    context.update(token.as_bytes());
    URL_SAFE_NO_PAD.encode(context.sign())
}
