//! Lists of tasks: what is in a page, in which order.

use garde::Validate;
use serde::de::DeserializeOwned;
use sqlx::FromRow;
use sqlx::any::AnyRow;

use super::page::{self, Candidates, Measured};
use super::search::search;
use crate::db::{Pool, Value, fetch_packed, fetch_together, sort_key};
use crate::error::Error;
use crate::tasks::cursor::{Cursor, Key};
use crate::tasks::model::TaskRow;
use crate::tasks::{Sort, Status, Task, TaskFilter, TaskPage};

/// How many tasks a page has if nobody says.
const DEFAULT_LIMIT: u32 = 50;

/// A list that is read from somewhere on.
pub(super) struct Listing<'l> {
    pub user_id: &'l str,
    pub status: Status,
    pub sort: Sort,
    pub limit: usize,
    pub after: Option<Cursor>,
}

/// A page of the user's tasks.
///
/// # Errors
/// [`Error::Invalid`] if the filter breaks a rule, or [`Error::Busy`] if the user has another
/// search under way.
pub async fn list(pool: &Pool, user_id: &str, filter: &TaskFilter) -> Result<TaskPage, Error> {
    filter.validate()?;
    let listing = Listing::of(user_id, filter)?;
    let text = filter.q.as_deref().map(str::trim);
    match text.filter(|text| !text.is_empty()) {
        Some(text) => search(pool, listing, text).await,
        None => read_page(pool, &listing).await,
    }
}

async fn read_page(pool: &Pool, listing: &Listing<'_>) -> Result<TaskPage, Error> {
    let limit = listing.limit;
    // One more than is shown tells whether there is a next page.
    let query = listing.query(page::MEASURED, limit + 1);
    let rows: Vec<Measured> = fetch(pool, listing, page::MEASURED_NAMES, query).await?;
    let found = rows.len();
    let (items, more) = match page::candidates(rows, limit) {
        Candidates::Read(tasks) => page::cut(tasks, limit),
        Candidates::Count(count) => {
            let query = listing.query(Task::COLUMNS, count);
            let rows: Vec<TaskRow> = fetch(pool, listing, Task::COLUMNS, query).await?;
            let tasks = rows.into_iter().map(Task::from).collect();
            let (items, more) = page::cut(tasks, limit);
            (items, more || found > count)
        }
    };
    let next_cursor = match items.last() {
        Some(last) if more => Some(place_of(listing.sort, last).encode()?),
        _ => None,
    };
    Ok(TaskPage { items, next_cursor })
}

impl<'l> Listing<'l> {
    /// The list that a filter asks for, but for the text that is searched.
    ///
    /// # Errors
    /// [`Error::Invalid`] if the cursor is of another one.
    fn of(user_id: &'l str, filter: &TaskFilter) -> Result<Listing<'l>, Error> {
        let after = filter
            .cursor
            .as_deref()
            .map(|text| Cursor::decode(text, filter.sort))
            .transpose()?;
        Ok(Listing {
            user_id,
            status: filter.status.unwrap_or(Status::All),
            sort: filter.sort,
            limit: filter.limit.unwrap_or(DEFAULT_LIMIT) as usize,
            after,
        })
    }

    /// The query of these columns of the next tasks, and its values.
    pub(super) fn query(&self, columns: &str, rows: usize) -> (String, Vec<Value>) {
        let (column, direction) = order(self.sort);
        let mut conditions = Conditions::new("user_id", self.user_id);
        match self.status {
            Status::Open => conditions.text.push_str(" AND completed = 0"),
            Status::Done => conditions.text.push_str(" AND completed = 1"),
            Status::All => {}
        }
        if let Some(Cursor(_, key, id)) = &self.after {
            let beyond = if direction == "ASC" { '>' } else { '<' };
            let (key, id) = (
                conditions.bind(key.clone().into()),
                conditions.bind(Value::Text(id.clone())),
            );
            let keyset = format!(" AND ({column}, id) {beyond} ({key}, {id})");
            conditions.text.push_str(&keyset);
        }
        let sql = format!(
            "SELECT {columns} FROM tasks WHERE {} \
             ORDER BY {column} {direction}, id {direction} LIMIT {rows}",
            conditions.text,
        );
        (sql, conditions.values)
    }

    /// The column that it is sorted by.
    pub(super) fn column(&self) -> &'static str {
        order(self.sort).0
    }

    /// True if an index gives just these tasks in this order, however many others there are.
    fn is_indexed(&self) -> bool {
        let by_creation = matches!(self.sort, Sort::CreatedAt | Sort::CreatedAtDescending);
        self.status == Status::All || by_creation
    }
}

async fn fetch<T>(
    pool: &Pool,
    listing: &Listing<'_>,
    columns: &'static str,
    (sql, values): (String, Vec<Value>),
) -> Result<Vec<T>, Error>
where
    T: for<'r> FromRow<'r, AnyRow> + DeserializeOwned,
{
    if listing.is_indexed() {
        fetch_together(pool, columns, sql, values).await
    } else {
        fetch_packed(pool, columns, sql, values).await
    }
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

pub(super) fn place_of(sort: Sort, task: &Task) -> Cursor {
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
