//! Failures of the database, without the types of its driver.

use std::error::Error;
use std::fmt;
use std::sync::Arc;

/// The meaning of a failure for the caller.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Class {
    /// There is no room for what was to be written.
    Full,
    /// The database cannot be reached, is starting or ending, or a lock is not free: the same may
    /// well work in a moment.
    Outage,
    /// The statement took longer than it may.
    Slow,
    /// A fault of the program or of the data.
    Fault,
}

/// A failure of the database. Clones share the driver's error.
#[derive(Clone, Debug)]
pub struct Failure {
    class: Class,
    message: String,
    cause: Arc<dyn Error + Send + Sync>,
}

impl Failure {
    /// Creates a failure. The message is for the log and repeats no value.
    pub fn new(
        class: Class,
        message: String,
        cause: impl Error + Send + Sync + 'static,
    ) -> Failure {
        Failure {
            class,
            message,
            cause: Arc::new(cause),
        }
    }

    /// Returns the class of the failure.
    pub fn class(&self) -> Class {
        self.class
    }

    /// Returns the driver's error, if it has this type.
    pub fn cause<E: Error + 'static>(&self) -> Option<&E> {
        self.cause.downcast_ref()
    }
}

impl fmt::Display for Failure {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(&self.message)
    }
}
