//! Lists of open tasks by day: the earlier one of the due date and the deadline, for the user.
//!
//! An index has the order, except for times in other zones than the user's. These are few: they are
//! found by the days around those of the page, and put in their places by the program.

use super::page::{self, Candidates, Measured};
use super::search::of_ids;
use crate::access::{Hidden, in_use_by, visible_projects};
use crate::db::{Engine, FromColumns, Pool, Size, Sql, row};
use crate::error::Error;
use crate::items::{TaskRow, day_key};
use crate::tasks::{DayCursor, Task, TaskPage};
use crate::when::{Date, Due, Zone};

/// Maximum distance in days between the day of a time in one zone and that in another.
const MOST_DAYS: i64 = 2;

/// The tasks of a range of days.
#[derive(Clone, Debug)]
pub struct Agenda {
    /// The zone of the days.
    pub zone: Zone,
    /// The first day. `None` if there is none.
    pub from: Option<Date>,
    /// The day after the last one. `None` if there is none.
    pub before: Option<Date>,
    /// Leaves out tasks that start after this day.
    pub started_by: Option<Date>,
    /// Maximum number of tasks in a page.
    pub limit: usize,
    /// The position of the last task of the previous page.
    pub after: Option<DayCursor>,
}

row! {
    /// A task whose due time is in another zone.
    pub(super) struct Foreign {
        id: String,
        position: Option<String>,
        priority: i64,
        due: String,
        due_zone: String,
        deadline: Option<String>,
        start_date: Option<String>,
    }
}

impl Foreign {
    pub(super) fn id(&self) -> &str {
        &self.id
    }
}

/// The part of the index that a statement reads.
struct Slice<'a> {
    agenda: &'a Agenda,
    user_id: &'a str,
    engine: Engine,
}

/// Returns the position of a task among those of all days, for a user in this zone. `None` if the
/// task has no date.
pub fn place_of(task: &Task, zone: Zone) -> Option<DayCursor> {
    let deadline = task.deadline.map(|date| date.to_string());
    let key = key_of(
        task.due.as_ref(),
        deadline.as_deref(),
        task.priority,
        &task.position,
        zone,
    )?;
    Some(DayCursor {
        key,
        id: task.id.clone(),
    })
}

fn key_of(
    due: Option<&Due>,
    deadline: Option<&str>,
    priority: i64,
    position: &str,
    zone: Zone,
) -> Option<String> {
    let due = due.map(|due| match *due {
        Due::Zoned(date, time, own) if own != zone => {
            let (date, time) = zone.local(own.instant(date, time));
            Due::Local(date, time).to_columns().0
        }
        _ => due.to_columns().0,
    });
    day_key(due.as_deref(), deadline, priority, position)
}

/// Returns a page of the user's tasks, in the order of [`day_key`].
///
/// # Errors
/// [`Error::Database`].
pub async fn agenda(pool: &Pool, user_id: &str, agenda: &Agenda) -> Result<TaskPage, Error> {
    let slice = Slice {
        agenda,
        user_id,
        engine: pool.engine(),
    };
    let limit = agenda.limit;
    let rows: Vec<Measured> = slice
        .own(pool, page::measured(pool.engine()), limit + 1)
        .await?;
    let found = rows.len();
    let tasks = match page::candidates(rows, limit)? {
        Candidates::Read(tasks) => tasks,
        Candidates::Count(count) => {
            let rows: Vec<TaskRow> = slice.own(pool, TaskRow::COLUMNS, count).await?;
            rows.into_iter().map(Task::from).collect()
        }
    };
    let has_more = found > tasks.len().min(limit);
    let own = tasks.into_iter().filter_map(|task| {
        let place = place_of(&task, agenda.zone)?;
        Some((place, task))
    });
    let mut placed: Vec<(DayCursor, Task)> = own.collect();
    let is_cut = found > placed.len();
    let end = match placed.last() {
        Some((place, _)) if has_more => Some(place.clone()),
        _ => None,
    };
    placed.extend(slice.foreign(pool, end).await?);
    placed.sort_by(|(one, _), (other, _)| one.cmp(other));
    let (places, tasks): (Vec<_>, Vec<_>) = placed.into_iter().unzip();
    let (items, more) = page::cut(tasks, limit);
    let next = items.len().checked_sub(1).and_then(|last| places.get(last));
    let next = next.filter(|_| more || is_cut);
    Ok(TaskPage {
        next_cursor: next.map(DayCursor::encode).transpose()?,
        items,
    })
}

