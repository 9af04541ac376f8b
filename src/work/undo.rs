//! Undo: the reversal of a command. The change log has the values that the command replaced, and
//! the trash has the rows that it deleted. Undo is a command itself, so it can be undone too.

mod history;
mod names;
mod place;
mod read;

use std::collections::{BTreeMap, HashMap};

use self::history::{Contents, Histories};
use self::names::Names;
use self::place::check_place;
use super::changes::{CREATE, DELETE};
use super::reversal::{ChangedItem, changed_items, check_project, conflict, kind_of, stamp};
use super::tombstones::Tombstone;
use super::{Change, Command, Context, Decision, ItemType, Loads, PROJECT, World};
use crate::db::{Row, Value, row};
use crate::error::Error;
use crate::locale::{Message, message};

const CHANGED: Message = message!("undo-changed");
const DELETED: Message = message!("undo-deleted");
const CONTAINS: Message = message!("undo-contains");
const USED: Message = message!("undo-used");
const PURGED: Message = message!("undo-purged");

/// Reverses a command of the user. The outcome is the changed items.
pub struct Undo {
    types: &'static [&'static ItemType],
    change_id: String,
    entries: Vec<Entry>,
    /// The type and the project of the item with the id of a change without entries.
    created: Option<(&'static ItemType, String)>,
    /// The items of the entries that are in the trash, by project and id.
    trash: HashMap<(String, String), Tombstone>,
    histories: Histories,
    names: Names,
    /// The items of the created projects.
    contents: HashMap<String, Contents>,
}

row! {
    /// The part of an entry of the change log that its reversal needs.
    struct Entry {
        project_id: String,
        user_id: String,
        noun: String,
        item_id: String,
        action: String,
        old_values: String,
    }
}

impl Undo {
    /// Returns true if the change has moved a project to the trash. It may have changed items of
    /// the project before.
    fn deletes_project(&self) -> bool {
        self.entries.iter().any(|entry| {
            entry.noun == PROJECT.noun && {
                let old: BTreeMap<String, Value> =
                    serde_json::from_str(&entry.old_values).unwrap_or_default();
                PROJECT.deleted.and_then(|column| old.get(column)) == Some(&Value::Null)
            }
        })
    }

    /// Returns true if an item with this last change is as the change to undo, or its reversal so
    /// far, has left it.
    fn is_unchanged(&self, context: &Context<'_>, entry: &Entry, last: Option<&str>) -> bool {
        let creation = entry.action == CREATE;
        match last {
            Some(last) if last == self.change_id || last == context.id => true,
            None => creation,
            Some(_) => {
                let as_after = |change| self.histories.is_as_after(&entry.item_id, last, change);
                as_after(Some(self.change_id.as_str())) || creation && as_after(None)
            }
        }
    }

    /// Returns the entries of the change in their order. A change without entries has created the
    /// item with its id.
    fn entries(&self, world: &World, context: &Context<'_>) -> Result<Vec<Entry>, Error> {
        if !self.entries.is_empty() {
            return Ok(self.entries.clone());
        }
        if let Some((kind, project_id)) = &self.created {
            check_project(world, context, kind, project_id)?;
        }
        let created = self.types.iter().find_map(|kind| {
            let row = world.current(kind, &self.change_id)?;
            Some((kind, row))
        });
        let Some((kind, row)) = created else {
            let deleted = self.trash.values().next();
            return Err(deleted.map_or(Error::NotFound, |found| {
                conflict(Some(&found.title), DELETED)
            }));
        };
        let project_id = kind.project_id(row)?;
        let owner_id = || Some(world.project(project_id).ok()?.owner_id.as_str());
        let creator = kind.text(row, "created_by").or_else(owner_id);
        let is_recorded = kind.table.position("created_by").is_some();
        if is_recorded && creator != Some(context.user_id) {
            return Err(Error::NotFound);
        }
        Ok(vec![Entry {
            project_id: project_id.to_owned(),
            user_id: context.user_id.to_owned(),
            noun: kind.noun.to_owned(),
            item_id: self.change_id.clone(),
            action: CREATE.to_owned(),
            old_values: String::new(),
        }])
    }

    /// Returns true if the change has created the item in a project that it has created too. The
    /// item goes to the trash in its project, as with a deletion of the project.
    fn goes_along(
        &self,
        world: &World,
        context: &Context<'_>,
        entry: &Entry,
    ) -> Result<bool, Error> {
        let kind = kind_of(self.types, &entry.noun)?;
        let is_created = |other: &Entry| other.item_id == entry.item_id && other.action == CREATE;
        if kind.deleted.is_some() || !self.entries.iter().any(is_created) {
            return Ok(false);
        }
        let Some(row) = world.current(kind, &entry.item_id) else {
            let found = world.tombstone(&entry.project_id, &entry.item_id);
            let deletion = found.map(|found| found.change_id.as_str());
            let is_part = deletion == Some(&self.change_id);
            return Ok(is_part && self.contents.contains_key(&entry.project_id));
        };
        if !self.contents.contains_key(kind.project_id(row)?) {
            return Ok(false);
        }
        match self.is_unchanged(context, entry, kind.text(row, "change_id")) {
            true => Ok(true),
            false => Err(conflict(kind.text(row, kind.title), CHANGED)),
        }
    }

