//! Reads of tasks. Each query includes the access rule.

mod agenda;
mod chosen;
mod count;
mod day_counts;
mod days;
mod foreign;
mod list;
mod narrowed;
mod order;
mod outline;
mod page;
mod parts;
mod plan;
mod relevance;
mod scan;
mod search;
mod select;
mod statement;
mod texts;
mod two_steps;

pub use agenda::{Agenda, agenda, place_of as day_place_of};
pub use chosen::{Chosen, chosen};
pub use count::count;
pub use day_counts::{DayCounts, day_counts};
pub use days::{Day, Days, days};
pub use list::{Titled, list, titles};
pub use outline::{open_subtasks, outline};
pub use relevance::is_place;
pub use select::select;

use order::{Order, POSITION};

use super::Sort;
use super::cursor::{Cursor, Key};
use super::{Task, TaskMove};
use crate::access::{visible_project, visible_to};
use crate::db::{Pool, Size, Sql, row};
use crate::error::Error;
use crate::items::TaskRow;

/// Returns a task that the user has access to.
///
/// # Errors
/// [`Error::NotFound`] if there is no such task.
pub async fn read(pool: &Pool, user_id: &str, id: &str) -> Result<Task, Error> {
    let sql = Sql::select::<TaskRow>()
        .push(" FROM tasks WHERE id = ")
        .bind(id)
        .push(" AND ")
        .append(visible_to(pool.engine(), user_id));
    let rows: Vec<TaskRow> = pool.fetch_batched(Size::Row, sql).await?;
    let row = rows.into_iter().next().ok_or(Error::NotFound)?;
    Ok(row.into())
}

/// Returns the task that is at present next to the only neighbour that a move names: the one
/// behind `after`, or the one before `before`. `None` if there is none or both are named.
///
/// # Errors
/// [`Error::Database`].
pub async fn neighbour(
    pool: &Pool,
    user_id: &str,
    id: &str,
    moved: &TaskMove,
) -> Result<Option<String>, Error> {
    let (beside, descending) = match (&moved.after, &moved.before) {
        (Some(after), None) => (after, false),
        (None, Some(before)) => (before, true),
        _ => return Ok(None),
    };
    let Ok(beside) = read(pool, user_id, beside).await else {
        return Ok(None);
    };
    let order = Order::by(Some(POSITION), descending);
    let same = |column: &'static str, value: Option<String>| match value {
        Some(id) => Sql::new(" AND ").push(column).push(" = ").bind(id),
        None => Sql::new(" AND ").push(column).push(" IS NULL"),
    };
    let position = Key::Text(beside.position);
    let sql = Sql::new("SELECT id FROM tasks WHERE ")
        .append(visible_project(user_id, &beside.project_id))
        .append(same("section_id", beside.section_id))
        .append(same("parent_id", beside.parent_id))
        .push(" AND completed_at IS NULL AND id <> ")
        .bind(id)
        .push(" AND ")
        .append(order.after(&Cursor(Sort::Position, Some(position), beside.id)))
        .append(order.clause())
        .limit(1);
    let found: Option<Neighbour> = pool.fetch_optional(sql).await?;
    Ok(found.map(|row| row.id))
}

row! {
    struct Neighbour {
        id: String,
    }
}
