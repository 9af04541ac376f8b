//! Reads of saved filters. Each query includes the access rule.

use super::Filter;
use crate::access::visible_project;
use crate::db::{Pool, Sql};
use crate::error::Error;
use crate::items::FilterRow;

fn select(user_id: &str) -> Sql {
    // The filters of a user are items of the user's Inbox.
    Sql::select::<FilterRow>()
        .push(" FROM filters WHERE ")
        .append(visible_project(user_id, user_id))
}

/// Returns a filter of a user.
///
/// # Errors
/// [`Error::NotFound`] if there is no such filter.
pub async fn read(pool: &Pool, user_id: &str, id: &str) -> Result<Filter, Error> {
    let sql = select(user_id).push(" AND id = ").bind(id);
    let row: Option<FilterRow> = pool.fetch_optional(sql).await?;
    Ok(row.ok_or(Error::NotFound)?.into())
}

/// Returns the filters of a user, in manual order.
///
/// # Errors
/// [`Error::Database`].
pub async fn list(pool: &Pool, user_id: &str) -> Result<Vec<Filter>, Error> {
    let sql = select(user_id).push(" ORDER BY COALESCE(position, id), id");
    let rows: Vec<FilterRow> = pool.fetch(sql).await?;
    Ok(rows.into_iter().map(Filter::from).collect())
}

/// Returns the first favourite filters of a user, in manual order.
///
/// # Errors
/// [`Error::Database`].
pub async fn favourites(pool: &Pool, user_id: &str, most: usize) -> Result<Vec<Filter>, Error> {
    let sql = select(user_id)
        .push(" AND favourite = 1 ORDER BY COALESCE(position, id), id")
        .limit(most);
    let rows: Vec<FilterRow> = pool.fetch(sql).await?;
    Ok(rows.into_iter().map(Filter::from).collect())
}
