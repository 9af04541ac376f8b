//! Commands and their decisions.

use serde::Serialize;
use serde::de::DeserializeOwned;

use super::World;
use crate::db::{FromColumns, Row, Table, Timestamp};
use crate::error::Error;

/// A change requested by a user.
pub trait Command: Send + Sync + 'static {
    /// The result for the caller. An `Idempotency-Key` stores it as JSON.
    type Outcome: Serialize + DeserializeOwned + Send + 'static;

    /// Returns the name of the operation, for the change log and the digest of an idempotency key.
    fn name(&self) -> &'static str;

    /// Returns the rows that the decision needs.
    fn loads(&self) -> Loads;

    /// Returns the approximate number of bytes that the command writes.
    fn weight(&self) -> usize {
        0
    }

    /// Decides the changes. The function must be pure: it may be called again with newer rows.
    ///
    /// # Errors
    /// If the command is rejected. None of its changes are then applied.
    fn decide(
        &self,
        world: &World,
        context: &Context<'_>,
    ) -> Result<Decision<Self::Outcome>, Error>;
}

/// Parameters of a command's execution.
pub struct Context<'c> {
    /// The id of the change, a UUID version 7 of `now`. It is also the id of a created item.
    pub id: &'c str,
    /// The id of the user.
    pub user_id: &'c str,
    /// The time of the transaction.
    pub now: Timestamp,
}

/// The rows that a command needs. Rows without access for the user are not loaded.
#[derive(Default)]
pub struct Loads {
    pub(super) projects: Vec<String>,
    pub(super) items: Vec<(&'static Table, String)>,
}

/// The decision of a command.
pub struct Decision<O> {
    /// The outcome for the caller.
    pub outcome: O,
    /// The changes, in order.
    pub changes: Vec<Change>,
}

/// A row of a table whose rows belong to projects.
pub trait Item: FromColumns {
    /// The table, with the columns `id`, `project_id` and `version`.
    const TABLE: &'static Table;

    /// The name of the item type in the change log.
    const NOUN: &'static str;

    /// Returns the id, which is unique across projects.
    fn id(&self) -> &str;

    /// Returns the id of its project.
    fn project_id(&self) -> &str;

    /// Returns the version of the project at the last change of this row.
    fn version(&self) -> i64;

    /// Returns the values of the columns.
    fn to_values(&self) -> Row;
}

/// The creation, update or deletion of a row.
pub struct Change {
    pub(super) table: &'static Table,
    pub(super) noun: &'static str,
    pub(super) item_id: String,
    pub(super) project_id: String,
    pub(super) version: i64,
    pub(super) before: Option<Row>,
    pub(super) after: Option<Row>,
}

/// The version of a row that a client expects.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Expected {
    /// Any version.
    Any,
    /// One of these versions.
    OneOf(Vec<i64>),
}

impl Loads {
    /// Adds a project and the role of the user in it.
    pub fn project(mut self, id: &str) -> Loads {
        self.projects.push(id.to_owned());
        self
    }

    /// Adds an item, its project, and the role of the user in the project.
    pub fn item<T: Item>(mut self, id: &str) -> Loads {
        self.items.push((T::TABLE, id.to_owned()));
        self
    }
}

impl Change {
    /// Creates an item. Its version becomes the version of its project.
    pub fn create<T: Item>(item: &T) -> Change {
        Change::of(item, None, Some(item.to_values()), item.version())
    }

    /// Updates an item. Its new version becomes the version of its project.
    pub fn update<T: Item>(before: &T, after: &T) -> Change {
        let (old, new) = (before.to_values(), after.to_values());
        Change::of(after, Some(old), Some(new), after.version())
    }

    /// Deletes an item. `version` becomes the version of its project.
    pub fn delete<T: Item>(item: &T, version: i64) -> Change {
        Change::of(item, Some(item.to_values()), None, version)
    }

    fn of<T: Item>(item: &T, before: Option<Row>, after: Option<Row>, version: i64) -> Change {
        Change {
            table: T::TABLE,
            noun: T::NOUN,
            item_id: item.id().to_owned(),
            project_id: item.project_id().to_owned(),
            version,
            before,
            after,
        }
    }
}

impl Expected {
    /// Checks the version of a row.
    ///
    /// # Errors
    /// [`Error::Stale`] if the version is not expected.
    pub fn check(&self, version: i64) -> Result<(), Error> {
        match self {
            Expected::OneOf(versions) if !versions.contains(&version) => Err(Error::Stale),
            _ => Ok(()),
        }
    }
}
