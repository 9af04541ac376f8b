//! Reads of labels. Each query includes the access rule.

use std::collections::HashMap;

use super::{Label, LabelList};
use crate::access::{Hidden, in_use_by, visible_project, visible_projects};
use crate::db::{Engine, Pool, Sql, row};
use crate::error::Error;
use crate::items::{LabelRow, label_key};

row! {
    struct Count {
        label: String,
        open_tasks: i64,
    }
}

fn select(user_id: &str) -> Sql {
    // The labels of a user are items of the user's Inbox.
    Sql::select::<LabelRow>()
        .push(" FROM labels WHERE ")
        .append(visible_project(user_id, user_id))
}

/// Returns a label of a user by its name, in any case.
///
/// # Errors
/// [`Error::NotFound`] if there is no such label.
pub async fn read(pool: &Pool, user_id: &str, name: &str) -> Result<Label, Error> {
    let key = label_key(name);
    let sql = select(user_id)
        .push(" AND name_folded = ")
        .bind(key.clone());
    let row: Option<LabelRow> = pool.fetch_optional(sql).await?;
    counted(pool, user_id, row.ok_or(Error::NotFound)?.into()).await
}

/// Returns a label with the number of its open tasks.
///
/// # Errors
/// [`Error::Database`].
pub async fn counted(pool: &Pool, user_id: &str, mut label: Label) -> Result<Label, Error> {
    let engine = pool.engine();
    let sql = Sql::new("SELECT COUNT(*) FROM task_labels WHERE ")
        .append(in_use_by(engine, user_id))
        .push(" AND label = ")
        .bind(label_key(&label.name))
        .push(" AND completed = 0");
    label.open_tasks = pool.fetch_value(sql).await?.unwrap_or_default();
    Ok(label)
}

/// Returns the names of the labels of a user, in manual order.
///
/// # Errors
/// [`Error::Database`].
pub async fn names(pool: &Pool, user_id: &str) -> Result<Vec<String>, Error> {
    let sql = select(user_id).push(" ORDER BY COALESCE(position, id), id");
    let rows: Vec<LabelRow> = pool.fetch(sql).await?;
    Ok(rows.into_iter().map(|row| row.name).collect())
}

/// Returns the labels of a user, in manual order.
///
/// # Errors
/// [`Error::Database`].
pub async fn list(pool: &Pool, user_id: &str) -> Result<LabelList, Error> {
    let sql = select(user_id).push(" ORDER BY COALESCE(position, id), id");
    let rows: Vec<LabelRow> = pool.fetch(sql).await?;
    Ok(LabelList {
        items: with_counts(rows, &counts(pool, user_id, Sql::default()).await?),
        next_cursor: None,
    })
}

/// Returns the favourite labels of a user, in manual order.
///
/// # Errors
/// [`Error::Database`].
pub async fn favourites(pool: &Pool, user_id: &str) -> Result<Vec<Label>, Error> {
    let sql = select(user_id).push(" AND favourite = 1 ORDER BY COALESCE(position, id), id");
    let rows: Vec<LabelRow> = pool.fetch(sql).await?;
    if rows.is_empty() {
        return Ok(Vec::new());
    }
    let keys = Sql::new("SELECT name_folded FROM labels WHERE ")
        .append(visible_project(user_id, user_id))
        .push(" AND favourite = 1");
    let of_favourites = Sql::new(" AND label ").append(pool.engine().any_of(keys));
    Ok(with_counts(
        rows,
        &counts(pool, user_id, of_favourites).await?,
    ))
}

fn with_counts(rows: Vec<LabelRow>, counts: &HashMap<String, i64>) -> Vec<Label> {
    let labels = rows.into_iter().map(|row| Label {
        open_tasks: counts.get(&row.name_folded).copied().unwrap_or_default(),
        ..Label::from(row)
    });
    labels.collect()
}

/// Returns the number of open tasks by the key of their label, in the projects in use. `condition`
/// selects the labels.
async fn counts(pool: &Pool, user_id: &str, condition: Sql) -> Result<HashMap<String, i64>, Error> {
    let engine = pool.engine();
    let open = Sql::new(" FROM ")
        .append(visible_projects(user_id, Hidden::No))
        .push(engine.ordered_join())
        .push("task_labels")
        .append(engine.indexed_by("task_labels_open"))
        .append(engine.force_index("task_labels_open"))
        .push(" ON task_labels.project_id = visible_id WHERE completed = 0")
        .append(condition);
    if engine == Engine::Sqlite {
        // SQLite would sort all labels to count equal ones.
        let sql = Sql::new("SELECT json_group_array(label)").append(open);
        let json: Option<String> = pool.fetch_value(sql).await?;
        return tally(&json.unwrap_or_default());
    }
    let sql = Sql::new("SELECT label, COUNT(*) AS open_tasks")
        .append(open)
        .push(" GROUP BY label");
    let rows: Vec<Count> = pool.fetch(sql).await?;
    let counts = rows.into_iter().map(|row| (row.label, row.open_tasks));
    Ok(counts.collect())
}

/// Returns the number of times that each text is in a JSON array.
fn tally(json: &str) -> Result<HashMap<String, i64>, Error> {
    let texts: Vec<String> = serde_json::from_str(json)
        .map_err(|error| Error::Internal(format!("labels cannot be counted: {error}")))?;
    let mut counts = HashMap::new();
    for text in texts {
        *counts.entry(text).or_default() += 1;
    }
    Ok(counts)
}
