//! Lists of tasks: what is in a page, in which order.

use garde::Validate;
use serde::de::DeserializeOwned;
use sqlx::FromRow;
use sqlx::any::AnyRow;

use crate::db::{Pool, Value, fetch_packed, fetch_together, like_pattern, sort_key};
use crate::error::Error;
use crate::tasks::cursor::{Cursor, Key};
use crate::tasks::model::TaskRow;
use crate::tasks::service::page::{self, Candidates, Measured};
use crate::tasks::{Sort, Status, Task, TaskFilter, TaskPage};

/// How many tasks a page has if nobody says.
const DEFAULT_LIMIT: u32 = 50;

/// A page of the user's tasks.
///
/// # Errors
/// [`Error::Invalid`] if the filter breaks a rule.
pub async fn list(pool: &Pool, user_id: &str, filter: &TaskFilter) -> Result<TaskPage, Error> {
    filter.validate()?;
    let after = filter
        .cursor
        .as_deref()
        .map(|text| Cursor::decode(text, filter.sort))
        .transpose()?;
    let limit = filter.limit.unwrap_or(DEFAULT_LIMIT);
    let (column, direction) = order(filter.sort);
    let mut conditions = Conditions::new("user_id", user_id);
    match filter.status.unwrap_or(Status::All) {
        Status::Open => conditions.text.push_str(" AND completed = 0"),
        Status::Done => conditions.text.push_str(" AND completed = 1"),
        Status::All => {}
    }
    if let Some(text) = filter
        .q
        .as_deref()
        .map(str::trim)
        .filter(|text| !text.is_empty())
    {
        let place = conditions.bind(Value::Text(like_pattern(text)));
        let search = format!(" AND search_folded LIKE {place} ESCAPE '!'");
        conditions.text.push_str(&search);
    }
    if let Some(Cursor(_, key, id)) = after {
        let beyond = if direction == "ASC" { '>' } else { '<' };
        let (key, id) = (
            conditions.bind(key.into()),
            conditions.bind(Value::Text(id)),
        );
        let keyset = format!(" AND ({column}, id) {beyond} ({key}, {id})");
        conditions.text.push_str(&keyset);
    }
    let query = |columns: &str, count: usize| {
        format!(
            "SELECT {columns} FROM tasks WHERE {} \
             ORDER BY {column} {direction}, id {direction} LIMIT {count}",
            conditions.text
        )
    };
    let limit = limit as usize;
    // One more than is shown tells whether there is a next page.
    let sql = query(page::MEASURED, limit + 1);
    let values = conditions.values.clone();
    let rows: Vec<Measured> = fetch(pool, filter, page::MEASURED_NAMES, sql, values).await?;
    let found = rows.len();
    let (items, more) = match page::candidates(rows, limit) {
        Candidates::Read(tasks) => page::cut(tasks, limit),
        Candidates::Count(count) => {
            let sql = query(Task::COLUMNS, count);
            let rows: Vec<TaskRow> =
                fetch(pool, filter, Task::COLUMNS, sql, conditions.values).await?;
            let tasks = rows.into_iter().map(Task::from).collect();
            let (items, more) = page::cut(tasks, limit);
            (items, more || found > count)
        }
    };
    let next_cursor = match items.last() {
        Some(last) if more => Some(place_of(filter.sort, last).encode()?),
        _ => None,
    };
    Ok(TaskPage { items, next_cursor })
}

async fn fetch<T>(
    pool: &Pool,
    filter: &TaskFilter,
    columns: &'static str,
    sql: String,
    values: Vec<Value>,
) -> Result<Vec<T>, Error>
where
    T: for<'r> FromRow<'r, AnyRow> + DeserializeOwned,
{
    if is_indexed(filter) {
        fetch_together(pool, columns, sql, values).await
    } else {
        fetch_packed(pool, columns, sql, values).await
    }
}

/// Whether an index gives just these tasks in this order, however many others there are.
fn is_indexed(filter: &TaskFilter) -> bool {
    let all = filter.status.is_none_or(|status| status == Status::All);
    let by_creation = matches!(filter.sort, Sort::CreatedAt | Sort::CreatedAtDescending);
    filter.q.is_none() && (all || by_creation)
}

fn order(sort: Sort) -> (&'static str, &'static str) {
    match sort {
        Sort::CreatedAt => ("created_at", "ASC"),
        Sort::CreatedAtDescending => ("created_at", "DESC"),
        Sort::UpdatedAt => ("updated_at", "ASC"),
        Sort::UpdatedAtDescending => ("updated_at", "DESC"),
        Sort::Title => ("title_folded", "ASC"),
        Sort::TitleDescending => ("title_folded", "DESC"),
    }
}

fn place_of(sort: Sort, task: &Task) -> Cursor {
    let key = match sort {
        Sort::CreatedAt | Sort::CreatedAtDescending => Key::Instant(task.created_at.0),
        Sort::UpdatedAt | Sort::UpdatedAtDescending => Key::Instant(task.updated_at.0),
        Sort::Title | Sort::TitleDescending => Key::Text(sort_key(&task.title)),
    };
    Cursor::after(sort, key, &task.id)
}

/// A WHERE clause that grows, with its values in the order of their placeholders.
struct Conditions {
    text: String,
    values: Vec<Value>,
}

impl Conditions {
    fn new(column: &str, value: &str) -> Conditions {
        Conditions {
            text: format!("{column} = $1"),
            values: vec![Value::Text(value.to_owned())],
        }
    }

    /// Adds a value and gives its placeholder.
    fn bind(&mut self, value: Value) -> String {
        self.values.push(value);
        format!("${}", self.values.len())
    }
}
