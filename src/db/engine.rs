//! The database engines, identified by the scheme of the URL.

use std::borrow::Cow;
use std::path::PathBuf;

use percent_encoding::percent_decode_str;

use super::handle::Limit;
use super::{Bind, Column, Kind, Sql, Table, Value};

/// A supported database engine.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Engine {
    /// SQLite, with a database file.
    Sqlite,
    /// PostgreSQL.
    Postgres,
    /// MySQL or MariaDB.
    Mysql,
}

/// Returns the path of the file in a SQLite URL. In-memory databases are rejected: each connection
/// would have its own, which would end with the connection.
pub fn sqlite_file(url: &str) -> Option<PathBuf> {
    let path = url.strip_prefix("sqlite:")?;
    let path = path.strip_prefix("//").unwrap_or(path);
    if path.is_empty() || path == ":memory:" || path.contains('?') {
        return None;
    }
    let decoded = percent_decode_str(path).decode_utf8().ok()?;
    Some(PathBuf::from(decoded.as_ref()))
}

impl Engine {
    /// Returns the engine of a database URL. `None` if its scheme is not supported.
    pub fn of(url: &str) -> Option<Engine> {
        match url.split_once(':')?.0 {
            "sqlite" => Some(Engine::Sqlite),
            "postgres" | "postgresql" => Some(Engine::Postgres),
            "mysql" | "mariadb" => Some(Engine::Mysql),
            _ => None,
        }
    }

    /// Wraps a query so that SQLite returns its rows as one JSON array of arrays. Other engines
    /// run it as it is. `columns` lists the names of its columns.
    pub(super) fn packed(self, columns: impl Into<Cow<'static, str>>, query: Sql) -> Sql {
        match self {
            Engine::Sqlite => Sql::new("SELECT json_group_array(json_array(")
                .push_text(columns)
                .push(")) FROM (")
                .append(query)
                .push(")"),
            Engine::Postgres | Engine::Mysql => query,
        }
    }

    /// Table expression that yields one row per element of a JSON array, whose elements are arrays
    /// of values. [`Engine::element`] reads the values. MySQL uses [`Engine::table`] instead.
    pub(super) fn elements(self, alias: &'static str, rows: &[Vec<Value>]) -> Sql {
        let json = json_of(rows);
        match self {
            Engine::Sqlite => Sql::new("json_each(")
                .append(json)
                .push(") AS ")
                .push(alias),
            Engine::Postgres | Engine::Mysql => Sql::new("jsonb_array_elements(CAST(")
                .append(json)
                .push(" AS JSONB)) AS ")
                .push(alias)
                .push("(value)"),
        }
    }

    /// Expression for the value at an index of a JSON array. `array` is the expression for the
    /// array.
    pub(super) fn element(self, array: &str, index: usize, kind: Kind) -> String {
        match (self, kind) {
            (Engine::Postgres, Kind::Integer) => format!("CAST({array} ->> {index} AS BIGINT)"),
            _ => format!("({array} ->> {index})"),
        }
    }

    /// Table expression that yields these rows, with the alias `asked`. Identifiers are ASCII text
    /// of at most 36 characters, so that MySQL can look them up in the index of an identifier
    /// column.
    pub fn table(self, columns: &[Column], rows: &[Vec<Value>]) -> Sql {
        if self == Engine::Mysql {
            let columns = columns.iter().enumerate().map(|(index, column)| {
                let kind = match (column.kind, column.name) {
                    (Kind::Integer, _) => "BIGINT",
                    (Kind::Text, name) if is_identifier(name) => {
                        "VARCHAR(255) CHARACTER SET ascii COLLATE ascii_bin"
                    }
                    (Kind::Text, _) => "LONGTEXT CHARACTER SET utf8mb4 COLLATE utf8mb4_bin",
                };
                format!("{} {kind} PATH '$[{index}]' ERROR ON ERROR", column.name)
            });
            let columns: Vec<_> = columns.collect();
            return Sql::new("JSON_TABLE(")
                .append(json_of(rows))
                .push(", '$[*]' COLUMNS (")
                .push_text(columns.join(", "))
                .push(")) AS asked");
        }
        let values = columns.iter().enumerate().map(|(index, column)| {
            let value = self.element("elements.value", index, column.kind);
            format!("{value} AS {}", column.name)
        });
        let values: Vec<_> = values.collect();
        Sql::new("(SELECT ")
            .push_text(values.join(", "))
            .push(" FROM ")
            .append(self.elements("elements", rows))
            .push(") AS asked")
    }

