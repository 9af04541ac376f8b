//! Password confirmation and change.

use garde::Validate;
use sqlx::Row;

use crate::accounts::PasswordChange;
use crate::auth::events::Kind;
use crate::auth::events::service::record;
use crate::auth::{self, Auth, User};
use crate::db::{Pool, Transaction};
use crate::error::{Code, Error};
use crate::http::Client;
use crate::limits::{Limit, Quotas};

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
        client,
    )
    .await?;
    let hints = vec![user.email.clone(), user.display_name.clone()];
    let permit = auth
        .passwords
        .permit_for(&client.address, Some(&user.id))
        .await?;
    let hash = permit
        .choose("new_password", &change.new_password, hints)
        .await?;
    let mut transaction = pool.begin().await?;
    let changed = sqlx::query(pool.sql(
        "UPDATE users SET password_hash = $1
         WHERE id = $2 AND password_hash = $3 AND disabled = 0",
    ))
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

/// Verifies the user's current password and returns its hash. A wrong password is recorded as a
/// security event.
///
/// # Errors
/// [`Error::Invalid`] naming `field` if the password is wrong.
pub async fn confirm(
    pool: &Pool,
    auth: &Auth,
    user_id: &str,
    field: &str,
    password: &str,
    client: &Client,
) -> Result<String, Error> {
    let Auth {
        limits, passwords, ..
    } = auth;
    let quotas = Quotas::default();
    limits.check(Limit::PasswordCheck, user_id, &quotas)?;
    let permit = passwords.permit_for(&client.address, Some(user_id)).await?;
    limits.spend_locally(Limit::PasswordCheck, user_id, &quotas)?;
    limits
        .spend(pool, Limit::Password, user_id, &quotas)
        .await?;
    let row = sqlx::query(pool.sql("SELECT password_hash FROM users WHERE id = $1"))
        .bind(user_id)
        .fetch_optional(pool.reader())
        .await?
        .ok_or(Error::NotFound)?;
    let hash: String = row.try_get("password_hash")?;
    let verified = permit.verify(password, Some(hash.clone())).await?;
    let mut transaction = pool.begin().await?;
    if !verified.matches {
        let kind = Kind::PasswordRefused;
        record(pool, &mut transaction, user_id, kind, client).await?;
        transaction.commit().await?;
        return Err(wrong_password(field));
    }
    limits
        .give_back(pool, &mut transaction, Limit::Password, user_id)
        .await?;
    transaction.commit().await?;
    Ok(hash)
}

/// Locks the account until the transaction ends, if its password still has the hash returned by
/// [`confirm`].
///
/// # Errors
/// [`Error::Invalid`] naming `field` if the password has been changed meanwhile.
pub async fn lock_if_password_unchanged(
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

pub(super) fn wrong_password(field: &str) -> Error {
    Error::invalid(field, Code::WrongPassword, "Wrong password.")
}
