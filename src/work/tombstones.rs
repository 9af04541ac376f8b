//! Tombstones: traces of items that have left a project. They tell clients that synchronise what to
//! remove. If the item was deleted, its tombstone is also the trash: it holds the deleted row.

use std::collections::HashMap;

use serde_json::Map;

use super::{Change, Context, ItemType};
use crate::db::{Row, Table, Timestamp, Value, record};

record! {
    /// A row of `tombstones`.
    pub struct Tombstone in "tombstones" key 2 {
        project_id: String,
        id: String,
        noun: String,
        /// The item with which this one was deleted and is restored. `None` if the item is in
        /// another project now.
        root_id: Option<String>,
        title: String,
        /// The deleted row as a JSON object. `None` if there is none or it has been purged.
        item: Option<String>,
        /// The id of the command that deleted the item.
        change_id: String,
        deleted_by: String,
        deleted_at: Timestamp,
        version: i64,
    }
}

/// The table of tombstones.
pub const TOMBSTONES: Table = Tombstone::TABLE;

impl Tombstone {
    /// Returns the deleted row. `None` if it has been purged or belongs to another type.
    pub fn row(&self, kind: &ItemType) -> Option<Row> {
        let item: Map<String, serde_json::Value> =
            serde_json::from_str(self.item.as_ref()?).ok()?;
        let columns = kind.table.columns.iter();
        columns
            .map(|column| match item.get(column.name) {
                Some(value) => serde_json::from_value(value.clone()).ok(),
                None => Some(Value::Null),
            })
            .collect()
    }
}

/// The tombstones of a batch of commands.
#[derive(Clone, Default)]
pub(super) struct Tombstones {
    /// By project and item.
    current: HashMap<(String, String), Tombstone>,
    /// Keys of the tombstones that the database has and that are to be deleted first.
    obsolete: Vec<Row>,
    /// Keys in `current` of new tombstones.
    new: Vec<(String, String)>,
}

impl Tombstones {
    /// Adds a tombstone of the database.
    pub fn add(&mut self, tombstone: Tombstone) {
        let key = (tombstone.project_id.clone(), tombstone.id.clone());
        self.current.entry(key).or_insert(tombstone);
    }

    /// Returns the tombstone of an item in a project.
    pub fn get(&self, project_id: &str, id: &str) -> Option<&Tombstone> {
        self.current.get(&(project_id.to_owned(), id.to_owned()))
    }

    /// Returns the items that were deleted with an item.
    #[cfg(test)]
    pub fn of_root<'t>(&'t self, root_id: &'t str) -> impl Iterator<Item = &'t Tombstone> {
        let all = self.current.values();
        all.filter(move |tombstone| tombstone.root_id.as_deref() == Some(root_id))
    }

    /// Records the tombstones of a change.
    pub fn apply(&mut self, context: &Context<'_>, change: &Change) {
        let id = change.id();
        if change.after.is_none() {
            self.insert(context, change, change.project_id(), change.version, true);
        } else if let Some(left) = change.left_project() {
            self.insert(context, change, left, change.left_version, false);
            self.remove(change.project_id(), id);
        } else if change.restored.is_some() {
            self.remove(change.project_id(), id);
        }
    }

    fn insert(
        &mut self,
        context: &Context<'_>,
        change: &Change,
        project_id: &str,
        version: i64,
        deleted: bool,
    ) {
        let Some(before) = &change.before else {
            return;
        };
        let kind = change.kind;
        let key = (project_id.to_owned(), change.id().to_owned());
        self.new.retain(|other| *other != key);
        let tombstone = Tombstone {
            project_id: key.0.clone(),
            id: key.1.clone(),
            noun: kind.noun.to_owned(),
            root_id: change.root_id.clone(),
            title: kind.text(before, kind.title).unwrap_or_default().to_owned(),
            item: deleted.then(|| json_of(kind, before)),
            change_id: context.id.to_owned(),
            deleted_by: context.user_id.to_owned(),
            deleted_at: context.now,
            version,
        };
        self.current.insert(key.clone(), tombstone);
        self.new.push(key);
    }

    fn remove(&mut self, project_id: &str, id: &str) {
        let key = (project_id.to_owned(), id.to_owned());
        self.current.remove(&key);
        self.new.retain(|other| *other != key);
        self.obsolete
            .push(vec![Value::Text(key.0), Value::Text(key.1)]);
    }

    /// Returns the keys of the tombstones to delete, before the new ones are inserted.
    pub fn obsolete(&self) -> &[Row] {
        &self.obsolete
    }

    /// Returns the rows to insert.
    pub fn new_rows(&self) -> Vec<Row> {
        let new = self.new.iter().filter_map(|key| self.current.get(key));
        new.map(Tombstone::to_values).collect()
    }
}

/// Returns a row as a JSON object. Columns without a value are omitted.
fn json_of(kind: &ItemType, row: &Row) -> String {
    let columns = kind.table.columns.iter().zip(row);
    let object: Map<String, serde_json::Value> = columns
        .filter(|(_, value)| **value != Value::Null)
        .filter_map(|(column, value)| {
            let value = serde_json::to_value(value).ok()?;
            Some((column.name.to_owned(), value))
        })
        .collect();
    serde_json::Value::Object(object).to_string()
}
