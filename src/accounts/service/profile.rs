//! Changes to the user's own account, except for its password.

use garde::Validate;

use super::password::{confirm, lock_if_password_unchanged};
use super::{account_of, erase, taken};
use crate::accounts::{Account, AccountDeletion, ProfilePatch, normal_email};
use crate::auth::events::Kind;
use crate::auth::events::service::record;
use crate::auth::{self, Auth, Source, User};
use crate::db::{Pool, Timestamp, Transaction, fold};
use crate::error::Error;
use crate::http::Client;

/// Changes the display name and e-mail address present in the patch.
///
/// # Errors
/// [`Error::Invalid`], also for a wrong current password; [`Error::Taken`] if the e-mail address is
/// in use; [`Error::InsufficientScope`] if an API token changes the e-mail address.
pub async fn update_profile(
    pool: &Pool,
    auth: &Auth,
    user: &User,
    patch: ProfilePatch,
    client: &Client,
) -> Result<Account, Error> {
    patch.validate()?;
    let ProfilePatch {
        display_name,
        email,
        current_password,
    } = patch;
    let email = email.map(|email| normal_email(&email));
    let email = match email.filter(|email| *email != user.email) {
        None => None,
        Some(_) if user.source == Source::ApiToken => return Err(Error::InsufficientScope(None)),
        Some(email) => {
            let password = current_password.unwrap_or_default();
            let hash = confirm(pool, auth, &user.id, PASSWORD, &password, client).await?;
            Some((email, hash))
        }
    };
    let display_name = display_name.map(|name| name.trim().to_owned());
    let mut transaction = pool.begin().await?;
    if let Some((_, hash)) = &email {
        lock_if_password_unchanged(pool, &mut transaction, &user.id, PASSWORD, hash).await?;
    }
    let before = locked(pool, &mut transaction, &user.id).await?;
    let changes = Changes::of(&before, email.map(|(email, _)| email), display_name);
    let after = write(pool, &mut transaction, before, &changes).await?;
    if changes.email.is_some() {
        record(pool, &mut transaction, &user.id, Kind::EmailChanged, client).await?;
    }
    transaction.commit().await?;
    Ok(after)
}

const PASSWORD: &str = "current_password";

/// New values of the columns that a patch changes.
#[derive(Debug, PartialEq, Eq)]
struct Changes {
    email: Option<String>,
    display_name: Option<String>,
}

impl Changes {
    fn of(account: &Account, email: Option<String>, display_name: Option<String>) -> Changes {
        Changes {
            email: email.filter(|email| *email != account.email),
            display_name: display_name.filter(|name| *name != account.display_name),
        }
    }
}

/// Reads the account and locks its row until the transaction ends.
async fn locked(
    pool: &Pool,
    transaction: &mut Transaction,
    user_id: &str,
) -> Result<Account, Error> {
    let row = sqlx::query(pool.sql(format!(
        "SELECT id, email, display_name, created_at, updated_at FROM users
         WHERE id = $1 AND disabled = 0{}",
        pool.engine().for_update()
    )))
    .bind(user_id)
    .fetch_optional(transaction)
    .await?
    .ok_or(Error::NotFound)?;
    account_of(&row)
}

/// Writes the changed columns of a locked account and returns the new account.
async fn write(
    pool: &Pool,
    transaction: &mut Transaction,
    mut account: Account,
    changes: &Changes,
) -> Result<Account, Error> {
    let now = Timestamp::now();
    if let Some(email) = &changes.email {
        sqlx::query(
            pool.sql(
                "UPDATE users SET email = $1, email_folded = $2, updated_at = $3 WHERE id = $4",
            ),
        )
        .bind(email.as_str())
        .bind(fold(email))
        .bind(now.0)
        .bind(account.id.as_str())
        .execute(&mut *transaction)
        .await
        .map_err(taken)?;
        account.email.clone_from(email);
        account.updated_at = now;
    }
    if let Some(display_name) = &changes.display_name {
        sqlx::query(pool.sql("UPDATE users SET display_name = $1, updated_at = $2 WHERE id = $3"))
            .bind(display_name.as_str())
            .bind(now.0)
            .bind(account.id.as_str())
            .execute(&mut *transaction)
            .await?;
        account.display_name.clone_from(display_name);
        account.updated_at = now;
    }
    Ok(account)
}

/// Ends every session of the user except the current one.
///
/// # Errors
/// Any error of the database.
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

/// Deletes the account and all its data.
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
    lock_if_password_unchanged(pool, &mut transaction, &user.id, field, &hash).await?;
    erase(pool, transaction, &user.id).await
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn unchanged_values_are_no_changes() {
        let account = Account {
            id: "1".to_owned(),
            email: "ada@example.org".to_owned(),
            display_name: "Ada".to_owned(),
            created_at: Timestamp(1),
            updated_at: Timestamp(2),
        };
        let text = |text: &str| Some(text.to_owned());
        for (asked, expected) in [
            ([None, None], [None, None]),
            ([text("ada@example.org"), text("Ada")], [None, None]),
            (
                [text("Ada@example.org"), None],
                [text("Ada@example.org"), None],
            ),
            ([None, text("")], [None, text("")]),
        ] {
            let [email, display_name] = asked;
            let changes = Changes::of(&account, email, display_name);
            let [email, display_name] = expected;
            assert_eq!(
                changes,
                Changes {
                    email,
                    display_name
                }
            );
        }
    }
}
