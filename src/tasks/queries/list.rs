//! Lists of tasks: filters and pages.

use garde::Validate;

use super::order::place_of;
use super::page::{self, Measured};
use super::plan::{Segment, segment_of, segments};
use super::relevance::best_first;
use super::search::search;
use super::statement::Statement;
use super::two_steps::{First, Firsts};
use crate::db::{FromColumns, Pool, Size, Sql, row};
use crate::error::Error;
use crate::filter_language::Candidates;
use crate::items::TaskRow;
use crate::tasks::cursor::Cursor;
use crate::tasks::{Sort, Status, Task, TaskFilter, TaskPage};

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
    pub restriction: Option<Restriction>,
}

/// A condition on the task that is not one of the filter.
#[derive(Clone)]
pub(super) struct Restriction {
    pub sql: Sql,
    /// Open tasks that include all that it selects. `None` if it selects a large part of the
    /// projects.
    pub candidates: Option<Candidates>,
}

row! {
    /// A task that can be chosen.
    pub struct Titled {
        id: String,
        title: String,
    }
}

/// Returns a page of the user's tasks.
///
/// # Errors
/// [`Error::Invalid`] if the filter breaks a rule, or [`Error::Busy`] if another search of the
/// user is in progress.
pub async fn list(pool: &Pool, user_id: &str, filter: &TaskFilter) -> Result<TaskPage, Error> {
    filter.validate()?;
    list_where(pool, user_id, filter, None).await
}

/// Returns the ids and titles of the first tasks of a list without a search.
///
/// # Errors
/// [`Error::Invalid`] if the filter breaks a rule.
pub async fn titles(pool: &Pool, user_id: &str, filter: &TaskFilter) -> Result<Vec<Titled>, Error> {
    filter.validate()?;
    let listing = Listing::of(user_id, filter)?;
    listing.rows(pool, Titled::COLUMNS, listing.limit).await
}

/// Returns a page of the user's tasks that meet a restriction, too. The filter must be valid.
pub(super) async fn list_where(
    pool: &Pool,
    user_id: &str,
    filter: &TaskFilter,
    restriction: Option<Restriction>,
) -> Result<TaskPage, Error> {
    let listing = Listing {
        restriction,
        ..Listing::of(user_id, filter)?
    };
    let text = filter.q.as_deref().map(str::trim);
    match text.filter(|text| !text.is_empty()) {
        Some(text) if listing.sort == Sort::Relevance => best_first(pool, listing, text).await,
        Some(text) => search(pool, listing, text).await,
        None => read_page(pool, &listing).await,
    }
}

