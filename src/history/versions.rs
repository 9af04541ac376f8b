//! Rows in the order of their versions.

use crate::db::{Engine, Sql};
use crate::work::ItemType;

/// Returns a statement for the rows of a type that meet conditions, by version and id. `columns`
/// include both.
pub(super) fn by_version(
    engine: Engine,
    kind: &ItemType,
    columns: &Sql,
    conditions: &Sql,
    descending: bool,
    rows: usize,
) -> Sql {
    let order = if descending {
        " ORDER BY version DESC, id DESC"
    } else {
        " ORDER BY version, id"
    };
    let part = |index: Sql, condition: &'static str| {
        Sql::new("SELECT ")
            .append(columns.clone())
            .push(" FROM ")
            .push(kind.table.name)
            .append(index)
            .push(" WHERE ")
            .append(conditions.clone())
            .push(condition)
            .push(order)
            .limit(rows)
    };
    if kind.parts.is_empty() {
        return part(Sql::default(), "");
    }
    let mut union = Sql::default();
    for (number, each) in kind.parts.iter().enumerate() {
        union = union
            .push(if number == 0 { "" } else { " UNION ALL " })
            .push("SELECT * FROM (")
            .append(match engine {
                Engine::Mysql => part(Sql::default(), each.mysql_condition),
                Engine::Sqlite | Engine::Postgres => {
                    part(engine.indexed_by(each.index), each.condition)
                }
            })
            .push(") AS ")
            .push(each.index);
    }
    Sql::new("SELECT * FROM (")
        .append(union)
        .push(") AS found")
        .push(order)
        .limit(rows)
}
