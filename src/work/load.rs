//! Loading of the rows that commands need, with one query per table and kind of request.

use std::collections::{BTreeMap, BTreeSet};

use super::command::Matching;
use super::tombstones::{TOMBSTONES, Tombstone};
use super::world::{Account, Project};
use super::{ItemType, Loads, World};
use crate::access::{self, Role};
use crate::db::{Column, Engine, FromColumns, Kind, Row, Sql, Transaction, Value};
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

/// The items to load of one type, and the way to find them.
#[derive(Clone, Copy)]
enum By {
    /// By id.
    Id,
    /// By the id of the parent.
    Parent,
    /// By project and the value of a column.
    Column(&'static str),
    /// By a value in the index, in all projects of the user.
    Index,
}

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
    };
    let projects = asked(commands, |loads| loads.projects.iter().map(String::as_str));
    if !projects.is_empty() {
        loader.projects(projects).await?;
    }
    for kind in types {
        loader.items_of(kind, commands).await?;
    }
    let roots = asked(commands, |loads| loads.trash.iter().map(String::as_str));
    if !roots.is_empty() {
        loader.trash(roots).await?;
    }
    Ok(loader.world)
}

struct Loader<'t> {
    transaction: &'t mut Transaction,
    world: World,
    locked: Locked,
    /// True if a command needs the numbers of the owners of projects.
    quota: bool,
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

const fn text_column(name: &'static str) -> Column {
    column(name, Kind::Text)
}

const fn column(name: &'static str, kind: Kind) -> Column {
    Column { name, kind }
}

/// The user, the role, the state of the project, and the number of projects and tasks of its
/// owner.
const ACCESS_COLUMNS: [Column; 9] = [
    text_column("member_id"),
    text_column("member_role"),
    text_column("owner_id"),
    column("project_version", Kind::Integer),
    column("open_tasks", Kind::Integer),
    column("total_tasks", Kind::Integer),
    text_column("last_change_id"),
    column("account_projects", Kind::Integer),
    column("account_tasks", Kind::Integer),
];

/// Expressions for [`ACCESS_COLUMNS`]. Without `quota`, the numbers of the owner are NULL.
fn access_columns(engine: Engine, quota: bool) -> Sql {
    let access = Sql::new("asked.user_id AS member_id, project_members.role AS member_role, ")
        .push("projects.owner_id AS owner_id, projects.version AS project_version, ")
        .push("projects.open_tasks AS open_tasks, projects.total_tasks AS total_tasks, ")
        .push("projects.last_change_id AS last_change_id, ");
    let null = "CAST(NULL AS ";
    if !quota {
        return access
            .push(null)
            .push(engine.integer())
            .push(") AS account_projects, ")
            .push(null)
            .push(engine.integer())
            .push(") AS account_tasks");
    }
    let owned = "FROM projects AS owned WHERE owned.owner_id = projects.owner_id)";
    access
        .push("(SELECT COUNT(*) ")
        .push(owned)
        .push(" AS account_projects, (SELECT CAST(SUM(owned.total_tasks) AS ")
        .push(engine.integer())
        .push(") ")
        .push(owned)
        .push(" AS account_tasks")
}

