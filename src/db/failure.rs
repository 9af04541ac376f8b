//! Failures of the database: their classes by error code, and copies for several callers that wait
//! for one statement.

use std::borrow::Cow;
use std::fmt;
use std::io;

use sqlx::Error;
use sqlx::error::{DatabaseError, ErrorKind};
use sqlx::mysql::MySqlDatabaseError;
use sqlx::postgres::PgDatabaseError;

use crate::error::{self, Class, Failure};

/// MySQL: disk full, table full.
const MYSQL_FULL: [u16; 2] = [1021, 1114];

/// MySQL: query killed, MariaDB: statement timeout, MySQL: statement timeout.
const MYSQL_SLOW: [u16; 3] = [1317, 1969, 3024];

/// MySQL: too many connections, access denied, unknown database, shutdown, host blocked, too many
/// connections of a user, lock wait timeout, deadlock, read only (two codes), connection killed.
const MYSQL_OUTAGE: [u16; 12] = [
    1040, 1044, 1045, 1049, 1053, 1129, 1203, 1205, 1213, 1290, 1836, 1927,
];

/// PostgreSQL, appendix A: disk full.
const POSTGRES_FULL: &str = "53100";

/// PostgreSQL, appendix A: query canceled, for example by a statement timeout.
const POSTGRES_SLOW: &str = "57014";

/// PostgreSQL, appendix A: connection exceptions, invalid authorization, unknown database,
/// transaction rollback, insufficient resources, object not in prerequisite state (such as lock
/// not available), operator intervention, read-only transaction.
const POSTGRES_OUTAGE: [&str; 8] = ["08", "28", "3D", "40", "53", "55", "57", "25006"];

const SQLITE_FULL: u32 = 13;
const SQLITE_INTERRUPT: u32 = 9;

/// SQLITE_BUSY, SQLITE_LOCKED, SQLITE_READONLY, SQLITE_IOERR, SQLITE_CANTOPEN.
const SQLITE_OUTAGE: [u32; 5] = [5, 6, 8, 10, 14];

/// The database's error message, without the type of its driver.
#[derive(Debug)]
struct Copied {
    message: String,
    code: Option<String>,
    class: Class,
}

impl From<Error> for error::Error {
    fn from(error: Error) -> error::Error {
        match error {
            // Foreign keys refer to users only, and the user existed when the request was
            // authenticated, so the account has been deleted since.
            Error::Database(error) if error.is_foreign_key_violation() => error::Error::NotFound,
            other => error::Error::Database(other.into()),
        }
    }
}

impl From<Error> for Failure {
    fn from(error: Error) -> Failure {
        Failure::new(class(&error), message(&error), error)
    }
}

/// Returns the class of a failure.
pub fn class(error: &Error) -> Class {
    match error {
        Error::PoolTimedOut
        | Error::PoolClosed
        | Error::WorkerCrashed
        | Error::Io(_)
        // A server that closes a connection during the handshake sends an incomplete message or
        // none.
        | Error::Protocol(_)
        | Error::Tls(_) => Class::Outage,
        Error::Database(error) => class_of_code(error.as_ref()),
        _ => Class::Fault,
    }
}

fn class_of_code(error: &dyn DatabaseError) -> Class {
    if let Some(copied) = error.try_downcast_ref::<Copied>() {
        return copied.class;
    }
    let code = error.code().unwrap_or_default();
    let (full, slow, outage) = if let Some(error) = error.try_downcast_ref::<MySqlDatabaseError>() {
        let number = error.number();
        (
            MYSQL_FULL.contains(&number),
            MYSQL_SLOW.contains(&number),
            MYSQL_OUTAGE.contains(&number),
        )
    } else if error.try_downcast_ref::<PgDatabaseError>().is_some() {
        (
            code == POSTGRES_FULL,
            code == POSTGRES_SLOW,
            POSTGRES_OUTAGE.iter().any(|class| code.starts_with(class)),
        )
    } else {
        // The primary result code is the low byte of an extended result code.
        let code = code.parse::<u32>().map_or(0, |code| code & 0xff);
        (
            code == SQLITE_FULL,
            code == SQLITE_INTERRUPT,
            SQLITE_OUTAGE.contains(&code),
        )
    };
    match (full, slow, outage) {
        (true, _, _) => Class::Full,
        (_, true, _) => Class::Slow,
        (_, _, true) => Class::Outage,
        _ => Class::Fault,
    }
}

