//! Items that refer to other items, by their ids or by a name.

use super::{Loaded, World};
use crate::db::{Row, Value};
use crate::work::ItemType;

impl World {
    /// Returns true if a loaded item of any of these types refers to an item.
    pub(in crate::work) fn is_referenced(
        &self,
        types: &[&'static ItemType],
        kind: &ItemType,
        id: &str,
    ) -> bool {
        let refers = |loaded: &Loaded, column: &str| {
            let row = loaded.current.as_ref();
            let row = row.filter(|row| !loaded.kind.is_deleted(row));
            row.and_then(|row| loaded.kind.text(row, column)) == Some(id)
        };
        let mut items = self.items.values();
        items.any(|loaded| {
            let references = loaded.kind.references.iter();
            let mut columns = references.filter(|(_, noun)| *noun == kind.noun);
            types.iter().any(|other| other.noun == loaded.kind.noun)
                && columns.any(|(column, _)| refers(loaded, column))
        })
    }

    /// Returns true if the index of a loaded item that the user may change has a value. Items of
    /// projects that are `leaving` do not count. Loads find items by their first index.
    pub(in crate::work) fn names(
        &self,
        user_id: &str,
        kind: &ItemType,
        value: &str,
        leaving: impl Fn(&str) -> bool,
    ) -> bool {
        let Some(index) = kind.indexes.iter().find(|index| index.names.is_some()) else {
            return false;
        };
        let Some(column) = index.table.position(index.column) else {
            return false;
        };
        let has_value = |row: &Row| {
            let rows = (index.rows)(row).into_iter();
            let mut values = rows.filter_map(|row| row.into_iter().nth(column));
            values.any(|found| matches!(found, Value::Text(text) if text == value))
        };
        let mut items = self.items.values().filter_map(|loaded| {
            let row = loaded.current.as_ref()?;
            (loaded.kind.noun == kind.noun).then_some(row)
        });
        items.any(|row| {
            let project_id = kind.project_id(row);
            has_value(row)
                && project_id.is_ok_and(|id| !leaving(id) && self.check_editor(user_id, id).is_ok())
        })
    }
}
