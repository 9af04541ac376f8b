//! Purging of the trash. The tombstone of a purged item remains without text, for clients that
//! synchronise. The entries of the item in the change log remain without values, so that undoing
//! their commands is a conflict.

use std::collections::{BTreeMap, BTreeSet};

use super::ItemType;
use super::changes::CHANGES;
use super::projects::{PROJECTS, erase};
use super::reversal::kind_of;
use super::tombstones::{TOMBSTONES, Tombstone};
use crate::access::{all_of, editable_by, owned_by, visible_to};
use crate::db::{
    Column, FromColumns, Kind, Pool, Row, Sql, Table, Timestamp, Transaction, Value, row,
};
use crate::error::Error;

/// Number of items purged in one transaction.
const STEP: usize = 100;

const DAY: i64 = 24 * 60 * 60;

/// The number of days that the trash keeps deleted items. Managed state.
#[derive(Clone, Copy, Debug)]
pub struct TrashDays(pub u32);

/// The treatment of the tombstones of purged items.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Tombstones {
    Kept,
    Deleted,
}

row! {
    /// An entry of the change log as a link of the chain of an item.
    struct Link {
        id: String,
        position: i64,
        item_id: String,
        previous_id: Option<String>,
    }
}

row! {
    /// A project in the trash.
    struct Trashed {
        id: String,
        /// The change that deleted it.
        change_id: Option<String>,
    }
}

