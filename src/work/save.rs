//! Saving of the changes of commands, with one statement per table.

use super::World;
use super::changes::CHANGES;
use super::idempotency::Keys;
use super::projects::PROJECTS;
use super::world::Difference;
use crate::db::{Column, Row, Table, Transaction, Value};
use crate::error::Error;

/// Saves the changes, the project versions, the change log and the idempotency keys.
pub(super) async fn save(
    transaction: &mut Transaction,
    tables: &[&'static Table],
    world: &World,
    keys: Keys,
    log: Vec<Row>,
) -> Result<(), Error> {
    let projects: Vec<Row> = world
        .changed_projects()
        .map(|(id, version)| vec![Value::Text(id.to_owned()), Value::Integer(version)])
        .collect();
    let columns: Vec<_> = PROJECTS
        .columns
        .iter()
        .filter(|column| ["id", "version"].contains(&column.name))
        .copied()
        .collect();
    transaction
        .update_rows(&PROJECTS, &columns, &projects)
        .await?;
    let differences: Vec<_> = tables
        .iter()
        .map(|table| (*table, world.difference(table)))
        .collect();
    for (table, difference) in differences.iter().rev() {
        transaction.delete_rows(table, &difference.deleted).await?;
    }
    for (table, difference) in &differences {
        let (columns, rows) = updates(table, difference);
        transaction.update_rows(table, &columns, &rows).await?;
        transaction.insert_rows(table, &difference.inserted).await?;
    }
    transaction.insert_rows(&CHANGES, &log).await?;
    keys.save(transaction).await
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
