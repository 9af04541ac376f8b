//! Restoration of deleted items and projects, in place.

use std::collections::{BTreeMap, BTreeSet};

use super::reversal::{ChangedItem, changed_items, check_project, kind_of, stamp};
use super::tombstones::Tombstone;
use super::{
    Change, Command, Context, Decision, ItemType, Loads, MOST_LEVELS, PROJECT, ProjectRow, World,
};
use crate::access::member_of;
use crate::db::{Pool, Row, Sql, Value};
use crate::error::Error;

/// Restores an item or a project from the trash, with everything that was deleted with it. The
/// outcome is the restored items.
pub struct RestoreItem {
    types: &'static [&'static ItemType],
    id: String,
    found: Vec<Tombstone>,
    /// The parent of the project with this id.
    parent_id: Option<String>,
}

impl RestoreItem {
    /// Creates the command that restores the item or the project with this id.
    ///
    /// # Errors
    /// [`Error::Database`].
    pub async fn of(
        pool: &Pool,
        types: &'static [&'static ItemType],
        user_id: &str,
        id: &str,
    ) -> Result<RestoreItem, Error> {
        let found = Sql::select::<Tombstone>()
            .push(" FROM tombstones WHERE root_id = ")
            .bind(id)
            .push(" AND ")
            .append(member_of(pool.engine(), user_id));
        let parent = Sql::new("SELECT COALESCE(parent_id, '') FROM projects WHERE id = ")
            .bind(id)
            .push(" AND parent_id ")
            .append(pool.engine().any_of(
                Sql::new("SELECT project_id FROM project_members WHERE user_id = ").bind(user_id),
            ));
        Ok(RestoreItem {
            types,
            id: id.to_owned(),
            found: pool.fetch(found).await?,
            parent_id: pool.fetch_value(parent).await?,
        })
    }

    fn restored_items(&self, world: &World, context: &Context<'_>) -> Result<Vec<Change>, Error> {
        let mut open: BTreeMap<&str, usize> = BTreeMap::new();
        let mut rows = Vec::new();
        for found in &self.found {
            let kind = kind_of(self.types, &found.noun)?;
            check_project(world, context, kind, &found.project_id)?;
            let current = world.tombstone(&found.project_id, &found.id);
            let in_trash = current.filter(|current| current.root_id.as_ref() == Some(&self.id));
            if let Some(current) = in_trash
                && let Some(row) = current.row(kind)
            {
                let tasks = usize::try_from((kind.tally)(&row).open).unwrap_or_default();
                *open.entry(&found.project_id).or_default() += tasks;
                rows.push((kind, current, row));
            }
        }
        for (project_id, tasks) in open {
            world.check_task_quota(context, project_id, "id", (0, tasks))?;
        }
        let ids: BTreeSet<&str> = rows.iter().map(|(_, found, _)| found.id.as_str()).collect();
        let mut changes = Vec::new();
        for (kind, found, row) in &rows {
            let mut row = row.clone();
            for (column, noun) in kind.references {
                let other = kind_of(self.types, noun)?;
                let is_there = kind.text(&row, column).is_some_and(|id| {
                    let is_child = kind.parent == Some(*column);
                    let of_kind = || {
                        let same = rows.iter().filter(|(other, ..)| other.noun == kind.noun);
                        same.map(|(_, _, row)| row)
                    };
                    let has_room = || {
                        let height = height(kind, of_kind(), &found.id);
                        world.fits(kind, &found.id, id, height)
                    };
                    ids.contains(id)
                        || is_near(world, kind, &row, other, id) && (!is_child || has_room())
                });
                if !is_there {
                    kind.set(&mut row, column, Value::Null);
                }
            }
            stamp(world, context, kind, &mut row)?;
            changes.push(Change::of_rows(kind, None, Some(row))?.restored(&found.change_id));
        }
        Ok(changes)
    }

    fn restored_projects(
        &self,
        world: &World,
        context: &Context<'_>,
    ) -> Result<Vec<Change>, Error> {
        let row = world.current(&PROJECT, &self.id);
        let row = row.filter(|row| PROJECT.is_deleted(row));
        let row = row.ok_or(Error::NotFound)?;
        world.check_owner(context.user_id, &self.id)?;
        let deletion = PROJECT.change_id(row);
        let mut rows = vec![row.clone()];
        for project in world.descendants::<ProjectRow>(&self.id)? {
            let row = project.to_values();
            if PROJECT.is_deleted(&row) && PROJECT.change_id(&row) == deletion {
                rows.push(row);
            }
        }
        let height = height(&PROJECT, rows.iter(), &self.id);
        let mut changes = Vec::new();
        for before in rows {
            let mut after = before.clone();
            PROJECT.set(&mut after, "deleted_at", Value::Null);
            let parent_id = PROJECT.text(&before, "parent_id");
            let is_root = PROJECT.id(&before)? == self.id;
            let is_usable = |id: &str| {
                is_usable_parent(world, context, id) && world.fits(&PROJECT, &self.id, id, height)
            };
            if is_root && !parent_id.is_some_and(is_usable) {
                PROJECT.set(&mut after, "parent_id", Value::Null);
            }
            stamp(world, context, &PROJECT, &mut after)?;
            changes.push(Change::of_rows(&PROJECT, Some(before), Some(after))?);
        }
        Ok(changes)
    }
}

