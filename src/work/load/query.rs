//! The query for the items of one type.

use super::columns::{access_columns, text_column};
use crate::access::{self, Hidden};
use crate::db::{Engine, Row, Sql};
use crate::work::ItemType;

/// The items to load of one type, and the way to find them.
#[derive(Clone, Copy)]
pub(super) enum By {
    /// By id.
    Id,
    /// By the id of the parent.
    Parent,
    /// By project and the value of a column.
    Column(&'static str),
    /// By a value in the index, in all projects of the user.
    Index,
}

/// A query for items.
pub(super) struct Query<'q> {
    pub kind: &'static ItemType,
    pub by: By,
    /// The users and what they ask for.
    pub asked: &'q [Row],
    /// The column with the parent, if the rows are to tell whether they have children.
    pub parents: Option<&'static str>,
    /// True if the rows come with the numbers of the owners of their projects.
    pub quota: bool,
    /// The most hidden projects whose items are loaded.
    pub most: Hidden,
}

impl Query<'_> {
    /// Returns the statement, without its locks.
    pub fn sql(&self, engine: Engine) -> Sql {
        let Query {
            kind,
            by,
            asked,
            parents,
            quota,
            most,
        } = *self;
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
            .append(access_columns(engine, quota))
            .append(is_parent)
            .append(kind.table.qualified_columns())
            .push(" FROM ")
            .append(engine.table(&asked_columns, asked));
        let access = if kind.deleted.is_some() {
            access::join_itself(engine)
        } else {
            access::join(engine, table, kind.project, most)
        };
        let join = || Sql::new(engine.ordered_join()).push(table);
        match by {
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
                let Some(index) = kind.indexes.first() else {
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
        }
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
