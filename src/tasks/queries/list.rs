//! Lists of tasks: pages and their order.

use garde::Validate;

use super::page::{self, Candidates, Measured};
use super::search::search;
use crate::access::{visible_projects, visible_to};
use crate::db::{Engine, FromColumns, Pool, Size, Sql, Timestamp, sort_key};
use crate::error::Error;
use crate::items::{TITLE_KEY, TaskRow};
use crate::tasks::cursor::{Cursor, Key};
use crate::tasks::{Sort, Status, Task, TaskFilter, TaskPage};

/// Default number of tasks in a page.
const DEFAULT_LIMIT: u32 = 50;

/// A list and the position at which to start.
pub(super) struct Listing<'l> {
    pub user_id: &'l str,
    pub status: Status,
    pub sort: Sort,
    pub limit: usize,
    pub after: Option<Cursor>,
}

/// Returns a page of the user's tasks.
///
/// # Errors
/// [`Error::Invalid`] if the filter breaks a rule, or [`Error::Busy`] if another search of the
/// user is in progress.
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
    // One additional row shows if there is a next page.
    let query = listing.query(pool.engine(), page::MEASURED, limit + 1);
    let rows: Vec<Measured> = listing.fetch(pool, query).await?;
    let found = rows.len();
    let (items, more) = match page::candidates(rows, limit) {
        Candidates::Read(tasks) => page::cut(tasks, limit),
        Candidates::Count(count) => {
            let query = listing.query(pool.engine(), TaskRow::COLUMNS, count);
            let rows: Vec<TaskRow> = listing.fetch(pool, query).await?;
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
    /// Creates the listing of a filter. The search text is ignored.
    ///
    /// # Errors
    /// [`Error::Invalid`] if the cursor belongs to another order.
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

    /// Returns the query for these columns of the next tasks.
    pub(super) fn query(&self, engine: Engine, columns: &'static str, rows: usize) -> Sql {
        let order = Order::of(self.sort);
        if engine == Engine::Postgres && order.key.is_none() {
            return self.query_of_each_project(columns, &order, rows);
        }
        let query = Sql::new("SELECT ")
            .push(columns)
            .push(" FROM tasks")
            .append(match self.status {
                Status::Open => engine.indexed_by("tasks_open"),
                Status::Done | Status::All => Sql::default(),
            })
            .push(" WHERE ")
            .append(visible_to(engine, self.user_id))
            .append(self.conditions(&order));
        query.append(order.clause()).limit(rows)
    }

    /// Returns the query as a union of the next tasks of each project. PostgreSQL would otherwise
    /// sort all tasks of all projects, while SQLite reads the tasks of each project in the order
    /// of their ids until it has enough.
    fn query_of_each_project(&self, columns: &'static str, order: &Order, rows: usize) -> Sql {
        let next = Sql::new("SELECT * FROM tasks WHERE project_id = visible.id")
            .append(self.conditions(order))
            .append(order.clause())
            .limit(rows);
        Sql::new("SELECT ")
            .push(columns)
            .push(" FROM (SELECT tasks.* FROM ")
            .append(visible_projects(self.user_id))
            .push(" CROSS JOIN LATERAL (")
            .append(next)
            .push(") AS tasks) AS tasks")
            .append(order.clause())
            .limit(rows)
    }

    /// Conditions on the state and the position of a task, each preceded by AND.
    fn conditions(&self, order: &Order) -> Sql {
        let state = Sql::new(match self.status {
            Status::Open => " AND completed_at IS NULL",
            Status::Done => " AND completed_at IS NOT NULL",
            Status::All => "",
        });
        match &self.after {
            Some(cursor) => state.push(" AND ").append(order.after(cursor)),
            None => state,
        }
    }

    /// Returns true if an index yields the tasks in this order.
    fn is_indexed(&self) -> bool {
        Order::of(self.sort).key.is_none() && self.status != Status::Done
    }

    async fn fetch<T: FromColumns>(&self, pool: &Pool, query: Sql) -> Result<Vec<T>, Error> {
        if self.is_indexed() {
            pool.fetch_batched(Size::Page, query).await
        } else {
            pool.fetch(query).await
        }
    }
}

/// The order of a list: by key, then by id. Ids ascend with the time of creation.
struct Order {
    /// Expression for the key. `None` if the order is by id alone.
    key: Option<&'static str>,
    descending: bool,
}

impl Order {
    fn of(sort: Sort) -> Order {
        let (key, descending) = match sort {
            Sort::CreatedAt => (None, false),
            Sort::CreatedAtDescending => (None, true),
            Sort::UpdatedAt => (Some("updated_at"), false),
            Sort::UpdatedAtDescending => (Some("updated_at"), true),
            Sort::Title => (Some(TITLE_KEY), false),
            Sort::TitleDescending => (Some(TITLE_KEY), true),
        };
        Order { key, descending }
    }

    /// Condition that a task follows a position.
    fn after(&self, Cursor(_, key, id): &Cursor) -> Sql {
        let beyond = if self.descending { " < " } else { " > " };
        match (self.key, key) {
            (Some(expression), Some(key)) => Sql::new("(")
                .push(expression)
                .push(", id)")
                .push(beyond)
                .push("(")
                .append(match key {
                    Key::Instant(microseconds) => Sql::default().bind(*microseconds),
                    Key::Text(text) => Sql::default().bind(text.clone()),
                })
                .push(", ")
                .bind(id.clone())
                .push(")"),
            _ => Sql::new("id").push(beyond).bind(id.clone()),
        }
    }

    fn clause(&self) -> Sql {
        let direction = if self.descending { " DESC" } else { " ASC" };
        let clause = Sql::new(" ORDER BY ");
        match self.key {
            Some(key) => clause
                .push(key)
                .push(direction)
                .push(", id")
                .push(direction),
            None => clause.push("id").push(direction),
        }
    }
}

/// Returns the position of a task in a list.
pub(super) fn place_of(sort: Sort, task: &Task) -> Cursor {
    place(sort, &task.id, &task.title, task.updated_at)
}

/// Returns the position of a task with these fields in a list.
pub(super) fn place(sort: Sort, id: &str, title: &str, updated_at: Timestamp) -> Cursor {
    let key = match sort {
        Sort::CreatedAt | Sort::CreatedAtDescending => None,
        Sort::UpdatedAt | Sort::UpdatedAtDescending => Some(Key::Instant(updated_at.0)),
        Sort::Title | Sort::TitleDescending => Some(Key::Text(sort_key(title))),
    };
    Cursor(sort, key, id.to_owned())
}