/// Erases the item or the project with this id, which is in the trash, for good.
///
/// # Errors
/// [`Error::NotFound`] if the user sees no such item in the trash, [`Error::ReadOnly`] if the role
/// does not suffice, or [`Error::Database`].
pub async fn purge_item(
    pool: &Pool,
    types: &[&'static ItemType],
    user_id: &str,
    id: &str,
) -> Result<(), Error> {
    let deleted = |access| {
        Sql::select::<Tombstone>()
            .push(" FROM tombstones WHERE root_id = ")
            .bind(id)
            .push(" AND ")
            .append(access)
            .push(" ORDER BY project_id, id")
            .limit(STEP)
    };
    let mut is_any = false;
    loop {
        let found = deleted(editable_by(pool.engine(), user_id));
        let found: Vec<Tombstone> = pool.fetch(found).await?;
        if found.is_empty() {
            break;
        }
        is_any = true;
        purge(pool, types, found, Tombstones::Kept).await?;
    }
    if is_any {
        return Ok(());
    }
    let visible = deleted(visible_to(pool.engine(), user_id));
    if !pool.fetch::<Tombstone>(visible).await?.is_empty() {
        return Err(Error::ReadOnly);
    }
    let of_id = |projects: Sql| projects.push(" AND id = ").bind(id);
    let owned = of_id(trashed_projects(pool, owned_by(user_id)));
    let owned: Vec<Trashed> = pool.fetch(owned).await?;
    if !owned.is_empty() {
        return erase_all(pool, &with_parts(pool, user_id, owned).await?).await;
    }
    let visible = of_id(trashed_projects(pool, all_of(user_id)));
    match pool.fetch::<Trashed>(visible).await?.is_empty() {
        true => Err(Error::NotFound),
        false => Err(Error::ReadOnly),
    }
}

/// Erases everything in the trash that the user may change, for good.
///
/// # Errors
/// [`Error::Database`].
pub async fn empty_trash(
    pool: &Pool,
    types: &[&'static ItemType],
    user_id: &str,
) -> Result<(), Error> {
    loop {
        let found = Sql::select::<Tombstone>()
            .push(" FROM tombstones WHERE root_id IS NOT NULL AND ")
            .append(editable_by(pool.engine(), user_id))
            .push(" ORDER BY project_id, id")
            .limit(STEP);
        let found: Vec<Tombstone> = pool.fetch(found).await?;
        if found.is_empty() {
            break;
        }
        purge(pool, types, found, Tombstones::Kept).await?;
    }
    let projects: Vec<Trashed> = pool
        .fetch(trashed_projects(pool, owned_by(user_id)))
        .await?;
    erase_all(pool, &projects).await
}

/// Erases at most `most` tombstones, or a project in the trash, older than `days`. Returns the
/// number of erased rows.
///
/// # Errors
/// [`Error::Database`].
pub async fn purge_old(
    pool: &Pool,
    types: &[&'static ItemType],
    days: u32,
    now: Timestamp,
    most: usize,
) -> Result<usize, Error> {
    let oldest = now.plus_seconds(-i64::from(days) * DAY);
    let found = Sql::select::<Tombstone>()
        .push(" FROM tombstones WHERE deleted_at < ")
        .bind(oldest)
        .push(" ORDER BY deleted_at")
        .limit(most);
    let found: Vec<Tombstone> = pool.fetch(found).await?;
    let count = found.len();
    purge(pool, types, found, Tombstones::Deleted).await?;
    let projects = Sql::select::<Trashed>()
        .push(" FROM projects WHERE deleted_at < ")
        .bind(oldest)
        .push(" ORDER BY deleted_at")
        .limit(1);
    let projects: Vec<Trashed> = pool.fetch(projects).await?;
    erase_all(pool, &projects).await?;
    Ok(count + projects.len() * most)
}

/// Statement that selects those of a user's projects that are in the trash.
fn trashed_projects(pool: &Pool, projects: Sql) -> Sql {
    Sql::select::<Trashed>()
        .push(" FROM projects WHERE deleted_at IS NOT NULL AND id ")
        .append(pool.engine().any_of(projects))
}

/// Returns projects with those below them that were deleted by the same change.
async fn with_parts(
    pool: &Pool,
    user_id: &str,
    mut projects: Vec<Trashed>,
) -> Result<Vec<Trashed>, Error> {
    let mut index = 0;
    while let Some(project) = projects.get(index) {
        let parts = trashed_projects(pool, owned_by(user_id))
            .push(" AND parent_id = ")
            .bind(project.id.clone())
            .push(" AND change_id = ")
            .bind(project.change_id.clone());
        let parts: Vec<Trashed> = pool.fetch(parts).await?;
        projects.extend(parts);
        index += 1;
    }
    Ok(projects)
}

/// Erases projects, unless they have been restored since.
async fn erase_all(pool: &Pool, projects: &[Trashed]) -> Result<(), Error> {
    for project in projects {
        let mut transaction = pool.begin().await?;
        let id = [vec![Value::Text(project.id.clone())]];
        let locked = lock(&mut transaction, &id).await?;
        let is_deleted = |row: &Row| {
            PROJECTS
                .position("deleted_at")
                .map(|at| row[at] != Value::Null)
        };
        if locked.first().and_then(is_deleted) == Some(true) {
            erase(&mut transaction, &id).await?;
        }
        transaction.commit().await?;
    }
    Ok(())
}

/// Locks projects and returns their rows.
async fn lock(transaction: &mut Transaction, ids: &[Row]) -> Result<Vec<Row>, Error> {
    let engine = transaction.engine();
    let id = Column {
        name: "id",
        kind: Kind::Text,
    };
    let query = Sql::new("SELECT ")
        .append(PROJECTS.qualified_columns())
        .push(" FROM ")
        .append(engine.table(&[id], ids))
        .push(engine.ordered_join())
        .push("projects")
        .append(engine.force_index("PRIMARY"))
        .push(" ON projects.id = asked.id")
        .append(engine.lock_rows(&["projects"], false));
    transaction.fetch_values(PROJECTS.columns, query).await
}

async fn purge(
    pool: &Pool,
    types: &[&'static ItemType],
    found: Vec<Tombstone>,
    tombstones: Tombstones,
) -> Result<(), Error> {
    if found.is_empty() {
        return Ok(());
    }
    // Without the lock of the projects, because a chain can be long. If an item is restored in the
    // meantime, it loses its activity.
    forget(pool, found.iter().filter(|found| found.item.is_some())).await?;
    let mut transaction = pool.begin().await?;
    let projects: BTreeSet<&str> = found
        .iter()
        .map(|found| found.project_id.as_str())
        .collect();
    let ids: Vec<Row> = projects
        .into_iter()
        .map(|id| vec![Value::Text(id.to_owned())])
        .collect();
    let locked = lock(&mut transaction, &ids).await?;
    let keys: Vec<Row> = found
        .iter()
        .map(|found| {
            vec![
                Value::Text(found.project_id.clone()),
                Value::Text(found.id.clone()),
            ]
        })
        .collect();
    let rows = transaction.select_rows(&TOMBSTONES, &keys).await?;
    let current = rows.into_iter().filter_map(Tombstone::of_values);
    // Others have been restored and perhaps deleted again.
    let current: Vec<Tombstone> = current
        .filter(|current| {
            let same = |found: &&Tombstone| {
                (&found.project_id, &found.id) == (&current.project_id, &current.id)
            };
            found.iter().find(same).map(|found| &found.change_id) == Some(&current.change_id)
        })
        .collect();
    let mut purged: BTreeMap<&str, i64> = BTreeMap::new();
    for tombstone in &current {
        let kind = kind_of(types, &tombstone.noun)?;
        if let Some(row) = tombstone.row(kind) {
            *purged.entry(&tombstone.project_id).or_default() += (kind.tally)(&row).total;
        }
    }
    count(&mut transaction, &locked, &purged).await?;
    let key = |tombstone: &Tombstone| {
        let mut row = tombstone.to_values();
        row.truncate(TOMBSTONES.key);
        row
    };
    if tombstones == Tombstones::Deleted {
        let keys: Vec<Row> = current.iter().map(key).collect();
        transaction.delete_rows(&TOMBSTONES, &keys).await?;
    } else {
        let rows = current.iter().map(|tombstone| {
            let mut row = key(tombstone);
            row.extend([Value::Null, Value::Text(String::new()), Value::Null]);
            row
        });
        let rows: Vec<Row> = rows.collect();
        let columns = columns(
            &TOMBSTONES,
            &["project_id", "id", "root_id", "title", "item"],
        );
        transaction
            .update_rows(&TOMBSTONES, &columns, &rows)
            .await?;
    }
    transaction.commit().await?;
    Ok(())
}

/// Subtracts purged tasks from the numbers of locked projects.
async fn count(
    transaction: &mut Transaction,
    locked: &[Row],
    purged: &BTreeMap<&str, i64>,
) -> Result<(), Error> {
    let columns = columns(&PROJECTS, &["id", "total_tasks"]);
    let kind = &super::PROJECT;
    let rows = locked.iter().filter_map(|row| {
        let id = kind.id(row).ok()?;
        let total = kind.integer(row, "total_tasks")?;
        let total = total.saturating_sub(*purged.get(id)?).max(0);
        Some(vec![Value::Text(id.to_owned()), Value::Integer(total)])
    });
    let rows: Vec<Row> = rows.collect();
    transaction.update_rows(&PROJECTS, &columns, &rows).await
}

/// Returns columns of a table.
fn columns(table: &Table, names: &[&str]) -> Vec<Column> {
    let positions = names.iter().filter_map(|name| table.position(name));
    positions.map(|index| table.columns[index]).collect()
}

/// Removes the values of items from the change log. The chain of an item begins with its deletion.
async fn forget(pool: &Pool, purged: impl Iterator<Item = &Tombstone>) -> Result<(), Error> {
    let columns = columns(&CHANGES, &["id", "position", "old_values"]);
    let mut next: BTreeSet<(String, String)> = purged
        .map(|found| (found.change_id.clone(), found.id.clone()))
        .collect();
    while !next.is_empty() {
        let ids: BTreeSet<&String> = next.iter().map(|(id, _)| id).collect();
        let ids: Vec<String> = ids.into_iter().cloned().collect();
        let links = Sql::select::<Link>()
            .push(" FROM changes WHERE id ")
            .append(pool.engine().one_of(&ids));
        let links: Vec<Link> = pool.fetch(links).await?;
        let links = links.into_iter();
        let links = links.filter(|link| next.contains(&(link.id.clone(), link.item_id.clone())));
        let links: Vec<Link> = links.collect();
        let rows: Vec<Row> = links
            .iter()
            .map(|link| {
                vec![
                    Value::Text(link.id.clone()),
                    Value::Integer(link.position),
                    Value::Text("{}".to_owned()),
                ]
            })
            .collect();
        let mut transaction = pool.begin().await?;
        transaction.update_rows(&CHANGES, &columns, &rows).await?;
        transaction.commit().await?;
        let previous = links.into_iter().filter_map(|link| {
            let previous = link.previous_id.filter(|previous| *previous != link.id)?;
            Some((previous, link.item_id))
        });
        next = previous.collect();
    }
    Ok(())
}
