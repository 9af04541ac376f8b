//! The database engines, told apart by the scheme of the URL.

use std::borrow::Cow;
use std::iter::repeat;
use std::path::PathBuf;

use percent_encoding::percent_decode_str;
use sqlx::{AssertSqlSafe, SqlSafeStr, SqlStr};

use super::Value;
use super::handle::Limit;

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

    /// A query in this engine's placeholder style. Queries are written with `$1`, `$2`, each used
    /// once and in order, and hold no text from outside.
    pub fn sql(self, query: impl Into<Cow<'static, str>>) -> SqlStr {
        let query = query.into();
        match self {
            Engine::Sqlite | Engine::Postgres => AssertSqlSafe(query).into_sql_str(),
            Engine::Mysql => AssertSqlSafe(question_marks(&query)).into_sql_str(),
        }
    }

    /// The query of all rows of another as one JSON array of arrays, in their order, where that
    /// takes less than the rows do.
    pub(super) fn packed(self, columns: &str, query: &str) -> Option<String> {
        self.packs()
            .then(|| format!("SELECT json_group_array(json_array({columns})) FROM ({query})"))
    }

    /// Whether there is such a query.
    pub(super) fn packs(self) -> bool {
        self == Engine::Sqlite
    }

    /// The query of what a query gives for each row of a JSON array, which has a number and the
    /// values of the query's places; packed as [`Engine::packed`] does it, with the number as
    /// `asked`.
    pub(super) fn of_each(self, columns: &str, query: &str, values: &[Value]) -> String {
        let places = (1..).zip(values).map(|(place, value)| match value {
            Value::Integer(_) => format!("CAST(packed.value ->> {place} AS BIGINT)"),
            Value::Text(_) => format!("(packed.value ->> {place})"),
        });
        let query = with_places(query, places);
        let rows = self.rows_of_json("$1").unwrap_or_default();
        let asked = "CAST(packed.value ->> 0 AS BIGINT) AS asked";
        match self.packed(columns, &query) {
            Some(packed) => format!("SELECT ({packed}), {asked} FROM {rows}"),
            None => {
                format!("SELECT found.*, {asked} FROM {rows} CROSS JOIN LATERAL ({query}) AS found")
            }
        }
    }

    /// Where a statement finds the rows of a JSON array of arrays, each as `packed.value`, if the
    /// engine takes rows apart as it puts them together.
    pub fn rows_of_json(self, place: &str) -> Option<String> {
        match self {
            Engine::Sqlite => Some(format!("json_each({place}) AS packed")),
            Engine::Postgres => Some(format!(
                "jsonb_array_elements(CAST({place} AS JSONB)) AS packed(value)"
            )),
            Engine::Mysql => None,
        }
    }

    /// What follows a column that has one of the values of a query, which are few.
    pub fn any_of(self, query: &str) -> String {
        match self {
            Engine::Sqlite | Engine::Mysql => format!("IN ({query})"),
            // Of IN it expects so many that it reads the whole table beside them.
            Engine::Postgres => format!("= ANY(ARRAY({query}))"),
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
            (Engine::Postgres, Limit::Short) => {
                "BEGIN ISOLATION LEVEL READ COMMITTED; SET LOCAL lock_timeout = 1000;
                 SET LOCAL statement_timeout = 2250"
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

    /// What follows a SELECT whose row is about to be changed.
    pub fn for_update(self) -> &'static str {
        match self {
            // The transaction holds the only write lock already.
            Engine::Sqlite => "",
            Engine::Postgres | Engine::Mysql => " FOR UPDATE",
        }
    }

    /// The statement that deletes at most `most` rows of a table whose `column` is less than `$1`,
    /// beginning with the least.
    pub(super) fn delete_before(self, table: &str, column: &str, most: u32) -> String {
        let expired = format!("WHERE {column} < $1 ORDER BY {column} LIMIT {most}");
        match self {
            Engine::Sqlite => {
                format!("DELETE FROM {table} WHERE rowid IN (SELECT rowid FROM {table} {expired})")
            }
            // Other nodes delete at the same time: none waits for the rows of another.
            Engine::Postgres => format!(
                "DELETE FROM {table} WHERE ctid {}",
                self.any_of(&format!(
                    "SELECT ctid FROM {table} {expired}{}",
                    self.skip_locked()
                ))
            ),
            Engine::Mysql => format!("DELETE FROM {table} {expired}"),
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

/// The query with `?` for each `$1`, `$2`, which are used once and in order.
fn question_marks(query: &str) -> String {
    with_places(query, repeat("?".to_owned()))
}

/// The query with other texts for `$1`, `$2`, which are used once and in order.
fn with_places(query: &str, places: impl Iterator<Item = String>) -> String {
    let mut parts = query.split('$');
    let mut text = parts.next().unwrap_or_default().to_owned();
    for (part, place) in parts.zip(places) {
        text.push_str(&place);
        text.push_str(part.trim_start_matches(|character: char| character.is_ascii_digit()));
    }
    text
}
