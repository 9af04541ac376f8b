//! The part of the past that an undo needs. An undo leaves an item as it was before the change that
//! it reverses, so the change before that one is then the last one in effect.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use crate::access::{all_of, member_of, visible_to};
use crate::db::{Pool, Row, Sql, Value, row};
use crate::error::Error;
use crate::work::{ItemType, PROJECT};

/// Maximum number of links of the history of an item that an undo follows.
const MOST_LINKS: usize = 64;

row! {
    /// An entry of the change log as a link of the history of an item.
    pub(super) struct Link {
        id: String,
        item_id: String,
        previous_id: Option<String>,
        undone_id: Option<String>,
    }
}

row! {
    /// An item and its last change.
    struct Last {
        id: String,
        change_id: Option<String>,
    }
}

/// A change and an item.
type Place = (String, String);

/// The changes after which items were as they are now.
#[derive(Default)]
pub(super) struct Histories {
    /// By item: its last change when it was read, and the changes after which it was the same.
    /// `None` is the creation of the item alone.
    items: HashMap<String, (Option<String>, Vec<Option<String>>)>,
}

/// The items of a created project when they were read.
#[derive(Default)]
pub(super) struct Contents {
    /// The version of the project.
    pub(super) version: i64,
    /// The ids.
    pub(super) items: Vec<String>,
}

impl Histories {
    /// Reads the histories of items, unless their last change is `change_id`. `items` has the type
    /// of each, and its last change if it is in the trash.
    ///
    /// # Errors
    /// [`Error::Database`].
    pub(super) async fn read(
        pool: &Pool,
        user_id: &str,
        change_id: &str,
        items: BTreeMap<String, (&'static ItemType, Option<String>)>,
    ) -> Result<Histories, Error> {
        let mut lasts: HashMap<String, Option<String>> = HashMap::new();
        let mut of_kind: BTreeMap<&str, (&'static ItemType, Vec<Row>)> = BTreeMap::new();
        for (id, (kind, deletion)) in items {
            let (_, rows) = of_kind.entry(kind.noun).or_insert((kind, Vec::new()));
            rows.push(vec![Value::Text(id.clone())]);
            if let Some(deletion) = deletion {
                lasts.insert(id, Some(deletion));
            }
        }
        for (kind, ids) in of_kind.into_values() {
            let found: Vec<Last> = pool.fetch(last_changes(pool, user_id, kind, &ids)).await?;
            lasts.extend(found.into_iter().map(|found| (found.id, found.change_id)));
        }
        lasts.retain(|_, last| last.as_deref() != Some(change_id));
        let mut links: HashMap<Place, Link> = HashMap::new();
        let mut asked: BTreeSet<String> = BTreeSet::new();
        for _ in 0..MOST_LINKS {
            let ends = lasts.iter().filter_map(|(id, last)| {
                let (_, missing) = same(&links, id, last.clone());
                missing.filter(|missing| !asked.contains(missing))
            });
            let missing: BTreeSet<String> = ends.collect();
            if missing.is_empty() {
                break;
            }
            let ids: Vec<String> = missing.iter().cloned().collect();
            let query = Sql::select::<Link>()
                .push(" FROM changes WHERE id ")
                .append(pool.engine().one_of(&ids));
            for link in pool.fetch::<Link>(query).await? {
                links.insert((link.id.clone(), link.item_id.clone()), link);
            }
            asked.extend(missing);
        }
        Ok(Histories::of(&links, lasts))
    }

    /// Creates the histories of items with these last changes.
    pub(super) fn of(
        links: &HashMap<Place, Link>,
        lasts: HashMap<String, Option<String>>,
    ) -> Histories {
        let items = lasts.into_iter().map(|(id, last)| {
            let (same, _) = same(links, &id, last.clone());
            (id, (last, same))
        });
        Histories {
            items: items.collect(),
        }
    }

    /// Returns true if an item with this last change is as it was after another change. `None` is
    /// the creation of the item alone.
    pub(super) fn is_as_after(&self, id: &str, last: Option<&str>, change: Option<&str>) -> bool {
        let history = self.items.get(id);
        let history = history.filter(|(read, _)| read.as_deref() == last);
        history.is_some_and(|(_, same)| same.iter().any(|other| other.as_deref() == change))
    }
}

/// Returns the changes after which an item was as it is after its last change, and the first change
/// of which no link is known.
fn same(
    links: &HashMap<Place, Link>,
    id: &str,
    last: Option<String>,
) -> (Vec<Option<String>>, Option<String>) {
    let link = |change: &str| links.get(&(change.to_owned(), id.to_owned()));
    let mut same = Vec::new();
    let mut next = last;
    while same.len() < MOST_LINKS {
        same.push(next.clone());
        let Some(change) = next else {
            return (same, None);
        };
        let Some(found) = link(&change) else {
            return (same, Some(change));
        };
        let Some(undone) = &found.undone_id else {
            return (same, None);
        };
        let Some(undone) = link(undone) else {
            return (same, Some(undone.clone()));
        };
        next = undone.previous_id.clone();
    }
    (same, None)
}

/// Statement that selects the last changes of items.
fn last_changes(pool: &Pool, user_id: &str, kind: &'static ItemType, ids: &[Row]) -> Sql {
    let engine = pool.engine();
    let columns = Sql::new(kind.table.name).push(".id AS id, change_id");
    let query = kind.select_by_id(engine, columns, ids);
    if kind.noun == PROJECT.noun {
        return query
            .push("projects.id ")
            .append(engine.any_of(all_of(user_id)));
    }
    query.append(member_of(engine, user_id))
}

impl Contents {
    /// Reads at most `most` items of each type of a project. `None` if the user cannot see it.
    ///
    /// # Errors
    /// [`Error::Database`].
    pub(super) async fn read(
        pool: &Pool,
        types: &[&'static ItemType],
        user_id: &str,
        project_id: &str,
        most: usize,
    ) -> Result<Option<Contents>, Error> {
        // A later change of the project advances its version.
        let version = Sql::new("SELECT version FROM projects WHERE id = ")
            .bind(project_id)
            .push(" AND id ")
            .append(pool.engine().any_of(all_of(user_id)));
        let Some(version) = pool.fetch_value(version).await? else {
            return Ok(None);
        };
        let mut items = Vec::new();
        for kind in types.iter().filter(|kind| kind.deleted.is_none()) {
            let query = Sql::new("SELECT id, change_id FROM ")
                .push(kind.table.name)
                .push(" WHERE project_id = ")
                .bind(project_id)
                .push(" AND ")
                .append(visible_to(pool.engine(), user_id))
                .limit(most);
            let found: Vec<Last> = pool.fetch(query).await?;
            items.extend(found.into_iter().map(|found| found.id));
        }
        Ok(Some(Contents { version, items }))
    }
}
