//! The job table, shared by all nodes.

use std::collections::HashMap;

use sqlx::{Row, query};

use super::schedule::Schedule;
use crate::db::{Pool, Timestamp, Transaction, new_id};
use crate::error::Error;

/// The table as accessed by one process.
pub struct Table {
    pub pool: Pool,
    /// Random id of the process.
    node: String,
}

impl Table {
    pub fn new(pool: Pool) -> Table {
        Table {
            pool,
            node: new_id(),
        }
    }

    /// Returns the schedules by job name. May contain jobs unknown to this version of the program.
    pub async fn read(&self) -> Result<HashMap<String, Schedule>, Error> {
        let rows = query("SELECT name, next_run_at, leased_until, failures FROM jobs")
            .fetch_all(self.pool.reader())
            .await?;
        rows.iter()
            .map(|row| {
                let schedule = Schedule {
                    next_run_at: Timestamp(row.try_get("next_run_at")?),
                    leased_until: Timestamp(row.try_get("leased_until")?),
                    failures: row.try_get("failures")?,
                };
                Ok((row.try_get("name")?, schedule))
            })
            .collect()
    }

    /// Adds a job that is due at once, unless another node has added it.
    pub async fn add(&self, name: &str, now: Timestamp) -> Result<(), Error> {
        let mut transaction = self.pool.begin().await?;
        let added = query(self.pool.sql(
            "INSERT INTO jobs (name, next_run_at, leased_by, leased_until, failures)
             VALUES ($1, $2, '', 0, 0)",
        ))
        .bind(name)
        .bind(now.0)
        .execute(&mut transaction)
        .await;
        match added {
            Ok(_) => Ok(transaction.commit().await?),
            Err(sqlx::Error::Database(error)) if error.is_unique_violation() => Ok(()),
            Err(error) => Err(error.into()),
        }
    }

    /// Takes the lease of a job if its row is unchanged since `seen`. Returns true on success.
    pub async fn take(
        &self,
        name: &str,
        seen: Schedule,
        leased_until: Timestamp,
    ) -> Result<bool, Error> {
        let mut transaction = self.pool.begin().await?;
        let taken = query(self.pool.sql(
            "UPDATE jobs SET leased_by = $1, leased_until = $2
             WHERE name = $3 AND next_run_at = $4 AND leased_until = $5",
        ))
        .bind(self.node.as_str())
        .bind(leased_until.0)
        .bind(name)
        .bind(seen.next_run_at.0)
        .bind(seen.leased_until.0)
        .execute(&mut transaction)
        .await?;
        changed(transaction, taken.rows_affected()).await
    }

    /// Renews the lease. Returns false if this node no longer holds it.
    pub async fn renew(&self, name: &str, leased_until: Timestamp) -> Result<bool, Error> {
        let mut transaction = self.pool.begin().await?;
        let renewed = query(
            self.pool
                .sql("UPDATE jobs SET leased_until = $1 WHERE name = $2 AND leased_by = $3"),
        )
        .bind(leased_until.0)
        .bind(name)
        .bind(self.node.as_str())
        .execute(&mut transaction)
        .await?;
        changed(transaction, renewed.rows_affected()).await
    }

    /// Writes the schedule after a run that ended at `now`. Returns false if another node has taken
    /// over.
    pub async fn settle(&self, name: &str, next: Schedule, now: Timestamp) -> Result<bool, Error> {
        let mut transaction = self.pool.begin().await?;
        let settled = query(self.pool.sql(
            "UPDATE jobs SET next_run_at = $1, leased_until = $2, failures = $3, last_run_at = $4
             WHERE name = $5 AND leased_by = $6",
        ))
        .bind(next.next_run_at.0)
        .bind(next.leased_until.0)
        .bind(next.failures)
        .bind(now.0)
        .bind(name)
        .bind(self.node.as_str())
        .execute(&mut transaction)
        .await?;
        changed(transaction, settled.rows_affected()).await
    }
}

/// Commits. Returns true if a row was changed.
async fn changed(transaction: Transaction, rows: u64) -> Result<bool, Error> {
    transaction.commit().await?;
    Ok(rows > 0)
}
