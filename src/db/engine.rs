//! The database engines, told apart by the scheme of the URL.

use std::borrow::Cow;
use std::path::PathBuf;

use percent_encoding::percent_decode_str;

use super::handle::Limit;
use super::{Bind, Column, Kind, Sql, Table, Value};

/// A database engine that Docket runs on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Engine {
    /// SQLite, in a file.
    Sqlite,
    /// PostgreSQL.
    Postgres,
    /// MySQL or MariaDB.
    Mysql,
}

/// The file that a SQLite URL names. A database in memory is none: it would be gone with the
/// connection, and each connection would have its own.
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
    /// The engine that a database URL names, if there is one.
    pub fn of(url: &str) -> Option<Engine> {
        match url.split_once(':')?.0 {
            "sqlite" => Some(Engine::Sqlite),
            "postgres" | "postgresql" => Some(Engine::Postgres),
            "mysql" | "mariadb" => Some(Engine::Mysql),
            _ => None,
        }
    }

    /// The query of all rows of another, on SQLite as one JSON array of arrays. `columns` are the names
    /// of its columns.
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

    /// Table expression that yields one row per element of a JSON array, whose elements are arrays of
    /// values. [`Engine::element`] reads the values. Not for MySQL; see [`Engine::table`].
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

    /// The value at an index of the JSON array that an expression yields.
    pub(super) fn element(self, array: &str, index: usize, kind: Kind) -> String {
        match (self, kind) {
            (Engine::Postgres, Kind::Integer) => format!("CAST({array} ->> {index} AS BIGINT)"),
            _ => format!("({array} ->> {index})"),
        }
    }

    /// Table expression with these rows, as `asked`. An identifier is ASCII text of at most 36
    /// characters, which MySQL compares with the index of such a column.
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

    /// Operator and operand that compare a column with the results of a query, which are few.
    pub fn any_of(self, query: Sql) -> Sql {
        match self {
            Engine::Sqlite | Engine::Mysql => Sql::new("IN (").append(query).push(")"),
            // For IN, PostgreSQL expects many results and scans the whole table.
            Engine::Postgres => Sql::new("= ANY(ARRAY(").append(query).push("))"),
        }
    }

    /// Statement that begins a transaction that will write. On SQLite it is serializable, on the
    /// others each statement sees what is committed, whatever the server's default is.
    pub fn begin_write(self) -> &'static str {
        match self {
            // A deferred transaction that turns into a writer can fail at once as "locked".
            Engine::Sqlite => "BEGIN IMMEDIATE",
            // A server waits for a lock even after its client has gone. One second, because a
            // request may wait for a connection, its user's row and its task's, one after another.
            // The limits belong to the transaction: a pooler may give each another connection. A
            // migration takes as long as it takes, whatever the session's own limit is.
            Engine::Postgres => {
                "BEGIN ISOLATION LEVEL READ COMMITTED; SET LOCAL lock_timeout = 1000;
                 SET LOCAL statement_timeout = 0"
            }
            Engine::Mysql => "BEGIN",
        }
    }

    /// The same with a time limit for each statement, where the transaction has it.
    pub(super) fn begin_limited(self, limit: Limit) -> &'static str {
        match (self, limit) {
            // The statements look rows up by keys. For a JSON array, PostgreSQL expects 100 elements, for
            // which it would rather scan a table of some thousand rows.
            (Engine::Postgres, Limit::Short) => {
                "BEGIN ISOLATION LEVEL READ COMMITTED; SET LOCAL lock_timeout = 1000;
                 SET LOCAL statement_timeout = 2250; SET LOCAL enable_hashjoin = off;
                 SET LOCAL enable_mergejoin = off"
            }
            (Engine::Postgres, Limit::Long) => {
                "BEGIN ISOLATION LEVEL READ COMMITTED; SET LOCAL lock_timeout = 1000;
                 SET LOCAL statement_timeout = 60000"
            }
            (Engine::Sqlite | Engine::Mysql, _) => self.begin_write(),
        }
    }

    /// Statement that begins a transaction that only reads, with a time limit for each statement where
    /// the transaction has it.
    pub(super) fn begin_read(self, limit: Limit) -> &'static str {
        match (self, limit) {
            (Engine::Postgres, Limit::Short) => "BEGIN; SET LOCAL statement_timeout = 2250",
            (Engine::Postgres, Limit::Long) => "BEGIN; SET LOCAL statement_timeout = 60000",
            (Engine::Sqlite | Engine::Mysql, _) => "BEGIN",
        }
    }

    /// Statement that limits the time of each later statement of a server's session to
    /// [`Limit::Short`]. MySQL limits SELECT only; its other statements wait for locks at most.
    pub(super) fn limit_session(self) -> &'static str {
        match self {
            // Here a statement has its limit from its connection: see `sqlite`.
            Engine::Sqlite => "",
            Engine::Postgres => "SET statement_timeout = 2250",
            // MariaDB skips comments for MySQL from 5.7 to 9.99, and MySQL those for MariaDB.
            Engine::Mysql => {
                "SET SESSION /*M!100100 max_statement_time = 2.25 */
                             /*!50708 max_execution_time = 2250 */"
            }
        }
    }

    /// Statement that raises the limit of a session to [`Limit::Long`], where it is not one of the
    /// transaction.
    pub(super) fn raise_session_limit(self) -> Option<&'static str> {
        match self {
            Engine::Sqlite | Engine::Postgres => None,
            Engine::Mysql => Some(
                "SET SESSION /*M!100100 max_statement_time = 60 */
                             /*!50708 max_execution_time = 60000 */",
            ),
        }
    }

    /// How a transaction begins that sees one instant of the whole database.
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

    /// What each connection is told before it is used.
    pub(super) fn setup(self) -> &'static [&'static str] {
        match self {
            Engine::Sqlite => &[
                "PRAGMA busy_timeout = 2000",
                "PRAGMA foreign_keys = ON",
                "PRAGMA synchronous = FULL",
                // Deleted text is overwritten with zeros, also in pages that become free.
                "PRAGMA secure_delete = ON",
                // A page is read where the system has it, and not copied; the most that SQLite takes.
                "PRAGMA mmap_size = 2147418112",
                // In pages. A page that many commits have changed is then brought into the database
                // once; the log grows to 16 MB.
                "PRAGMA wal_autocheckpoint = 4000",
            ],
            Engine::Postgres => &[],
            Engine::Mysql => &[
                "SET SESSION TRANSACTION ISOLATION LEVEL READ COMMITTED",
                "SET SESSION innodb_lock_wait_timeout = 1",
                // What does not fit is an error, and not cut off.
                "SET SESSION sql_mode = CONCAT(@@sql_mode, ',STRICT_ALL_TABLES')",
            ],
        }
    }

    /// Clause of a SELECT whose row is about to be changed.
    pub fn for_update(self) -> Sql {
        match self {
            // The transaction holds the only write lock already.
            Engine::Sqlite => Sql::default(),
            Engine::Postgres | Engine::Mysql => Sql::new(" FOR UPDATE"),
        }
    }

    /// Statement that deletes at most `most` rows of a table whose `column` is less than `value`,
    /// beginning with the least.
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
            // Other nodes delete at the same time: none waits for the rows of another.
            Engine::Postgres => delete
                .push_text(format!(" WHERE ctid = ANY(ARRAY(SELECT ctid FROM {name} "))
                .append(expired)
                .push(self.skip_locked())
                .push("))"),
            Engine::Mysql => delete.push(" ").append(expired),
        }
    }

    /// Operator and operand that compare a column of text with a few texts.
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

    /// Clause of a SELECT that locks the rows of these tables, without those that another transaction has
    /// locked if `skipped`.
    pub fn lock_rows(self, tables: &[&'static str], skipped: bool) -> Sql {
        let sql = match self {
            // The transaction holds the only write lock.
            Engine::Sqlite => return Sql::default(),
            Engine::Postgres => Sql::new(" FOR UPDATE OF ").push_text(tables.join(", ")),
            // MariaDB locks the rows of all tables.
            Engine::Mysql => Sql::new(" FOR UPDATE"),
        };
        match skipped {
            true => sql.push(" SKIP LOCKED"),
            false => sql,
        }
    }

    /// Clause after the name of a table that makes SQLite use an index. It has no statistics by which it
    /// would know that a partial index is the better one; the other engines have.
    pub fn indexed_by(self, index: &'static str) -> Sql {
        match self {
            Engine::Sqlite => Sql::new(" INDEXED BY ").push(index),
            Engine::Postgres | Engine::Mysql => Sql::default(),
        }
    }

    /// Clause after the name of a table that makes MySQL look its rows up in an index. It would rather scan a
    /// table of a few rows, and so lock all of them.
    pub fn force_index(self, index: &'static str) -> Sql {
        match self {
            Engine::Mysql => Sql::new(" FORCE INDEX (").push(index).push(")"),
            Engine::Sqlite | Engine::Postgres => Sql::default(),
        }
    }

    /// Operator that joins the next table by a lookup for each row of the tables before it.
    pub fn ordered_join(self) -> &'static str {
        match self {
            Engine::Sqlite => " CROSS JOIN ",
            Engine::Postgres => " JOIN ",
            Engine::Mysql => " STRAIGHT_JOIN ",
        }
    }

    /// What follows a SELECT of rows about to be changed, if those are left out that another
    /// transaction is changing.
    pub fn skip_locked(self) -> &'static str {
        match self {
            // There is no other.
            Engine::Sqlite => "",
            Engine::Postgres | Engine::Mysql => " FOR UPDATE SKIP LOCKED",
        }
    }
}

/// True for the columns that hold identifiers.
fn is_identifier(column: &str) -> bool {
    column == "id" || column.ends_with("_id") || column == "idempotency_key"
}

/// The placeholder of a JSON array of rows.
fn json_of(rows: &[Vec<Value>]) -> Sql {
    let json = serde_json::to_string(rows).unwrap_or_default();
    Sql::default().bind_value(Kind::Text, Value::Text(json))
}
