//! The rules of accounts, and their SQL.

use garde::Validate;
use sqlx::Row;
use sqlx::any::AnyRow;

use super::{
    Account, AccountDeletion, Credentials, NewAccount, PasswordChange, ProfilePatch, TokenResponse,
};
use crate::auth::{self, Auth, Client, Source, Turn, User};
use crate::db::{Pool, Timestamp, Transaction, fold, new_id};
use crate::error::{Error, FieldError};
use crate::events::Kind;
use crate::events::service::{note_failed_sign_in, record};
use crate::limits::{Limit, Standings};

/// The same for an unknown e-mail address, a wrong password and a disabled account.
const WRONG_CREDENTIALS: Error = Error::Credentials("The e-mail address or the password is wrong.");

const REGISTRATION_IS_OFF: Error =
    Error::Forbidden("This server takes no new accounts. Ask the person who runs it.");

/// An account as the person who runs the server sees it.
pub struct ListedAccount {
    /// The e-mail address.
    pub email: String,
    /// The name to be addressed by.
    pub display_name: String,
    /// Whether it is shut.
    pub disabled: bool,
    /// When it was made.
    pub created_at: Timestamp,
}

/// Makes an account for a stranger and signs it in.
///
/// # Errors
/// [`Error::Forbidden`] if registration is off, [`Error::Invalid`], [`Error::TooManyRequests`], or
/// [`Error::Taken`].
pub async fn register(
    pool: &Pool,
    auth: &Auth,
    new: NewAccount,
    client: &Client,
) -> Result<TokenResponse, Error> {
    if !auth.registration {
        return Err(REGISTRATION_IS_OFF);
    }
    new.validate()?;
    let Client {
        address, standings, ..
    } = client;
    auth.limits.check(Limit::Registration, address, standings)?;
    let turn = auth.passwords.turn().await?;
    auth.limits
        .spend(pool, Limit::Registration, address, standings)
        .await?;
    let (account, hash) = prepare(turn, new).await?;
    let mut transaction = pool.begin().await?;
    insert(pool, &mut transaction, &account, &hash).await?;
    record(
        pool,
        &mut transaction,
        &account.id,
        Kind::Registered,
        client,
    )
    .await?;
    let started = auth::start(pool, &mut transaction, auth, &account.id, client).await?;
    transaction.commit().await?;
    tokens(auth, account, started)
}

/// Makes an account from the command line, whether registration is on or off.
pub async fn add(pool: &Pool, auth: &Auth, new: NewAccount) -> Result<Account, Error> {
    let (account, hash) = prepare(auth.passwords.turn().await?, new).await?;
    let mut transaction = pool.begin().await?;
    insert(pool, &mut transaction, &account, &hash).await?;
    transaction.commit().await?;
    Ok(account)
}

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

/// Changes display name and e-mail address, as far as the patch has them.
///
/// # Errors
/// [`Error::Invalid`], also for a wrong current password, [`Error::Taken`], or
/// [`Error::InsufficientScope`] if an API token asks for another e-mail address.
pub async fn update_profile(
    pool: &Pool,
    auth: &Auth,
    user: &User,
    patch: ProfilePatch,
    client: &Client,
) -> Result<Account, Error> {
    patch.validate()?;
    let email = patch.email.map(|email| email.trim().to_owned());
    let email = email.filter(|email| *email != user.email);
    if email.is_some() {
        if user.source == Source::ApiToken {
            return Err(Error::InsufficientScope(None));
        }
        let password = patch.current_password.unwrap_or_default();
        confirm(pool, auth, &user.id, "current_password", &password).await?;
    }
    let account = Account {
        id: user.id.clone(),
        email: email.unwrap_or_else(|| user.email.clone()),
        display_name: patch
            .display_name
            .map(|name| name.trim().to_owned())
            .unwrap_or_else(|| user.display_name.clone()),
        created_at: user.created_at,
        updated_at: Timestamp::now(),
    };
    let mut transaction = pool.begin().await?;
    sqlx::query(pool.sql(
        "UPDATE users SET email = $1, email_folded = $2, display_name = $3, updated_at = $4
         WHERE id = $5",
    ))
    .bind(account.email.as_str())
    .bind(fold(&account.email))
    .bind(account.display_name.as_str())
    .bind(account.updated_at.0)
    .bind(user.id.as_str())
    .execute(&mut transaction)
    .await
    .map_err(taken)?;
    if account.email != user.email {
        record(pool, &mut transaction, &user.id, Kind::EmailChanged, client).await?;
    }
    transaction.commit().await?;
    Ok(account)
}