async fn read_page(pool: &Pool, listing: &Listing<'_>) -> Result<TaskPage, Error> {
    let limit = listing.limit;
    // One additional row shows if there is a next page.
    let columns = page::measured(pool.engine());
    let rows: Vec<Measured> = listing.rows(pool, columns, limit + 1).await?;
    let found = rows.len();
    let (items, more) = match page::candidates(rows, limit)? {
        page::Candidates::Read(tasks) => page::cut(tasks, limit),
        page::Candidates::Count(count) => {
            let rows: Vec<TaskRow> = listing.rows(pool, TaskRow::COLUMNS, count).await?;
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
        let text = filter.q.as_deref().unwrap_or_default();
        let sort = match filter.sort {
            Sort::Relevance if text.trim().is_empty() => Sort::CreatedAtDescending,
            sort => sort,
        };
        let after = filter
            .cursor
            .as_deref()
            .map(|text| Cursor::decode(text, sort))
            .transpose()?;
        Ok(Listing {
            user_id,
            filter,
            status: filter.status.unwrap_or(Status::All),
            sort,
            limit: filter.limit.unwrap_or(DEFAULT_LIMIT) as usize,
            after,
            restriction: None,
        })
    }

    /// Returns the same listing with another filter.
    pub(super) fn of_filter<'f>(&self, filter: &'f TaskFilter) -> Listing<'f>
    where
        'l: 'f,
    {
        Listing {
            filter,
            after: self.after.clone(),
            restriction: self.restriction.clone(),
            ..*self
        }
    }

    /// Returns these columns of the next tasks. A segment is read only if those before it have
    /// fewer tasks.
    pub(super) async fn rows<T: FromColumns>(
        &self,
        pool: &Pool,
        columns: &'static str,
        count: usize,
    ) -> Result<Vec<T>, Error> {
        let segments = match self.candidates() {
            Some(_) => vec![Segment::Sorted(Vec::new())],
            None => segments(pool.engine(), self.filter, self.status, self.sort.column()),
        };
        let named = self.named(pool).await?;
        let mut after = self.after.as_ref();
        let first = after.map_or(0, |cursor| segment_of(&segments, cursor));
        let mut rows: Vec<T> = Vec::new();
        for segment in &segments[first..] {
            let statement = Statement {
                listing: self,
                engine: pool.engine(),
                columns,
                after,
                // The same number in each segment, so that there are few different statements.
                rows: count,
                named: &named,
            };
            rows.extend::<Vec<T>>(self.segment(pool, segment, &statement).await?);
            rows.truncate(count);
            if rows.len() >= count {
                break;
            }
            after = None;
        }
        Ok(rows)
    }

    async fn segment<T: FromColumns>(
        &self,
        pool: &Pool,
        segment: &Segment,
        statement: &Statement<'_>,
    ) -> Result<Vec<T>, Error> {
        match segment {
            Segment::Indexed(parts) if statement.is_in_two_steps() => {
                let mut lists: Vec<Vec<First>> = Vec::new();
                for part in parts {
                    lists.push(pool.fetch(statement.first_projects(part)).await?);
                }
                let (_, descending) = self.sort.column();
                let firsts = Firsts::new(parts, lists, statement.rows, descending);
                if firsts.named.is_empty() {
                    return Ok(Vec::new());
                }
                let order = statement.order_of(parts);
                pool.fetch(statement.of_projects(&firsts, &order)).await
            }
            // Statements with other conditions are seldom the same.
            Segment::Indexed(parts) if self.filter.q.is_none() && self.restriction.is_none() => {
                let statement = statement.of_parts(parts);
                pool.fetch_batched(Size::Page, statement).await
            }
            Segment::Indexed(parts) => pool.fetch(statement.of_parts(parts)).await,
            Segment::Sorted(parts) => pool.fetch(statement.sorted(parts)).await,
        }
    }

    /// Returns true if the filter selects the tasks of a section or of a parent.
    pub(super) fn is_of_place(&self) -> bool {
        self.filter.section.is_some() || self.filter.parent.is_some()
    }

    /// Returns true if the tasks can be in any project.
    pub(super) fn is_across_projects(&self) -> bool {
        self.filter.project.is_none() && !self.is_of_place()
    }

    /// The candidates of a restriction to a small part of the projects.
    pub(super) fn candidates(&self) -> Option<&Candidates> {
        self.restriction.as_ref()?.candidates.as_ref()
    }

    /// Conditions on columns of the task, except that on its state, each preceded by AND.
    pub(super) fn conditions(&self) -> Sql {
        let sql = self.conditions_of_filter();
        match &self.restriction {
            Some(restriction) => sql.push(" AND ").append(restriction.sql.clone()),
            None => sql,
        }
    }

    /// These conditions without the restriction.
    pub(super) fn conditions_of_filter(&self) -> Sql {
        let filter = self.filter;
        let mut sql = Sql::default();
        if let Some(id) = &filter.section {
            sql = sql.push(" AND section_id = ").bind(id.clone());
        }
        if let Some(id) = &filter.parent {
            sql = sql.push(" AND parent_id = ").bind(id.clone());
        }
        if let Some(priority) = filter.priority {
            sql = sql.push(" AND priority = ").bind(priority);
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
}
