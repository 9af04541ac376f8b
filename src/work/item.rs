//! Types of items: rows that belong to a project, and the parts of a row that the write path needs.

use crate::db::{Column, Engine, FromColumns, Kind, Row, Sql, Table, Timestamp, Value};
use crate::error::Error;

/// Maximum number of levels below an item.
pub const MOST_LEVELS: usize = 5;

/// A type of item, described by the columns of its table.
pub struct ItemType {
    /// The name in the change log and in the API.
    pub noun: &'static str,
    /// The table, with the columns `id`, `change_id` and `updated_at`.
    pub table: &'static Table,
    /// The column with the id of the project.
    pub project: &'static str,
    /// The column with the version of the project at the last change of the row.
    pub version: &'static str,
    /// The column with the name that people know the item by.
    pub title: &'static str,
    /// The column with the id of the parent item, which has the same type.
    pub parent: Option<&'static str>,
    /// The column with the time at which the item itself was moved to the trash. Items without it
    /// leave their table instead.
    pub deleted: Option<&'static str>,
    /// Columns that refer to items, each with the noun of these items.
    pub references: &'static [(&'static str, &'static str)],
    /// Returns the number of tasks that the row counts as.
    pub tally: fn(&Row) -> Tally,
    /// The tables with further rows that derive from a row, for lists. Items are loaded by the first
    /// one.
    pub indexes: &'static [Index],
    /// The parts of the table, each with an index by version. Empty if one index has all rows.
    pub parts: &'static [Part],
}

impl ItemType {
    /// Returns a statement for the rows with these ids. A condition is to be appended.
    pub fn select_by_id(&self, engine: Engine, columns: Sql, ids: &[Row]) -> Sql {
        let id = Column {
            name: "id",
            kind: Kind::Text,
        };
        Sql::new("SELECT ")
            .append(columns)
            .push(" FROM ")
            .append(engine.table(&[id], ids))
            .push(engine.ordered_join())
            .push(self.table.name)
            .push(" ON ")
            .push(self.table.name)
            .push(".id = asked.id WHERE ")
    }
}

/// A part of a table with an index by version of its own, which is partial on SQLite and PostgreSQL.
pub struct Part {
    /// The condition on its rows, preceded by AND.
    pub condition: &'static str,
    /// The same condition on the generated column that MySQL's index by version has instead.
    pub mysql_condition: &'static str,
    /// The name of the partial index.
    pub index: &'static str,
}

/// A table whose rows derive from the rows of items.
pub struct Index {
    /// The table. All columns are its key.
    pub table: &'static Table,
    /// Returns the rows that derive from an item's row.
    pub rows: fn(&Row) -> Vec<Row>,
    /// The column that is searched.
    pub column: &'static str,
    /// The column with the id of the item.
    pub item: &'static str,
    /// The items that the searched values name: their noun, and the column with the value.
    pub names: Option<(&'static str, &'static str)>,
}

impl Index {
    /// Returns the rows that derive from an item's row.
    pub(super) fn of(&self, row: Option<&Row>) -> Vec<Row> {
        row.map(self.rows).unwrap_or_default()
    }
}

/// A number of tasks.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Tally {
    /// Open tasks.
    pub open: i64,
    /// All tasks.
    pub total: i64,
}

/// A row of a table whose rows belong to projects.
pub trait Item: FromColumns + Clone {
    /// The type.
    const TYPE: &'static ItemType;

    /// Returns the values of the columns.
    fn to_values(&self) -> Row;

    /// Sets the time, the version and the change of the last change.
    fn stamp(&mut self, now: Timestamp, version: i64, change_id: &str);
}

/// Implements [`Item`] for a record with the columns `updated_at` and `change_id`.
macro_rules! item {
    ($record:ident, $version:ident, $type:expr) => {
        impl $crate::work::Item for $record {
            const TYPE: &'static $crate::work::ItemType = $type;

            fn to_values(&self) -> $crate::db::Row {
                $record::to_values(self)
            }

            fn stamp(&mut self, now: $crate::db::Timestamp, version: i64, change_id: &str) {
                self.updated_at = now;
                self.$version = version;
                self.change_id = Some(change_id.to_owned());
            }
        }
    };
}

pub(crate) use item;

/// The [`ItemType::tally`] of items that are not tasks.
pub fn no_tally(_row: &Row) -> Tally {
    Tally::default()
}

impl ItemType {
    /// Returns the text in a column of a row. `None` if the column is empty or not text.
    pub fn text<'r>(&self, row: &'r Row, column: &str) -> Option<&'r str> {
        match row.get(self.table.position(column)?)? {
            Value::Text(text) => Some(text),
            _ => None,
        }
    }

    /// Returns the number in a column of a row. `None` if the column is empty or not a number.
    pub fn integer(&self, row: &Row, column: &str) -> Option<i64> {
        match row.get(self.table.position(column)?)? {
            Value::Integer(number) => Some(*number),
            _ => None,
        }
    }

    /// Sets a column of a row.
    pub(super) fn set(&self, row: &mut Row, column: &str, value: Value) {
        let place = self.table.position(column);
        if let Some(place) = place.and_then(|index| row.get_mut(index)) {
            *place = value;
        }
    }

    /// Returns the id of a row.
    ///
    /// # Errors
    /// [`Error::Internal`] if the row has none.
    pub fn id<'r>(&self, row: &'r Row) -> Result<&'r str, Error> {
        self.text(row, "id").ok_or_else(|| self.unreadable())
    }

    /// Returns the id of the project of a row.
    ///
    /// # Errors
    /// [`Error::Internal`] if the row has none.
    pub fn project_id<'r>(&self, row: &'r Row) -> Result<&'r str, Error> {
        self.text(row, self.project)
            .ok_or_else(|| self.unreadable())
    }

    /// Returns the change that wrote a row last: the id of its command, or the id of the row if
    /// it is as it was created.
    pub fn change_id<'r>(&self, row: &'r Row) -> Option<&'r str> {
        self.text(row, "change_id").or_else(|| self.text(row, "id"))
    }

    /// Returns true if the row itself is in the trash.
    pub fn is_deleted(&self, row: &Row) -> bool {
        let deleted = self.deleted.map(|column| self.integer(row, column));
        deleted.flatten().is_some()
    }

    pub(super) fn unreadable(&self) -> Error {
        Error::Internal(format!("a row of {}", self.table.name))
    }
}
