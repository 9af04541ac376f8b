//! What a user does to their own account, but for its password.

use garde::Validate;

use super::password::{confirm, hold};
use super::{erase, taken};
use crate::accounts::{Account, AccountDeletion, ProfilePatch, normal_email};
use crate::auth::{self, Auth, Client, Source, User};
use crate::db::{Pool, Timestamp, fold};
use crate::error::Error;
use crate::events::Kind;
use crate::events::service::record;

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
    let email = patch.email.map(|email| normal_email(&email));
    let email = email.filter(|email| *email != user.email);
    if email.is_some() {
        if user.source == Source::ApiToken {
            return Err(Error::InsufficientScope(None));
        }
        let password = patch.current_password.unwrap_or_default();
        confirm(pool, auth, &user.id, "current_password", &password, client).await?;
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
    client: &Client,
) -> Result<(), Error> {
    let field = "password";
    let hash = confirm(pool, auth, &user.id, field, &deletion.password, client).await?;
    let mut transaction = pool.begin_long().await?;
    hold(pool, &mut transaction, &user.id, field, &hash).await?;
    erase(pool, transaction, &user.id).await
}
