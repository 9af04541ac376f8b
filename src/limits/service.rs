//! Limit rules and their SQL.
//!
//! A row is the allowance of one account or address under one limit, stored as the instant at which
//! it is full again. All nodes on one database share it. Limits that protect a single node are
//! counted in its memory.

use std::time::{Duration, Instant};

use aws_lc_rs::hmac;
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;

use super::deadlines::Deadlines;
use super::rate::{self, Rate};
use super::table::RateLimitRow;
use super::{Quota, Quotas, RATE_LIMITS, network};
use crate::db::{
    Pool, Sql, Timestamp, Transaction, delete_before, is_deadlock, is_unique_violation,
};
use crate::error::Error;

/// Maximum attempts to book when concurrent requests conflict.
const TRIES: u32 = 5;

/// Password checks per allowed wrong password. More than one, so that guesses alone never use up
/// the checks of the owner.
const CHECKS_PER_FAILURE: u32 = 3;

/// A limit and the key it counts by.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Limit {
    /// Failed sign-ins, by the requested account, existing or not.
    SignInAccount,
    /// Sign-ins, by client address.
    SignInAddress,
    /// Registrations, by client address.
    Registration,
    /// Refreshes, by client address.
    Refresh,
    /// Invalid refresh tokens, by client address.
    UnknownRefresh,
    /// Wrong passwords when confirming an action, by user.
    Password,
    /// Password checks, right or wrong, by account or user. Each costs a hash. Counted per node.
    PasswordCheck,
    /// Requests, by session or API token. Counted per node.
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

/// Configured rates; `None` disables a limit.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Rates {
    /// Failed sign-ins to an account, and wrong passwords when confirming an action.
    pub sign_in_account: Option<Rate>,
    /// Sign-ins from an address.
    pub sign_in_address: Option<Rate>,
    /// Registrations from an address.
    pub registration: Option<Rate>,
    /// Refreshes from an address, and as many with invalid tokens.
    pub refresh: Option<Rate>,
    /// Requests of a session or API token.
    pub api: Option<Rate>,
}

/// State of the rate limits.
pub struct Limits {
    rates: Rates,
    key: hmac::Key,
    /// Keys rejected by the database, until the stored instant. They need no further query until
    /// then.
    refused: Deadlines,
    /// Allowances counted by this node: the instants at which they are full.
    local: Deadlines,
}

impl Limits {
    /// Creates the limits. Keys are stored as an HMAC under `secret`: a mistyped address, or a
    /// password entered as an address, must not be readable in the database.
    pub fn new(rates: Rates, secret: &[u8]) -> Limits {
        Limits {
            rates,
            key: hmac::Key::new(hmac::HMAC_SHA256, secret),
            refused: Deadlines::default(),
            local: Deadlines::default(),
        }
    }

    /// Spends one of the allowance of `key`, shared by all nodes, and records what remains.
    ///
    /// # Errors
    /// [`Error::TooManyRequests`] if the allowance is exhausted.
    pub async fn spend(
        &self,
        pool: &Pool,
        limit: Limit,
        key: &str,
        quotas: &Quotas,
    ) -> Result<(), Error> {
        let Some(rate) = self.rate(limit) else {
            return Ok(());
        };
        let id = self.id(limit, key);
        let spent = match self.refused_for(&id) {
            Some(wait) => Err(wait),
            None => self.book(pool, &id, rate).await?,
        };
        record_quota(limit, rate, spent, quotas)
    }

    /// Spends one of the allowance of `key`, counted by this node, and records what remains.
    ///
    /// # Errors
    /// [`Error::TooManyRequests`] if the allowance is exhausted.
    pub fn spend_locally(&self, limit: Limit, key: &str, quotas: &Quotas) -> Result<(), Error> {
        let Some(rate) = self.rate(limit) else {
            return Ok(());
        };
        let now = Instant::now();
        let spent = self.local.update(&self.id(limit, key), now, |whole_at| {
            match rate.spend(until(whole_at, now)) {
                Ok(missing) => (Some(now + microseconds(missing)), Ok(rate.left(missing))),
                Err(wait) => (whole_at, Err(wait)),
            }
        });
        record_quota(limit, rate, spent, quotas)
    }

    /// Rejects a request that is known to be over the limit. Called before any wait.
    ///
    /// # Errors
    /// [`Error::TooManyRequests`] if the allowance is exhausted.
    pub fn check(&self, limit: Limit, key: &str, quotas: &Quotas) -> Result<(), Error> {
        let Some(rate) = self.rate(limit) else {
            return Ok(());
        };
        let id = self.id(limit, key);
        let now = Instant::now();
        let exhausted = rate.spend(until(self.local.get(&id, now), now)).err();
        match self.refused_for(&id).or(exhausted) {
            Some(wait) => record_quota(limit, rate, Err(wait), quotas),
            None => Ok(()),
        }
    }

