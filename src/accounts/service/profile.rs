//! Changes to the user's own account, except for its password.

use garde::Validate;

use super::password::{confirm, lock_if_password_unchanged};
use super::{erase, taken};
use crate::accounts::{Account, AccountDeletion, ProfilePatch, normal_email};
use crate::appearance::Appearance;
use crate::auth::events::Kind;
use crate::auth::events::service::record;
use crate::auth::{self, Auth, Source, User};
use crate::db::{Pool, Sql, Timestamp, Transaction, fold};
use crate::error::Error;
use crate::http::Client;
use crate::when::Preferences;

/// Changes what is present in the patch.
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
    let email = patch.email.as_deref().map(normal_email);
    let email = match email.filter(|email| *email != user.email) {
        None => None,
        Some(_) if user.source == Source::ApiToken => return Err(Error::InsufficientScope(None)),
        Some(email) => {
            let password = patch.current_password.as_deref().unwrap_or_default();
            let hash = confirm(pool, auth, &user.id, PASSWORD, password, client).await?;
            Some((email, hash))
        }
    };
    let mut transaction = pool.begin().await?;
    if let Some((_, hash)) = &email {
        lock_if_password_unchanged(&mut transaction, &user.id, PASSWORD, hash).await?;
    }
    let before = locked(&mut transaction, &user.id).await?;
    let changes = Changes::of(&before, email.map(|(email, _)| email), &patch);
    let after = write(&mut transaction, before, &changes).await?;
    if changes.email.is_some() {
        record(&mut transaction, &user.id, Kind::EmailChanged, client).await?;
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
    preferences: Option<Preferences>,
    appearance: Option<Appearance>,
}

impl Changes {
    /// `email` is the new address, which the password has confirmed.
    fn of(account: &Account, email: Option<String>, patch: &ProfilePatch) -> Changes {
        let display_name = patch.display_name.as_deref().map(str::trim);
        let (preferences, appearance) = (account.preferences(), account.appearance());
        Changes {
            email: email.filter(|email| *email != account.email),
            display_name: display_name
                .filter(|name| *name != account.display_name)
                .map(str::to_owned),
            preferences: Some(patch.apply_to(preferences)).filter(|new| *new != preferences),
            appearance: Some(patch.restyle(appearance)).filter(|new| *new != appearance),
        }
    }
}

/// Reads the account and locks its row until the transaction ends.
async fn locked(transaction: &mut Transaction, user_id: &str) -> Result<Account, Error> {
    let sql = Sql::select::<Account>()
        .push(" FROM users WHERE disabled = 0 AND id = ")
        .bind(user_id)
        .append(transaction.engine().for_update());
    let account = transaction.fetch_optional(sql).await?;
    account.ok_or(Error::NotFound)
}

/// Writes the changed columns of a locked account and returns the new account.
async fn write(
    transaction: &mut Transaction,
    mut account: Account,
    changes: &Changes,
) -> Result<Account, Error> {
    let now = Timestamp::now();
    if let Some(email) = &changes.email {
        let update = Sql::new("UPDATE users SET email = ")
            .bind(email.as_str())
            .push(", email_folded = ")
            .bind(fold(email))
            .push(", updated_at = ")
            .bind(now)
            .push(" WHERE id = ")
            .bind(account.id.as_str());
        transaction.run(update).await.map_err(taken)?;
        account.email.clone_from(email);
        account.updated_at = now;
    }
    if let Some(display_name) = &changes.display_name {
        let update = Sql::new("UPDATE users SET display_name = ")
            .bind(display_name.as_str())
            .push(", updated_at = ")
            .bind(now)
            .push(" WHERE id = ")
            .bind(account.id.as_str());
        transaction.run(update).await?;
        account.display_name.clone_from(display_name);
        account.updated_at = now;
    }
    if let Some(preferences) = changes.preferences {
        let update = Sql::new("UPDATE users SET time_zone = ")
            .bind(preferences.time_zone)
            .push(", week_start = ")
            .bind(preferences.week_start)
            .push(", date_order = ")
            .bind(preferences.date_order)
            .push(", clock = ")
            .bind(preferences.clock)
            .push(", quick_add_style = ")
            .bind(preferences.quick_add_style)
            .push(", updated_at = ")
            .bind(now)
            .push(" WHERE id = ")
            .bind(account.id.as_str());
        transaction.run(update).await?;
        account.time_zone = preferences.time_zone;
        account.week_start = preferences.week_start;
        account.date_order = preferences.date_order;
        account.clock = preferences.clock;
        account.quick_add_style = preferences.quick_add_style;
        account.updated_at = now;
    }
    if let Some(appearance) = changes.appearance {
        let update = Sql::new("UPDATE users SET theme = ")
            .bind(appearance.theme)
            .push(", density = ")
            .bind(appearance.density)
            .push(", suggestions = ")
            .bind(appearance.suggestions)
            .push(", language = ")
            .bind(appearance.language)
            .push(", updated_at = ")
            .bind(now)
            .push(" WHERE id = ")
            .bind(account.id.as_str());
        transaction.run(update).await?;
        account.theme = appearance.theme;
        account.density = appearance.density;
        account.suggestions = appearance.suggestions;
        account.language = appearance.language;
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
    record(&mut transaction, &user.id, kind, client).await?;
    let ended = auth::end_others(&mut transaction, &user.id, &user.session_id).await?;
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
    lock_if_password_unchanged(&mut transaction, &user.id, field, &hash).await?;
    erase(transaction, &user.id).await
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::appearance::{Density, LanguageChoice, Suggestions, Theme};
    use crate::when::words::Style;
    use crate::when::{Clock, DateOrder, WeekStart, Zone};

    #[test]
    fn unchanged_values_are_no_changes() {
        let account = Account {
            id: "1".to_owned(),
            email: "ada@example.org".to_owned(),
            display_name: "Ada".to_owned(),
            time_zone: Zone::UTC,
            week_start: WeekStart::Monday,
            date_order: DateOrder::YearMonthDay,
            clock: Clock::TwentyFourHours,
            quick_add_style: Style::Todoist,
            theme: Theme::System,
            density: Density::Comfortable,
            suggestions: Suggestions::Shown,
            language: LanguageChoice::Browser,
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
            let patch = ProfilePatch {
                display_name,
                clock: Some(Clock::TwentyFourHours),
                ..ProfilePatch::default()
            };
            let changes = Changes::of(&account, email, &patch);
            let [email, display_name] = expected;
            assert_eq!(
                changes,
                Changes {
                    email,
                    display_name,
                    preferences: None,
                    appearance: None,
                }
            );
        }
        let patch = ProfilePatch {
            clock: Some(Clock::TwelveHours),
            ..ProfilePatch::default()
        };
        let changes = Changes::of(&account, None, &patch);
        assert_eq!(changes.appearance, None);
        let expected = Preferences {
            clock: Clock::TwelveHours,
            ..account.preferences()
        };
        assert_eq!(changes.preferences, Some(expected));
    }
}