    /// Returns true if the change has created the item together with others, and items that it has
    /// not created name it now: a label that a new task had first, and that others have, stays.
    fn stays(&self, scratch: &World, context: &Context<'_>, entry: &Entry) -> Result<bool, Error> {
        let kind = kind_of(self.types, &entry.noun)?;
        let row = scratch.current(kind, &entry.item_id);
        let mut others = self.entries.iter().map(|other| other.noun.as_str());
        Ok(entry.action == CREATE
            && others.any(|noun| noun != entry.noun)
            && row.is_some_and(|row| self.is_named(scratch, context, kind, row)))
    }

    /// Returns the change that reverses an entry. `scratch` is the state after the reversal of the
    /// later entries, and `world` that before the command.
    fn reversal(
        &self,
        world: &World,
        scratch: &World,
        context: &Context<'_>,
        entry: &Entry,
    ) -> Result<Change, Error> {
        let kind = kind_of(self.types, &entry.noun)?;
        check_project(scratch, context, kind, &entry.project_id)?;
        if entry.action == DELETE {
            return self.restoration(scratch, context, kind, entry);
        }
        let Some(row) = scratch.current(kind, &entry.item_id) else {
            let key = (entry.project_id.clone(), entry.item_id.clone());
            let title = self.trash.get(&key).map(|found| found.title.as_str());
            return Err(conflict(title, DELETED));
        };
        let title = kind.text(row, kind.title);
        check_project(scratch, context, kind, kind.project_id(row)?)?;
        if !self.is_unchanged(context, entry, kind.text(row, "change_id")) {
            return Err(conflict(title, CHANGED));
        }
        if entry.action == CREATE {
            return self.removal(world, scratch, context, kind, row);
        }
        let old: BTreeMap<String, Value> = serde_json::from_str(&entry.old_values)
            .map_err(|error| Error::Internal(format!("an entry of the change log: {error}")))?;
        let mut after = row.clone();
        for (column, value) in old {
            kind.set(&mut after, &column, value);
        }
        let (left, project_id) = (kind.project_id(row)?, kind.project_id(&after)?.to_owned());
        if world.role(context.user_id, &project_id).is_none() {
            return Err(conflict(title, message!("undo-from-elsewhere")));
        }
        check_project(scratch, context, kind, &project_id)?;
        stamp(scratch, context, kind, &mut after)?;
        let change = Change::of_rows(kind, Some(row.clone()), Some(after))?;
        Ok(if left == project_id {
            change
        } else {
            change.leaving(scratch.next_version(left, context)?)
        })
    }

    /// Returns the change that takes an item out of the trash.
    fn restoration(
        &self,
        scratch: &World,
        context: &Context<'_>,
        kind: &'static ItemType,
        entry: &Entry,
    ) -> Result<Change, Error> {
        let found = scratch.tombstone(&entry.project_id, &entry.item_id);
        let deleted_by_it =
            found.filter(|found| self.is_unchanged(context, entry, Some(&found.change_id)));
        let row = deleted_by_it.and_then(|found| Some((found, found.row(kind)?)));
        let Some((found, mut row)) = row else {
            let current = scratch.current(kind, &entry.item_id);
            let title = current.and_then(|row| kind.text(row, kind.title));
            let state = if title.is_some() { CHANGED } else { PURGED };
            return Err(conflict(title, state));
        };
        let open = usize::try_from((kind.tally)(&row).open).unwrap_or_default();
        scratch.check_task_quota(context, &entry.project_id, "id", (0, open))?;
        stamp(scratch, context, kind, &mut row)?;
        let change = Change::of_rows(kind, None, Some(row))?;
        Ok(change.restored(&found.change_id))
    }

    /// Returns the change that moves a created item to the trash.
    fn removal(
        &self,
        world: &World,
        scratch: &World,
        context: &Context<'_>,
        kind: &'static ItemType,
        row: &Row,
    ) -> Result<Change, Error> {
        let (id, title) = (kind.id(row)?, kind.text(row, kind.title));
        if scratch.is_referenced(self.types, kind, id) {
            return Err(conflict(title, CONTAINS));
        }
        if self.is_named(scratch, context, kind, row) {
            return Err(conflict(title, USED));
        }
        let mut after = row.clone();
        stamp(scratch, context, kind, &mut after)?;
        if let Some(deleted) = kind.deleted {
            let contents = self.contents.get(id).ok_or(Error::NotFound)?;
            if world.project(id)?.version != contents.version {
                return Err(conflict(title, CHANGED));
            }
            let mut items = contents.items.iter();
            if items.any(|id| !self.entries.iter().any(|entry| entry.item_id == *id)) {
                return Err(conflict(title, CONTAINS));
            }
            kind.set(&mut after, deleted, Value::Integer(context.now.0));
            return Change::of_rows(kind, Some(row.clone()), Some(after));
        }
        let version = kind.integer(&after, kind.version).unwrap_or_default();
        Change::of_rows(kind, Some(row.clone()), None).map(|change| change.into_trash(id, version))
    }