    /// Returns one to the allowance, after an attempt that turned out to be legitimate.
    ///
    /// # Errors
    /// Any error of the database.
    pub async fn give_back(
        &self,
        transaction: &mut Transaction,
        limit: Limit,
        key: &str,
    ) -> Result<(), Error> {
        let Some(rate) = self.rate(limit) else {
            return Ok(());
        };
        let update = Sql::new("UPDATE rate_limits SET whole_at = whole_at - ")
            .bind(rate.microseconds(1))
            .push(" WHERE id = ")
            .bind(self.id(limit, key));
        transaction.run(update).await?;
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

    fn id(&self, limit: Limit, key: &str) -> String {
        let key = match limit {
            Limit::SignInAddress | Limit::Registration | Limit::Refresh | Limit::UnknownRefresh => {
                network(key)
            }
            Limit::SignInAccount | Limit::Password | Limit::PasswordCheck | Limit::Api => {
                key.to_owned()
            }
        };
        let mut context = hmac::Context::with_key(&self.key);
        context.update(b"rate limit\0");
        context.update(key.as_bytes());
        format!(
            "{} {}",
            limit.name(),
            URL_SAFE_NO_PAD.encode(context.sign())
        )
    }

    /// Returns the time for which the database will keep rejecting a key, in microseconds.
    fn refused_for(&self, id: &str) -> Option<i64> {
        let now = Instant::now();
        let refused_until = self.refused.get(id, now)?;
        Some(until(Some(refused_until), now))
    }

    /// Spends one of the allowance in the database. Returns what remains, or the microseconds until
    /// one is available.
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

/// Returns true if a concurrent request inserted the same row. A retry finds the row; on MySQL, the
/// two may also have deadlocked.
fn met_another(error: &Error) -> bool {
    is_unique_violation(error) || is_deadlock(error)
}

/// Returns the time until an instant, in microseconds.
fn until(instant: Option<Instant>, now: Instant) -> i64 {
    let ahead = instant.map(|instant| instant.saturating_duration_since(now));
    i64::try_from(ahead.unwrap_or_default().as_micros()).unwrap_or(i64::MAX)
}

fn microseconds(count: i64) -> Duration {
    Duration::from_micros(u64::try_from(count).unwrap_or_default())
}

/// Records what remains of a quota, and rejects the request if it is exhausted.
fn record_quota(
    limit: Limit,
    rate: Rate,
    spent: Result<u32, i64>,
    quotas: &Quotas,
) -> Result<(), Error> {
    let name = limit.name();
    let left = spent.unwrap_or(0).min(rate.count);
    quotas.record(Quota { name, rate, left });
    let Err(wait) = spent else {
        return Ok(());
    };
    let seconds = wait.saturating_add(999_999) / 1_000_000;
    let seconds = u32::try_from(seconds).unwrap_or(u32::MAX).max(1);
    Err(Error::TooManyRequests(seconds))
}

async fn book_once(pool: &Pool, id: &str, rate: Rate) -> Result<Result<u32, i64>, Error> {
    let mut transaction = pool.begin().await?;
    let select = Sql::new("SELECT whole_at FROM rate_limits WHERE id = ")
        .bind(id)
        .append(pool.engine().for_update());
    let stored = transaction.fetch_value::<Timestamp>(select).await?;
    // Read after the row is locked: the transaction that held the lock used an earlier time.
    let now = Timestamp::now();
    let whole_at = stored.unwrap_or(now);
    let missing = match rate.spend(whole_at.0.saturating_sub(now.0)) {
        Ok(missing) => missing,
        Err(wait) => {
            transaction.rollback().await?;
            return Ok(Err(wait));
        }
    };
    let row = RateLimitRow {
        id: id.to_owned(),
        whole_at: Timestamp(now.0 + missing),
    };
    match stored {
        Some(_) => {
            let update = Sql::new("UPDATE rate_limits SET whole_at = ")
                .bind(row.whole_at)
                .push(" WHERE id = ")
                .bind(row.id);
            transaction.run(update).await?;
        }
        None => {
            transaction
                .insert_rows(&RATE_LIMITS, &[row.to_values()])
                .await?;
        }
    }
    transaction.commit().await?;
    Ok(Ok(rate.left(missing)))
}

/// Deletes at most `most` full allowances. Returns their number.
pub async fn delete_whole(pool: &Pool, now: Timestamp, most: u32) -> Result<u64, Error> {
    delete_before(pool, &RATE_LIMITS, "whole_at", now, most).await
}
