//! Commands and their decisions.

use serde::Serialize;
use serde::de::DeserializeOwned;

use super::World;
use crate::db::{FromColumns, Row, Table, Timestamp};
use crate::error::Error;

/// A change that a user asks for.
pub trait Command: Send + Sync + 'static {
    /// The result that its caller gets, and that an `Idempotency-Key` stores as JSON.
    type Outcome: Serialize + DeserializeOwned + Send + 'static;

    /// The name of its operation, in the change log and in the digest of an idempotency key.
    fn name(&self) -> &'static str;

    /// The rows that it decides over.
    fn loads(&self) -> Loads;

    /// The approximate number of bytes that it writes.
    fn weight(&self) -> usize {
        0
    }

    /// Decides what changes. A pure function: it may be called again over newer rows.
    ///
    /// # Errors
    /// If the command is rejected. Then nothing of it changes.
    fn decide(
        &self,
        world: &World,
        context: &Context<'_>,
    ) -> Result<Decision<Self::Outcome>, Error>;
}

/// The user, the time and the id of a command.
pub struct Context<'c> {
    /// The id of its change, a UUID version 7 of this time, and of the item that it creates.
    pub id: &'c str,
    /// The id of the user.
    pub user_id: &'c str,
    /// The instant of the transaction.
    pub now: Timestamp,
}

/// The rows that a command needs, as far as its user has access to them.
#[derive(Default)]
pub struct Loads {
    pub(super) projects: Vec<String>,
    pub(super) items: Vec<(&'static Table, String)>,
}

/// The result of a command.
pub struct Decision<O> {
    /// The result for the caller.
    pub outcome: O,
    /// The changes, in their order.
    pub changes: Vec<Change>,
}

/// A row of a table that belongs to a project.
pub trait Item: FromColumns {
    /// Its table, with the columns `id`, `project_id` and `version`.
    const TABLE: &'static Table;

    /// Its name in the change log.
    const NOUN: &'static str;

    /// Its id, unique among all projects.
    fn id(&self) -> &str;

    /// The project that it belongs to.
    fn project_id(&self) -> &str;

    /// The version of the project at the last change of this row.
    fn version(&self) -> i64;

    /// The values of its columns.
    fn to_values(&self) -> Row;
}

/// A row that is created, updated or deleted.
pub struct Change {
    pub(super) table: &'static Table,
    pub(super) noun: &'static str,
    pub(super) item_id: String,
    pub(super) project_id: String,
    pub(super) version: i64,
    pub(super) before: Option<Row>,
    pub(super) after: Option<Row>,
}

/// The version that a client expects a row to have.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Expected {
    /// Any version.
    Any,
    /// One of these versions.
    OneOf(Vec<i64>),
}

impl Loads {
    /// A project, and the role of the user in it.
    pub fn project(mut self, id: &str) -> Loads {
        self.projects.push(id.to_owned());
        self
    }

    /// An item, its project, and the role of the user in that.
    pub fn item<T: Item>(mut self, id: &str) -> Loads {
        self.items.push((T::TABLE, id.to_owned()));
        self
    }
}

impl Change {
    /// Creates an item, with the version that its project gets.
    pub fn create<T: Item>(item: &T) -> Change {
        Change::of(item, None, Some(item.to_values()), item.version())
    }

    /// Updates an item, to the version that its project gets.
    pub fn update<T: Item>(before: &T, after: &T) -> Change {
        let (old, new) = (before.to_values(), after.to_values());
        Change::of(after, Some(old), Some(new), after.version())
    }

    /// Deletes an item. The project gets the version.
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
    /// Checks the version that a row has.
    ///
    /// # Errors
    /// [`Error::Stale`] if another one is expected.
    pub fn check(&self, version: i64) -> Result<(), Error> {
        match self {
            Expected::OneOf(versions) if !versions.contains(&version) => Err(Error::Stale),
            _ => Ok(()),
        }
    }
}
