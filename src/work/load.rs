//! Loading of the rows that commands need, with one query per table.

use std::collections::BTreeSet;

use super::{Loads, World};
use crate::access::{self, Role};
use crate::db::{Column, Engine, Kind, Row, Sql, Table, Transaction, Value};
use crate::error::Error;

/// The treatment of rows locked by another transaction.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Locked {
    /// Skips the rows. Their commands are executed later, so that other commands do not wait.
    Skipped,
    /// Waits for the locks.
    Awaited,
}

/// Loads the rows that commands need and that their users have access to.
pub(super) async fn load(
    transaction: &mut Transaction,
    commands: &[(&str, &Loads)],
    locked: Locked,
) -> Result<World, Error> {
    let mut world = World::default();
    let projects = asked(commands.iter().flat_map(|(user_id, loads)| {
        let projects = loads.projects.iter();
        projects.map(|id| (*user_id, id.as_str()))
    }));
    if !projects.is_empty() {
        load_projects(transaction, &mut world, projects, locked).await?;
    }
    let mut tables: Vec<&'static Table> = Vec::new();
    for (table, _) in commands.iter().flat_map(|(_, loads)| &loads.items) {
        if !tables.iter().any(|other| other.name == table.name) {
            tables.push(table);
        }
    }
    for table in tables {
        let items = asked(commands.iter().flat_map(|(user_id, loads)| {
            let items = loads.items.iter();
            items
                .filter(|(other, _)| other.name == table.name)
                .map(|(_, id)| (*user_id, id.as_str()))
        }));
        load_items(transaction, &mut world, table, items, locked).await?;
    }
    Ok(world)
}

/// Returns the distinct pairs of a user and an id, as rows.
fn asked<'a>(pairs: impl Iterator<Item = (&'a str, &'a str)>) -> Vec<Row> {
    let text = |text: &str| Value::Text(text.to_owned());
    let distinct: BTreeSet<_> = pairs.collect();
    let rows = distinct.into_iter();
    rows.map(|(user_id, id)| vec![text(user_id), text(id)])
        .collect()
}

const fn text_column(name: &'static str) -> Column {
    Column {
        name,
        kind: Kind::Text,
    }
}

/// The user, the role and the project version of a loaded row.
const ACCESS_COLUMNS: [Column; 3] = [
    text_column("member_id"),
    text_column("member_role"),
    Column {
        name: "project_version",
        kind: Kind::Integer,
    },
];

const ACCESS: &str = "asked.user_id AS member_id, project_members.role AS member_role, \
                      projects.version AS project_version, ";

async fn load_projects(
    transaction: &mut Transaction,
    world: &mut World,
    asked: Vec<Row>,
    locked: Locked,
) -> Result<(), Error> {
    let engine = transaction.engine();
    let asked_columns = [text_column("user_id"), text_column("project_id")];
    let query = Sql::new("SELECT ")
        .push(ACCESS)
        .push("asked.project_id FROM ")
        .append(engine.table(&asked_columns, &asked))
        .append(access::join(engine, "asked"))
        .append(lock(engine, &["projects"], locked));
    let mut columns = ACCESS_COLUMNS.to_vec();
    columns.push(text_column("project_id"));
    for row in transaction.fetch_values(&columns, query).await? {
        let (user_id, role, version, rest) = access_of(row)?;
        if let [Value::Text(id)] = rest.as_slice() {
            world.add_project(&user_id, id, role, version);
        }
    }
    Ok(())
}

async fn load_items(
    transaction: &mut Transaction,
    world: &mut World,
    table: &'static Table,
    asked: Vec<Row>,
    locked: Locked,
) -> Result<(), Error> {
    let engine = transaction.engine();
    let asked_columns = [text_column("user_id"), text_column("id")];
    let query = Sql::new("SELECT ")
        .push(ACCESS)
        .append(table.qualified_columns())
        .push(" FROM ")
        .append(engine.table(&asked_columns, &asked))
        .push(engine.ordered_join())
        .push(table.name)
        .append(engine.force_index("id"))
        .push(" ON ")
        .push(table.name)
        .push(".id = asked.id")
        .append(access::join(engine, table.name))
        .append(lock(engine, &["projects", table.name], locked));
    let columns: Vec<_> = ACCESS_COLUMNS
        .iter()
        .chain(table.columns)
        .copied()
        .collect();
    let place = |name| table.columns.iter().position(|column| column.name == name);
    let (Some(id_place), Some(project_place)) = (place("id"), place("project_id")) else {
        return Err(Error::Internal(format!("{} has no items", table.name)));
    };
    for row in transaction.fetch_values(&columns, query).await? {
        let (user_id, role, version, row) = access_of(row)?;
        if let (Value::Text(id), Value::Text(project_id)) = (&row[id_place], &row[project_place]) {
            let (id, project_id) = (id.clone(), project_id.clone());
            world.add_project(&user_id, &project_id, role, version);
            world.add_item(table, &id, &project_id, row);
        }
    }
    Ok(())
}

/// Separates the values of [`ACCESS_COLUMNS`] from the rest of a row.
fn access_of(mut row: Row) -> Result<(String, Role, i64, Row), Error> {
    let rest = row.split_off(ACCESS_COLUMNS.len().min(row.len()));
    if let Ok(
        [
            Value::Text(user_id),
            Value::Text(role),
            Value::Integer(version),
        ],
    ) = <[Value; 3]>::try_from(row)
        && let Some(role) = Role::of_name(&role)
    {
        return Ok((user_id, role, version, rest));
    }
    Err(Error::Internal("a membership cannot be read".into()))
}

/// Clause that locks the rows of these tables until the end of the transaction. With the lock,
/// PostgreSQL and MySQL read the latest committed version of each row.
fn lock(engine: Engine, tables: &[&'static str], locked: Locked) -> Sql {
    let skipped = locked == Locked::Skipped;
    engine.lock_rows(tables, skipped)
}
