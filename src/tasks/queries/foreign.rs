//! Tasks with a time in another zone than the user's.

use super::agenda::key_of;
use super::narrowed::of_named;
use crate::access::{Hidden, visible_projects};
use crate::db::{Engine, FromColumns, Sql, row};
use crate::tasks::DayCursor;
use crate::when::{Date, Due, Zone};

/// A query for the keys of tasks, up to the name of the table.
pub(super) const KEYS: &str =
    "SELECT project_id AS key_project, task_id AS key_id, day_key AS key_day FROM ";

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

/// Returns the statement for the keys of the tasks with a time in another zone that meet conditions,
/// each preceded by AND.
pub(super) fn foreign_keys(
    engine: Engine,
    user_id: &str,
    (zone, named): (Zone, &[String]),
    conditions: Sql,
) -> Sql {
    let keys = Sql::new(KEYS);
    let projects = visible_projects(user_id, Hidden::No);
    // The index of times in zones is known to have these tasks by the first term.
    let conditions = Sql::new(" AND due_zone <> '' AND due_zone <> ")
        .bind(zone.as_str())
        .append(conditions);
    match engine {
        Engine::Sqlite => keys
            .append(projects)
            .push(" CROSS JOIN task_days")
            .append(engine.indexed_by("task_days_zoned"))
            .push(" ON project_id = visible_id WHERE TRUE")
            .append(conditions),
        // PostgreSQL would read the rows of everybody: it expects none with another zone.
        Engine::Postgres => Sql::new("SELECT dated.* FROM ")
            .append(projects)
            .push(" CROSS JOIN LATERAL (")
            .append(keys)
            .push("task_days WHERE project_id = visible_id")
            .append(conditions)
            .push(" OFFSET 0) AS dated"),
        Engine::Mysql => keys
            .append(of_named(
                "task_days",
                engine.force_index("PRIMARY"),
                projects,
                named,
            ))
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

pub(super) fn foreign_place(task: &Foreign, zone: Zone) -> Option<DayCursor> {
    let due = Due::from_columns(&task.due, Some(&task.due_zone))?;
    let position = task.position.as_deref().unwrap_or(&task.id);
    let deadline = task.deadline.as_deref();
    let key = key_of(Some(&due), deadline, task.priority, position, zone)?;
    let id = task.id.clone();
    Some(DayCursor { key, id })
}
