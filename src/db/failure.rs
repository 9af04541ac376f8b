//! What went wrong with the database, for each of several who wait to hear it.

use std::borrow::Cow;
use std::fmt;
use std::io;

use sqlx::Error;
use sqlx::error::{DatabaseError, ErrorKind};

/// What the database said, without its own type.
#[derive(Debug)]
struct Said {
    message: String,
    code: Option<String>,
}

/// An error that says the same. It is never about a constraint: that is between the database and
/// the one whose statement broke it.
pub fn copy(error: &Error) -> Error {
    match error {
        Error::Database(error) => Error::Database(Box::new(Said {
            message: error.message().to_owned(),
            code: error.code().map(Cow::into_owned),
        })),
        Error::Io(error) => Error::Io(io::Error::new(error.kind(), error.to_string())),
        Error::PoolTimedOut => Error::PoolTimedOut,
        Error::PoolClosed => Error::PoolClosed,
        Error::WorkerCrashed => Error::WorkerCrashed,
        other => Error::Protocol(other.to_string()),
    }
}

impl fmt::Display for Said {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(&self.message)
    }
}

impl std::error::Error for Said {}

impl DatabaseError for Said {
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
