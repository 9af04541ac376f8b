//! Commands and their decisions.

use serde::Serialize;
use serde::de::DeserializeOwned;

use super::{Item, ItemType, Quotas, World};
use crate::db::{Pool, Row, Timestamp, Value, new_id_at};
use crate::error::Error;
use crate::when::Zone;

/// A change requested by a user.
pub trait Command: Send + Sync + 'static {
    /// The result for the caller. An `Idempotency-Key` stores it as JSON.
    type Outcome: Serialize + DeserializeOwned + Send + 'static;

    /// Returns the name of the operation, for the change log and the digest of an idempotency key.
    fn name(&self) -> &'static str;

    /// Reads what helps the decision and need not be exact, before the transaction begins.
    ///
    /// # Errors
    /// [`Error::Database`].
    fn prepare(
        &mut self,
        _pool: &Pool,
        _user_id: &str,
    ) -> impl Future<Output = Result<(), Error>> + Send {
        async { Ok(()) }
    }

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
#[derive(Clone, Copy)]
pub struct Context<'c> {
    /// The id of the change, a UUID version 7 of `now`.
    pub id: &'c str,
    /// The id of the item that the command creates. It is also the id of the change, unless the
    /// command belongs to a batch.
    pub item_id: &'c str,
    /// The id of the user.
    pub user_id: &'c str,
    /// The zone of the user's days.
    pub zone: Zone,
    /// The time of the transaction.
    pub now: Timestamp,
    /// The limits of what an account can store.
    pub quotas: &'c Quotas,
}

impl Context<'_> {
    /// Returns an id for another item.
    pub fn new_id(&self) -> String {
        new_id_at(self.now)
    }
}

