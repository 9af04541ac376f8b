//! Reads of sections. Each query includes the access rule.

use std::collections::BTreeSet;

use super::{Section, SectionList};
use crate::access::{visible_project, visible_to};
use crate::db::{Pool, Sql};
use crate::error::Error;
use crate::items::SectionRow;

fn select(access: Sql) -> Sql {
    Sql::select::<SectionRow>()
        .push(" FROM sections WHERE ")
        .append(access)
}

/// Returns a section that the user has access to.
///
/// # Errors
/// [`Error::NotFound`] if there is no such section.
pub async fn read(pool: &Pool, user_id: &str, id: &str) -> Result<Section, Error> {
    let sql = select(visible_to(pool.engine(), user_id))
        .push(" AND id = ")
        .bind(id);
    let row: Option<SectionRow> = pool.fetch_optional(sql).await?;
    Ok(row.ok_or(Error::NotFound)?.into())
}

/// Returns the sections of several projects that the user has access to, in manual order.
///
/// # Errors
/// [`Error::Database`].
pub async fn of_projects(
    pool: &Pool,
    user_id: &str,
    project_ids: &BTreeSet<String>,
) -> Result<Vec<Section>, Error> {
    let mut sql = select(visible_to(pool.engine(), user_id)).push(" AND project_id IN (");
    for (place, id) in project_ids.iter().enumerate() {
        let separator = if place == 0 { "" } else { ", " };
        sql = sql.push(separator).bind(id.as_str());
    }
    let sql = sql.push(") ORDER BY COALESCE(position, id), id");
    let rows: Vec<SectionRow> = pool.fetch(sql).await?;
    Ok(rows.into_iter().map(Section::from).collect())
}

/// Returns the sections of a project that the user has access to, in manual order.
///
/// # Errors
/// [`Error::Database`].
pub async fn list(pool: &Pool, user_id: &str, project_id: &str) -> Result<SectionList, Error> {
    let sql =
        select(visible_project(user_id, project_id)).push(" ORDER BY COALESCE(position, id), id");
    let rows: Vec<SectionRow> = pool.fetch(sql).await?;
    Ok(SectionList {
        items: rows.into_iter().map(Section::from).collect(),
        next_cursor: None,
    })
}
