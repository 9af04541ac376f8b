//! Registration.

use garde::Validate;

use super::sign_in::tokens;
use super::taken;
use crate::accounts::table::UserRow;
use crate::accounts::{Account, NewAccount, TokenResponse, USERS, normal_email};
use crate::appearance::{Density, LanguageChoice, Suggestions, Theme};
use crate::auth::events::Kind;
use crate::auth::events::service::record;
use crate::auth::{self, Auth, HashPermit};
use crate::db::{Pool, Timestamp, Transaction, fold, new_id};
use crate::error::Error;
use crate::http::Client;
use crate::limits::Limit;
use crate::when::words::Style;
use crate::work::create_inbox;

/// Registers an account and signs it in.
///
/// # Errors
/// [`Error::RegistrationClosed`], [`Error::Invalid`], [`Error::TooManyRequests`], or
/// [`Error::Taken`] if the e-mail address is in use.
pub async fn register(
    pool: &Pool,
    auth: &Auth,
    new: NewAccount,
    client: &Client,
) -> Result<TokenResponse, Error> {
    if !auth.registration {
        return Err(Error::RegistrationClosed);
    }
    new.validate()?;
    let Client {
        address, quotas, ..
    } = client;
    auth.limits.check(Limit::Registration, address, quotas)?;
    let permit = auth.passwords.permit_for(address, None).await?;
    auth.limits
        .spend(pool, Limit::Registration, address, quotas)
        .await?;
    let (account, hash) = prepare(permit, new).await?;
    let mut transaction = pool.begin().await?;
    insert(&mut transaction, &account, &hash).await?;
    record(&mut transaction, &account.id, Kind::Registered, client).await?;
    let started = auth::start(&mut transaction, auth, &account.id, client).await?;
    transaction.commit().await?;
    tokens(auth, account, started)
}

/// Creates an account from the command line, even if registration is closed.
///
/// # Errors
/// [`Error::Invalid`], or [`Error::Taken`] if the e-mail address is in use.
pub async fn add(pool: &Pool, auth: &Auth, new: NewAccount) -> Result<Account, Error> {
    let (account, hash) = prepare(auth.passwords.permit().await?, new).await?;
    let mut transaction = pool.begin().await?;
    insert(&mut transaction, &account, &hash).await?;
    transaction.commit().await?;
    Ok(account)
}

async fn prepare(permit: HashPermit, new: NewAccount) -> Result<(Account, String), Error> {
    new.validate()?;
    let email = normal_email(&new.email);
    let display_name = new.display_name.unwrap_or_default().trim().to_owned();
    let hints = vec![email.clone(), display_name.clone()];
    let hash = permit.choose("password", &new.password, hints).await?;
    let now = Timestamp::now();
    let account = Account {
        id: new_id(),
        email,
        display_name,
        time_zone: new.time_zone.unwrap_or_default(),
        week_start: new.week_start.unwrap_or_default(),
        date_order: new.date_order.unwrap_or_default(),
        clock: new.clock.unwrap_or_default(),
        quick_add_style: Style::default(),
        theme: Theme::default(),
        density: Density::default(),
        suggestions: Suggestions::default(),
        language: LanguageChoice::default(),
        created_at: now,
        updated_at: now,
    };
    Ok((account, hash))
}

async fn insert(transaction: &mut Transaction, account: &Account, hash: &str) -> Result<(), Error> {
    let row = UserRow {
        id: account.id.clone(),
        email: account.email.clone(),
        email_folded: fold(&account.email),
        display_name: account.display_name.clone(),
        time_zone: account.time_zone,
        week_start: account.week_start,
        date_order: account.date_order,
        clock: account.clock,
        quick_add_style: account.quick_add_style,
        theme: account.theme,
        density: account.density,
        suggestions: account.suggestions,
        language: account.language,
        view_settings: None,
        password_hash: hash.to_owned(),
        disabled: false,
        created_at: account.created_at,
        updated_at: account.updated_at,
    };
    transaction
        .insert_rows(&USERS, &[row.to_values()])
        .await
        .map_err(taken)?;
    create_inbox(transaction, &account.id, account.created_at).await
}
