//! The database engines, told apart by the scheme of the URL.

use std::borrow::Cow;

use sqlx::{AssertSqlSafe, SqlSafeStr, SqlStr};

/// A database engine that Docket runs on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Engine {
    /// SQLite, in a file.
    Sqlite,
}

impl Engine {
    /// The engine that a database URL names, if there is one.
    pub fn of(url: &str) -> Option<Engine> {
        match url.split_once(':')?.0 {
            "sqlite" => Some(Engine::Sqlite),
            _ => None,
        }
    }

    /// A query in this engine's placeholder style. Queries are written with `$1`, `$2`, each used
    /// once and in order, and hold no text from outside.
    pub fn sql(self, query: impl Into<Cow<'static, str>>) -> SqlStr {
        AssertSqlSafe(query.into()).into_sql_str()
    }

    /// How a transaction that will write begins, where the plain `BEGIN` would not do.
    pub(super) fn begin_write(self) -> Option<&'static str> {
        match self {
            // A deferred transaction that turns into a writer can fail at once as "locked".
            Engine::Sqlite => Some("BEGIN IMMEDIATE"),
        }
    }

    /// What follows a SELECT whose row is about to be changed.
    pub fn for_update(self) -> &'static str {
        match self {
            // The transaction holds the only write lock already.
            Engine::Sqlite => "",
        }
    }
}
