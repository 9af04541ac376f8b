//! The rules of the limits, and their SQL. A row is the allowance of one account or address under
//! one limit, kept as the instant at which it is whole again; so all nodes on one database share
//! it. A limit that protects a node itself is counted in the memory of that node.

use std::time::{Duration, Instant};

use aws_lc_rs::hmac;
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use sqlx::Row;

use super::deadlines::Deadlines;
use super::rate::{self, Rate};
use super::{RATE_LIMITS, Standing, Standings, network};
use crate::db::{Pool, Timestamp, Transaction, delete_before};
use crate::error::Error;

/// How often it is tried to book with others who do at the same time.
const TRIES: u32 = 5;

/// Checks of passwords that an account has for each wrong one. More than one, so that guesses alone
/// never use up the checks of the owner.
const CHECKS_PER_FAILURE: u32 = 3;

/// What is limited, and by what.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Limit {
    /// Failed sign-ins, by the account that was named, whether it exists or not.
    SignInAccount,
    /// Sign-ins, by the client's address.
    SignInAddress,
    /// New accounts, by the client's address.
    Registration,
    /// Refreshes, by the client's address.
    Refresh,
    /// Refresh tokens of no live session, by the client's address.
    UnknownRefresh,
    /// Wrong answers to a password asked again, by user.
    Password,
    /// Passwords that are checked, right or wrong, by account or user: each costs a hash. Counted
    /// by each node for itself.
    PasswordCheck,
    /// Requests, by session or API token. Counted by each node for itself.
    Api,
}

impl Limit {
    fn name(self) -> &'static str {
        match self {
            Limit::SignInAccount => "sign-in-account",
            Limit::SignInAddress => "sign-in-address",
            Limit::Registration => "registration",
            Limit::Refresh => "refresh",
            Limit::UnknownRefresh => "unknown-refresh",
            Limit::Password => "password",
            Limit::PasswordCheck => "password-check",
            Limit::Api => "api",
        }
    }
}

/// How often; none: without limit.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Rates {
    /// Failed sign-ins to an account, and wrong answers to a password asked again.
    pub sign_in_account: Option<Rate>,
    /// Sign-ins from an address.
    pub sign_in_address: Option<Rate>,
    /// New accounts from an address.
    pub registration: Option<Rate>,
    /// Refreshes from an address, and as many with unknown tokens.
    pub refresh: Option<Rate>,
    /// Requests with the tokens of a session.
    pub api: Option<Rate>,
}

/// Keeps the limits.
pub struct Limits {
    rates: Rates,
    key: hmac::Key,
    /// The instants until which the database refuses a key, so that it is not asked in vain.
    refused: Deadlines,
    /// The allowances that this node counts by itself: the instants at which they are whole.
    local: Deadlines,
}

impl Limits {
    /// Limits of those rates. Who is limited is kept as a hash under the `secret`: an address that
    /// was mistyped, or a password in its place, is nobody's to read.
    pub fn new(rates: Rates, secret: &[u8]) -> Limits {
        Limits {
            rates,
            key: hmac::Key::new(hmac::HMAC_SHA256, secret),
            refused: Deadlines::default(),
            local: Deadlines::default(),
        }
    }

    /// Spends one of `whom`'s allowance, which all nodes share, and notes the rest of it.
    ///
    /// # Errors
    /// [`Error::TooManyRequests`] if there is none left.
    pub async fn spend(
        &self,
        pool: &Pool,
        limit: Limit,
        whom: &str,
        standings: &Standings,
    ) -> Result<(), Error> {
        let Some(rate) = self.rate(limit) else {
            return Ok(());
        };
        let id = self.id(limit, whom);
        let spent = match self.refused_for(&id) {
            Some(wait) => Err(wait),
            None => self.book(pool, &id, rate).await?,
        };
        noted(limit, rate, spent, standings)
    }

    /// Spends one of `whom`'s allowance, which this node counts by itself, and notes the rest of it.
    ///
    /// # Errors
    /// [`Error::TooManyRequests`] if there is none left.
    pub fn spend_locally(
        &self,
        limit: Limit,
        whom: &str,
        standings: &Standings,
    ) -> Result<(), Error> {
        let Some(rate) = self.rate(limit) else {
            return Ok(());
        };
        let now = Instant::now();
        let spent = self.local.update(&self.id(limit, whom), now, |whole_at| {
            match rate.spend(until(whole_at, now)) {
                Ok(missing) => (Some(now + microseconds(missing)), Ok(rate.left(missing))),
                Err(wait) => (whole_at, Err(wait)),
            }
        });
        noted(limit, rate, spent, standings)
    }

    /// Refuses at once whoever is known to be refused, before anyone waits for anything.
    ///
    /// # Errors
    /// [`Error::TooManyRequests`].
    pub fn check(&self, limit: Limit, whom: &str, standings: &Standings) -> Result<(), Error> {
        let Some(rate) = self.rate(limit) else {
            return Ok(());
        };
        let id = self.id(limit, whom);
        let now = Instant::now();
        let exhausted = rate.spend(until(self.local.get(&id, now), now)).err();
        match self.refused_for(&id).or(exhausted) {
            Some(wait) => noted(limit, rate, Err(wait), standings),
            None => Ok(()),
        }
    }

