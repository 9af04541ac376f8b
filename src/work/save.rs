//! Saving of the changes of commands, with one statement per table.

use super::changes::CHANGES;
use super::idempotency::Keys;
use super::projects::{self, PROJECTS};
use super::tombstones::TOMBSTONES;
use super::world::Difference;
use super::{ItemType, World};
use crate::db::{Column, Row, Table, Transaction, Value};
use crate::error::Error;

/// The columns of `projects` that describe the project as a space of items.
const SPACE: [&str; 4] = ["id", "open_tasks", "total_tasks", "version"];

/// Saves the changes, the project versions, the change log and the idempotency keys.
pub(super) async fn save(
    transaction: &mut Transaction,
    types: &[&'static ItemType],
    world: &World,
    keys: Keys,
    log: Vec<Row>,
) -> Result<(), Error> {
    let differences: Vec<_> = types
        .iter()
        .map(|kind| (*kind, world.difference(kind)))
        .collect();
    for (kind, difference) in differences.iter().rev() {
        for (index, rows) in kind.indexes.iter().zip(&difference.indexes) {
            transaction.delete_rows(index.table, &rows.deleted).await?;
        }
        transaction
            .delete_rows(kind.table, &difference.deleted)
            .await?;
    }
    for (kind, difference) in &differences {
        let (columns, rows) = updates(kind.table, difference);
        transaction.update_rows(kind.table, &columns, &rows).await?;
        transaction
            .insert_rows(kind.table, &difference.inserted)
            .await?;
        for (index, rows) in kind.indexes.iter().zip(&difference.indexes) {
            transaction.insert_rows(index.table, &rows.inserted).await?;
        }
        if kind.noun == projects::PROJECT.noun {
            projects::save_members(transaction, world, difference).await?;
        }
    }
    save_spaces(transaction, world).await?;
    let tombstones = world.tombstones();
    transaction
        .delete_rows(&TOMBSTONES, tombstones.obsolete())
        .await?;
    transaction
        .insert_rows(&TOMBSTONES, &tombstones.new_rows())
        .await?;
    transaction.insert_rows(&CHANGES, &log).await?;
    keys.save(transaction).await
}

/// Saves the versions and the numbers of the changed projects.
async fn save_spaces(transaction: &mut Transaction, world: &World) -> Result<(), Error> {
    let rows: Vec<Row> = world
        .changed_projects()
        .map(|(id, project)| {
            vec![
                Value::Text(id.to_owned()),
                Value::Integer(project.open_tasks),
                Value::Integer(project.total_tasks),
                Value::Integer(project.version),
            ]
        })
        .collect();
    let columns: Vec<_> = SPACE
        .iter()
        .filter_map(|name| PROJECTS.position(name))
        .map(|index| PROJECTS.columns[index])
        .collect();
    transaction.update_rows(&PROJECTS, &columns, &rows).await
}

/// Returns the key columns of a table and the columns that differ in any updated row, with the
/// values of the rows.
fn updates(table: &Table, difference: &Difference) -> (Vec<Column>, Vec<Row>) {
    let changes = |index: usize| {
        let mut updated = difference.updated.iter();
        updated.any(|updated| updated.before[index] != updated.after[index])
    };
    let indexes: Vec<_> = (0..table.columns.len())
        .filter(|index| *index < table.key || changes(*index))
        .collect();
    if indexes.len() == table.key {
        return (Vec::new(), Vec::new());
    }
    let columns = indexes.iter().map(|index| table.columns[*index]).collect();
    let rows = difference.updated.iter().map(|updated| {
        let values = indexes.iter().map(|index| updated.after[*index].clone());
        values.collect()
    });
    (columns, rows.collect())
}
