//! The rows that the commands of a batch need. Each command sees the changes of the preceding
//! ones.

mod changes;
mod references;

pub(super) use changes::Difference;

use std::collections::{BTreeSet, HashMap};

use super::tombstones::{Tombstone, Tombstones};
use super::{Context, Item, ItemType, Loads, MOST_LEVELS, PROJECT};
use crate::access::Role;
use crate::db::{Row, Timestamp};
use crate::error::Error;

/// The loaded rows and their changes.
#[derive(Clone, Default)]
pub struct World {
    projects: HashMap<String, Project>,
    /// By user and project.
    roles: HashMap<(String, String), Role>,
    items: HashMap<Place, Loaded>,
    /// Ids of the items with a parent, by the noun and the id of the parent.
    children: HashMap<Place, BTreeSet<String>>,
    /// Items in `items` that have changed, in the order of their first change.
    changed: Vec<Place>,
    tombstones: Tombstones,
    /// By the id of the owner.
    accounts: HashMap<String, Account>,
}

/// The noun and the id of an item.
type Place = (&'static str, String);

/// The state of a project as a space of items.
#[derive(Clone, Default)]
pub(super) struct Project {
    pub owner_id: String,
    pub version: i64,
    /// The version in the database. 0 for a new project.
    pub loaded_version: i64,
    pub open_tasks: i64,
    pub total_tasks: i64,
    pub changed: bool,
}

/// The number of projects and tasks of an account.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Account {
    pub projects: i64,
    pub tasks: i64,
}

#[derive(Clone)]
struct Loaded {
    kind: &'static ItemType,
    /// The row in the database. `None` if it does not exist.
    stored: Option<Row>,
    /// The row after the commands. `None` if it does not exist.
    current: Option<Row>,
    changed: bool,
}

impl World {
    /// Adds a project and the role of a user in it.
    pub(super) fn add_project(&mut self, user_id: &str, id: &str, role: Role, project: Project) {
        let role_of = (user_id.to_owned(), id.to_owned());
        self.roles.insert(role_of, role);
        let loaded_version = project.version;
        self.projects.entry(id.to_owned()).or_insert(Project {
            loaded_version,
            ..project
        });
    }

    /// Adds the numbers of an account.
    pub(super) fn add_account(&mut self, id: &str, account: Account) {
        self.accounts.entry(id.to_owned()).or_insert(account);
    }

    /// Adds an item.
    pub(super) fn add_item(&mut self, kind: &'static ItemType, id: &str, row: Row) {
        let place = (kind.noun, id.to_owned());
        if self.items.contains_key(&place) {
            return;
        }
        self.add_child(kind, id, &row);
        let loaded = Loaded {
            kind,
            stored: Some(row.clone()),
            current: Some(row),
            changed: false,
        };
        self.items.insert(place, loaded);
    }

    /// Adds an item in the trash.
    pub(super) fn add_tombstone(&mut self, tombstone: Tombstone) {
        self.tombstones.add(tombstone);
    }

    fn add_child(&mut self, kind: &ItemType, id: &str, row: &Row) {
        let parent = kind.parent.and_then(|column| kind.text(row, column));
        if let Some(parent) = parent {
            let place = (kind.noun, parent.to_owned());
            self.children
                .entry(place)
                .or_default()
                .insert(id.to_owned());
        }
    }

    fn remove_child(&mut self, kind: &ItemType, id: &str, row: &Row) {
        let parent = kind.parent.and_then(|column| kind.text(row, column));
        if let Some(parent) = parent
            && let Some(children) = self.children.get_mut(&(kind.noun, parent.to_owned()))
        {
            children.remove(id);
        }
    }

    /// Returns true if all rows that a command names have been loaded.
    pub(super) fn has(&self, user_id: &str, loads: &Loads) -> bool {
        let is_member = |project_id: &str| self.role(user_id, project_id).is_some();
        let mut items = loads
            .items
            .iter()
            .chain(&loads.trees)
            .chain(&loads.lineages);
        !loads.is_open()
            && loads.projects.iter().all(|id| is_member(id))
            && items.all(|(kind, id)| {
                let row = self.current(kind, id);
                row.is_some_and(|row| kind.project_id(row).is_ok_and(is_member))
            })
    }

    /// Returns the role of a user in a project. `None` if the user has no access.
    pub fn role(&self, user_id: &str, project_id: &str) -> Option<Role> {
        let role_of = (user_id.to_owned(), project_id.to_owned());
        self.roles.get(&role_of).copied()
    }

