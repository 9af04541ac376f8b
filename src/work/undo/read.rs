//! The reading of a change that is to be undone.

use std::collections::{BTreeMap, HashMap};

use super::history::{Contents, Histories};
use super::names::Names;
use super::{Entry, Undo};
use crate::access::member_of;
use crate::db::{Column, Kind, Pool, Row, Sql, Value};
use crate::error::Error;
use crate::work::changes::CREATE;
use crate::work::command::Matching;
use crate::work::reversal::kind_of;
use crate::work::tombstones::{TOMBSTONES, Tombstone};
use crate::work::{ItemType, Loads, PROJECT};

impl Undo {
    /// Creates the command that reverses a change of a user.
    ///
    /// # Errors
    /// [`Error::NotFound`] if another user made the change, or [`Error::Database`].
    pub async fn of(
        pool: &Pool,
        types: &'static [&'static ItemType],
        user_id: &str,
        change_id: &str,
    ) -> Result<Undo, Error> {
        let entries = Sql::select::<Entry>()
            .push(" FROM changes WHERE id = ")
            .bind(change_id)
            .push(" ORDER BY position");
        let entries: Vec<Entry> = pool.fetch(entries).await?;
        if entries.iter().any(|entry| entry.user_id != user_id) {
            return Err(Error::NotFound);
        }
        let trash = Sql::new("SELECT ").append(TOMBSTONES.qualified_columns());
        let trash = if entries.is_empty() {
            // The change may have created the item with its id.
            trash.push(" FROM tombstones WHERE id = ").bind(change_id)
        } else {
            let text = |text: &String| Value::Text(text.clone());
            let keys: Vec<Row> = entries
                .iter()
                .map(|entry| vec![text(&entry.project_id), text(&entry.item_id)])
                .collect();
            let column = |name| Column {
                name,
                kind: Kind::Text,
            };
            let columns = [column("space_id"), column("item_id")];
            trash
                .push(" FROM ")
                .append(pool.engine().table(&columns, &keys))
                .push(pool.engine().ordered_join())
                .push("tombstones ON tombstones.project_id = asked.space_id")
                .push(" AND tombstones.id = asked.item_id WHERE root_id IS NOT NULL")
        };
        // The change may have moved the project to the trash, too.
        let trash = trash
            .push(" AND ")
            .append(member_of(pool.engine(), user_id));
        let trash: Vec<Tombstone> = pool.fetch(trash).await?;
        let trash = trash.into_iter();
        let mut created = None;
        let kinds = types.iter().filter(|kind| kind.deleted.is_none());
        for kind in kinds.filter(|_| entries.is_empty()) {
            let project = Sql::new("SELECT project_id FROM ")
                .push(kind.table.name)
                .push(" WHERE id = ")
                .bind(change_id)
                .push(" AND ")
                .append(member_of(pool.engine(), user_id));
            let project: Option<String> = pool.fetch_value(project).await?;
            created = created.or(project.map(|id| (*kind, id)));
        }
        let trash = trash.map(|found| ((found.project_id.clone(), found.id.clone()), found));
        let undo = Undo {
            types,
            change_id: change_id.to_owned(),
            entries,
            created,
            trash: trash.collect(),
            histories: Histories::default(),
            names: Names::default(),
            contents: HashMap::new(),
        };
        undo.with_past(pool, user_id).await
    }

    /// Reads the histories of the items, and the contents of created projects.
    async fn with_past(mut self, pool: &Pool, user_id: &str) -> Result<Undo, Error> {
        let mut items = BTreeMap::new();
        let (mut created, mut named) = (Vec::new(), Vec::new());
        for entry in &self.entries {
            let kind = kind_of(self.types, &entry.noun)?;
            if entry.action == CREATE {
                named.push((kind, entry.item_id.clone()));
            }
            let key = (entry.project_id.clone(), entry.item_id.clone());
            let deletion = self.trash.get(&key).map(|found| found.change_id.clone());
            items.insert(key.1, (kind, deletion));
            if entry.action == CREATE && kind.deleted.is_some() {
                created.push(entry.item_id.clone());
            }
        }
        if let Some((kind, _)) = self.created {
            named.push((kind, self.change_id.clone()));
            items.insert(self.change_id.clone(), (kind, None));
        } else if self.entries.is_empty() {
            items.insert(self.change_id.clone(), (&PROJECT, None));
            created.push(self.change_id.clone());
        }
        for id in created {
            // One more than the change can have created.
            let most = self.entries.len() + 1;
            let contents = Contents::read(pool, self.types, user_id, &id, most).await?;
            self.contents
                .extend(contents.map(|contents| (id, contents)));
        }
        self.names = Names::read(pool, self.types, user_id, &named).await?;
        self.histories = Histories::read(pool, user_id, &self.change_id, items).await?;
        Ok(self)
    }

    /// Adds the items that a row refers to.
    pub(super) fn load_references(
        &self,
        loads: &mut Loads,
        kind: &ItemType,
        value: impl Fn(&str) -> Option<String>,
    ) {
        for (column, noun) in kind.references {
            match (value(column), kind_of(self.types, noun)) {
                (Some(id), Ok(other)) if kind.parent == Some(column) => {
                    loads.lineages.push((other, id));
                }
                (Some(id), Ok(other)) => loads.items.push((other, id)),
                _ => {}
            }
        }
    }

    /// Adds a created item and the items that it may contain.
    pub(super) fn load_created(
        &self,
        loads: &mut Loads,
        kind: &'static ItemType,
        id: &str,
        project_id: &str,
    ) {
        if kind.deleted.is_some() {
            loads.trees.push((kind, id.to_owned()));
            return;
        }
        loads.items.push((kind, id.to_owned()));
        loads.indexed.extend(self.named(kind, id));
        for other in self.types {
            let references = other.references.iter();
            for (column, _) in references.filter(|(_, noun)| *noun == kind.noun) {
                loads.matching.push(Matching {
                    noun: other.noun,
                    column,
                    project_id: project_id.to_owned(),
                    value: id.to_owned(),
                });
            }
        }
    }
}
