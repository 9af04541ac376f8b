//! Items that others name, as tasks name their labels. A label that tasks still have is not removed
//! with its creation, because its name would stay on the tasks.

use std::collections::HashMap;

use super::Undo;
use crate::access::visible_to;
use crate::db::{Pool, Row, Sql};
use crate::error::Error;
use crate::work::{Context, ItemType, World};

/// The values by which other items name created items, by the ids of the latter.
#[derive(Default)]
pub(super) struct Names(HashMap<String, String>);

/// Returns the type whose items name those of another type, and the column with the name.
fn naming(
    types: &[&'static ItemType],
    kind: &ItemType,
) -> Option<(&'static ItemType, &'static str)> {
    types.iter().find_map(|other| {
        let (noun, column) = other.indexes.iter().find_map(|index| index.names)?;
        (noun == kind.noun).then_some((*other, column))
    })
}

impl Names {
    /// Reads the names of created items.
    ///
    /// # Errors
    /// [`Error::Database`].
    pub async fn read(
        pool: &Pool,
        types: &[&'static ItemType],
        user_id: &str,
        created: &[(&'static ItemType, String)],
    ) -> Result<Names, Error> {
        let mut names = HashMap::new();
        for kind in types {
            let of_kind = created.iter().filter(|(other, _)| other.noun == kind.noun);
            let ids: Vec<String> = of_kind.map(|(_, id)| id.clone()).collect();
            let Some((_, column)) = naming(types, kind).filter(|_| !ids.is_empty()) else {
                continue;
            };
            let query = Sql::new("SELECT ")
                .append(kind.table.qualified_columns())
                .push(" FROM ")
                .push(kind.table.name)
                .push(" WHERE ")
                .append(visible_to(pool.engine(), user_id))
                .push(" AND id ")
                .append(pool.engine().one_of(&ids));
            for row in pool.fetch_values(kind.table.columns, query).await? {
                let name = kind.text(&row, column).unwrap_or_default();
                names.insert(kind.id(&row)?.to_owned(), name.to_owned());
            }
        }
        Ok(Names(names))
    }
}

impl Undo {
    /// Returns the type of the items that name a created item, and the name.
    pub(super) fn named(&self, kind: &ItemType, id: &str) -> Option<(&'static ItemType, String)> {
        let (other, _) = naming(self.types, kind)?;
        Some((other, self.names.0.get(id)?.clone()))
    }

    /// Returns true if an item that the user may change names the item of a row.
    pub(super) fn is_named(
        &self,
        world: &World,
        context: &Context<'_>,
        kind: &ItemType,
        row: &Row,
    ) -> bool {
        let name = naming(self.types, kind);
        let name = name.and_then(|(other, column)| Some((other, kind.text(row, column)?)));
        // A project that the change created leaves with its items.
        let leaving = |project_id: &str| self.contents.contains_key(project_id);
        name.is_some_and(|(other, name)| world.names(context.user_id, other, name, leaving))
    }
}