    /// Gives back one that was spent, for what turned out to be right.
    pub async fn give_back(
        &self,
        pool: &Pool,
        transaction: &mut Transaction,
        limit: Limit,
        whom: &str,
    ) -> Result<(), Error> {
        let Some(rate) = self.rate(limit) else {
            return Ok(());
        };
        sqlx::query(pool.sql("UPDATE rate_limits SET whole_at = whole_at - $1 WHERE id = $2"))
            .bind(rate.microseconds(1))
            .bind(self.id(limit, whom))
            .execute(&mut *transaction)
            .await?;
        Ok(())
    }

    fn rate(&self, limit: Limit) -> Option<Rate> {
        match limit {
            Limit::SignInAccount | Limit::Password => self.rates.sign_in_account,
            Limit::PasswordCheck => self.rates.sign_in_account.map(|rate| Rate {
                count: (rate.count * CHECKS_PER_FAILURE).min(rate::MOST),
                ..rate
            }),
            Limit::SignInAddress => self.rates.sign_in_address,
            Limit::Registration => self.rates.registration,
            Limit::Refresh | Limit::UnknownRefresh => self.rates.refresh,
            Limit::Api => self.rates.api,
        }
    }

    fn id(&self, limit: Limit, whom: &str) -> String {
        let whom = match limit {
            Limit::SignInAddress | Limit::Registration | Limit::Refresh | Limit::UnknownRefresh => {
                network(whom)
            }
            Limit::SignInAccount | Limit::Password | Limit::PasswordCheck | Limit::Api => {
                whom.to_owned()
            }
        };
        let mut context = hmac::Context::with_key(&self.key);
        context.update(b"rate limit\0");
        context.update(whom.as_bytes());
        format!(
            "{} {}",
            limit.name(),
            URL_SAFE_NO_PAD.encode(context.sign())
        )
    }

    /// The time for which the database goes on to refuse a key, in microseconds.
    fn refused_for(&self, id: &str) -> Option<i64> {
        let now = Instant::now();
        let refused_until = self.refused.get(id, now)?;
        Some(until(Some(refused_until), now))
    }

    /// Spends one of the allowance in the database, and returns the rest of it, or in how many
    /// microseconds there is one to spend.
    async fn book(&self, pool: &Pool, id: &str, rate: Rate) -> Result<Result<u32, i64>, Error> {
        let mut booked = book_once(pool, id, rate).await;
        for _ in 1..TRIES {
            match &booked {
                Err(error) if met_another(error) => booked = book_once(pool, id, rate).await,
                _ => break,
            }
        }
        let booked = booked?;
        if let Err(wait) = booked {
            let now = Instant::now();
            self.refused.set(id, now, now + microseconds(wait));
        }
        Ok(booked)
    }
}

/// Whether another request made the row at the same time: there it is now, or, on MySQL, each has
/// waited for the other, and one was told to try again.
fn met_another(error: &Error) -> bool {
    let Error::Database(sqlx::Error::Database(error)) = error else {
        return false;
    };
    error.is_unique_violation() || matches!(error.code().as_deref(), Some("40001" | "40P01"))
}

/// The time until an instant, in microseconds.
fn until(instant: Option<Instant>, now: Instant) -> i64 {
    let ahead = instant.map(|instant| instant.saturating_duration_since(now));
    i64::try_from(ahead.unwrap_or_default().as_micros()).unwrap_or(i64::MAX)
}

fn microseconds(count: i64) -> Duration {
    Duration::from_micros(u64::try_from(count).unwrap_or_default())
}

/// Notes where someone stands, and says so if it is too far.
fn noted(
    limit: Limit,
    rate: Rate,
    spent: Result<u32, i64>,
    standings: &Standings,
) -> Result<(), Error> {
    let name = limit.name();
    let left = spent.unwrap_or(0).min(rate.count);
    standings.note(Standing { name, rate, left });
    let Err(wait) = spent else {
        return Ok(());
    };
    let seconds = wait.saturating_add(999_999) / 1_000_000;
    let seconds = u32::try_from(seconds).unwrap_or(u32::MAX).max(1);
    Err(Error::TooManyRequests(seconds))
}

async fn book_once(pool: &Pool, id: &str, rate: Rate) -> Result<Result<u32, i64>, Error> {
    let mut transaction = pool.begin().await?;
    let row = sqlx::query(pool.sql(format!(
        "SELECT whole_at FROM rate_limits WHERE id = $1{}",
        pool.engine().for_update()
    )))
    .bind(id)
    .fetch_optional(&mut transaction)
    .await?;
    // Only now: a transaction that held the row until then has an earlier instant.
    let now = Timestamp::now();
    let whole_at = match &row {
        Some(row) => row.try_get::<i64, _>("whole_at")?,
        None => now.0,
    };
    let missing = match rate.spend(whole_at.saturating_sub(now.0)) {
        Ok(missing) => missing,
        Err(wait) => {
            transaction.rollback().await?;
            return Ok(Err(wait));
        }
    };
    let statement = match row {
        Some(_) => "UPDATE rate_limits SET whole_at = $1 WHERE id = $2",
        None => "INSERT INTO rate_limits (whole_at, id) VALUES ($1, $2)",
    };
    sqlx::query(pool.sql(statement))
        .bind(now.0 + missing)
        .bind(id)
        .execute(&mut transaction)
        .await?;
    transaction.commit().await?;
    Ok(Ok(rate.left(missing)))
}

/// Deletes at most `most` rows whose allowance is whole, and returns their number.
pub async fn delete_whole(pool: &Pool, now: Timestamp, most: u32) -> Result<u64, Error> {
    delete_before(pool, &RATE_LIMITS, "whole_at", now, most).await
}