/// The rows that a command needs. Rows without access for the user are not loaded.
#[derive(Clone, Default)]
pub struct Loads {
    pub(super) projects: Vec<String>,
    pub(super) items: Vec<(&'static ItemType, String)>,
    /// Items whose descendants are loaded as well.
    pub(super) trees: Vec<(&'static ItemType, String)>,
    /// Items whose ancestors are loaded as well.
    pub(super) lineages: Vec<(&'static ItemType, String)>,
    pub(super) matching: Vec<Matching>,
    pub(super) indexed: Vec<(&'static ItemType, String)>,
    pub(super) trash: Vec<String>,
    pub(super) quota: bool,
    /// True if items of deleted projects are loaded, too. A command that sets it loads the projects
    /// as items: these tell that other commands of the batch have no access.
    pub(super) of_deleted: bool,
}

/// A request for the items of a project that have a value in a column.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Matching {
    pub noun: &'static str,
    pub column: &'static str,
    pub project_id: String,
    pub value: String,
}

/// The decision of a command.
pub struct Decision<O> {
    /// The outcome for the caller.
    pub outcome: O,
    /// The changes, in order.
    pub changes: Vec<Change>,
}

/// The creation, update or deletion of a row.
#[derive(Clone)]
pub struct Change {
    pub(super) kind: &'static ItemType,
    pub(super) before: Option<Row>,
    pub(super) after: Option<Row>,
    /// The version of the project, and of the project that the item leaves.
    pub(super) version: i64,
    pub(super) left_version: i64,
    /// The deleted item with which this one was deleted, and can be restored.
    pub(super) root_id: Option<String>,
    /// The change that moved the item to the trash, if it was there before.
    pub(super) restored: Option<String>,
    /// The change that this one reverses.
    pub(super) undone: Option<String>,
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
        self.items.push((T::TYPE, id.to_owned()));
        self
    }

    /// Adds an item and all of its descendants.
    pub fn tree<T: Item>(mut self, id: &str) -> Loads {
        self.trees.push((T::TYPE, id.to_owned()));
        self
    }

    /// Adds an item and all of its ancestors.
    pub fn lineage<T: Item>(mut self, id: &str) -> Loads {
        self.lineages.push((T::TYPE, id.to_owned()));
        self
    }

    /// Adds the items of a project that have a text in a column. `column` must be the name of a
    /// column of the item's table. The project is loaded too.
    pub fn matching<T: Item>(
        mut self,
        project_id: &str,
        column: &'static str,
        value: &str,
    ) -> Loads {
        self.matching.push(Matching {
            noun: T::TYPE.noun,
            column,
            project_id: project_id.to_owned(),
            value: value.to_owned(),
        });
        self.project(project_id)
    }

    /// Adds all items of a type that a project has.
    pub fn all<T: Item>(self, project_id: &str) -> Loads {
        self.matching::<T>(project_id, T::TYPE.project, project_id)
    }

    /// Adds the items in all of the user's projects whose index has this value.
    pub fn indexed<T: Item>(mut self, value: &str) -> Loads {
        self.indexed.push((T::TYPE, value.to_owned()));
        self
    }

    /// Adds an item in the trash and those that were deleted with it.
    pub fn trash(mut self, root_id: &str) -> Loads {
        self.trash.push(root_id.to_owned());
        self
    }

    /// Adds the number of projects and tasks of the owners of the projects.
    pub fn quota(mut self) -> Loads {
        self.quota = true;
        self
    }

    /// Adds all of `others`.
    pub fn and(mut self, others: Loads) -> Loads {
        self.projects.extend(others.projects);
        self.items.extend(others.items);
        self.trees.extend(others.trees);
        self.lineages.extend(others.lineages);
        self.matching.extend(others.matching);
        self.indexed.extend(others.indexed);
        self.trash.extend(others.trash);
        self.quota |= others.quota;
        self.of_deleted |= others.of_deleted;
        self
    }

    /// Removes the items with these ids, which the command itself creates.
    pub fn without(mut self, ids: &[String]) -> Loads {
        let is_other = |id: &String| !ids.contains(id);
        self.projects.retain(is_other);
        self.items.retain(|(_, id)| is_other(id));
        self.trees.retain(|(_, id)| is_other(id));
        self.lineages.retain(|(_, id)| is_other(id));
        self.matching
            .retain(|matching| is_other(&matching.project_id) && is_other(&matching.value));
        self
    }

    /// Returns true if the number of rows is unknown, so that a locked row could be overlooked.
    pub(super) fn is_open(&self) -> bool {
        !self.indexed.is_empty() || !self.trash.is_empty()
    }
}

impl Change {
    /// Creates an item. Its version becomes the version of its project.
    ///
    /// # Errors
    /// [`Error::Internal`].
    pub fn create<T: Item>(item: &T) -> Result<Change, Error> {
        Change::of_rows(T::TYPE, None, Some(item.to_values()))
    }

    /// Updates an item. Its new version becomes the version of its project.
    ///
    /// # Errors
    /// [`Error::Internal`].
    pub fn update<T: Item>(before: &T, after: &T) -> Result<Change, Error> {
        Change::of_rows(T::TYPE, Some(before.to_values()), Some(after.to_values()))
    }

    /// Moves an item to the trash, together with the item `root_id`. `version` becomes the version
    /// of its project.
    ///
    /// # Errors
    /// [`Error::Internal`].
    pub fn delete<T: Item>(item: &T, root_id: &str, version: i64) -> Result<Change, Error> {
        let change = Change::of_rows(T::TYPE, Some(item.to_values()), None)?;
        Ok(change.into_trash(root_id, version))
    }

    /// Creates a change between two rows of a type.
    ///
    /// # Errors
    /// [`Error::Internal`] if the rows do not belong to the type.
    pub(super) fn of_rows(
        kind: &'static ItemType,
        before: Option<Row>,
        after: Option<Row>,
    ) -> Result<Change, Error> {
        let row = after.as_ref().or(before.as_ref());
        let row = row.ok_or_else(|| kind.unreadable())?;
        kind.project_id(row)?;
        kind.id(row)?;
        let version = kind.integer(row, kind.version);
        Ok(Change {
            kind,
            version: version.ok_or_else(|| kind.unreadable())?,
            before,
            after,
            left_version: 0,
            root_id: None,
            restored: None,
            undone: None,
        })
    }

    /// States the version of the project that the item leaves.
    pub fn leaving(mut self, version: i64) -> Change {
        self.left_version = version;
        self
    }

    /// States that a change had moved the item to the trash.
    pub(super) fn restored(mut self, deletion: &str) -> Change {
        self.restored = Some(deletion.to_owned());
        self
    }

    /// States the change that this one reverses.
    pub(super) fn undoing(mut self, change_id: &str) -> Change {
        self.undone = Some(change_id.to_owned());
        self
    }

    /// States the version and the root of a deletion.
    pub(super) fn into_trash(mut self, root_id: &str, version: i64) -> Change {
        self.version = version;
        self.root_id = Some(root_id.to_owned());
        self
    }

    /// Returns true if the change restores the item or sets a reference to another item.
    pub(super) fn refers_anew(&self) -> bool {
        let Some(before) = &self.before else {
            return true;
        };
        let mut references = self.kind.references.iter();
        references.any(|(column, _)| {
            let after = self.after.as_ref();
            after.and_then(|row| self.kind.text(row, column)) != self.kind.text(before, column)
        })
    }

    /// Returns the row after the change, or before it if there is none.
    pub(super) fn row(&self) -> &Row {
        static NONE: Row = Vec::new();
        self.after
            .as_ref()
            .or(self.before.as_ref())
            .unwrap_or(&NONE)
    }

    pub(super) fn id(&self) -> &str {
        self.kind.text(self.row(), "id").unwrap_or_default()
    }

    pub(super) fn project_id(&self) -> &str {
        let column = self.kind.project;
        self.kind.text(self.row(), column).unwrap_or_default()
    }

    /// Returns the id of the project that the item leaves. `None` if it stays in its project.
    pub(super) fn left_project(&self) -> Option<&str> {
        let before = self.kind.text(self.before.as_ref()?, self.kind.project)?;
        (self.after.is_some() && before != self.project_id()).then_some(before)
    }

    /// Returns the columns that the change replaces or deletes, with their old values. `None` if
    /// the change creates a row.
    pub(super) fn old_values(&self) -> Option<Vec<(&'static str, &Value)>> {
        let before = self.before.as_ref()?;
        let Some(after) = &self.after else {
            return Some(Vec::new());
        };
        let columns = self.kind.table.columns.iter().enumerate();
        let changed = columns.filter(|(index, column)| {
            let always = ["updated_at", "change_id", self.kind.version];
            before[*index] != after[*index] && !always.contains(&column.name)
        });
        let old = changed.map(|(index, column)| (column.name, &before[index]));
        Some(old.collect())
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