    /// Checks that the user may change the items of a project.
    ///
    /// # Errors
    /// [`Error::NotFound`] if the user has no access to the project, [`Error::ReadOnly`] if the
    /// user is a viewer.
    pub fn check_editor(&self, user_id: &str, project_id: &str) -> Result<(), Error> {
        let role = self.role(user_id, project_id);
        match role.filter(|_| !self.is_in_trash(project_id)) {
            Some(Role::Editor | Role::Owner) => Ok(()),
            Some(Role::Viewer) => Err(Error::ReadOnly),
            None => Err(Error::NotFound),
        }
    }

    /// Checks that the user may change a project itself.
    ///
    /// # Errors
    /// [`Error::NotFound`] if the user has no access to the project, [`Error::ReadOnly`] if the
    /// user does not own it.
    pub fn check_owner(&self, user_id: &str, project_id: &str) -> Result<(), Error> {
        match self.role(user_id, project_id) {
            Some(Role::Owner) => Ok(()),
            Some(Role::Viewer | Role::Editor) => Err(Error::ReadOnly),
            None => Err(Error::NotFound),
        }
    }

    /// Returns an item that the user may change.
    ///
    /// # Errors
    /// [`Error::NotFound`] if there is no such item or the user has no access to it,
    /// [`Error::ReadOnly`] if the user is a viewer.
    pub fn item<T: Item>(&self, user_id: &str, id: &str) -> Result<T, Error> {
        let row = self.visible(T::TYPE, user_id, id)?;
        self.check_editor(user_id, T::TYPE.project_id(row)?)?;
        of_row(row)
    }

    /// Returns an item that the user can see.
    ///
    /// # Errors
    /// [`Error::NotFound`] if there is no such item or the user has no access to it.
    pub fn read<T: Item>(&self, user_id: &str, id: &str) -> Result<T, Error> {
        of_row(self.visible(T::TYPE, user_id, id)?)
    }

    fn visible(&self, kind: &'static ItemType, user_id: &str, id: &str) -> Result<&Row, Error> {
        let row = self.current(kind, id).ok_or(Error::NotFound)?;
        let project_id = kind.project_id(row)?;
        match self.role(user_id, project_id) {
            Some(_) if !self.is_in_trash(project_id) => Ok(row),
            _ => Err(Error::NotFound),
        }
    }

    /// Returns true if a project is loaded and in the trash. A preceding command may have moved it
    /// there.
    fn is_in_trash(&self, project_id: &str) -> bool {
        let project = self.current(&PROJECT, project_id);
        project.is_some_and(|row| PROJECT.is_deleted(row))
    }

    /// Returns the row of an item after the commands, whoever has access to it.
    pub(super) fn current(&self, kind: &ItemType, id: &str) -> Option<&Row> {
        let loaded = self.items.get(&(kind.noun, id.to_owned()))?;
        loaded.current.as_ref()
    }

    /// Returns the children of an item, in the order of their ids.
    ///
    /// # Errors
    /// [`Error::Internal`].
    pub fn children<T: Item>(&self, id: &str) -> Result<Vec<T>, Error> {
        let ids = self.children.get(&(T::TYPE.noun, id.to_owned()));
        let rows = ids.into_iter().flatten();
        rows.filter_map(|id| self.current(T::TYPE, id))
            .map(of_row)
            .collect()
    }

    /// Returns the descendants of an item, each after its parent.
    ///
    /// # Errors
    /// [`Error::Internal`].
    pub fn descendants<T: Item>(&self, id: &str) -> Result<Vec<T>, Error> {
        let mut found = self.children::<T>(id)?;
        let mut index = 0;
        while let Some(item) = found.get(index) {
            let row = item.to_values();
            found.extend(self.children::<T>(T::TYPE.id(&row)?)?);
            index += 1;
        }
        Ok(found)
    }

    /// Returns the number of levels below an item, up to one more than allowed.
    pub fn height(&self, kind: &ItemType, id: &str) -> usize {
        let mut level = vec![id];
        for height in 0..=MOST_LEVELS {
            let places = level.iter().map(|id| (kind.noun, (*id).to_owned()));
            let children = places.filter_map(|place| self.children.get(&place));
            let children = children.flatten().map(String::as_str);
            let is_there = |id: &&str| {
                let row = self.current(kind, id);
                row.is_some_and(|row| !kind.is_deleted(row))
            };
            level = children.filter(is_there).collect();
            if level.is_empty() {
                return height;
            }
        }
        MOST_LEVELS + 1
    }

