//! Lists of tasks: filters and pages.

use garde::Validate;

use super::order::{Order, POSITION, place_of};
use super::page::{self, Candidates, Measured};
use super::search::search;
use crate::access::{in_use_by, visible_projects, visible_to};
use crate::db::{Engine, FromColumns, Pool, Size, Sql};
use crate::error::Error;
use crate::items::{TaskRow, label_key};
use crate::tasks::cursor::Cursor;
use crate::tasks::{Sort, SortColumn, Status, Task, TaskFilter, TaskPage};

/// Default number of tasks in a page.
const DEFAULT_LIMIT: u32 = 50;

/// A list and the position at which to start.
pub(super) struct Listing<'l> {
    pub user_id: &'l str,
    pub filter: &'l TaskFilter,
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
    fn of(user_id: &'l str, filter: &'l TaskFilter) -> Result<Listing<'l>, Error> {
        let after = filter
            .cursor
            .as_deref()
            .map(|text| Cursor::decode(text, filter.sort))
            .transpose()?;
        Ok(Listing {
            user_id,
            filter,
            status: filter.status.unwrap_or(Status::All),
            sort: filter.sort,
            limit: filter.limit.unwrap_or(DEFAULT_LIMIT) as usize,
            after,
        })
    }

    /// Returns the query for these columns of the next tasks.
    pub(super) fn query(&self, engine: Engine, columns: &'static str, rows: usize) -> Sql {
        let order = Order::of(self.sort);
        if self.is_manual() {
            return self.query_in_manual_order(engine, columns, rows);
        }
        let is_of_projects = self.filter.project.is_none() && !self.is_narrow();
        if engine == Engine::Postgres && is_of_projects && self.is_indexed() {
            return self.query_of_each_project(columns, &order, rows);
        }
        let query = Sql::new("SELECT ")
            .push(columns)
            .push(" FROM tasks")
            .append(self.index(engine))
            .push(" WHERE ")
            .append(self.access(engine))
            .append(self.conditions(engine));
        let query = match &self.after {
            Some(cursor) => query.push(" AND ").append(order.after(cursor)),
            None => query,
        };
        query.append(order.clause()).limit(rows)
    }

    /// Returns the query as a union of the next tasks of each project. PostgreSQL would otherwise
    /// sort all tasks of all projects, while SQLite reads the tasks of each project in the order
    /// of their ids until it has enough.
    fn query_of_each_project(&self, columns: &'static str, order: &Order, rows: usize) -> Sql {
        let next = Sql::new("SELECT * FROM tasks WHERE project_id = visible.id")
            .append(self.conditions(Engine::Postgres));
        let next = match &self.after {
            Some(cursor) => next.push(" AND ").append(order.after(cursor)),
            None => next,
        };
        Sql::new("SELECT ")
            .push(columns)
            .push(" FROM (SELECT tasks.* FROM ")
            .append(visible_projects(self.user_id))
            .push(" CROSS JOIN LATERAL (")
            .append(next.append(order.clause()).limit(rows))
            .push(") AS tasks) AS tasks")
            .append(order.clause())
            .limit(rows)
    }

    /// Returns the query as a union of two: the tasks that nobody has moved, which are in the order
    /// of their ids, and those that have a position. An index yields each in order.
    fn query_in_manual_order(&self, engine: Engine, columns: &'static str, rows: usize) -> Sql {
        let (_, descending) = self.sort.column();
        let part = |index: &'static str, condition: &'static str, key: Option<&'static str>| {
            let order = Order::by(key, descending);
            let query = Sql::new("SELECT * FROM (SELECT * FROM tasks")
                .append(engine.indexed_by(index))
                .push(" WHERE ")
                .append(self.access(engine))
                .append(self.conditions(engine))
                .push(condition);
            let query = match &self.after {
                // Both columns are in the index, while the position is an expression.
                Some(cursor) => query
                    .push(" AND ")
                    .append(Order::by(Some(key.unwrap_or("id")), descending).after(cursor)),
                None => query,
            };
            query
                .append(order.clause())
                .limit(rows)
                .push(") AS ")
                .push(index)
        };
        let order = Order::by(Some(POSITION), descending);
        Sql::new("SELECT ")
            .push(columns)
            .push(" FROM (")
            .append(part("tasks_open", " AND position IS NULL", None))
            .push(" UNION ALL ")
            .append(part(
                "tasks_moved",
                " AND position IS NOT NULL",
                Some("position"),
            ))
            .push(") AS tasks")
            .append(order.clause())
            .limit(rows)
    }

    /// The access rule, and the condition on the project. Lists across projects leave out those
    /// that are archived.
    fn access(&self, engine: Engine) -> Sql {
        let TaskFilter {
            project,
            section,
            parent,
            ..
        } = self.filter;
        let access = if project.is_some() || section.is_some() || parent.is_some() {
            visible_to(engine, self.user_id)
        } else {
            in_use_by(engine, self.user_id)
        };
        match project {
            Some(id) => access.push(" AND project_id = ").bind(id.clone()),
            None => access,
        }
    }

    /// Conditions on the task itself, each preceded by AND.
    fn conditions(&self, engine: Engine) -> Sql {
        let filter = self.filter;
        let mut sql = Sql::new(match self.status {
            Status::Open => " AND completed_at IS NULL",
            Status::Done => " AND completed_at IS NOT NULL",
            Status::All => "",
        });
        if let Some(id) = &filter.section {
            sql = sql.push(" AND section_id = ").bind(id.clone());
        }
        if let Some(id) = &filter.parent {
            sql = sql.push(" AND parent_id = ").bind(id.clone());
        }
        if let Some(priority) = filter.priority {
            sql = sql.push(" AND priority = ").bind(priority);
        }
        if let Some(name) = &filter.label {
            let labelled = Sql::new("SELECT task_id FROM task_labels WHERE ")
                .append(self.access(engine))
                .push(" AND label = ")
                .bind(label_key(name))
                .push(match self.status {
                    Status::Open => " AND completed = 0",
                    Status::Done => " AND completed = 1",
                    Status::All => "",
                });
            sql = sql.push(" AND id ").append(engine.any_of(labelled));
        }
        let dates = [
            (" AND due >= ", filter.due_from),
            (" AND due < ", filter.due_before),
            (" AND deadline >= ", filter.deadline_from),
            (" AND deadline < ", filter.deadline_before),
        ];
        for (condition, date) in dates {
            if let Some(date) = date {
                sql = sql.push(condition).bind(date.to_string());
            }
        }
        let instants = [
            (" AND created_at >= ", filter.created_from),
            (" AND created_at < ", filter.created_before),
            (" AND updated_at >= ", filter.updated_from),
            (" AND updated_at < ", filter.updated_before),
            (" AND completed_at >= ", filter.completed_from),
            (" AND completed_at < ", filter.completed_before),
        ];
        for (condition, instant) in instants {
            if let Some(instant) = instant {
                sql = sql.push(condition).bind(instant);
            }
        }
        sql
    }

    /// Clause that names the index for SQLite, which has no statistics.
    fn index(&self, engine: Engine) -> Sql {
        let filter = self.filter;
        if filter.parent.is_some() {
            return engine.indexed_by("tasks_by_parent");
        }
        if self.status != Status::Open || filter.label.is_some() {
            return Sql::default();
        }
        if filter.section.is_some() {
            return engine.indexed_by("tasks_by_section");
        }
        if filter.due_from.is_some() || filter.due_before.is_some() {
            return engine.indexed_by("tasks_due");
        }
        engine.indexed_by("tasks_open")
    }

    /// Returns true if the filter selects a small part of the projects.
    fn is_narrow(&self) -> bool {
        let filter = self.filter;
        filter.section.is_some()
            || filter.parent.is_some()
            || filter.label.is_some()
            || filter.due_from.is_some()
            || filter.due_before.is_some()
    }

    /// Returns true for the open tasks of one project in the manual order.
    fn is_manual(&self) -> bool {
        let (column, _) = self.sort.column();
        column == SortColumn::Position
            && self.status == Status::Open
            && self.filter.project.is_some()
            && !self.is_narrow()
    }

    /// Returns true if an index yields the tasks in this order.
    fn is_indexed(&self) -> bool {
        match self.sort.column().0 {
            SortColumn::CreatedAt => self.status != Status::Done,
            SortColumn::CompletedAt => self.status == Status::Done,
            _ => self.is_manual(),
        }
    }

    async fn fetch<T: FromColumns>(&self, pool: &Pool, query: Sql) -> Result<Vec<T>, Error> {
        if self.is_indexed() {
            pool.fetch_batched(Size::Page, query).await
        } else {
            pool.fetch(query).await
        }
    }
}
