//! The rules of the limits, and their SQL. A row is the allowance of one account, address or
//! session under one limit, kept as the instant at which it is whole again; so all nodes on one
//! database share it.

use std::sync::atomic::{AtomicI64, Ordering};

use aws_lc_rs::hmac;
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use sqlx::Row;

use super::leases::{Answer, Leases, portion};
use super::proxies::network;
use super::{Rate, Standing, Standings};
use crate::db::{Pool, Timestamp, Transaction, delete_before};
use crate::error::Error;

/// How often it is tried to book with others who do at the same time.
const TRIES: u32 = 5;

/// How often leases that say nothing any more are forgotten, in seconds.
const SWEEP_SECONDS: i64 = 60;

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
    /// Requests to the API, by the session of the token.
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
    leases: Leases,
    swept_at: AtomicI64,
}

impl Limits {
    /// Limits of those rates. Who is limited is kept as a hash under the `secret`: an address that
    /// was mistyped, or a password in its place, is nobody's to read.
    pub fn new(rates: Rates, secret: &[u8]) -> Limits {
        Limits {
            rates,
            key: hmac::Key::new(hmac::HMAC_SHA256, secret),
            leases: Leases::default(),
            swept_at: AtomicI64::new(0),
        }
    }

    /// Spends one of `whom`'s allowance, and notes where they stand.
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
        let now = Timestamp::now();
        let spent = match limit {
            Limit::Api => self.spend_leased(pool, &id, rate, now).await?,
            _ => self.spend_one(pool, &id, rate, now).await?,
        };
        noted(limit, rate, spent, standings)
    }

    /// Refuses at once what is known to be refused, before anyone waits for anything.
    ///
    /// # Errors
    /// [`Error::TooManyRequests`].
    pub fn check(&self, limit: Limit, whom: &str, standings: &Standings) -> Result<(), Error> {
        let refused = self.rate(limit).and_then(|rate| {
            let wait = self
                .leases
                .refused(&self.id(limit, whom), Timestamp::now())?;
            Some(noted(limit, rate, Err(wait), standings))
        });
        refused.unwrap_or(Ok(()))
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
            Limit::SignInAccount | Limit::Password | Limit::Api => whom.to_owned(),
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

    async fn spend_one(
        &self,
        pool: &Pool,
        id: &str,
        rate: Rate,
        now: Timestamp,
    ) -> Result<Result<u32, i64>, Error> {
        if let Some(wait) = self.leases.refused(id, now) {
            return Ok(Err(wait));
        }
        let spent = self.book(pool, id, rate, 1).await?;
        if let Err(wait) = spent {
            self.leases.refuse(id, now, wait);
        }
        Ok(spent)
    }

    async fn spend_leased(
        &self,
        pool: &Pool,
        id: &str,
        rate: Rate,
        now: Timestamp,
    ) -> Result<Result<u32, i64>, Error> {
        if let Answer::Told(told) = self.leases.take(id, rate, now) {
            return Ok(told);
        }
        let gate = self.leases.gate(id);
        let _held = gate.lock().await;
        let cost = match self.leases.take(id, rate, Timestamp::now()) {
            // Whoever was waited for has leased enough, or has been refused.
            Answer::Told(told) => return Ok(told),
            Answer::Ask(cost) => cost.min(rate.count),
        };
        match self.book(pool, id, rate, cost).await? {
            Ok(rest) => Ok(Ok(self.leases.put(id, portion(rate), rest))),
            Err(wait) => {
                self.leases.refuse(id, now, wait);
                Ok(Err(wait))
            }
        }
    }

    /// Spends `cost` of the allowance in the database, and gives what is left of it, or in how many
    /// microseconds there is enough.
    async fn book(
        &self,
        pool: &Pool,
        id: &str,
        rate: Rate,
        cost: u32,
    ) -> Result<Result<u32, i64>, Error> {
        self.sweep();
        for _ in 1..TRIES {
            match book_once(pool, id, rate, cost).await {
                Err(error) if met_another(&error) => {}
                booked => return booked,
            }
        }
        book_once(pool, id, rate, cost).await
    }

    /// Forgets leases that say nothing any more, now and then.
    fn sweep(&self) {
        let now = Timestamp::now();
        let swept_at = self.swept_at.load(Ordering::Relaxed);
        let due = now >= Timestamp(swept_at).plus_seconds(SWEEP_SECONDS);
        if due
            && self
                .swept_at
                .compare_exchange(swept_at, now.0, Ordering::Relaxed, Ordering::Relaxed)
                .is_ok()
        {
            self.leases.sweep(now);
        }
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

async fn book_once(
    pool: &Pool,
    id: &str,
    rate: Rate,
    cost: u32,
) -> Result<Result<u32, i64>, Error> {
    let mut transaction = pool.begin().await?;
    let row = sqlx::query(pool.sql(format!(
        "SELECT whole_at FROM rate_limits WHERE id = $1{}",
        pool.engine().for_update()
    )))
    .bind(id)
    .fetch_optional(&mut transaction)
    .await?;
    // Only now: whoever was waited for has an earlier instant.
    let now = Timestamp::now();
    let whole_at = match &row {
        Some(row) => Timestamp(row.try_get("whole_at")?),
        None => now,
    };
    let whole_at = match rate.spend(whole_at, now, cost) {
        Ok(whole_at) => whole_at,
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
        .bind(whole_at.0)
        .bind(id)
        .execute(&mut transaction)
        .await?;
    transaction.commit().await?;
    Ok(Ok(rate.left(whole_at, now)))
}

/// Deletes at most `most` rows whose allowance is whole, and returns their number.
pub async fn delete_whole(pool: &Pool, now: Timestamp, most: u32) -> Result<u64, Error> {
    delete_before(pool, "rate_limits", "whole_at", now, most).await
}
