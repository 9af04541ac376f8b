//! Numbers of open tasks by day, from the index alone.

use super::foreign::{Foreign, day_of, foreign_keys, of_keys};
use crate::access::{in_use_by, visible_project};
use crate::db::{Pool, Sql, row};
use crate::error::Error;
use crate::when::{Date, Zone};

/// The number of days around today on which the day of a time in another zone is not certain.
const UNCERTAIN_DAYS: i64 = 2;

/// Numbers of open tasks by day.
#[derive(Debug, Default)]
pub struct DayCounts {
    /// On the days before today.
    pub overdue: i64,
    /// Today and on the days before.
    pub until_today: i64,
    /// On the days after today.
    pub upcoming: i64,
    /// In the Inbox, with a start after today.
    pub unstarted: i64,
}

row! {
    /// The numbers whose days are certain, and that of the others.
    struct Read {
        overdue: i64,
        until_today: i64,
        upcoming: i64,
        elsewhere: i64,
        unstarted: i64,
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
    // The day of a time in another zone may be another one for the user.
    let uncertain = Sql::new(" AND day_key >= ")
        .bind(first.to_string())
        .push(" AND day_key < ")
        .bind(last.to_string());
    let elsewhere = foreign_keys(engine, user_id, (zone, &[]), uncertain);
    let sql = sum(Sql::new("SELECT "), started(today), "overdue").push(", ");
    let sql = sum(sql, started(today.plus_days(1)), "until_today").push(", ");
    let sql = sum(sql, later, "upcoming")
        .push(", (SELECT COUNT(*) FROM (")
        .append(elsewhere.clone())
        .push(") AS dated) AS elsewhere, (SELECT COUNT(*) FROM task_days WHERE ")
        // The Inbox has the id of the account.
        .append(visible_project(user_id, user_id))
        .push(" AND start_date > ")
        .bind(today.to_string())
        .push(") AS unstarted FROM task_days WHERE ")
        .append(in_use_by(engine, user_id))
        .push(" AND day_key < '~' AND (due_zone IN ('', ")
        .bind(zone.as_str())
        .push(") OR day_key < ")
        .bind(first.to_string())
        .push(" OR day_key >= ")
        .bind(last.to_string())
        .push(")");
    let read: Option<Read> = pool.fetch_optional(sql).await?;
    let Some(read) = read else {
        return Ok(DayCounts::default());
    };
    let mut counts = DayCounts {
        overdue: read.overdue,
        until_today: read.until_today,
        upcoming: read.upcoming,
        unstarted: read.unstarted,
    };
    if read.elsewhere == 0 {
        return Ok(counts);
    }
    let foreign: Vec<Foreign> = pool.fetch(of_keys::<Foreign>(engine, elsewhere)).await?;
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