impl Slice<'_> {
    /// Reads the next tasks without a time in another zone.
    async fn own<T: FromColumns>(
        &self,
        pool: &Pool,
        columns: &'static str,
        count: usize,
    ) -> Result<Vec<T>, Error> {
        let agenda = self.agenda;
        let mut conditions = self
            .conditions(agenda.from, agenda.before)
            .push(" AND due_zone IN ('', ")
            .bind(agenda.zone.as_str())
            .push(")");
        if let Some(DayCursor { key, id }) = &agenda.after {
            conditions = conditions.push(" AND day_key >= ").bind(key.clone());
            conditions = conditions
                .push(" AND (day_key, task_id) > (")
                .bind(key.clone())
                .push(", ")
                .bind(id.clone())
                .push(")");
        }
        let keys = self.keys(conditions, count);
        let sql = Sql::new("SELECT ")
            .push(columns)
            .push(" FROM (")
            .append(keys)
            .push(") AS found")
            .push(self.engine.ordered_join())
            .push("tasks ON tasks.project_id = key_project AND tasks.id = key_id")
            .push(" ORDER BY key_day, key_id");
        pool.fetch_batched(Size::Page, sql).await
    }

    /// Returns the statement for the keys of the first tasks that meet conditions.
    fn keys(&self, conditions: Sql, count: usize) -> Sql {
        const KEYS: &str =
            "SELECT project_id AS key_project, task_id AS key_id, day_key AS key_day FROM ";
        let ordered = |sql: Sql| sql.push(" ORDER BY key_day, key_id").limit(count);
        let projects = visible_projects(self.user_id, Hidden::No);
        match self.engine {
            // SQLite leaves a project at the first task that comes after those that it has.
            Engine::Sqlite => ordered(
                Sql::new(KEYS)
                    .push("task_days WHERE ")
                    .append(in_use_by(self.engine, self.user_id))
                    .append(conditions),
            ),
            Engine::Postgres => {
                let next = Sql::new(KEYS)
                    .push("task_days WHERE project_id = visible_id")
                    .append(conditions);
                let next = next.push(" ORDER BY day_key, task_id").limit(count);
                ordered(
                    Sql::new("SELECT next.* FROM ")
                        .append(projects)
                        .push(" CROSS JOIN LATERAL (")
                        .append(next)
                        .push(") AS next"),
                )
            }
            Engine::Mysql => ordered(
                Sql::new(KEYS)
                    .append(projects)
                    .push(" STRAIGHT_JOIN task_days")
                    .append(self.engine.force_index("PRIMARY"))
                    .push(" ON project_id = visible_id WHERE TRUE")
                    .append(conditions),
            ),
        }
    }

    /// Conditions on the day as it was entered and on the start, each preceded by AND.
    fn conditions(&self, from: Option<Date>, before: Option<Date>) -> Sql {
        let mut sql = Sql::default();
        if let Some(date) = from {
            sql = sql.push(" AND day_key >= ").bind(date.to_string());
        }
        sql = match before {
            Some(date) => sql.push(" AND day_key < ").bind(date.to_string()),
            // Tasks without a day come last.
            None => sql.push(" AND day_key < '~'"),
        };
        if let Some(date) = self.agenda.started_by {
            sql = sql.push(" AND start_date <= ").bind(date.to_string());
        }
        sql
    }

    /// Reads the tasks with a time in another zone that belong on the page, up to the place `end`.
    async fn foreign(
        &self,
        pool: &Pool,
        end: Option<DayCursor>,
    ) -> Result<Vec<(DayCursor, Task)>, Error> {
        let agenda = self.agenda;
        let after = agenda.after.as_ref();
        let from = after.and_then(DayCursor::day).or(agenda.from);
        let before = end.as_ref().and_then(DayCursor::day);
        let before = before.map(|day| day.plus_days(1)).or(agenda.before);
        let rows: Vec<Foreign> = pool.fetch(self.foreign_between(from, before)).await?;
        let places = rows
            .iter()
            .filter_map(|row| foreign_place(row, agenda.zone));
        let is_within = |place: &DayCursor| {
            let day = |date: Date| date.to_string();
            agenda.from.is_none_or(|from| place.key >= day(from))
                && agenda.before.is_none_or(|before| place.key < day(before))
                && after.is_none_or(|after| place > after)
                && end.as_ref().is_none_or(|end| place <= end)
        };
        let mut places: Vec<_> = places.filter(is_within).collect();
        places.sort_unstable();
        places.truncate(agenda.limit + 1);
        let ids: Vec<String> = places.iter().map(|place| place.id.clone()).collect();
        let tasks = of_ids(pool, self.user_id, &ids).await?;
        let placed = tasks.into_iter().filter_map(|task| {
            let place = place_of(&task, agenda.zone)?;
            Some((place, task))
        });
        Ok(placed.collect())
    }

    /// Returns the statement for all tasks with a time in another zone that can be on these days.
    fn foreign_between(&self, from: Option<Date>, before: Option<Date>) -> Sql {
        let from = from.map(|date| date.plus_days(-MOST_DAYS));
        let before = before.map(|date| date.plus_days(MOST_DAYS));
        let conditions = self.conditions(from, before);
        let keys = foreign_keys(self.engine, self.user_id, self.agenda.zone, conditions);
        of_keys::<Foreign>(self.engine, keys)
    }
}