    /// Checks that the items exist that a changed item refers to in the end.
    fn check_references(&self, world: &World, change: &Change) -> Result<(), Error> {
        let kind = change.kind;
        let Some(row) = world.current(kind, change.id()) else {
            return Ok(());
        };
        for (column, noun) in kind.references {
            let Some(id) = kind.text(row, column) else {
                continue;
            };
            let other = kind_of(self.types, noun)?;
            let is_there = world.current(other, id).is_some_and(|found| {
                let is_near = other.deleted.is_some()
                    || other.project_id(found).ok() == kind.project_id(row).ok();
                is_near && !other.is_deleted(found)
            });
            if !is_there {
                let state = message!("undo-place-gone", kind = *noun);
                return Err(conflict(kind.text(row, kind.title), state));
            }
        }
        Ok(())
    }
}

impl Command for Undo {
    type Outcome = Vec<ChangedItem>;

    fn name(&self) -> &'static str {
        "undo"
    }

    fn loads(&self) -> Loads {
        let mut loads = Loads::default().quota();
        loads.of_deleted = self.deletes_project();
        if let Some((kind, project_id)) = &self.created {
            loads.items.push((&PROJECT, project_id.clone()));
            self.load_created(&mut loads, kind, &self.change_id, project_id);
        } else if self.entries.is_empty() {
            loads.trees.push((&PROJECT, self.change_id.clone()));
        }
        for entry in &self.entries {
            let Ok(kind) = kind_of(self.types, &entry.noun) else {
                continue;
            };
            loads.items.push((&PROJECT, entry.project_id.clone()));
            if entry.action == CREATE {
                self.load_created(&mut loads, kind, &entry.item_id, &entry.project_id);
            } else if entry.action == DELETE {
                let key = (entry.project_id.clone(), entry.item_id.clone());
                if let Some(found) = self.trash.get(&key) {
                    loads.projects.push(entry.project_id.clone());
                    loads.trash.extend(found.root_id.clone());
                    let row = found.row(kind).unwrap_or_default();
                    let value = |column: &str| kind.text(&row, column).map(str::to_owned);
                    self.load_references(&mut loads, kind, value);
                }
                // It may have been restored since.
                loads.items.push((kind, entry.item_id.clone()));
            } else {
                let old: BTreeMap<String, Value> =
                    serde_json::from_str(&entry.old_values).unwrap_or_default();
                let value = |column: &str| match old.get(column) {
                    Some(Value::Text(text)) => Some(text.clone()),
                    _ => None,
                };
                if kind.parent.is_some_and(|column| value(column).is_some()) {
                    loads.trees.push((kind, entry.item_id.clone()));
                } else if kind.noun == PROJECT.noun {
                    // It may come out of the trash, and its parent is not known yet.
                    loads.lineages.push((kind, entry.item_id.clone()));
                } else {
                    loads.items.push((kind, entry.item_id.clone()));
                }
                if kind.noun != PROJECT.noun
                    && let Some(id) = value(kind.project)
                {
                    loads.items.push((&PROJECT, id));
                }
                self.load_references(&mut loads, kind, value);
            }
        }
        loads.projects.sort_unstable();
        loads.projects.dedup();
        loads.trash.sort_unstable();
        loads.trash.dedup();
        loads
    }

    fn decide(
        &self,
        world: &World,
        context: &Context<'_>,
    ) -> Result<Decision<Self::Outcome>, Error> {
        let entries = self.entries(world, context)?;
        let mut scratch = world.clone();
        let mut changes = Vec::new();
        for entry in entries.iter().rev() {
            if self.goes_along(world, context, entry)? || self.stays(&scratch, context, entry)? {
                continue;
            }
            let change = self.reversal(world, &scratch, context, entry)?;
            let change = change.undoing(&self.change_id);
            scratch.apply(context, std::slice::from_ref(&change))?;
            changes.push(change);
        }
        for change in &changes {
            // An unchanged reference may have lost its target, which is no matter of this change.
            if change.refers_anew() {
                self.check_references(&scratch, change)?;
            }
            check_place(&scratch, change)?;
        }
        Ok(Decision {
            outcome: changed_items(&scratch, context, &changes),
            changes,
        })
    }
}

#[cfg(test)]
mod tests;
