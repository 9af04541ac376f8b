//! Tables, rows and digests, independent of the engine.

use std::collections::BTreeMap;
use std::fmt;

use aws_lc_rs::digest::{Context, SHA256};
use serde::{Deserialize, Serialize};

use crate::db::{self, Kind, Row, Value};
use crate::error::Error;
use crate::{accounts, api_tokens, auth, items, work};

/// The tables to copy. Each follows the tables that it refers to.
const TABLES: [&db::Table; 16] = [
    &accounts::USERS,
    &auth::SESSIONS,
    &api_tokens::API_TOKENS,
    &auth::events::SECURITY_EVENTS,
    &work::PROJECTS,
    &work::MEMBERS,
    &items::SECTIONS,
    &items::LABELS,
    &items::FILTERS,
    &items::TASKS,
    &items::TASK_LABELS,
    &items::TASK_DAYS,
    &work::TOMBSTONES,
    &work::CHANGES,
    &work::ERASED_PROJECTS,
    &work::IDEMPOTENCY_KEYS,
];

/// Tables that are not copied. They belong to a deployment, which fills them again, and contain no
/// user data.
#[cfg(test)]
const LEFT_OUT: [&str; 4] = ["rate_limits", "notices", "jobs", "_sqlx_migrations"];

/// A column of a table.
#[derive(Clone, Debug, Deserialize, Serialize)]
pub struct Column {
    /// The name in SQL.
    pub name: String,
    /// The type.
    #[serde(rename = "type")]
    pub kind: Kind,
}

/// A table.
#[derive(Clone, Debug, Deserialize, Serialize)]
pub struct Table {
    /// The name in SQL.
    pub name: String,
    /// Number of leading columns that form the primary key.
    pub key: usize,
    /// The columns.
    pub columns: Vec<Column>,
}

impl Table {
    /// Returns all tables of the schema. Each follows the tables that it refers to.
    pub fn all() -> Vec<Table> {
        TABLES.into_iter().map(Table::of).collect()
    }

    fn of(table: &db::Table) -> Table {
        let columns = table.columns.iter().map(|column| Column {
            name: column.name.to_owned(),
            kind: column.kind,
        });
        Table {
            name: table.name.to_owned(),
            key: table.key,
            columns: columns.collect(),
        }
    }

    /// Returns the comma-separated column names.
    fn column_list(&self) -> String {
        let names: Vec<_> = self.columns.iter().map(|column| &*column.name).collect();
        names.join(", ")
    }

    /// Returns the query for all rows in the order of the primary key.
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

    /// Returns true if all names are valid identifiers. A description from a file is not trusted,
    /// and its names become part of statements.
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

    /// Returns true if the row matches the columns of the table.
    pub fn fits(&self, row: &Row) -> bool {
        row.len() == self.columns.len()
            && row
                .iter()
                .zip(&self.columns)
                .all(|(cell, column)| match cell {
                    Value::Null => true,
                    Value::Integer(_) => column.kind == Kind::Integer,
                    Value::Text(_) => column.kind == Kind::Text,
                })
    }
}

/// Returns a row as a line of JSON, without the line break.
pub fn line_of(row: &Row) -> Result<String, Error> {
    serde_json::to_string(row).map_err(|error| Error::Internal(format!("a row: {error}")))
}

/// The number of rows of each table.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize, Serialize)]
pub struct Counts(pub BTreeMap<String, u64>);

impl Counts {
    /// Returns the total number of rows.
    pub fn total(&self) -> u64 {
        self.0.values().sum()
    }

    /// Returns true if the names are exactly those of `tables`.
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

/// The number of rows of a table and the SHA-256 of their lines of JSON.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize, Serialize)]
pub struct Digest {
    /// The number of rows.
    pub rows: u64,
    /// In hexadecimal.
    pub sha256: String,
}

/// A digest in progress.
pub struct Digesting {
    rows: u64,
    context: Context,
}

impl Digesting {
    /// Creates a digest of no rows.
    pub fn new() -> Digesting {
        Digesting {
            rows: 0,
            context: Context::new(&SHA256),
        }
    }

    /// Adds the line of a row.
    pub fn add(&mut self, line: &str) {
        self.rows += 1;
        self.context.update(line.as_bytes());
        self.context.update(b"\n");
    }

    /// Returns the digest of the added rows.
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
    async fn every_table_is_described_as_it_is() {
        let home = TempDir::new().expect("a directory");
        let url = format!("sqlite:{}", home.path().join("docket.db").display());
        let (_, mut connection) = schema::open_at(&url, None).await.expect("a database");
        let rows = query(
            "SELECT m.name AS table_name, c.name AS column_name, lower(c.type) AS kind, c.pk
             FROM sqlite_schema m JOIN pragma_table_info(m.name) c
             WHERE m.type = 'table' ORDER BY m.name, c.cid",
        );
        let rows = rows.fetch_all(&mut connection).await.expect("the columns");
        let mut there: BTreeMap<String, (i64, Vec<(String, String)>)> = BTreeMap::new();
        for row in &rows {
            let (key, columns) = there.entry(row.get("table_name")).or_default();
            *key += i64::from(row.get::<i64, _>("pk") > 0);
            columns.push((row.get("column_name"), row.get("kind")));
        }
        there.retain(|name, _| !LEFT_OUT.contains(&name.as_str()));
        let described = Table::all().into_iter().map(|table| {
            let columns = table.columns.into_iter().map(|column| {
                let kind = format!("{:?}", column.kind).to_lowercase();
                (column.name, kind)
            });
            (table.name, (table.key as i64, columns.collect()))
        });
        assert_eq!(there, described.collect());
    }
}
