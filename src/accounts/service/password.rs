//! Password confirmation and change.

use garde::Validate;

use crate::accounts::PasswordChange;
use crate::auth::events::Kind;
use crate::auth::events::service::record;
use crate::auth::{self, Auth, User};
use crate::db::{Pool, Sql, Transaction};
use crate::error::{Code, Error};
use crate::http::Client;
use crate::limits::{Limit, Quotas};
use crate::locale::message;

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
    let update = replace_hash(&user.id, &old, &hash);
    if transaction.run(update).await? == 0 {
        return Err(wrong_password("current_password"));
    }
    let kind = Kind::PasswordChanged;
    record(&mut transaction, &user.id, kind, client).await?;
    auth::end_others(&mut transaction, &user.id, &user.session_id).await?;
    auth::revoke_all(&mut transaction, &user.id).await?;
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
    let sql = Sql::new("SELECT password_hash FROM users WHERE id = ").bind(user_id);
    let hash: String = pool.fetch_value(sql).await?.ok_or(Error::NotFound)?;
    let verified = permit.verify(password, Some(hash.clone())).await?;
    let mut transaction = pool.begin().await?;
    if !verified.matches {
        let kind = Kind::PasswordRefused;
        record(&mut transaction, user_id, kind, client).await?;
        transaction.commit().await?;
        return Err(wrong_password(field));
    }
    limits
        .give_back(&mut transaction, Limit::Password, user_id)
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
    transaction: &mut Transaction,
    user_id: &str,
    field: &str,
    hash: &str,
) -> Result<(), Error> {
    let update = replace_hash(user_id, hash, hash);
    if transaction.run(update).await? == 0 {
        return Err(wrong_password(field));
    }
    Ok(())
}

/// Statement that gives an account another password hash if it still has this one and is not disabled.
/// It locks the row until the transaction ends, even if the hashes are the same.
pub(super) fn replace_hash(user_id: &str, old: &str, new: &str) -> Sql {
    Sql::new("UPDATE users SET password_hash = ")
        .bind(new)
        .push(" WHERE id = ")
        .bind(user_id)
        .push(" AND password_hash = ")
        .bind(old)
        .push(" AND disabled = 0")
}

pub(super) fn wrong_password(field: &str) -> Error {
    Error::invalid(field, Code::WrongPassword, message!("password-wrong"))
}