/// Changes the password, ends every other session and revokes every API token.
///
/// # Errors
/// [`Error::Invalid`], also for a wrong current password.
pub async fn change_password(
    pool: &Pool,
    auth: &Auth,
    user: &User,
    change: PasswordChange,
    client: &Client,
) -> Result<(), Error> {
    change.validate()?;
    let old = confirm(
        pool,
        auth,
        &user.id,
        "current_password",
        &change.current_password,
    )
    .await?;
    let hints = vec![user.email.clone(), user.display_name.clone()];
    let turn = auth.passwords.turn().await?;
    let hash = turn
        .choose("new_password", &change.new_password, hints)
        .await?;
    let mut transaction = pool.begin().await?;
    let changed = sqlx::query(
        pool.sql("UPDATE users SET password_hash = $1 WHERE id = $2 AND password_hash = $3"),
    )
    .bind(hash)
    .bind(user.id.as_str())
    .bind(old)
    .execute(&mut transaction)
    .await?;
    if changed.rows_affected() == 0 {
        return Err(wrong_password("current_password"));
    }
    let kind = Kind::PasswordChanged;
    record(pool, &mut transaction, &user.id, kind, client).await?;
    auth::end_others(pool, &mut transaction, &user.id, &user.session_id).await?;
    auth::revoke_all(pool, &mut transaction, &user.id).await?;
    transaction.commit().await?;
    Ok(())
}

/// Ends every session of the user but the present one.
pub async fn end_other_sessions(pool: &Pool, user: &User, client: &Client) -> Result<(), Error> {
    let mut transaction = pool.begin().await?;
    let kind = Kind::OtherSessionsEnded;
    record(pool, &mut transaction, &user.id, kind, client).await?;
    let ended = auth::end_others(pool, &mut transaction, &user.id, &user.session_id).await?;
    if ended == 0 {
        transaction.rollback().await?;
    } else {
        transaction.commit().await?;
    }
    Ok(())
}

/// Deletes the account with everything in it.
///
/// # Errors
/// [`Error::Invalid`] for a wrong password.
pub async fn delete(
    pool: &Pool,
    auth: &Auth,
    user: &User,
    deletion: &AccountDeletion,
) -> Result<(), Error> {
    confirm(pool, auth, &user.id, "password", &deletion.password).await?;
    let mut transaction = pool.begin().await?;
    sqlx::query(pool.sql("DELETE FROM users WHERE id = $1"))
        .bind(user.id.as_str())
        .execute(&mut transaction)
        .await?;
    transaction.commit().await?;
    Ok(())
}

/// All accounts, by e-mail address.
pub async fn list_all(pool: &Pool) -> Result<Vec<ListedAccount>, Error> {
    let rows =
        sqlx::query(pool.sql(
            "SELECT email, display_name, disabled, created_at FROM users ORDER BY email_folded",
        ))
        .fetch_all(pool.reader())
        .await?;
    rows.iter()
        .map(|row| {
            Ok(ListedAccount {
                email: row.try_get("email")?,
                display_name: row.try_get("display_name")?,
                disabled: row.try_get::<i64, _>("disabled")? != 0,
                created_at: Timestamp(row.try_get("created_at")?),
            })
        })
        .collect()
}

/// Sets the password of an account, without the old one; ends all its sessions and revokes all its
/// API tokens.
///
/// # Errors
/// [`Error::NotFound`] if there is no such account, or [`Error::Invalid`].
pub async fn set_password(
    pool: &Pool,
    auth: &Auth,
    email: &str,
    password: &str,
) -> Result<(), Error> {
    auth::password_length(password).map_err(|message| Error::invalid("password", message))?;
    let turn = auth.passwords.turn().await?;
    let hash = turn
        .choose("password", password, vec![email.to_owned()])
        .await?;
    let mut transaction = pool.begin().await?;
    let id = find(pool, &mut transaction, email).await?;
    sqlx::query(pool.sql("UPDATE users SET password_hash = $1 WHERE id = $2"))
        .bind(hash)
        .bind(id.as_str())
        .execute(&mut transaction)
        .await?;
    let client = Client::console();
    record(pool, &mut transaction, &id, Kind::PasswordSet, &client).await?;
    auth::end_all(pool, &mut transaction, &id).await?;
    transaction.commit().await?;
    Ok(())
}

/// Shuts an account, ends all its sessions and revokes all its API tokens, or opens it again.
///
/// # Errors
/// [`Error::NotFound`] if there is no such account.
pub async fn set_disabled(pool: &Pool, email: &str, disabled: bool) -> Result<(), Error> {
    let mut transaction = pool.begin().await?;
    let id = find(pool, &mut transaction, email).await?;
    sqlx::query(pool.sql("UPDATE users SET disabled = $1 WHERE id = $2"))
        .bind(i64::from(disabled))
        .bind(id.as_str())
        .execute(&mut transaction)
        .await?;
    let kind = if disabled {
        Kind::AccountDisabled
    } else {
        Kind::AccountEnabled
    };
    record(pool, &mut transaction, &id, kind, &Client::console()).await?;
    if disabled {
        auth::end_all(pool, &mut transaction, &id).await?;
    }
    transaction.commit().await?;
    Ok(())
}