/// Returns true if the statement violated a unique constraint.
pub fn is_unique_violation(error: &error::Error) -> bool {
    database_error(error).is_some_and(DatabaseError::is_unique_violation)
}

/// Returns true if the engine rolled the transaction back because of a deadlock.
pub fn is_deadlock(error: &error::Error) -> bool {
    let code = database_error(error).and_then(DatabaseError::code);
    matches!(code.as_deref(), Some("40001" | "40P01"))
}

fn database_error(error: &error::Error) -> Option<&(dyn DatabaseError + 'static)> {
    match error {
        error::Error::Database(failure) => failure.cause::<Error>()?.as_database_error(),
        _ => None,
    }
}

/// Returns a description for the log. It contains no values of rows.
pub fn message(error: &Error) -> String {
    let code = error.as_database_error().and_then(|error| error.code());
    let code = code.unwrap_or_default();
    if quotes_values(error) {
        return format!("it refused a value (SQLSTATE {code})");
    }
    // PostgreSQL: duplicate or unknown prepared statement.
    let advice = match code.as_ref() {
        "42P05" | "26000" => {
            " (behind a pooler in transaction mode, set database_prepared to false)"
        }
        _ => "",
    };
    format!("{error}{advice}")
}

fn quotes_values(error: &Error) -> bool {
    let Some(error) = error.as_database_error() else {
        return false;
    };
    let code = error.code().unwrap_or_default();
    match error.try_downcast_ref::<MySqlDatabaseError>() {
        // Data exceptions, constraint violations, and (MySQL) incorrect strings contain values.
        Some(error) => code.starts_with("22") || code.starts_with("23") || error.number() == 1366,
        None => code.starts_with("22") && error.try_downcast_ref::<PgDatabaseError>().is_some(),
    }
}

/// Returns a copy of the same class for another caller. The copy is never a constraint violation,
/// which concerns only the caller whose statement caused it.
pub fn copy(error: &Error) -> Error {
    match error {
        Error::Database(original) => Error::Database(Box::new(Copied {
            message: match quotes_values(error) {
                true => message(error),
                false => original.message().to_owned(),
            },
            code: original.code().map(Cow::into_owned),
            class: class(error),
        })),
        Error::Io(error) => Error::Io(io::Error::new(error.kind(), error.to_string())),
        Error::PoolTimedOut => Error::PoolTimedOut,
        Error::PoolClosed => Error::PoolClosed,
        Error::WorkerCrashed => Error::WorkerCrashed,
        other if class(other) == Class::Fault => Error::Decode(other.to_string().into()),
        other => Error::Protocol(other.to_string()),
    }
}

impl fmt::Display for Copied {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(&self.message)
    }
}

impl std::error::Error for Copied {}

impl DatabaseError for Copied {
    fn message(&self) -> &str {
        &self.message
    }

    fn code(&self) -> Option<Cow<'_, str>> {
        self.code.as_deref().map(Cow::Borrowed)
    }

    fn as_error(&self) -> &(dyn std::error::Error + Send + Sync + 'static) {
        self
    }

    fn as_error_mut(&mut self) -> &mut (dyn std::error::Error + Send + Sync + 'static) {
        self
    }

    fn into_error(self: Box<Self>) -> Box<dyn std::error::Error + Send + Sync + 'static> {
        self
    }

    fn kind(&self) -> ErrorKind {
        ErrorKind::Other
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_copy_has_the_status_of_the_original() {
        let decode = || Error::ColumnDecode {
            index: "title".into(),
            source: "it is no text".into(),
        };
        let status = |error: Error| error::Error::Database(error.into()).status();
        for (original, code) in [
            (decode(), 500),
            (Error::Decode("there is no such kind".into()), 500),
            (Error::ColumnNotFound("title".into()), 500),
            (Error::PoolTimedOut, 503),
            (Error::Io(io::ErrorKind::TimedOut.into()), 503),
        ] {
            assert_eq!(status(copy(&original)), code, "{original}");
            assert_eq!(status(original), code);
        }
    }
}
