//! Tables, rows and their digests, in no engine's terms.

use std::collections::BTreeMap;
use std::fmt;

use aws_lc_rs::digest::{Context, SHA256};
use serde::{Deserialize, Serialize};

use crate::error::Error;

/// What a column holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Kind {
    /// A 64-bit number.
    Integer,
    /// Unicode text.
    Text,
}

use Kind::{Integer, Text};

/// A table: its name, its columns, and how many of them, from the first, are its key.
type Described = (&'static str, usize, &'static [(&'static str, Kind)]);

/// Every table that is copied, one that is referred to before those that refer to it.
const TABLES: [Described; 6] = [
    (
        "users",
        1,
        &[
            ("id", Text),
            ("email", Text),
            ("email_folded", Text),
            ("display_name", Text),
            ("password_hash", Text),
            ("disabled", Integer),
            ("created_at", Integer),
            ("updated_at", Integer),
            ("tasks_version", Integer),
        ],
    ),
    (
        "sessions",
        1,
        &[
            ("id", Text),
            ("user_id", Text),
            ("user_agent", Text),
            ("address", Text),
            ("created_at", Integer),
            ("last_seen_at", Integer),
            ("expires_at", Integer),
            ("refresh_generation", Integer),
            ("refresh_hash", Text),
            ("refresh_key", Text),
        ],
    ),
    (
        "api_tokens",
        1,
        &[
            ("id", Text),
            ("user_id", Text),
            ("name", Text),
            ("hash", Text),
            ("scopes", Text),
            ("created_at", Integer),
            ("expires_at", Integer),
            ("last_used_at", Integer),
        ],
    ),
    (
        "tasks",
        1,
        &[
            ("id", Text),
            ("user_id", Text),
            ("title", Text),
            ("title_folded", Text),
            ("description", Text),
            ("search_folded", Text),
            ("completed", Integer),
            ("completed_at", Integer),
            ("created_at", Integer),
            ("updated_at", Integer),
            ("version", Integer),
        ],
    ),
    (
        "idempotency_keys",
        2,
        &[
            ("user_id", Text),
            ("idempotency_key", Text),
            ("fingerprint", Text),
            ("answer", Text),
            ("created_at", Integer),
        ],
    ),
    (
        "security_events",
        1,
        &[
            ("id", Text),
            ("user_id", Text),
            ("kind", Text),
            ("address", Text),
            ("user_agent", Text),
            ("created_at", Integer),
        ],
    ),
];

/// Tables that are left out: they are about a deployment, which fills them anew, and not about its users.
#[cfg(test)]
const LEFT_OUT: [&str; 3] = ["rate_limits", "jobs", "_sqlx_migrations"];

/// Tables that migrations after the first one added.
const ADDED_LATER: [(&str, i64); 2] = [("api_tokens", 3), ("security_events", 4)];

/// A column of a table.
#[derive(Clone, Debug, Deserialize, Serialize)]
pub struct Column {
    /// Its name in SQL.
    pub name: String,
    /// What it holds.
    #[serde(rename = "type")]
    pub kind: Kind,
}

/// A table.
#[derive(Clone, Debug, Deserialize, Serialize)]
pub struct Table {
    /// Its name in SQL.
    pub name: String,
    /// How many columns, from the first, are its primary key.
    pub key: usize,
    /// Its columns.
    pub columns: Vec<Column>,
}

impl Table {
    /// Every table of the current schema, each after those that it refers to.
    pub fn all() -> Vec<Table> {
        Table::after(i64::MAX)
    }

    /// The tables that existed after a migration.
    pub fn after(migration: i64) -> Vec<Table> {
        let added = |name| ADDED_LATER.iter().find(|(later, _)| *later == name);
        TABLES
            .iter()
            .filter(|(name, ..)| added(*name).is_none_or(|(_, added)| *added <= migration))
            .map(|(name, key, columns)| Table {
                name: (*name).to_owned(),
                key: *key,
                columns: columns
                    .iter()
                    .map(|(name, kind)| Column {
                        name: (*name).to_owned(),
                        kind: *kind,
                    })
                    .collect(),
            })
            .collect()
    }

    /// The names of the columns, as SQL lists them.
    pub fn column_list(&self) -> String {
        let names: Vec<_> = self.columns.iter().map(|column| &*column.name).collect();
        names.join(", ")
    }

    /// All rows in the order of the key.
    pub fn select(&self) -> String {
        let key: Vec<_> = self.columns[..self.key]
            .iter()
            .map(|column| &*column.name)
            .collect();
        let columns = self.column_list();
        format!(
            "SELECT {columns} FROM {} ORDER BY {}",
            self.name,
            key.join(", ")
        )
    }

    /// Whether it can stand in a statement: a description that comes from a file might say anything.
    pub fn is_sound(&self) -> bool {
        let is_name = |text: &str| {
            !text.is_empty()
                && text
                    .bytes()
                    .all(|byte| byte.is_ascii_lowercase() || byte == b'_')
        };
        is_name(&self.name)
            && self.columns.iter().all(|column| is_name(&column.name))
            && (1..=self.columns.len()).contains(&self.key)
    }

    /// Whether the row has the columns of the table.
    pub fn fits(&self, row: &Row) -> bool {
        row.len() == self.columns.len()
            && row
                .iter()
                .zip(&self.columns)
                .all(|(cell, column)| match cell {
                    Cell::Null => true,
                    Cell::Integer(_) => column.kind == Integer,
                    Cell::Text(_) => column.kind == Text,
                })
    }
}

/// A value of a row.
#[derive(Clone, Debug, Deserialize, Serialize)]
#[serde(untagged)]
pub enum Cell {
    /// NULL.
    Null,
    /// A number.
    Integer(i64),
    /// Text.
    Text(String),
}

impl Cell {
    /// About how many bytes it takes.
    pub fn size(&self) -> usize {
        match self {
            Cell::Null | Cell::Integer(_) => 8,
            Cell::Text(text) => text.len(),
        }
    }
}

/// The values of a row, in the order of the table's columns.
pub type Row = Vec<Cell>;

/// A row as a line of JSON, without the line's end.
pub fn line_of(row: &Row) -> Result<String, Error> {
    serde_json::to_string(row).map_err(|error| Error::Internal(format!("a row: {error}")))
}

/// The number of rows of each table.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize, Serialize)]
pub struct Counts(pub BTreeMap<String, u64>);

impl Counts {
    /// The number of rows of all tables.
    pub fn total(&self) -> u64 {
        self.0.values().sum()
    }

    /// Returns true if the names are those of `tables`, no more and no fewer.
    pub fn are_exactly(&self, tables: &[Table]) -> bool {
        self.0.len() == tables.len() && tables.iter().all(|table| self.0.contains_key(&table.name))
    }
}

impl fmt::Display for Counts {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let of = |table| self.0.get(table).copied().unwrap_or_default();
        let counted = |count, noun| match count {
            1 => format!("1 {noun}"),
            _ => format!("{count} {noun}s"),
        };
        let accounts = counted(of("users"), "account");
        let tasks = counted(of("tasks"), "task");
        let rows = counted(self.total(), "row");
        write!(formatter, "{accounts}, {tasks}, {rows} in all")
    }
}

/// How many rows a table has, and the SHA-256 of their lines of JSON.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize, Serialize)]
pub struct Digest {
    /// The number of rows.
    pub rows: u64,
    /// In hexadecimal digits.
    pub sha256: String,
}

/// A digest in the making.
pub struct Digesting {
    rows: u64,
    context: Context,
}

impl Digesting {
    /// Of no rows yet.
    pub fn new() -> Digesting {
        Digesting {
            rows: 0,
            context: Context::new(&SHA256),
        }
    }

    /// Adds a row, given as its line.
    pub fn add(&mut self, line: &str) {
        self.rows += 1;
        self.context.update(line.as_bytes());
        self.context.update(b"\n");
    }

    /// The digest of what was added.
    pub fn finish(self) -> Digest {
        let digest = self.context.finish();
        Digest {
            rows: self.rows,
            sha256: digest
                .as_ref()
                .iter()
                .map(|byte| format!("{byte:02x}"))
                .collect(),
        }
    }
}

#[cfg(test)]
mod tests {
    use rocket::tokio::test;
    use sqlx::{Row, query};
    use tempfile::TempDir;

    use super::*;
    use crate::db::schema;

    #[test]
    async fn no_table_of_any_schema_is_left_out() {
        let home = TempDir::new().expect("a directory");
        for migration in 1..=schema::latest() {
            let path = home.path().join(format!("{migration}.db"));
            let url = format!("sqlite:{}", path.display());
            let opened = schema::open_at(&url, Some(migration)).await;
            let (_, mut connection) = opened.expect("a database");
            let rows = query("SELECT name FROM sqlite_master WHERE type = 'table' ORDER BY name")
                .fetch_all(&mut connection)
                .await
                .expect("the tables");
            let mut there: Vec<String> = rows.iter().map(|row| row.get("name")).collect();
            there.retain(|name| !LEFT_OUT.contains(&name.as_str()));
            let mut known: Vec<_> = Table::after(migration)
                .into_iter()
                .map(|table| table.name)
                .collect();
            known.sort();
            assert_eq!(known, there, "after migration {migration}");
        }
    }
}
