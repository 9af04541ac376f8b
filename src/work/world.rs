//! The rows that the commands of a batch need. Each command sees the changes of the preceding
//! ones.

use std::collections::HashMap;

use super::{Change, Context, Item, Loads};
use crate::access::Role;
use crate::db::{Row, Table, Timestamp};
use crate::error::Error;

/// The loaded rows and their changes.
#[derive(Default)]
pub struct World {
    projects: HashMap<String, Project>,
    /// By user and project.
    roles: HashMap<(String, String), Role>,
    /// By table and id.
    items: HashMap<(&'static str, String), Loaded>,
    /// Keys of the changed items in `items`, in the order of their first change.
    changed: Vec<(&'static str, String)>,
}

struct Project {
    version: i64,
    changed: bool,
}

struct Loaded {
    project_id: String,
    table: &'static Table,
    /// The row in the database. `None` if it does not exist.
    stored: Option<Row>,
    /// The row after the commands. `None` if it does not exist.
    current: Option<Row>,
}

/// The difference between the database and the rows of one table.
#[derive(Default)]
pub(super) struct Difference {
    pub inserted: Vec<Row>,
    /// Rows with an unchanged primary key.
    pub updated: Vec<Updated>,
    /// Primary keys.
    pub deleted: Vec<Row>,
}

/// A row before and after the commands.
pub(super) struct Updated {
    pub before: Row,
    pub after: Row,
}

impl World {
    /// Adds a project and the role of a user in it.
    pub(crate) fn add_project(&mut self, user_id: &str, id: &str, role: Role, version: i64) {
        let role_of = (user_id.to_owned(), id.to_owned());
        self.roles.insert(role_of, role);
        self.projects.entry(id.to_owned()).or_insert(Project {
            version,
            changed: false,
        });
    }

    /// Adds an item of a project.
    pub(crate) fn add_item(&mut self, table: &'static Table, id: &str, project_id: &str, row: Row) {
        let place = (table.name, id.to_owned());
        self.items.entry(place).or_insert_with(|| Loaded {
            project_id: project_id.to_owned(),
            table,
            stored: Some(row.clone()),
            current: Some(row),
        });
    }

    /// Returns true if all rows that a command needs have been loaded.
    pub(super) fn has(&self, user_id: &str, loads: &Loads) -> bool {
        let is_member = |project_id: &str| self.role(user_id, project_id).is_some();
        let mut items = loads.items.iter();
        loads.projects.iter().all(|id| is_member(id))
            && items.all(|(table, id)| {
                let loaded = self.items.get(&(table.name, id.clone()));
                loaded.is_some_and(|loaded| is_member(&loaded.project_id))
            })
    }

    fn role(&self, user_id: &str, project_id: &str) -> Option<Role> {
        let role_of = (user_id.to_owned(), project_id.to_owned());
        self.roles.get(&role_of).copied()
    }

    /// Checks that the user may change the items of a project.
    ///
    /// # Errors
    /// [`Error::NotFound`] if the user has no access to the project.
    pub fn check_editor(&self, user_id: &str, project_id: &str) -> Result<(), Error> {
        match self.role(user_id, project_id) {
            Some(Role::Editor | Role::Owner) => Ok(()),
            // Projects have no members other than their owner yet.
            Some(Role::Viewer) | None => Err(Error::NotFound),
        }
    }

    /// Returns an item that the user may change.
    ///
    /// # Errors
    /// [`Error::NotFound`] if there is no such item or the user has no access to it.
    pub fn item<T: Item>(&self, user_id: &str, id: &str) -> Result<T, Error> {
        let loaded = self.items.get(&(T::TABLE.name, id.to_owned()));
        let loaded = loaded.ok_or(Error::NotFound)?;
        let row = loaded.current.clone().ok_or(Error::NotFound)?;
        self.check_editor(user_id, &loaded.project_id)?;
        T::of_values(row).ok_or_else(|| Error::Internal(format!("a row of {}", T::TABLE.name)))
    }

    /// Returns the version for the next change of a project. It is at least the current time in
    /// microseconds, so that versions that clients have seen are not reused after a restore.
    ///
    /// # Errors
    /// [`Error::NotFound`] if the project is not loaded.
    pub fn next_version(&self, project_id: &str, context: &Context<'_>) -> Result<i64, Error> {
        let project = self.projects.get(project_id).ok_or(Error::NotFound)?;
        Ok(next_version(project.version, context.now))
    }

    /// Applies the changes of a command.
    pub(crate) fn apply(&mut self, changes: &[Change]) {
        for change in changes {
            if let Some(project) = self.projects.get_mut(&change.project_id) {
                project.version = project.version.max(change.version);
                project.changed = true;
            }
            let place = (change.table.name, change.item_id.clone());
            let loaded = self.items.entry(place.clone()).or_insert_with(|| Loaded {
                project_id: change.project_id.clone(),
                table: change.table,
                stored: None,
                current: None,
            });
            if loaded.current == loaded.stored && !self.changed.contains(&place) {
                self.changed.push(place);
            }
            loaded.project_id.clone_from(&change.project_id);
            loaded.current.clone_from(&change.after);
        }
    }

    /// Returns the changed projects and their versions.
    pub(super) fn changed_projects(&self) -> impl Iterator<Item = (&str, i64)> {
        let changed = self.projects.iter().filter(|(_, project)| project.changed);
        changed.map(|(id, project)| (id.as_str(), project.version))
    }

    /// Returns the difference between the database and the rows of a table.
    pub(super) fn difference(&self, table: &Table) -> Difference {
        let mut difference = Difference::default();
        let changed = self.changed.iter().filter(|(name, _)| *name == table.name);
        for loaded in changed.filter_map(|place| self.items.get(place)) {
            let key = |row: &Row| row[..loaded.table.key].to_vec();
            match (&loaded.stored, &loaded.current) {
                (None, Some(row)) => difference.inserted.push(row.clone()),
                (Some(row), None) => difference.deleted.push(key(row)),
                (Some(before), Some(after)) if key(before) == key(after) => {
                    difference.updated.push(Updated {
                        before: before.clone(),
                        after: after.clone(),
                    });
                }
                // The primary key, which determines the position in the table, has changed.
                (Some(before), Some(after)) => {
                    difference.deleted.push(key(before));
                    difference.inserted.push(after.clone());
                }
                (None, None) => {}
            }
        }
        difference
    }
}

fn next_version(version: i64, now: Timestamp) -> i64 {
    now.0.max(version.saturating_add(1))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::db::{Value, record};

    record! {
        struct NoteRow in "notes" key 2 {
            project_id: String,
            id: String,
            text: String,
            version: i64,
        }
    }

    const NOTES: Table = NoteRow::TABLE;

    impl Item for NoteRow {
        const TABLE: &'static Table = &NOTES;
        const NOUN: &'static str = "note";

        fn id(&self) -> &str {
            &self.id
        }

        fn project_id(&self) -> &str {
            &self.project_id
        }

        fn version(&self) -> i64 {
            self.version
        }

        fn to_values(&self) -> Row {
            NoteRow::to_values(self)
        }
    }

    fn note(project_id: &str, id: &str, text: &str, version: i64) -> NoteRow {
        NoteRow {
            project_id: project_id.into(),
            id: id.into(),
            text: text.into(),
            version,
        }
    }

    /// Returns two projects of a user, one of which has a note.
    fn world() -> World {
        let mut world = World::default();
        world.add_project("ada", "home", Role::Owner, 10);
        world.add_project("ada", "work", Role::Editor, 20);
        let row = note("home", "n", "as it was", 10).to_values();
        world.add_item(&NOTES, "n", "home", row);
        world
    }

    fn key(project_id: &str, id: &str) -> Row {
        vec![Value::Text(project_id.into()), Value::Text(id.into())]
    }

    #[test]
    fn a_row_that_changes_twice_is_written_once() {
        let mut world = world();
        let first = note("home", "n", "one", 11);
        let second = note("home", "n", "two", 12);
        world.apply(&[Change::update(&note("home", "n", "as it was", 10), &first)]);
        world.apply(&[Change::update(&first, &second)]);
        let difference = world.difference(&NOTES);
        assert_eq!(difference.updated.len(), 1);
        assert_eq!(difference.updated[0].after, second.to_values());
        let changed: Vec<_> = world.changed_projects().collect();
        assert_eq!(changed, [("home", 12)]);
    }

    #[test]
    fn a_row_that_is_created_and_deleted_is_not_written() {
        let mut world = world();
        let new = note("work", "m", "new", 21);
        world.apply(&[Change::create(&new)]);
        world.apply(&[Change::delete(&new, 22)]);
        let Difference {
            inserted,
            updated,
            deleted,
        } = world.difference(&NOTES);
        assert!(inserted.is_empty() && updated.is_empty() && deleted.is_empty());
        let changed: Vec<_> = world.changed_projects().collect();
        assert_eq!(changed, [("work", 22)]);
    }

    #[test]
    fn a_row_that_moves_to_another_project_is_deleted_and_inserted() {
        let mut world = world();
        let moved = note("work", "n", "as it was", 21);
        world.apply(&[Change::update(&note("home", "n", "as it was", 10), &moved)]);
        let difference = world.difference(&NOTES);
        assert_eq!(difference.deleted, [key("home", "n")]);
        assert_eq!(difference.inserted, [moved.to_values()]);
        assert!(difference.updated.is_empty());
        let found: NoteRow = world.item("ada", "n").expect("the note");
        assert_eq!(found, moved);
    }

    #[test]
    fn a_version_is_the_time_unless_that_has_been_given() {
        assert_eq!(next_version(10, Timestamp(100)), 100);
        assert_eq!(next_version(100, Timestamp(100)), 101);
        assert_eq!(next_version(200, Timestamp(100)), 201);
    }
}