    /// Returns true if an item with a number of levels below it can be a child of another one,
    /// whose ancestors are loaded: there is no cycle, and there are not too many levels.
    pub fn fits(&self, kind: &ItemType, id: &str, parent_id: &str, height: usize) -> bool {
        let mut depth = 0;
        let mut next = Some(parent_id);
        while let Some(parent_id) = next {
            depth += 1;
            if parent_id == id || depth + height > MOST_LEVELS {
                return false;
            }
            let row = self.current(kind, parent_id);
            next = row.and_then(|row| kind.text(row, kind.parent?));
        }
        true
    }

    /// Returns the loaded items of a type that a project has, in the order of their ids.
    ///
    /// # Errors
    /// [`Error::Internal`].
    pub fn items_of<T: Item>(&self, project_id: &str) -> Result<Vec<T>, Error> {
        let mut found: Vec<(&str, &Row)> = Vec::new();
        for ((noun, id), loaded) in &self.items {
            if let Some(row) = &loaded.current
                && *noun == T::TYPE.noun
                && T::TYPE.project_id(row)? == project_id
            {
                found.push((id, row));
            }
        }
        found.sort_unstable_by_key(|(id, _)| *id);
        found.into_iter().map(|(_, row)| of_row(row)).collect()
    }

    /// Returns the loaded items of a type that a project has or had, as they were before the
    /// commands and as they are.
    ///
    /// # Errors
    /// [`Error::Internal`].
    pub fn versions_of<T: Item>(&self, project_id: &str) -> Result<Vec<T>, Error> {
        let mut found = Vec::new();
        for ((noun, _), loaded) in &self.items {
            for row in [&loaded.stored, &loaded.current].into_iter().flatten() {
                if *noun == T::TYPE.noun && T::TYPE.project_id(row)? == project_id {
                    found.push(of_row(row)?);
                }
            }
        }
        Ok(found)
    }

    /// Returns all loaded items of a type, in the order of their ids.
    ///
    /// # Errors
    /// [`Error::Internal`].
    pub fn all<T: Item>(&self) -> Result<Vec<T>, Error> {
        let of_type = |(place, loaded): (&'_ Place, &'_ Loaded)| {
            let row = loaded.current.clone()?;
            (place.0 == T::TYPE.noun).then_some((place.1.clone(), row))
        };
        let mut found: Vec<_> = self.items.iter().filter_map(of_type).collect();
        found.sort_unstable_by(|(one, _), (other, _)| one.cmp(other));
        found.iter().map(|(_, row)| of_row(row)).collect()
    }

    /// Returns the items in the trash that were deleted with the item `root_id` and that the user
    /// may change.
    #[cfg(test)]
    pub(super) fn trash<'w>(&'w self, user_id: &str, root_id: &'w str) -> Vec<&'w Tombstone> {
        let deleted = self.tombstones.of_root(root_id);
        deleted
            .filter(|tombstone| self.check_editor(user_id, &tombstone.project_id).is_ok())
            .collect()
    }

    /// Returns a loaded item in the trash.
    pub(super) fn tombstone(&self, project_id: &str, id: &str) -> Option<&Tombstone> {
        self.tombstones.get(project_id, id)
    }

    /// Returns a project as a space of items.
    ///
    /// # Errors
    /// [`Error::NotFound`] if the project is not loaded.
    pub(super) fn project(&self, id: &str) -> Result<&Project, Error> {
        self.projects.get(id).ok_or(Error::NotFound)
    }

    /// Returns the numbers of the account that owns a project.
    pub(super) fn account_of(&self, project_id: &str) -> Account {
        let project = self.projects.get(project_id);
        let account = project.and_then(|project| self.accounts.get(&project.owner_id));
        account.copied().unwrap_or_default()
    }

    /// Returns the version for the next change of a project. It is at least the current time in
    /// microseconds, so that versions that clients have seen are not reused after a restore.
    ///
    /// # Errors
    /// [`Error::NotFound`] if the project is not loaded.
    pub fn next_version(&self, project_id: &str, context: &Context<'_>) -> Result<i64, Error> {
        let project = self.project(project_id)?;
        Ok(next_version(project.version, context.now))
    }
}

fn of_row<T: Item>(row: &Row) -> Result<T, Error> {
    T::of_values(row.clone()).ok_or_else(|| T::TYPE.unreadable())
}

fn next_version(version: i64, now: Timestamp) -> i64 {
    now.0.max(version.saturating_add(1))
}

#[cfg(test)]
mod tests;