/// Deletes an account, without its password.
///
/// # Errors
/// [`Error::NotFound`] if there is no such account.
pub async fn remove(pool: &Pool, email: &str) -> Result<(), Error> {
    let mut transaction = pool.begin().await?;
    let id = find(pool, &mut transaction, email).await?;
    sqlx::query(pool.sql("DELETE FROM users WHERE id = $1"))
        .bind(id)
        .execute(&mut transaction)
        .await?;
    transaction.commit().await?;
    Ok(())
}

async fn prepare(turn: Turn, new: NewAccount) -> Result<(Account, String), Error> {
    new.validate()?;
    let email = new.email.trim().to_owned();
    let display_name = new.display_name.unwrap_or_default().trim().to_owned();
    let hints = vec![email.clone(), display_name.clone()];
    let hash = turn.choose("password", &new.password, hints).await?;
    let now = Timestamp::now();
    let account = Account {
        id: new_id(),
        email,
        display_name,
        created_at: now,
        updated_at: now,
    };
    Ok((account, hash))
}

async fn insert(
    pool: &Pool,
    transaction: &mut Transaction,
    account: &Account,
    hash: &str,
) -> Result<(), Error> {
    sqlx::query(pool.sql(
        "INSERT INTO users
         (id, email, email_folded, display_name, password_hash, disabled, created_at, updated_at)
         VALUES ($1, $2, $3, $4, $5, 0, $6, $7)",
    ))
    .bind(account.id.as_str())
    .bind(account.email.as_str())
    .bind(fold(&account.email))
    .bind(account.display_name.as_str())
    .bind(hash)
    .bind(account.created_at.0)
    .bind(account.updated_at.0)
    .execute(&mut *transaction)
    .await
    .map_err(taken)?;
    Ok(())
}

/// The id of the account with an e-mail address.
async fn find(pool: &Pool, transaction: &mut Transaction, email: &str) -> Result<String, Error> {
    let row = sqlx::query(pool.sql("SELECT id FROM users WHERE email_folded = $1"))
        .bind(fold(email.trim()))
        .fetch_optional(&mut *transaction)
        .await?
        .ok_or(Error::NotFound)?;
    Ok(row.try_get("id")?)
}

/// The hash of the user's password, if `password` is it.
///
/// # Errors
/// [`Error::Invalid`] naming `field` if it is another one.
pub async fn confirm(
    pool: &Pool,
    auth: &Auth,
    user_id: &str,
    field: &str,
    password: &str,
) -> Result<String, Error> {
    let standings = Standings::default();
    let turn = auth.passwords.turn().await?;
    auth.limits
        .spend(pool, Limit::Password, user_id, &standings)
        .await?;
    let row = sqlx::query(pool.sql("SELECT password_hash FROM users WHERE id = $1"))
        .bind(user_id)
        .fetch_optional(pool.reader())
        .await?
        .ok_or(Error::NotFound)?;
    let hash: String = row.try_get("password_hash")?;
    let verified = turn.verify(password, Some(hash.clone())).await?;
    if !verified.matches {
        return Err(wrong_password(field));
    }
    let mut transaction = pool.begin().await?;
    auth.limits
        .give_back(pool, &mut transaction, Limit::Password, user_id)
        .await?;
    transaction.commit().await?;
    Ok(hash)
}

/// Goes on only if the password is still the one of the hash that [`confirm`] gave, and keeps the
/// account as it is until the transaction ends.
///
/// # Errors
/// [`Error::Invalid`] naming `field` if the password has been changed meanwhile.
pub async fn hold(
    pool: &Pool,
    transaction: &mut Transaction,
    user_id: &str,
    field: &str,
    hash: &str,
) -> Result<(), Error> {
    let held = sqlx::query(pool.sql(
        "UPDATE users SET password_hash = $1
         WHERE id = $2 AND password_hash = $3 AND disabled = 0",
    ))
    .bind(hash)
    .bind(user_id)
    .bind(hash)
    .execute(&mut *transaction)
    .await?;
    if held.rows_affected() == 0 {
        return Err(wrong_password(field));
    }
    Ok(())
}

fn wrong_password(field: &str) -> Error {
    Error::invalid(field, "is not your password")
}

fn taken(error: sqlx::Error) -> Error {
    match error {
        sqlx::Error::Database(error) if error.is_unique_violation() => {
            Error::Taken(FieldError::new("email", "belongs to an account already"))
        }
        other => other.into(),
    }
}

/// What no address has, so that it finds none; a NUL cannot even be asked for on each engine.
fn without_nul(email: &str) -> String {
    email.trim().replace('\0', " ")
}

fn account_of(row: &AnyRow) -> Result<Account, Error> {
    Ok(Account {
        id: row.try_get("id")?,
        email: row.try_get("email")?,
        display_name: row.try_get("display_name")?,
        created_at: Timestamp(row.try_get("created_at")?),
        updated_at: Timestamp(row.try_get("updated_at")?),
    })
}

fn tokens(auth: &Auth, account: Account, started: auth::Started) -> Result<TokenResponse, Error> {
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