/// Returns the statement for the keys of the tasks with a time in another zone that meet conditions,
/// each preceded by AND.
pub(super) fn foreign_keys(engine: Engine, user_id: &str, zone: Zone, conditions: Sql) -> Sql {
    let keys = Sql::new("SELECT project_id AS key_project, task_id AS key_id FROM ");
    let projects = visible_projects(user_id, Hidden::No);
    let conditions = Sql::new(" WHERE due_zone NOT IN ('', ")
        .bind(zone.as_str())
        .push(")")
        .append(conditions);
    match engine {
        // PostgreSQL would read the rows of everybody: it expects none with another zone.
        Engine::Postgres => Sql::new("SELECT dated.* FROM ")
            .append(projects)
            .push(" CROSS JOIN LATERAL (")
            .append(keys)
            .push("task_days")
            .append(conditions)
            .push(" AND project_id = visible_id OFFSET 0) AS dated"),
        Engine::Sqlite | Engine::Mysql => keys
            .append(projects)
            .push(engine.ordered_join())
            .push("task_days")
            .append(engine.force_index("PRIMARY"))
            .push(" ON project_id = visible_id")
            .append(conditions),
    }
}

/// Returns the statement for the tasks with these keys.
pub(super) fn of_keys<T: FromColumns>(engine: Engine, keys: Sql) -> Sql {
    Sql::select::<T>()
        .push(" FROM (")
        .append(keys)
        .push(") AS found")
        .push(engine.ordered_join())
        .push("tasks ON tasks.project_id = key_project AND tasks.id = key_id")
}

/// Returns the day of a task for a user in a zone.
pub(super) fn day_of(task: &Foreign, zone: Zone) -> Option<Date> {
    foreign_place(task, zone)?.day()
}

fn foreign_place(task: &Foreign, zone: Zone) -> Option<DayCursor> {
    let due = Due::from_columns(&task.due, Some(&task.due_zone))?;
    let position = task.position.as_deref().unwrap_or(&task.id);
    let deadline = task.deadline.as_deref();
    let key = key_of(Some(&due), deadline, task.priority, position, zone)?;
    let id = task.id.clone();
    Some(DayCursor { key, id })
}
