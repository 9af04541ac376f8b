//! Lists of open tasks by day: the earlier one of the due date and the deadline, for the user.
//!
//! An index has the order, except for times in other zones than the user's. These are few: they are
//! found by the days around those of the page, and put in their places by the program.

use super::foreign::{Foreign, KEYS, foreign_keys, foreign_place, of_keys};
use super::narrowed::{named_projects, of_named};
use super::page::{self, Candidates, Measured};
use super::search::of_ids;
use crate::access::{Hidden, in_use_by, visible_projects};
use crate::db::{Engine, FromColumns, Pool, Size, Sql};
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

/// The part of the index that a statement reads.
struct Slice<'a> {
    agenda: &'a Agenda,
    user_id: &'a str,
    engine: Engine,
    named: Vec<String>,
}

/// The first tasks of a slice.
struct Found {
    /// Tasks without a time in another zone.
    own: Vec<Task>,
    /// The number of those that there are, up to one more than the page has.
    count: usize,
    /// All tasks with a time in another zone that can be on the page. `None` if they have not been
    /// read.
    foreign: Option<Vec<Task>>,
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

pub(super) fn key_of(
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
        named: match agenda.before {
            // Without an end, a range has most tasks.
            None => Vec::new(),
            Some(_) => named_projects(pool, user_id, Hidden::No).await?,
        },
    };
    let limit = agenda.limit;
    let Found {
        own: tasks,
        count: found,
        foreign,
    } = match slice.at_once(pool).await? {
        Some(found) => found,
        None => slice.first(pool).await?,
    };
    let has_more = found > tasks.len().min(limit);
    let mut placed = slice.placed(tasks);
    let is_cut = found > placed.len();
    let end = match placed.last() {
        Some((place, _)) if has_more => Some(place.clone()),
        _ => None,
    };
    placed.extend(match foreign {
        Some(tasks) => {
            let mut foreign = slice.placed(tasks);
            foreign.retain(|(place, _)| slice.is_within(place, end.as_ref()));
            foreign
        }
        None => slice.foreign(pool, end).await?,
    });
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
    /// Reads the next tasks of a range with an end, including those with a time in another zone.
    /// `None` if these are many, or a description is long.
    async fn at_once(&self, pool: &Pool) -> Result<Option<Found>, Error> {
        let agenda = self.agenda;
        if agenda.before.is_none() {
            return Ok(None);
        }
        let count = agenda.limit + 1;
        let foreign = self.foreign_keys_between(self.first_day(), agenda.before);
        let keys = Sql::new("SELECT * FROM (")
            .append(self.own_keys(count))
            .push(") AS own UNION ALL SELECT * FROM (")
            .append(foreign.limit(count))
            .push(") AS others");
        let rows: Vec<Measured> = self
            .of_keys(pool, page::measured(self.engine), keys)
            .await?;
        let Some(tasks) = page::whole(rows)? else {
            return Ok(None);
        };
        let (foreign, own): (Vec<Task>, Vec<Task>) = tasks.into_iter().partition(
            |task| matches!(task.due, Some(Due::Zoned(_, _, zone)) if zone != agenda.zone),
        );
        Ok((foreign.len() < count).then_some(Found {
            count: own.len(),
            own,
            foreign: Some(foreign),
        }))
    }

    /// Reads the next tasks without a time in another zone.
    async fn first(&self, pool: &Pool) -> Result<Found, Error> {
        let limit = self.agenda.limit;
        let columns = page::measured(self.engine);
        let keys = self.own_keys(limit + 1);
        let rows: Vec<Measured> = self.of_keys(pool, columns, keys).await?;
        let count = rows.len();
        let own = match page::candidates(rows, limit)? {
            Candidates::Read(tasks) => tasks,
            Candidates::Count(count) => {
                let keys = self.own_keys(count);
                let rows: Vec<TaskRow> = self.of_keys(pool, TaskRow::COLUMNS, keys).await?;
                rows.into_iter().map(Task::from).collect()
            }
        };
        Ok(Found {
            own,
            count,
            foreign: None,
        })
    }

    /// Returns tasks with their places.
    fn placed(&self, tasks: Vec<Task>) -> Vec<(DayCursor, Task)> {
        let placed = tasks.into_iter().filter_map(|task| {
            let place = place_of(&task, self.agenda.zone)?;
            Some((place, task))
        });
        placed.collect()
    }

    /// Returns true if a place is in the range, after the previous page, and at most `end`.
    fn is_within(&self, place: &DayCursor, end: Option<&DayCursor>) -> bool {
        let agenda = self.agenda;
        let day = |date: Date| date.to_string();
        agenda.from.is_none_or(|from| place.key >= day(from))
            && agenda.before.is_none_or(|before| place.key < day(before))
            && agenda.after.as_ref().is_none_or(|after| place > after)
            && end.is_none_or(|end| place <= end)
    }

    /// Returns the first day that the page can have.
    fn first_day(&self) -> Option<Date> {
        let after = self.agenda.after.as_ref();
        after.and_then(DayCursor::day).or(self.agenda.from)
    }

    /// Returns the statement for the keys of the next tasks without a time in another zone.
    fn own_keys(&self, count: usize) -> Sql {
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
        self.keys(conditions, count)
    }

    /// Reads the tasks with these keys.
    async fn of_keys<T: FromColumns>(
        &self,
        pool: &Pool,
        columns: &'static str,
        keys: Sql,
    ) -> Result<Vec<T>, Error> {
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
                    .append(of_named(
                        "task_days",
                        self.engine.force_index("PRIMARY"),
                        projects,
                        &self.named,
                    ))
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
        let before = end.as_ref().and_then(DayCursor::day);
        let before = before.map(|day| day.plus_days(1)).or(agenda.before);
        let keys = self.foreign_keys_between(self.first_day(), before);
        let rows: Vec<Foreign> = pool.fetch(of_keys::<Foreign>(self.engine, keys)).await?;
        let places = rows
            .iter()
            .filter_map(|row| foreign_place(row, agenda.zone));
        let mut places: Vec<_> = places
            .filter(|place| self.is_within(place, end.as_ref()))
            .collect();
        places.sort_unstable();
        places.truncate(agenda.limit + 1);
        let ids: Vec<String> = places.iter().map(|place| place.id.clone()).collect();
        let tasks = of_ids(pool, self.user_id, &ids).await?;
        Ok(self.placed(tasks))
    }

    /// Returns the statement for the keys of all tasks with a time in another zone that can be on
    /// these days.
    fn foreign_keys_between(&self, from: Option<Date>, before: Option<Date>) -> Sql {
        let from = from.map(|date| date.plus_days(-MOST_DAYS));
        let before = before.map(|date| date.plus_days(MOST_DAYS));
        let conditions = self.conditions(from, before);
        foreign_keys(
            self.engine,
            self.user_id,
            (self.agenda.zone, &self.named),
            conditions,
        )
    }
}
