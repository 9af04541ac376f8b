//! Tasks by their ids, without their long texts.

use std::collections::{BTreeMap, BTreeSet};

use crate::access::found_visible_to;
use crate::db::{FromColumns, Pool, Sql, row};
use crate::error::Error;
use crate::items::labels_of;
use crate::when::Due;

row! {
    struct Read {
        id: String,
        parent_id: Option<String>,
        title: String,
        labels: Option<String>,
        due: Option<String>,
        due_zone: Option<String>,
    }
}

row! {
    struct Child {
        id: String,
        parent_id: Option<String>,
    }
}

/// A task among several that change together.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Chosen {
    /// Its id.
    pub id: String,
    /// Its title.
    pub title: String,
    /// The names of its labels.
    pub labels: Vec<String>,
    /// Its due date.
    pub due: Option<Due>,
    /// True if it is below another one of them.
    pub is_below: bool,
}

/// Returns the tasks with these ids that the user has access to, in the order of the ids.
///
/// # Errors
/// [`Error::Database`].
pub async fn chosen(pool: &Pool, user_id: &str, ids: &[String]) -> Result<Vec<Chosen>, Error> {
    if ids.is_empty() {
        return Ok(Vec::new());
    }
    let rows: Vec<Read> = pool.fetch(of_ids::<Read>(pool, user_id, ids)).await?;
    let parents = parents(pool, user_id, &rows).await?;
    let all: BTreeSet<&str> = ids.iter().map(String::as_str).collect();
    let mut rows: BTreeMap<String, Read> =
        rows.into_iter().map(|row| (row.id.clone(), row)).collect();
    let rows = ids.iter().filter_map(|id| rows.remove(id));
    let chosen = rows.map(|row| Chosen {
        is_below: is_below(&row.id, &all, &parents),
        labels: labels_of(row.labels.as_deref()),
        due: row
            .due
            .and_then(|due| Due::from_columns(&due, row.due_zone.as_deref())),
        id: row.id,
        title: row.title,
    });
    Ok(chosen.collect())
}

/// Returns the parent of each task and of each of their ancestors.
async fn parents(
    pool: &Pool,
    user_id: &str,
    rows: &[Read],
) -> Result<BTreeMap<String, String>, Error> {
    let mut parents: BTreeMap<String, String> = rows
        .iter()
        .filter_map(|row| Some((row.id.clone(), row.parent_id.clone()?)))
        .collect();
    let mut known: BTreeSet<String> = rows.iter().map(|row| row.id.clone()).collect();
    loop {
        let unknown: BTreeSet<&String> =
            parents.values().filter(|id| !known.contains(*id)).collect();
        let unknown: Vec<String> = unknown.into_iter().cloned().collect();
        if unknown.is_empty() {
            return Ok(parents);
        }
        let found: Vec<Child> = pool.fetch(of_ids::<Child>(pool, user_id, &unknown)).await?;
        known.extend(unknown);
        parents.extend(
            found
                .into_iter()
                .filter_map(|row| Some((row.id, row.parent_id?))),
        );
    }
}

/// Returns true if one of the ancestors of a task is among the others.
fn is_below(id: &str, others: &BTreeSet<&str>, parents: &BTreeMap<String, String>) -> bool {
    let parent = |id: &str| parents.get(id).map(String::as_str);
    let ancestors = std::iter::successors(parent(id), |id| parent(id));
    ancestors.take(parents.len()).any(|id| others.contains(id))
}

fn of_ids<T: FromColumns>(pool: &Pool, user_id: &str, ids: &[String]) -> Sql {
    Sql::select::<T>()
        .push(" FROM tasks WHERE id ")
        .append(pool.engine().one_of(ids))
        .push(" AND ")
        .append(found_visible_to(pool.engine(), user_id))
}