/// Returns the number of levels below an item that rows of its type make.
fn height<'r>(kind: &ItemType, rows: impl Iterator<Item = &'r Row> + Clone, id: &'r str) -> usize {
    let mut level = vec![id];
    for height in 0..=MOST_LEVELS {
        let parent = |row| kind.text(row, kind.parent?);
        let children = rows.clone().filter(|row| {
            let parent = parent(row);
            parent.is_some_and(|parent| level.contains(&parent))
        });
        level = children.filter_map(|row| kind.id(row).ok()).collect();
        if level.is_empty() {
            return height;
        }
    }
    MOST_LEVELS + 1
}

/// Returns true if an item exists in the project of a row.
fn is_near(world: &World, kind: &ItemType, row: &Row, other: &'static ItemType, id: &str) -> bool {
    let found = world.current(other, id);
    found.is_some_and(|found| other.project_id(found).ok() == kind.project_id(row).ok())
}

fn is_usable_parent(world: &World, context: &Context<'_>, id: &str) -> bool {
    let parent = world.current(&PROJECT, id);
    parent.is_some_and(|row| !PROJECT.is_deleted(row))
        && world.check_owner(context.user_id, id).is_ok()
}

impl Command for RestoreItem {
    type Outcome = Vec<ChangedItem>;

    fn name(&self) -> &'static str {
        "restore_item"
    }

    fn loads(&self) -> Loads {
        let mut loads = Loads::default().quota();
        if self.found.is_empty() {
            loads.trees.push((&PROJECT, self.id.clone()));
            let parent = self.parent_id.iter();
            loads
                .lineages
                .extend(parent.map(|id| (&PROJECT, id.clone())));
            return loads;
        }
        loads.trash.push(self.id.clone());
        let mut projects = BTreeSet::new();
        let mut items = BTreeSet::new();
        for found in &self.found {
            projects.insert(found.project_id.clone());
            let Ok(kind) = kind_of(self.types, &found.noun) else {
                continue;
            };
            let row = found.row(kind).unwrap_or_default();
            for (column, noun) in kind.references {
                let id = kind.text(&row, column).map(str::to_owned);
                if kind.parent == Some(*column) {
                    loads.lineages.extend(id.map(|id| (kind, id)));
                } else {
                    items.extend(id.map(|id| (*noun, id)));
                }
            }
        }
        for id in projects {
            loads.items.push((&PROJECT, id.clone()));
            loads.projects.push(id);
        }
        for (noun, id) in items {
            if let Ok(kind) = kind_of(self.types, noun) {
                loads.items.push((kind, id));
            }
        }
        loads
    }

    fn decide(
        &self,
        world: &World,
        context: &Context<'_>,
    ) -> Result<Decision<Self::Outcome>, Error> {
        let changes = if self.found.is_empty() {
            self.restored_projects(world, context)?
        } else {
            self.restored_items(world, context)?
        };
        if changes.is_empty() {
            return Err(Error::NotFound);
        }
        let mut scratch = world.clone();
        scratch.apply(context, &changes)?;
        Ok(Decision {
            outcome: changed_items(&scratch, context, &changes),
            changes,
        })
    }
}
