//! Loading of the rows that commands need, with one query per table and kind of request.

mod columns;
mod query;

use std::collections::{BTreeMap, BTreeSet};

use self::columns::{ACCESS_COLUMNS, Member, access_columns, access_of, column, text_column};
use self::query::{By, Query};

use super::command::Matching;
use super::tombstones::{TOMBSTONES, Tombstone};
use super::{ItemType, Loads, World};
use crate::access::{self, Hidden};
use crate::db::{FromColumns, Kind, Row, Sql, Transaction, Value};
use crate::error::Error;

/// The treatment of rows locked by another transaction.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Locked {
    /// Skips the rows. Their commands are executed later, so that other commands do not wait.
    Skipped,
    /// Waits for the locks.
    Awaited,
}

/// Maximum number of levels below an item.
const MOST_LEVELS: usize = 16;

/// Loads the rows that commands need and that their users have access to.
pub(super) async fn load(
    transaction: &mut Transaction,
    types: &'static [&'static ItemType],
    commands: &[(&str, &Loads)],
    locked: Locked,
) -> Result<World, Error> {
    let mut loader = Loader {
        transaction,
        world: World::default(),
        locked,
        quota: commands.iter().any(|(_, loads)| loads.quota),
        most: Hidden::Archived,
    };
    let (others, usual): (Vec<_>, Vec<_>) =
        commands.iter().partition(|(_, loads)| loads.of_deleted);
    for (commands, most) in [(usual, Hidden::Archived), (others, Hidden::Deleted)] {
        if !commands.is_empty() {
            loader.most = most;
            loader.all_of(types, &commands).await?;
        }
    }
    Ok(loader.world)
}

struct Loader<'t> {
    transaction: &'t mut Transaction,
    world: World,
    locked: Locked,
    /// True if a command needs the numbers of the owners of projects.
    quota: bool,
    /// The most hidden projects whose items are loaded.
    most: Hidden,
}

fn text(text: &str) -> Value {
    Value::Text(text.to_owned())
}

