//! The first open tasks of each day of a range.

use std::collections::{BTreeMap, HashMap};

use super::agenda::place_of;
use super::foreign::{Foreign, day_of, foreign_keys, of_keys};
use super::page::{self, Measured};
use super::search::of_ids;
use crate::access::{in_use_by, visible_project};
use crate::db::{Engine, Pool, Sql, row};
use crate::error::Error;
use crate::tasks::Task;
use crate::when::{Date, Zone};

/// Maximum distance in days between the day of a time in one zone and that in another.
const MOST_DAYS: i64 = 2;

/// A range of days.
#[derive(Clone, Debug)]
pub struct Days<'d> {
    /// The zone of the days.
    pub zone: Zone,
    /// The first day.
    pub from: Date,
    /// The day after the last one.
    pub before: Date,
    /// Maximum number of tasks of each day.
    pub most_of_each: usize,
    /// The project of the tasks. `None` for all projects in use.
    pub project_id: Option<&'d str>,
}

/// The open tasks of a day.
#[derive(Debug, Default)]
pub struct Day {
    /// The first tasks, in the order of the day.
    pub tasks: Vec<Task>,
    /// The number of all tasks.
    pub count: usize,
}

row! {
    struct Count {
        day: String,
        tasks: i64,
    }
}

/// Returns the days of a range that have tasks.
///
/// # Errors
/// [`Error::Database`].
pub async fn days(
    pool: &Pool,
    user_id: &str,
    days: &Days<'_>,
) -> Result<BTreeMap<Date, Day>, Error> {
    let engine = pool.engine();
    let most = days.most_of_each;
    let rows: Vec<Measured> = pool.fetch(days.first_of_each(engine, user_id)).await?;
    let own: Result<Vec<Task>, Error> = rows.into_iter().map(page::task).collect();
    let foreign = days.foreign(pool, user_id).await?;
    let mut found: BTreeMap<Date, Day> = BTreeMap::new();
    let mut is_cut = false;
    for task in own? {
        if let Some(date) = days.day(&task) {
            let day = found.entry(date).or_default();
            day.count += 1;
            is_cut |= day.count > most;
            day.tasks.push(task);
        }
    }
    if is_cut {
        // The days that have more tasks than were read are counted.
        for (date, count) in days.counts(pool, user_id).await? {
            found.entry(date).or_default().count = count;
        }
    }
    for task in foreign {
        if let Some(date) = days.day(&task) {
            let day = found.entry(date).or_default();
            day.count += 1;
            day.tasks.push(task);
        }
    }
    for day in found.values_mut() {
        day.tasks
            .sort_by_cached_key(|task| place_of(task, days.zone));
        day.tasks.truncate(most);
    }
    Ok(found)
}

impl Days<'_> {
    /// Returns the day of a task, if it is one of these.
    fn day(&self, task: &Task) -> Option<Date> {
        let day = place_of(task, self.zone)?.day()?;
        (self.from..self.before).contains(&day).then_some(day)
    }

    /// The rows of these days without a time in another zone.
    fn own(&self, engine: Engine, user_id: &str) -> Sql {
        let access = match self.project_id {
            Some(id) => visible_project(user_id, id),
            None => in_use_by(engine, user_id),
        };
        Sql::new(" FROM task_days WHERE ")
            .append(access)
            .push(" AND day_key >= ")
            .bind(self.from.to_string())
            .push(" AND day_key < ")
            .bind(self.before.to_string())
            .push(" AND due_zone IN ('', ")
            .bind(self.zone.as_str())
            .push(")")
    }

    /// Statement for one task more of each day than are shown.
    fn first_of_each(&self, engine: Engine, user_id: &str) -> Sql {
        Sql::new("SELECT ")
            .push(page::beginnings(engine))
            .push(
                " FROM (SELECT project_id AS key_project, task_id AS key_id, day_key AS key_day,
                 ROW_NUMBER() OVER (PARTITION BY SUBSTR(day_key, 1, 10)
                 ORDER BY day_key, task_id) AS place",
            )
            .append(self.own(engine, user_id))
            .push(") AS found")
            .push(engine.ordered_join())
            .push("tasks ON tasks.project_id = key_project AND tasks.id = key_id WHERE place <= ")
            .bind(i64::try_from(self.most_of_each + 1).unwrap_or(i64::MAX))
            .push(" ORDER BY key_day, key_id")
    }

    async fn counts(&self, pool: &Pool, user_id: &str) -> Result<HashMap<Date, usize>, Error> {
        let sql = Sql::new("SELECT SUBSTR(day_key, 1, 10) AS day, COUNT(*) AS tasks")
            .append(self.own(pool.engine(), user_id))
            .push(" GROUP BY SUBSTR(day_key, 1, 10)");
        let counts: Vec<Count> = pool.fetch(sql).await?;
        let counts = counts.into_iter();
        Ok(counts
            .filter_map(|count| {
                let date = Date::parse(&count.day).ok()?;
                Some((date, usize::try_from(count.tasks).ok()?))
            })
            .collect())
    }

    /// Reads the tasks with a time in another zone, which are few.
    async fn foreign(&self, pool: &Pool, user_id: &str) -> Result<Vec<Task>, Error> {
        let conditions = Sql::new(" AND day_key >= ")
            .bind(self.from.plus_days(-MOST_DAYS).to_string())
            .push(" AND day_key < ")
            .bind(self.before.plus_days(MOST_DAYS).to_string());
        let keys = foreign_keys(pool.engine(), user_id, (self.zone, &[]), conditions);
        let rows: Vec<Foreign> = pool.fetch(of_keys::<Foreign>(pool.engine(), keys)).await?;
        let rows = rows.iter();
        let ids: Vec<String> = rows
            .filter(|row| {
                day_of(row, self.zone).is_some_and(|day| (self.from..self.before).contains(&day))
            })
            .map(|row| row.id().to_owned())
            .collect();
        let mut tasks = of_ids(pool, user_id, &ids).await?;
        tasks.retain(|task| self.project_id.is_none_or(|id| task.project_id == id));
        Ok(tasks)
    }
}
