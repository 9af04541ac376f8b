//! The job table, shared by all nodes.

use std::collections::HashMap;

use super::schedule::Schedule;
use crate::db::{Pool, Sql, Timestamp, is_unique_violation, new_id, record};
use crate::error::Error;

record! {
    /// A row of `jobs`. The table is about a deployment, and left out of backups.
    pub struct JobRow in "jobs" key 1 {
        name: String,
        next_run_at: Timestamp,
        leased_by: String,
        leased_until: Timestamp,
        failures: i64,
        last_run_at: Option<Timestamp>,
    }
}

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
        let sql = Sql::select::<JobRow>().push(" FROM jobs");
        let rows: Vec<JobRow> = self.pool.fetch(sql).await?;
        let schedules = rows.into_iter().map(|row| {
            let schedule = Schedule {
                next_run_at: row.next_run_at,
                leased_until: row.leased_until,
                failures: row.failures,
            };
            (row.name, schedule)
        });
        Ok(schedules.collect())
    }

    /// Adds a job that is due at once, unless another node has added it.
    pub async fn add(&self, name: &str, now: Timestamp) -> Result<(), Error> {
        let mut transaction = self.pool.begin().await?;
        let row = JobRow {
            name: name.to_owned(),
            next_run_at: now,
            leased_by: String::new(),
            leased_until: Timestamp(0),
            failures: 0,
            last_run_at: None,
        };
        let rows = [row.to_values()];
        match transaction.insert_rows(&JobRow::TABLE, &rows).await {
            Ok(()) => Ok(transaction.commit().await?),
            Err(error) if is_unique_violation(&error) => Ok(()),
            Err(error) => Err(error),
        }
    }

    /// Takes the lease of a job if its row is unchanged since `seen`. Returns true on success.
    pub async fn take(
        &self,
        name: &str,
        seen: Schedule,
        leased_until: Timestamp,
    ) -> Result<bool, Error> {
        let update = Sql::new("UPDATE jobs SET leased_by = ")
            .bind(self.node.as_str())
            .push(", leased_until = ")
            .bind(leased_until)
            .push(" WHERE name = ")
            .bind(name)
            .push(" AND next_run_at = ")
            .bind(seen.next_run_at)
            .push(" AND leased_until = ")
            .bind(seen.leased_until);
        self.update(update).await
    }

    /// Renews the lease. Returns false if this node no longer holds it.
    pub async fn renew(&self, name: &str, leased_until: Timestamp) -> Result<bool, Error> {
        let update = Sql::new("UPDATE jobs SET leased_until = ")
            .bind(leased_until)
            .append(self.leased(name));
        self.update(update).await
    }

    /// Writes the schedule after a run that ended at `now`. Returns false if another node has taken
    /// over.
    pub async fn settle(&self, name: &str, next: Schedule, now: Timestamp) -> Result<bool, Error> {
        let update = Sql::new("UPDATE jobs SET next_run_at = ")
            .bind(next.next_run_at)
            .push(", leased_until = ")
            .bind(next.leased_until)
            .push(", failures = ")
            .bind(next.failures)
            .push(", last_run_at = ")
            .bind(now)
            .append(self.leased(name));
        self.update(update).await
    }

    /// Condition that this node holds the lease of a job.
    fn leased(&self, name: &str) -> Sql {
        Sql::new(" WHERE name = ")
            .bind(name)
            .push(" AND leased_by = ")
            .bind(self.node.as_str())
    }

    /// Runs a statement in its own transaction. Returns true if a row was changed.
    async fn update(&self, sql: Sql) -> Result<bool, Error> {
        let mut transaction = self.pool.begin().await?;
        let rows = transaction.run(sql).await?;
        transaction.commit().await?;
        Ok(rows > 0)
    }
}