/// Returns the distinct pairs of a user and an id, as rows.
fn asked<'a, I: Iterator<Item = &'a str>>(
    commands: &[(&'a str, &'a Loads)],
    ids: impl Fn(&'a Loads) -> I,
) -> Vec<Row> {
    let pairs = commands
        .iter()
        .flat_map(|(user_id, loads)| ids(loads).map(|id| (*user_id, id)));
    let distinct: BTreeSet<_> = pairs.collect();
    let rows = distinct.into_iter();
    rows.map(|(user_id, id)| vec![text(user_id), text(id)])
        .collect()
}

impl Loader<'_> {
    /// Loads the rows that these commands need.
    async fn all_of(
        &mut self,
        types: &'static [&'static ItemType],
        commands: &[(&str, &Loads)],
    ) -> Result<(), Error> {
        let projects = asked(commands, |loads| loads.projects.iter().map(String::as_str));
        if !projects.is_empty() {
            self.projects(projects).await?;
        }
        for kind in types {
            self.items_of(kind, commands).await?;
        }
        let roots = asked(commands, |loads| loads.trash.iter().map(String::as_str));
        if !roots.is_empty() {
            self.trash(roots).await?;
        }
        Ok(())
    }

    async fn projects(&mut self, asked: Vec<Row>) -> Result<(), Error> {
        let engine = self.transaction.engine();
        let asked_columns = [text_column("user_id"), text_column("project_id")];
        let query = Sql::new("SELECT ")
            .append(access_columns(engine, self.quota))
            .push(", asked.project_id")
            .push(" FROM ")
            .append(engine.table(&asked_columns, &asked))
            .append(access::join(engine, "asked", "project_id", self.most))
            .append(self.lock(&["projects"], self.locked));
        let mut columns = ACCESS_COLUMNS.to_vec();
        columns.push(text_column("project_id"));
        for row in self.transaction.fetch_values(&columns, query).await? {
            let (member, rest) = access_of(row)?;
            if let [Value::Text(id)] = rest.as_slice() {
                self.add(&member, id);
            }
        }
        Ok(())
    }

    /// Loads the items of a type.
    async fn items_of(
        &mut self,
        kind: &'static ItemType,
        commands: &[(&str, &Loads)],
    ) -> Result<(), Error> {
        let of_type = |(other, id): &'_ (&'static ItemType, String)| {
            (other.noun == kind.noun).then(|| id.clone())
        };
        let ids = |list: fn(&Loads) -> &Vec<(&'static ItemType, String)>| {
            let pairs = commands.iter().flat_map(|(user_id, loads)| {
                let ids = list(loads).iter().filter_map(of_type);
                ids.map(|id| vec![text(user_id), Value::Text(id)])
            });
            distinct(pairs)
        };
        let trees = ids(|loads| &loads.trees);
        let mut items = ids(|loads| &loads.items);
        items.extend(trees.iter().cloned());
        items.extend(ids(|loads| &loads.lineages));
        let items = distinct(items.into_iter());
        let mut parents = self
            .items(kind, By::Id, items, self.locked, !trees.is_empty())
            .await?;
        parents.retain(|row| trees.contains(row));
        // The project is locked now, so no other transaction changes the descendants.
        for _ in 0..MOST_LEVELS {
            if parents.is_empty() {
                break;
            }
            parents = self
                .items(kind, By::Parent, parents, Locked::Awaited, true)
                .await?;
        }
        self.ancestors(kind, ids(|loads| &loads.lineages)).await?;
        let indexed = ids(|loads| &loads.indexed);
        self.items(kind, By::Index, indexed, self.locked, false)
            .await?;
        let mut matching: BTreeMap<&'static str, BTreeSet<(&str, &Matching)>> = BTreeMap::new();
        for (user_id, loads) in commands {
            let requests = loads.matching.iter();
            for request in requests.filter(|request| request.noun == kind.noun) {
                // An item that nobody holds a lock on could be changed or skipped.
                if self.world.role(user_id, &request.project_id).is_some() {
                    let of_column = matching.entry(request.column).or_default();
                    of_column.insert((user_id, request));
                }
            }
        }
        for (column, requests) in matching {
            let rows = requests.into_iter().map(|(user_id, request)| {
                vec![
                    text(user_id),
                    text(&request.project_id),
                    text(&request.value),
                ]
            });
            self.items(
                kind,
                By::Column(column),
                rows.collect(),
                Locked::Awaited,
                false,
            )
            .await?;
        }
        Ok(())
    }

    /// Loads the ancestors of items, level by level.
    async fn ancestors(&mut self, kind: &'static ItemType, items: Vec<Row>) -> Result<(), Error> {
        let Some(column) = kind.parent else {
            return Ok(());
        };
        let mut level = items;
        for _ in 0..MOST_LEVELS {
            let parents = level.iter().filter_map(|asked| {
                let [user_id, Value::Text(id)] = asked.as_slice() else {
                    return None;
                };
                let row = self.world.current(kind, id)?;
                let parent = kind.text(row, column)?.to_owned();
                Some(vec![user_id.clone(), Value::Text(parent)])
            });
            level = distinct(parents);
            if level.is_empty() {
                break;
            }
            self.items(kind, By::Id, level.clone(), Locked::Awaited, false)
                .await?;
        }
        Ok(())
    }

    /// Loads items. If `parents`, returns the users and ids of those that have children.
    async fn items(
        &mut self,
        kind: &'static ItemType,
        by: By,
        asked: Vec<Row>,
        locked: Locked,
        parents: bool,
    ) -> Result<Vec<Row>, Error> {
        if asked.is_empty() {
            return Ok(Vec::new());
        }
        let parents = kind.parent.filter(|_| parents);
        let query = Query {
            kind,
            by,
            asked: &asked,
            parents,
            quota: self.quota,
            most: self.most,
        };
        // The rows of the table of projects are locked as such.
        let mut locks = vec!["projects"];
        if kind.table.name != "projects" {
            locks.push(kind.table.name);
        }
        let engine = self.transaction.engine();
        let query = query.sql(engine).append(self.lock(&locks, locked));
        let mut columns = ACCESS_COLUMNS.to_vec();
        columns.push(column("is_parent", Kind::Integer));
        columns.extend(kind.table.columns);
        let mut found = Vec::new();
        for row in self.transaction.fetch_values(&columns, query).await? {
            let (member, mut rest) = access_of(row)?;
            let row = rest.split_off(1.min(rest.len()));
            let (id, project_id) = (kind.id(&row)?.to_owned(), kind.project_id(&row)?.to_owned());
            if rest == [Value::Integer(1)] {
                found.push(vec![text(&member.user_id), text(&id)]);
            }
            self.add(&member, &project_id);
            self.world.add_item(kind, &id, row);
        }
        Ok(found)
    }

    /// Loads items in the trash by the items that they were deleted with.
    async fn trash(&mut self, roots: Vec<Row>) -> Result<(), Error> {
        let engine = self.transaction.engine();
        let asked_columns = [text_column("user_id"), text_column("id")];
        let query = Sql::new("SELECT ")
            .append(access_columns(engine, self.quota))
            .push(", ")
            .append(TOMBSTONES.qualified_columns())
            .push(" FROM ")
            .append(engine.table(&asked_columns, &roots))
            .push(engine.ordered_join())
            .push("tombstones ON tombstones.root_id = asked.id")
            .append(access::join(engine, "tombstones", "project_id", self.most))
            .append(self.lock(&["projects", "tombstones"], self.locked));
        let mut columns = ACCESS_COLUMNS.to_vec();
        columns.extend(TOMBSTONES.columns);
        for row in self.transaction.fetch_values(&columns, query).await? {
            let (member, row) = access_of(row)?;
            let tombstone = Tombstone::of_values(row)
                .ok_or_else(|| Error::Internal("a tombstone cannot be read".into()))?;
            let project_id = tombstone.project_id.clone();
            self.add(&member, &project_id);
            self.world.add_tombstone(tombstone);
        }
        Ok(())
    }

    fn add(&mut self, member: &Member, project_id: &str) {
        let project = member.project.clone();
        if let Some(account) = member.account {
            self.world.add_account(&project.owner_id, account);
        }
        self.world
            .add_project(&member.user_id, project_id, member.role, project);
    }

    /// Clause that locks the rows of these tables until the end of the transaction. With the lock,
    /// PostgreSQL and MySQL read the latest committed version of each row.
    fn lock(&self, tables: &[&'static str], locked: Locked) -> Sql {
        let skipped = locked == Locked::Skipped;
        self.transaction.engine().lock_rows(tables, skipped)
    }
}

/// Returns the distinct rows, in order.
fn distinct(rows: impl Iterator<Item = Row>) -> Vec<Row> {
    let mut distinct: Vec<Row> = Vec::new();
    for row in rows {
        if !distinct.contains(&row) {
            distinct.push(row);
        }
    }
    distinct
}
