//! Sign-in and session refresh.

use super::password::replace_hash;
use crate::accounts::table::UserRow;
use crate::accounts::{Account, Credentials, TokenResponse, is_long_email};
use crate::auth::events::Kind;
use crate::auth::events::service::{note_failed_sign_in, record};
use crate::auth::{self, Auth, HashPermit};
use crate::db::{Pool, Sql, fold};
use crate::error::Error;
use crate::http::Client;
use crate::limits::Limit;
use crate::locale::message;

/// Error for an unknown e-mail address, a wrong password and a disabled account alike.
const WRONG_CREDENTIALS: Error = Error::Credentials(message!("error-wrong-credentials"));

/// Maximum attempts to start a session. A concurrent sign-in may replace an outdated hash while
/// this one is compared.
const TRIES: u32 = 2;

/// Signs in with e-mail address and password.
///
/// # Errors
/// [`Error::Credentials`], with the same message and timing for every cause, or
/// [`Error::TooManyRequests`].
pub async fn sign_in(
    pool: &Pool,
    auth: &Auth,
    credentials: &Credentials,
    client: &Client,
) -> Result<TokenResponse, Error> {
    let Client {
        address, quotas, ..
    } = client;
    // No account has such an address, and case-folding a long text is expensive.
    if is_long_email(&credentials.email) {
        return Err(WRONG_CREDENTIALS);
    }
    let email_folded = fold(&without_nul(&credentials.email));
    auth.limits.check(Limit::SignInAddress, address, quotas)?;
    let mut permit = auth.passwords.permit_for(address, None).await?;
    let attempt = attempt(pool, auth, &email_folded, client).await?;
    for _ in 1..TRIES {
        let proven = prove(pool, auth, permit, &email_folded, credentials, client).await?;
        if let Some(tokens) = begin(pool, auth, proven, &attempt, client).await? {
            return Ok(tokens);
        }
        permit = auth.passwords.permit_for(address, None).await?;
    }
    let proven = prove(pool, auth, permit, &email_folded, credentials, client).await?;
    begin(pool, auth, proven, &attempt, client)
        .await?
        .ok_or(WRONG_CREDENTIALS)
}

/// An account whose password has been verified.
struct Proven {
    account: Account,
    /// The hash the password was compared with.
    hash: String,
    /// The replacement hash with today's parameters, if the stored one is outdated.
    upgraded: Option<String>,
}

/// Verifies the password. Takes the same time if the account does not exist.
async fn prove(
    pool: &Pool,
    auth: &Auth,
    permit: HashPermit,
    email_folded: &str,
    credentials: &Credentials,
    client: &Client,
) -> Result<Proven, Error> {
    let sql = Sql::select::<UserRow>()
        .push(" FROM users WHERE email_folded = ")
        .bind(email_folded);
    let Some(row) = pool.fetch_optional::<UserRow>(sql).await? else {
        permit.verify(&credentials.password, None).await?;
        return Err(WRONG_CREDENTIALS);
    };
    let account = Account {
        id: row.id,
        email: row.email,
        display_name: row.display_name,
        time_zone: row.time_zone,
        week_start: row.week_start,
        date_order: row.date_order,
        clock: row.clock,
        quick_add_style: row.quick_add_style,
        theme: row.theme,
        density: row.density,
        suggestions: row.suggestions,
        language: row.language,
        created_at: row.created_at,
        updated_at: row.updated_at,
    };
    let hash = row.password_hash;
    let verified = permit
        .verify(&credentials.password, Some(hash.clone()))
        .await?;
    if !verified.matches || row.disabled {
        note_failed_sign_in(pool, &account.id, client);
        return Err(WRONG_CREDENTIALS);
    }
    let upgraded = match verified.outdated {
        true => {
            let permit = auth.passwords.permit_for(&client.address, None).await?;
            Some(permit.rehash(&credentials.password).await?)
        }
        false => None,
    };
    Ok(Proven {
        account,
        hash,
        upgraded,
    })
}

/// Starts a session, unless the password, its hash or the state of the account has changed since
/// the password was verified.
async fn begin(
    pool: &Pool,
    auth: &Auth,
    proven: Proven,
    attempt: &str,
    client: &Client,
) -> Result<Option<TokenResponse>, Error> {
    let Proven {
        account,
        hash,
        upgraded,
    } = proven;
    let mut transaction = pool.begin().await?;
    let update = replace_hash(&account.id, &hash, upgraded.as_ref().unwrap_or(&hash));
    if transaction.run(update).await? == 0 {
        transaction.rollback().await?;
        return Ok(None);
    }
    record(&mut transaction, &account.id, Kind::SignedIn, client).await?;
    let started = auth::start(&mut transaction, auth, &account.id, client).await?;
    auth.limits
        .give_back(&mut transaction, Limit::SignInAccount, attempt)
        .await?;
    transaction.commit().await?;
    tokens(auth, account, started).map(Some)
}

/// Counts a sign-in and returns the key it was counted under. Runs before the password is verified,
/// so that concurrent attempts count too.
///
/// An account with a session at the client's address has a separate quota there, so that guesses
/// from elsewhere cannot lock its owner out.
async fn attempt(
    pool: &Pool,
    auth: &Auth,
    email_folded: &str,
    client: &Client,
) -> Result<String, Error> {
    let Client {
        address, quotas, ..
    } = client;
    let limits = &auth.limits;
    limits
        .spend(pool, Limit::SignInAddress, address, quotas)
        .await?;
    let key = match auth::is_known_at(pool, email_folded, address).await? {
        true => format!("{email_folded}\0{address}"),
        false => email_folded.to_owned(),
    };
    limits.check(Limit::PasswordCheck, &key, quotas)?;
    limits
        .spend(pool, Limit::SignInAccount, &key, quotas)
        .await?;
    // Checked last, so that a guess rejected by the account's quota does not use up the owner's
    // checks.
    limits.spend_locally(Limit::PasswordCheck, &key, quotas)?;
    Ok(key)
}

/// Exchanges a refresh token for new tokens.
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
    let sql = Sql::select::<Account>()
        .push(" FROM users WHERE id = ")
        .bind(started.user_id.as_str());
    let account = pool.fetch_optional(sql).await?.ok_or(WRONG_CREDENTIALS)?;
    tokens(auth, account, started)
}

/// Returns the address to search for. Some engines reject NUL, and no address contains its
/// replacement, a space.
fn without_nul(email: &str) -> String {
    email.trim().replace('\0', " ")
}

/// Creates the token response of a started or refreshed session.
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
