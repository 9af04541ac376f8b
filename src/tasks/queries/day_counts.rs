//! Numbers of open tasks by day, from the index alone.

use super::foreign::{Foreign, day_of, foreign_keys, of_keys};
use crate::access::{in_use_by, visible_project};
use crate::db::{Pool, Sql, row};
use crate::error::Error;
use crate::when::{Date, Zone};

/// The number of days around today on which the day of a time in another zone is not certain.
const UNCERTAIN_DAYS: i64 = 2;

row! {
    /// Numbers of open tasks by day.
    pub struct DayCounts {
        /// On the days before today.
        overdue: i64,
        /// Today and on the days before.
        until_today: i64,
        /// On the days after today.
        upcoming: i64,
    }
}

/// Returns the numbers of the user's open tasks by day, in a zone. Until today, tasks are left out
/// that start later.
///
/// # Errors
/// [`Error::Database`].
pub async fn day_counts(
    pool: &Pool,
    user_id: &str,
    zone: Zone,
    today: Date,
) -> Result<DayCounts, Error> {
    let engine = pool.engine();
    let (first, last) = (
        today.plus_days(-UNCERTAIN_DAYS),
        today.plus_days(UNCERTAIN_DAYS + 1),
    );
    let sum = |sql: Sql, condition: Sql, name: &'static str| {
        sql.push("CAST(COALESCE(SUM(CASE WHEN ")
            .append(condition)
            .push(" THEN 1 ELSE 0 END), 0) AS ")
            .push(engine.integer())
            .push(") AS ")
            .push(name)
    };
    let started = |day: Date| {
        Sql::new("day_key < ")
            .bind(day.to_string())
            .push(" AND start_date <= ")
            .bind(today.to_string())
    };
    let later = Sql::new("day_key >= ").bind(today.plus_days(1).to_string());
    let sql = sum(Sql::new("SELECT "), started(today), "overdue").push(", ");
    let sql = sum(sql, started(today.plus_days(1)), "until_today").push(", ");
    let sql = sum(sql, later, "upcoming")
        .push(" FROM task_days WHERE ")
        .append(in_use_by(engine, user_id))
        .push(" AND day_key < '~' AND (due_zone IN ('', ")
        .bind(zone.as_str())
        .push(") OR day_key < ")
        .bind(first.to_string())
        .push(" OR day_key >= ")
        .bind(last.to_string())
        .push(")");
    let counts: Option<DayCounts> = pool.fetch_optional(sql).await?;
    let mut counts = counts.unwrap_or(DayCounts {
        overdue: 0,
        until_today: 0,
        upcoming: 0,
    });
    let conditions = Sql::new(" AND day_key >= ")
        .bind(first.to_string())
        .push(" AND day_key < ")
        .bind(last.to_string());
    let keys = foreign_keys(engine, user_id, (zone, &[]), conditions);
    let foreign: Vec<Foreign> = pool.fetch(of_keys::<Foreign>(engine, keys)).await?;
    for task in foreign {
        let Some(day) = day_of(&task, zone) else {
            continue;
        };
        let is_started = task
            .start_date
            .is_none_or(|start| start <= today.to_string());
        counts.overdue += i64::from(day < today && is_started);
        counts.until_today += i64::from(day <= today && is_started);
        counts.upcoming += i64::from(day > today);
    }
    Ok(counts)
}

/// Returns the number of open tasks of a project that start after a day.
///
/// # Errors
/// [`Error::Database`].
pub async fn unstarted(
    pool: &Pool,
    user_id: &str,
    project_id: &str,
    today: Date,
) -> Result<i64, Error> {
    let sql = Sql::new("SELECT COUNT(*) FROM task_days WHERE ")
        .append(visible_project(user_id, project_id))
        .push(" AND start_date > ")
        .bind(today.to_string());
    Ok(pool.fetch_value(sql).await?.unwrap_or_default())
}
