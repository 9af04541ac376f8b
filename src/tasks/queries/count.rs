//! The numbers of open tasks that conditions select. One pass over the open tasks counts for all of
//! them, so that many filters cost little more than one.

use super::select::places;
use crate::access::{Hidden, visible_projects};
use crate::db::{Pool, Sql, Timestamp, row};
use crate::error::Error;
use crate::filter_language::{Condition, Places};
use crate::items::TaskRow;

/// Maximum number of open tasks of an account whose tasks are counted.
const MOST_TASKS: usize = 20_000;

/// Maximum number of tests of a term that a pass makes.
const MOST_TESTS: usize = 4_000_000;

row! {
    /// The columns that conditions depend on, besides those of completed tasks.
    struct Open {
        project_id: String,
        section_id: Option<String>,
        parent_id: Option<String>,
        title: String,
        priority: i64,
        labels: Option<String>,
        due: Option<String>,
        due_at: Option<Timestamp>,
        deadline: Option<String>,
        start_date: Option<String>,
        recurrence: Option<String>,
        created_at: Timestamp,
        updated_at: Timestamp,
    }
}

/// Returns the number of open tasks of a user that each condition selects, in the projects that are
/// not archived. `None` for those that would take too long.
///
/// # Errors
/// [`Error::Database`].
pub async fn count(
    pool: &Pool,
    user_id: &str,
    conditions: Vec<Condition>,
) -> Result<Vec<Option<i64>>, Error> {
    if conditions.is_empty() {
        return Ok(Vec::new());
    }
    let engine = pool.engine();
    let sql = Sql::select::<Open>()
        .push(" FROM ")
        .append(visible_projects(user_id, Hidden::No))
        .push(engine.ordered_join())
        .push("tasks")
        .append(engine.indexed_by("tasks_open"))
        .append(engine.force_index("tasks_open"))
        .push(" ON tasks.project_id = visible_id WHERE completed_at IS NULL")
        .limit(MOST_TASKS + 1);
    let tasks: Vec<Open> = pool.fetch(sql).await?;
    if tasks.len() > MOST_TASKS {
        return Ok(vec![None; conditions.len()]);
    }
    let places = places(pool, user_id, &conditions).await?;
    let counted = tokio::task::spawn_blocking(move || {
        let tasks: Vec<TaskRow> = tasks.into_iter().map(TaskRow::from).collect();
        counts(&tasks, &conditions, &places)
    });
    counted
        .await
        .map_err(|error| Error::Internal(format!("tasks cannot be counted: {error}")))
}

fn counts(tasks: &[TaskRow], conditions: &[Condition], places: &Places) -> Vec<Option<i64>> {
    let mut left = MOST_TESTS;
    let count = |condition: &Condition| {
        left = left.checked_sub(condition.terms() * tasks.len())?;
        let selected = tasks.iter().filter(|task| condition.matches(task, places));
        i64::try_from(selected.count()).ok()
    };
    conditions.iter().map(count).collect()
}

impl From<Open> for TaskRow {
    fn from(open: Open) -> TaskRow {
        TaskRow {
            project_id: open.project_id,
            id: String::new(),
            section_id: open.section_id,
            parent_id: open.parent_id,
            position: None,
            title: open.title,
            title_folded: None,
            description: String::new(),
            priority: open.priority,
            labels: open.labels,
            due: open.due,
            due_zone: None,
            recurrence: open.recurrence,
            due_at: open.due_at,
            deadline: open.deadline,
            start_date: open.start_date,
            reminders: None,
            duration_minutes: None,
            completed_at: None,
            created_by: None,
            change_id: None,
            created_at: open.created_at,
            updated_at: open.updated_at,
            version: 0,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::filter_language::{Viewpoint, parse};
    use crate::when::Preferences;

    #[test]
    fn filters_are_counted_until_they_would_take_too_long() {
        let viewpoint = Viewpoint::of(&Preferences::default(), Timestamp(0));
        let condition = |text: &str| parse(text).expect("a filter").at(&viewpoint);
        let first = TaskRow {
            priority: 1,
            ..TaskRow::example("home", "1")
        };
        let mut tasks = vec![TaskRow::example("home", "2"); 9_999];
        tasks.push(first);
        let long = vec!["p2"; 63].join(" | ");
        let conditions = [
            condition("p1"),
            condition("done = false"),
            condition(&long),
            condition("p3"),
        ];
        let places = Places::default();
        assert_eq!(
            counts(&tasks, &conditions, &places),
            [Some(1), Some(10_000), Some(0), Some(0)]
        );
        let many = vec![condition(&long); 7];
        let found = counts(&tasks, &many, &places);
        assert_eq!(found.iter().filter(|count| count.is_some()).count(), 6);
    }
}