    /// Operator and operand that compare a column with the results of a query. The query should
    /// yield few rows.
    pub fn any_of(self, query: Sql) -> Sql {
        match self {
            Engine::Sqlite | Engine::Mysql => Sql::new("IN (").append(query).push(")"),
            // PostgreSQL expects many rows from a subquery of IN and scans the whole table.
            Engine::Postgres => Sql::new("= ANY(ARRAY(").append(query).push("))"),
        }
    }

    /// Statement that begins a write transaction. The isolation level is serializable on SQLite
    /// and read committed on the others, regardless of the server's default.
    pub fn begin_write(self) -> &'static str {
        match self {
            // A deferred transaction that upgrades to a write can fail immediately with
            // SQLITE_BUSY.
            Engine::Sqlite => "BEGIN IMMEDIATE",
            // A server continues to wait for a lock after its client has disconnected. The limit
            // is one second, because a request may wait in turn for a connection, its user's row
            // and its task's row. The limits are set per transaction, because a connection pooler
            // may assign a different session to each transaction. A migration has no limit,
            // regardless of the session's setting.
            Engine::Postgres => {
                "BEGIN ISOLATION LEVEL READ COMMITTED; SET LOCAL lock_timeout = 1000;
                 SET LOCAL statement_timeout = 0"
            }
            Engine::Mysql => "BEGIN",
        }
    }

    /// Statement that begins a write transaction with a time limit for each statement, if the
    /// engine supports limits per transaction.
    pub(super) fn begin_limited(self, limit: Limit) -> &'static str {
        match (self, limit) {
            // The statements look rows up by key. PostgreSQL estimates 100 elements for a JSON
            // array and would then prefer to scan a table of a few thousand rows.
            (Engine::Postgres, Limit::Short) => {
                "BEGIN ISOLATION LEVEL READ COMMITTED; SET LOCAL lock_timeout = 1000;
                 SET LOCAL statement_timeout = 2250; SET LOCAL jit = off;
                 SET LOCAL enable_hashjoin = off; SET LOCAL enable_mergejoin = off"
            }
            (Engine::Postgres, Limit::Long) => {
                "BEGIN ISOLATION LEVEL READ COMMITTED; SET LOCAL lock_timeout = 1000;
                 SET LOCAL statement_timeout = 60000"
            }
            (Engine::Sqlite | Engine::Mysql, _) => self.begin_write(),
        }
    }

    /// Statement that begins a read-only transaction with a time limit for each statement, if the
    /// engine supports limits per transaction.
    pub(super) fn begin_read(self, limit: Limit) -> &'static str {
        match (self, limit) {
            (Engine::Postgres, Limit::Short) => {
                "BEGIN; SET LOCAL statement_timeout = 2250; SET LOCAL jit = off"
            }
            (Engine::Postgres, Limit::Long) => "BEGIN; SET LOCAL statement_timeout = 60000",
            (Engine::Sqlite | Engine::Mysql, _) => "BEGIN",
        }
    }

    /// Statement that prepares a session for requests: each later statement is limited to
    /// [`Limit::Short`].
    /// MySQL limits only SELECT; for its other statements, only lock waits are limited.
    pub(super) fn prepare_session(self) -> &'static str {
        match self {
            // The connection enforces the limit on SQLite. See `sqlite`.
            Engine::Sqlite => "",
            // PostgreSQL estimates 100 elements for a JSON array. It would compile a statement for
            // so many, which takes half a second. It would also plan most statements again for each
            // request, because it expects better plans for known values: that takes 1 to 4 ms, and
            // the statements are such that the values make no difference.
            Engine::Postgres => {
                "SET statement_timeout = 2250; SET jit = off;
                 SET plan_cache_mode = force_generic_plan"
            }
            // MariaDB ignores comments for MySQL 5.7 to 9.99, and MySQL ignores comments for
            // MariaDB.
            Engine::Mysql => {
                "SET SESSION /*M!100100 max_statement_time = 2.25 */
                             /*!50708 max_execution_time = 2250 */"
            }
        }
    }

    /// Statement that raises the time limit of a session to [`Limit::Long`]. `None` if the limit
    /// belongs to the transaction.
    pub(super) fn raise_session_limit(self) -> Option<&'static str> {
        match self {
            Engine::Sqlite | Engine::Postgres => None,
            Engine::Mysql => Some(
                "SET SESSION /*M!100100 max_statement_time = 60 */
                             /*!50708 max_execution_time = 60000 */",
            ),
        }
    }

    /// Statements that begin a transaction with a consistent snapshot of the whole database.
    pub fn begin_snapshot(self) -> &'static [&'static str] {
        match self {
            Engine::Sqlite => &["BEGIN"],
            Engine::Postgres => &[
                "BEGIN ISOLATION LEVEL REPEATABLE READ, READ ONLY; SET LOCAL statement_timeout = 0",
            ],
            Engine::Mysql => &[
                "SET SESSION TRANSACTION ISOLATION LEVEL REPEATABLE READ",
                "START TRANSACTION WITH CONSISTENT SNAPSHOT, READ ONLY",
            ],
        }
    }

    /// Statements that configure a new connection.
    pub(super) fn setup(self) -> &'static [&'static str] {
        match self {
            Engine::Sqlite => &[
                "PRAGMA busy_timeout = 2000",
                "PRAGMA foreign_keys = ON",
                "PRAGMA synchronous = FULL",
                // SQLite overwrites deleted text with zeros, also in pages that become free.
                "PRAGMA secure_delete = ON",
                // SQLite reads pages from the system's page cache without copying them. This is
                // the largest size that SQLite accepts.
                "PRAGMA mmap_size = 2147418112",
                // In pages, 16 MB. The commit that fills the log makes the checkpoint that ends it;
                // others are made meanwhile.
                "PRAGMA wal_autocheckpoint = 4000",
            ],
            Engine::Postgres => &[],
            Engine::Mysql => &[
                "SET SESSION TRANSACTION ISOLATION LEVEL READ COMMITTED",
                "SET SESSION innodb_lock_wait_timeout = 1",
                // A value that is too long is an error; MySQL must not truncate it.
                "SET SESSION sql_mode = CONCAT(@@sql_mode, ',STRICT_ALL_TABLES')",
            ],
        }
    }

    /// Clause that locks the selected row for an update.
    pub fn for_update(self) -> Sql {
        match self {
            // The transaction already holds the only write lock.
            Engine::Sqlite => Sql::default(),
            Engine::Postgres | Engine::Mysql => Sql::new(" FOR UPDATE"),
        }
    }

    /// Statement that deletes at most `most` rows of a table whose `column` is less than `value`,
    /// in ascending order.
    pub(super) fn delete_before(
        self,
        table: &Table,
        column: &'static str,
        value: impl Bind,
        most: u32,
    ) -> Sql {
        let name = table.name;
        let key = table.columns[..table.key].iter();
        let key: Vec<_> = key.map(|column| column.name).collect();
        let key = key.join(", ");
        let expired = Sql::new("WHERE ")
            .push(column)
            .push(" < ")
            .bind(value)
            .push_text(format!(" ORDER BY {column} LIMIT {most}"));
        let delete = Sql::new("DELETE FROM ").push(name);
        match self {
            Engine::Sqlite => delete
                .push_text(format!(" WHERE ({key}) IN (SELECT {key} FROM {name} "))
                .append(expired)
                .push(")"),
            // Several nodes delete concurrently; none waits for rows that another has locked.
            Engine::Postgres => delete
                .push_text(format!(" WHERE ctid = ANY(ARRAY(SELECT ctid FROM {name} "))
                .append(expired)
                .push(self.skip_locked())
                .push("))"),
            Engine::Mysql => delete.push(" ").append(expired),
        }
    }

    /// Name of the integer type in a CAST. PostgreSQL and MySQL return the sum of integers as a
    /// decimal number.
    pub fn integer(self) -> &'static str {
        match self {
            Engine::Sqlite => "INTEGER",
            Engine::Postgres => "BIGINT",
            Engine::Mysql => "SIGNED",
        }
    }

    /// Operator and operand that compare a text column with a few texts.
    pub fn one_of(self, texts: &[String]) -> Sql {
        let rows: Vec<_> = texts
            .iter()
            .map(|text| vec![Value::Text(text.clone())])
            .collect();
        let column = Column {
            name: "id",
            kind: Kind::Text,
        };
        let texts = self.table(&[column], &rows);
        self.any_of(Sql::new("SELECT asked.id FROM ").append(texts))
    }

    /// Clause that locks the selected rows of these tables. If `skipped`, rows locked by another
    /// transaction are left out.
    pub fn lock_rows(self, tables: &[&'static str], skipped: bool) -> Sql {
        let sql = match self {
            // The transaction already holds the only write lock.
            Engine::Sqlite => return Sql::default(),
            Engine::Postgres => Sql::new(" FOR UPDATE OF ").push_text(tables.join(", ")),
            // MariaDB has no `OF` clause and locks the rows of all tables.
            Engine::Mysql => Sql::new(" FOR UPDATE"),
        };
        match skipped {
            true => sql.push(" SKIP LOCKED"),
            false => sql,
        }
    }

    /// Clause after a table name that makes SQLite use an index. Without statistics, SQLite does
    /// not know that a partial index is better.
    pub fn indexed_by(self, index: &'static str) -> Sql {
        match self {
            Engine::Sqlite => Sql::new(" INDEXED BY ").push(index),
            Engine::Postgres | Engine::Mysql => Sql::default(),
        }
    }

    /// Clause after a table name that makes MySQL look rows up in an index. MySQL would scan a
    /// table of a few rows, and thereby lock all of them.
    pub fn force_index(self, index: &'static str) -> Sql {
        match self {
            Engine::Mysql => Sql::new(" FORCE INDEX (").push(index).push(")"),
            Engine::Sqlite | Engine::Postgres => Sql::default(),
        }
    }

    /// Join operator that looks rows of the next table up for each row of the preceding tables.
    pub fn ordered_join(self) -> &'static str {
        match self {
            Engine::Sqlite => " CROSS JOIN ",
            Engine::Postgres => " JOIN ",
            Engine::Mysql => " STRAIGHT_JOIN ",
        }
    }

    /// Clause that locks the selected rows for an update and leaves out rows locked by another
    /// transaction.
    pub fn skip_locked(self) -> &'static str {
        match self {
            // SQLite has only one writer.
            Engine::Sqlite => "",
            Engine::Postgres | Engine::Mysql => " FOR UPDATE SKIP LOCKED",
        }
    }
}

/// True for columns that hold identifiers.
fn is_identifier(column: &str) -> bool {
    column == "id" || column.ends_with("_id") || column == "idempotency_key"
}

/// Placeholder for a JSON array of rows.
fn json_of(rows: &[Vec<Value>]) -> Sql {
    let json = serde_json::to_string(rows).unwrap_or_default();
    Sql::default().bind_value(Kind::Text, Value::Text(json))
}
