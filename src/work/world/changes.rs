//! The changes of a world, and their difference from the database.

use super::{Loaded, Project, World};
use crate::access::Role;
use crate::db::{Row, Value};
use crate::error::Error;
use crate::work::tombstones::Tombstones;
use crate::work::{Change, Context, ItemType};

/// The difference between the database and the rows of one table.
#[derive(Default)]
pub(in crate::work) struct Difference {
    pub inserted: Vec<Row>,
    /// Rows with an unchanged primary key.
    pub updated: Vec<Updated>,
    /// Primary keys.
    pub deleted: Vec<Row>,
    /// By index.
    pub indexes: Vec<IndexDifference>,
}

/// The difference of the rows of an index.
#[derive(Clone, Default)]
pub(in crate::work) struct IndexDifference {
    pub inserted: Vec<Row>,
    pub deleted: Vec<Row>,
}

/// A row before and after the commands.
pub(in crate::work) struct Updated {
    pub before: Row,
    pub after: Row,
}

impl World {
    /// Applies the changes of a command.
    ///
    /// # Errors
    /// [`Error::Internal`].
    pub(in crate::work) fn apply(
        &mut self,
        context: &Context<'_>,
        changes: &[Change],
    ) -> Result<(), Error> {
        for change in changes {
            self.apply_one(context, change)?;
        }
        Ok(())
    }

    fn apply_one(&mut self, context: &Context<'_>, change: &Change) -> Result<(), Error> {
        let (kind, id, project_id) = (change.kind, change.id(), change.project_id());
        if kind.noun == "project" && change.before.is_none() {
            self.create_project(context, id);
        }
        let before = change.before.as_ref().map(kind.tally).unwrap_or_default();
        let after = change.after.as_ref().map(kind.tally).unwrap_or_default();
        let left = change.left_project();
        let advance = |project: &mut Project, version: i64| {
            project.version = project.version.max(version);
            project.changed = true;
        };
        if let Some(project) = self.projects.get_mut(left.unwrap_or(project_id)) {
            advance(project, change.left_version.max(project.version));
            project.open_tasks -= before.open;
            // The trash counts until it is emptied.
            if change.after.is_some() {
                project.total_tasks -= before.total;
                if let Some(account) = self.accounts.get_mut(&project.owner_id) {
                    account.tasks -= before.total;
                }
            }
        }
        if let Some(project) = self.projects.get_mut(project_id) {
            advance(project, change.version);
            project.open_tasks += after.open;
            if change.restored.is_none() {
                project.total_tasks += after.total;
                if let Some(account) = self.accounts.get_mut(&project.owner_id) {
                    account.tasks += after.total;
                }
            }
        }
        self.tombstones.apply(context, change);
        self.replace(context, change);
        Ok(())
    }

    /// Makes the user the owner of a new project.
    fn create_project(&mut self, context: &Context<'_>, id: &str) {
        let owner_id = context.user_id.to_owned();
        if let Some(account) = self.accounts.get_mut(&owner_id) {
            account.projects += 1;
        }
        let project = Project {
            owner_id,
            ..Project::default()
        };
        self.add_project(context.user_id, id, Role::Owner, project);
    }

    fn replace(&mut self, context: &Context<'_>, change: &Change) {
        let place = (change.kind.noun, change.id().to_owned());
        let mut after = change.after.clone();
        // The id of the row does not stand for a change that creates several items.
        if let Some(row) = &mut after
            && change.before.is_none()
            && place.1 != context.id
        {
            change
                .kind
                .set(row, "change_id", Value::Text(context.id.to_owned()));
        }
        let loaded = self.items.entry(place.clone()).or_insert_with(|| Loaded {
            kind: change.kind,
            stored: None,
            current: None,
            changed: false,
        });
        if !loaded.changed {
            loaded.changed = true;
            self.changed.push(place.clone());
        }
        let replaced = std::mem::replace(&mut loaded.current, after);
        if let Some(row) = replaced {
            self.remove_child(change.kind, &place.1, &row);
        }
        if let Some(row) = &change.after {
            self.add_child(change.kind, &place.1, row);
        }
    }

    /// Returns the changed projects.
    pub(in crate::work) fn changed_projects(&self) -> impl Iterator<Item = (&str, &Project)> {
        let changed = self.projects.iter().filter(|(_, project)| project.changed);
        changed.map(|(id, project)| (id.as_str(), project))
    }

    /// Returns the changed items in the trash.
    pub(in crate::work) fn tombstones(&self) -> &Tombstones {
        &self.tombstones
    }

    /// Returns the difference between the database and the rows of a type.
    pub(in crate::work) fn difference(&self, kind: &ItemType) -> Difference {
        let mut difference = Difference {
            indexes: vec![IndexDifference::default(); kind.indexes.len()],
            ..Difference::default()
        };
        let changed = self.changed.iter().filter(|(noun, _)| *noun == kind.noun);
        for loaded in changed.filter_map(|place| self.items.get(place)) {
            let key = |row: &Row| row[..loaded.kind.table.key].to_vec();
            for (index, rows) in kind.indexes.iter().zip(&mut difference.indexes) {
                let old = index.of(loaded.stored.as_ref());
                let new = index.of(loaded.current.as_ref());
                let lost = old.iter().filter(|row| !new.contains(row));
                rows.deleted.extend(lost.cloned());
                let gained = new.iter().filter(|row| !old.contains(row));
                rows.inserted.extend(gained.cloned());
            }
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
