//! Signing in, and going on.

use sqlx::Row;

use super::account_of;
use crate::accounts::{Account, Credentials, TokenResponse};
use crate::auth::{self, Auth, Client};
use crate::db::{Pool, fold};
use crate::error::Error;
use crate::events::Kind;
use crate::events::service::{note_failed_sign_in, record};
use crate::limits::Limit;

/// The same for an unknown e-mail address, a wrong password and a disabled account.
const WRONG_CREDENTIALS: Error = Error::Credentials("The e-mail address or the password is wrong.");

/// Signs in with e-mail address and password.
///
/// # Errors
/// [`Error::Credentials`], which takes as long and says the same whatever was wrong, or
/// [`Error::TooManyRequests`].
pub async fn sign_in(
    pool: &Pool,
    auth: &Auth,
    credentials: &Credentials,
    client: &Client,
) -> Result<TokenResponse, Error> {
    let email_folded = fold(&without_nul(&credentials.email));
    auth.limits
        .check(Limit::SignInAddress, &client.address, &client.standings)?;
    let turn = auth.passwords.turn().await?;
    let attempt = attempt(pool, auth, &email_folded, client).await?;
    let row = sqlx::query(pool.sql(
        "SELECT id, email, display_name, created_at, updated_at, password_hash, disabled
         FROM users WHERE email_folded = $1",
    ))
    .bind(email_folded)
    .fetch_optional(pool.reader())
    .await?;
    let hash = row
        .as_ref()
        .map(|row| row.try_get::<String, _>("password_hash"))
        .transpose()?;
    let verified = turn.verify(&credentials.password, hash.clone()).await?;
    let id = row
        .as_ref()
        .map(|row| row.try_get::<String, _>("id"))
        .transpose()?;
    let refused = || {
        if let Some(id) = &id {
            note_failed_sign_in(pool, id, client);
        }
        WRONG_CREDENTIALS
    };
    let row = row.filter(|_| verified.matches).ok_or_else(refused)?;
    if row.try_get::<i64, _>("disabled")? != 0 {
        return Err(refused());
    }
    let account = account_of(&row)?;
    let upgraded = match verified.outdated {
        true => {
            let turn = auth.passwords.turn().await?;
            Some(turn.rehash(&credentials.password).await?)
        }
        false => None,
    };

    let mut transaction = pool.begin().await?;
    // The password may have been changed, or the account shut, while the hash was computed.
    let unchanged = sqlx::query(pool.sql(
        "UPDATE users SET password_hash = $1
         WHERE id = $2 AND password_hash = $3 AND disabled = 0",
    ))
    .bind(upgraded.or(hash.clone()))
    .bind(account.id.as_str())
    .bind(hash)
    .execute(&mut transaction)
    .await?;
    if unchanged.rows_affected() == 0 {
        return Err(WRONG_CREDENTIALS);
    }
    record(pool, &mut transaction, &account.id, Kind::SignedIn, client).await?;
    let started = auth::start(pool, &mut transaction, auth, &account.id, client).await?;
    auth.limits
        .give_back(pool, &mut transaction, Limit::SignInAccount, &attempt)
        .await?;
    transaction.commit().await?;
    tokens(auth, account, started)
}

/// Counts a sign-in before its password is looked at, so that many at once count too, and gives
/// what it was counted under. An account that is signed in at the client's address has an allowance
/// there of its own: who guesses from elsewhere cannot shut its owner out.
async fn attempt(
    pool: &Pool,
    auth: &Auth,
    email_folded: &str,
    client: &Client,
) -> Result<String, Error> {
    let Client {
        address, standings, ..
    } = client;
    auth.limits
        .spend(pool, Limit::SignInAddress, address, standings)
        .await?;
    let whom = match auth::is_known_at(pool, email_folded, address).await? {
        true => format!("{email_folded}\0{address}"),
        false => email_folded.to_owned(),
    };
    auth.limits
        .spend(pool, Limit::SignInAccount, &whom, standings)
        .await?;
    Ok(whom)
}

/// Spends a refresh token.
///
/// # Errors
/// [`Error::Credentials`]; see [`auth::refresh`].
pub async fn refresh(
    pool: &Pool,
    auth: &Auth,
    token: &str,
    client: &Client,
) -> Result<TokenResponse, Error> {
    let started = auth::refresh(pool, auth, token, client).await?;
    let row = sqlx::query(
        pool.sql("SELECT id, email, display_name, created_at, updated_at FROM users WHERE id = $1"),
    )
    .bind(started.user_id.as_str())
    .fetch_optional(pool.reader())
    .await?
    .ok_or(WRONG_CREDENTIALS)?;
    tokens(auth, account_of(&row)?, started)
}

/// What no address has, so that it finds none; a NUL cannot even be asked for on each engine.
fn without_nul(email: &str) -> String {
    email.trim().replace('\0', " ")
}

/// What a client gets for a session that has started or goes on.
pub(super) fn tokens(
    auth: &Auth,
    account: Account,
    started: auth::Started,
) -> Result<TokenResponse, Error> {
    Ok(TokenResponse {
        access_token: auth
            .tokens
            .issue(&auth.keys, &account.id, &started.session_id)?,
        token_type: "Bearer",
        expires_in: auth.tokens.seconds,
        refresh_token: started.refresh_token,
        user: account,
    })
}