impl Loader<'_> {
    async fn projects(&mut self, asked: Vec<Row>) -> Result<(), Error> {
        let engine = self.transaction.engine();
        let asked_columns = [text_column("user_id"), text_column("project_id")];
        let query = Sql::new("SELECT ")
            .append(access_columns(engine, self.quota))
            .push(", asked.project_id")
            .push(" FROM ")
            .append(engine.table(&asked_columns, &asked))
            .append(access::join(engine, "asked", "project_id"))
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
        let query = self.query(kind, by, &asked, locked, parents);
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

    fn query(
        &self,
        kind: &'static ItemType,
        by: By,
        asked: &[Row],
        locked: Locked,
        parents: Option<&'static str>,
    ) -> Sql {
        let engine = self.transaction.engine();
        let table = kind.table.name;
        let is_parent = match parents {
            Some(column) => Sql::new(", CASE WHEN EXISTS (SELECT 1 FROM ")
                .push(table)
                .push(" AS child WHERE child.")
                .push(column)
                .push(" = ")
                .push(table)
                .push(".id) THEN 1 ELSE 0 END AS is_parent, "),
            None => Sql::new(", 0 AS is_parent, "),
        };
        let mut asked_columns = vec![text_column("user_id")];
        asked_columns.extend(match by {
            By::Id | By::Parent => vec![text_column("id")],
            By::Column(_) => vec![text_column("project_id"), text_column("value")],
            By::Index => vec![text_column("value")],
        });
        let query = Sql::new("SELECT ")
            .append(access_columns(engine, self.quota))
            .append(is_parent)
            .append(kind.table.qualified_columns())
            .push(" FROM ")
            .append(engine.table(&asked_columns, asked));
        let access = if kind.deleted.is_some() {
            access::join_itself(engine)
        } else {
            access::join(engine, table, kind.project)
        };
        let join = || Sql::new(engine.ordered_join()).push(table);
        let query = match by {
            By::Id => query
                .append(join())
                .append(engine.force_index(if kind.table.key == 1 { "PRIMARY" } else { "id" }))
                .append(equal(table, "id", "asked", "id"))
                .append(access),
            By::Parent => query
                .append(join())
                .append(equal(table, kind.parent.unwrap_or("id"), "asked", "id"))
                .append(access),
            By::Column(column) => query
                .append(join())
                .append(equal(table, kind.project, "asked", "project_id"))
                .push(" AND ")
                .push(table)
                .push(".")
                .push(column)
                .push(" = asked.value")
                .append(access),
            By::Index => {
                let Some(index) = &kind.index else {
                    return query.append(access);
                };
                let name = index.table.name;
                query
                    .append(access::join_all(engine))
                    .push(engine.ordered_join())
                    .push(name)
                    .append(equal(name, "project_id", "projects", "id"))
                    .push(" AND ")
                    .push(name)
                    .push(".")
                    .push(index.column)
                    .push(" = asked.value")
                    .append(join())
                    .append(equal(table, kind.project, name, "project_id"))
                    .push(" AND ")
                    .push(table)
                    .push(".id = ")
                    .push(name)
                    .push(".")
                    .push(index.item)
            }
        };
        // The rows of the table of projects are locked as such.
        let mut locks = vec!["projects"];
        if table != "projects" {
            locks.push(table);
        }
        query.append(self.lock(&locks, locked))
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
            .append(access::join(engine, "tombstones", "project_id"))
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

/// Join condition between columns of two tables.
fn equal(
    table: &'static str,
    column: &'static str,
    other: &'static str,
    other_column: &'static str,
) -> Sql {
    Sql::new(" ON ")
        .push(table)
        .push(".")
        .push(column)
        .push(" = ")
        .push(other)
        .push(".")
        .push(other_column)
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

/// The user of a loaded row, and the access to its project.
struct Member {
    user_id: String,
    role: Role,
    project: Project,
    /// The numbers of the owner of the project.
    account: Option<Account>,
}

/// Separates the values of [`ACCESS_COLUMNS`] from the rest of a row.
fn access_of(mut row: Row) -> Result<(Member, Row), Error> {
    let rest = row.split_off(ACCESS_COLUMNS.len().min(row.len()));
    if let Ok(
        [
            Value::Text(user_id),
            Value::Text(role),
            Value::Text(owner_id),
            Value::Integer(version),
            Value::Integer(open_tasks),
            Value::Integer(total_tasks),
            last_change_id,
            projects,
            tasks,
        ],
    ) = <[Value; ACCESS_COLUMNS.len()]>::try_from(row)
        && let Some(role) = Role::of_name(&role)
    {
        let project = Project {
            owner_id,
            version,
            open_tasks,
            total_tasks,
            last_change_id: match last_change_id {
                Value::Text(id) => Some(id),
                _ => None,
            },
            changed: false,
            created: false,
        };
        let account = match (projects, tasks) {
            (Value::Integer(projects), Value::Integer(tasks)) => Some(Account { projects, tasks }),
            _ => None,
        };
        let member = Member {
            user_id,
            role,
            project,
            account,
        };
        return Ok((member, rest));
    }
    Err(Error::Internal("a membership cannot be read".into()))
}
