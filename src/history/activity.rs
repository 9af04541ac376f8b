//! The activity of a task and of a project, newest first. It is read from the change log: each item
//! has the id of its last change, and each entry the id of the change before. The values after a
//! change are those that the next one replaced, or the present ones.

use std::collections::{BTreeMap, BinaryHeap, HashMap};

use garde::Validate;
use serde_json::{Map, Value as Json};

use super::model::{Activity, ActivityFilter, ActivityPage};
use super::position::Position;
use super::versions::by_version;
use crate::access::{Role, visible_itself, visible_project, visible_to};
use crate::api::Representations;
use crate::db::{Pool, Row, Sql, Timestamp, Value, row};
use crate::error::Error;
use crate::work::{CREATE, DELETE, ItemType, PROJECT, Tombstone};

const DEFAULT_LIMIT: u32 = 50;

/// Members that every change updates.
const ALWAYS: [&str; 2] = ["updated_at", "version"];

row! {
    /// An entry of the change log.
    struct Entry {
        user_id: String,
        command: String,
        action: String,
        previous_id: Option<String>,
        old_values: String,
        created_at: Timestamp,
    }
}

/// An item, as it was after the change `change_id`.
struct Head {
    change_id: String,
    id: String,
    kind: &'static ItemType,
    row: Row,
    /// The owner of the project, who has created what nobody else has.
    owner_id: String,
}

impl Head {
    fn new(kind: &'static ItemType, row: Row, owner_id: &str) -> Result<Head, Error> {
        Ok(Head {
            change_id: kind.change_id(&row).unwrap_or_default().to_owned(),
            id: kind.id(&row)?.to_owned(),
            kind,
            row,
            owner_id: owner_id.to_owned(),
        })
    }

    fn key(&self) -> (&str, &str) {
        (&self.change_id, &self.id)
    }
}

impl PartialEq for Head {
    fn eq(&self, other: &Head) -> bool {
        self.key() == other.key()
    }
}

impl Eq for Head {}

impl PartialOrd for Head {
    fn partial_cmp(&self, other: &Head) -> Option<std::cmp::Ordering> {
        Some(self.cmp(other))
    }
}

impl Ord for Head {
    fn cmp(&self, other: &Head) -> std::cmp::Ordering {
        self.key().cmp(&other.key())
    }
}

/// The database and the types that activity is read from, for a user.
pub struct Source<'s> {
    pool: &'s Pool,
    types: &'static [&'static ItemType],
    representations: &'s Representations,
    user_id: &'s str,
}

impl<'s> Source<'s> {
    /// Creates the source of the activity that a user can see.
    pub fn new(
        pool: &'s Pool,
        types: &'static [&'static ItemType],
        representations: &'s Representations,
        user_id: &'s str,
    ) -> Source<'s> {
        Source {
            pool,
            types,
            representations,
            user_id,
        }
    }

    /// Returns the activity of an item, which may be in the trash.
    ///
    /// # Errors
    /// [`Error::NotFound`] if there is no such item, or [`Error::Invalid`] if the filter breaks a
    /// rule.
    pub async fn of_item(
        &self,
        noun: &str,
        id: &str,
        filter: &ActivityFilter,
    ) -> Result<ActivityPage, Error> {
        filter.validate()?;
        let kind = self.kind(noun)?;
        let query = Sql::new("SELECT ")
            .append(kind.table.qualified_columns())
            .push(" FROM ")
            .push(kind.table.name)
            .push(" WHERE id = ")
            .bind(id)
            .push(" AND ")
            .append(visible_to(self.pool.engine(), self.user_id));
        let rows = self.pool.fetch_values(kind.table.columns, query).await?;
        let (row, deletion) = match rows.into_iter().next() {
            Some(row) => (row, None),
            None => {
                let visible = visible_to(self.pool.engine(), self.user_id);
                let condition = visible.push(" AND id = ").bind(id);
                let tombstone = self.tombstones(condition, 1).await?;
                let tombstone = tombstone.into_iter().next().ok_or(Error::NotFound)?;
                let row = tombstone.row(kind).ok_or(Error::NotFound)?;
                (row, Some(tombstone.change_id))
            }
        };
        let owner_id = self.owner(kind.project_id(&row)?).await?;
        let mut head = Head::new(kind, row, &owner_id)?;
        if let Some(change_id) = deletion {
            head.change_id = change_id;
        }
        self.page(vec![head], filter).await
    }

    /// Returns the activity of a project and everything in it.
    ///
    /// # Errors
    /// [`Error::NotFound`] if there is no such project, or [`Error::Invalid`] if the filter breaks
    /// a rule.
    pub async fn of_project(
        &self,
        id: &str,
        filter: &ActivityFilter,
    ) -> Result<ActivityPage, Error> {
        filter.validate()?;
        let query = Sql::new("SELECT ")
            .append(PROJECT.table.qualified_columns())
            .push(" FROM projects WHERE id = ")
            .bind(id)
            .push(" AND ")
            .append(visible_itself(self.pool.engine(), self.user_id));
        let rows = self.pool.fetch_values(PROJECT.table.columns, query).await?;
        let project = rows.into_iter().next().ok_or(Error::NotFound)?;
        let owner_id = PROJECT
            .text(&project, "owner_id")
            .unwrap_or_default()
            .to_owned();
        let seen = Position::of(filter.cursor.as_deref())?.map_or(0, |position| position.seen);
        // The items with the latest changes are those with the latest versions.
        let most = seen + filter.limit.unwrap_or(DEFAULT_LIMIT) as usize + 1;
        let mut heads = vec![Head::new(&PROJECT, project, &owner_id)?];
        let engine = self.pool.engine();
        for kind in self.types.iter().filter(|kind| kind.deleted.is_none()) {
            let columns = kind.table.qualified_columns();
            let in_project = visible_project(self.user_id, id);
            let query = by_version(engine, kind, &columns, &in_project, true, most);
            for row in self.pool.fetch_values(kind.table.columns, query).await? {
                heads.push(Head::new(kind, row, &owner_id)?);
            }
        }
        let in_project = visible_project(self.user_id, id);
        for tombstone in self.tombstones(in_project, most).await? {
            let kind = self.kind(&tombstone.noun)?;
            if let Some(row) = tombstone.row(kind) {
                let mut head = Head::new(kind, row, &owner_id)?;
                head.change_id = tombstone.change_id;
                heads.push(head);
            }
        }
        self.page(heads, filter).await
    }

    fn kind(&self, noun: &str) -> Result<&'static ItemType, Error> {
        let kind = self.types.iter().find(|kind| kind.noun == noun);
        kind.copied().ok_or(Error::NotFound)
    }

    async fn owner(&self, project_id: &str) -> Result<String, Error> {
        let query = Sql::new("SELECT owner_id FROM projects WHERE id = ").bind(project_id);
        self.pool.fetch_value(query).await?.ok_or(Error::NotFound)
    }

    /// Returns the latest items in the trash that meet a condition, which includes the access rule.
    async fn tombstones(&self, condition: Sql, most: usize) -> Result<Vec<Tombstone>, Error> {
        let query = Sql::select::<Tombstone>()
            .push(" FROM tombstones WHERE ")
            .append(condition)
            .push(" AND item IS NOT NULL ORDER BY version DESC, id DESC")
            .limit(most);
        self.pool.fetch(query).await
    }

    async fn page(&self, heads: Vec<Head>, filter: &ActivityFilter) -> Result<ActivityPage, Error> {
        let limit = filter.limit.unwrap_or(DEFAULT_LIMIT) as usize;
        let start = Position::of(filter.cursor.as_deref())?;
        let mut heads: BinaryHeap<Head> = heads.into_iter().collect();
        let mut items = Vec::new();
        let mut last = None;
        let mut next_cursor = None;
        while let Some(head) = heads.pop() {
            let is_new = start.as_ref().is_none_or(|start| head.key() < start.key());
            if is_new && items.len() >= limit {
                let seen = start.map_or(0, |start| start.seen) + limit;
                next_cursor = last.map(|(change_id, item_id)| {
                    Position {
                        change_id,
                        item_id,
                        seen,
                    }
                    .encode()
                });
                break;
            }
            let key = (head.change_id.clone(), head.id.clone());
            let (activities, before) = self.step(head).await?;
            heads.extend(before);
            if is_new {
                items.extend(activities);
                last = Some(key);
            }
        }
        self.name_users(&mut items).await?;
        Ok(ActivityPage { items, next_cursor })
    }

    /// Returns the entries of the last change of an item, and the item as it was before.
    async fn step(&self, head: Head) -> Result<(Vec<Activity>, Option<Head>), Error> {
        let query = Sql::select::<Entry>()
            .push(" FROM changes WHERE id = ")
            .bind(head.change_id.as_str())
            .push(" AND item_id = ")
            .bind(head.id.as_str())
            .push(" ORDER BY position DESC");
        let entries: Vec<Entry> = self.pool.fetch(query).await?;
        let Some(previous) = entries.last().map(|entry| entry.previous_id.clone()) else {
            // The item is as it was created, or older entries have been deleted.
            return Ok((vec![creation(&head, &head.id)], None));
        };
        let mut activities = Vec::new();
        let mut row = head.row.clone();
        let mut is_created = false;
        for entry in entries {
            if entry.action == CREATE && previous.is_none() {
                is_created = true;
                continue;
            }
            let before = with_old_values(head.kind, &row, &entry.old_values);
            let (old, new) = match entry.action.as_str() {
                CREATE | DELETE => (Map::new(), Map::new()),
                _ => self.difference(head.kind, &before, &row),
            };
            activities.push(Activity {
                id: head.change_id.clone(),
                command: entry.command,
                kind: head.kind.noun.to_owned(),
                item_id: head.id.clone(),
                name: title_of(head.kind, &row),
                user_id: entry.user_id,
                user: None,
                at: entry.created_at,
                before: old,
                after: new,
            });
            row = before;
        }
        let head = Head { row, ..head };
        if is_created {
            activities.push(creation(&head, &head.change_id));
            return Ok((activities, None));
        }
        // A creation without an entry has the id of the item.
        let change_id = previous.unwrap_or_else(|| head.id.clone());
        Ok((activities, Some(Head { change_id, ..head })))
    }

    /// Returns the members of the API that differ, with their values before and after.
    fn difference(
        &self,
        kind: &ItemType,
        before: &Row,
        after: &Row,
    ) -> (Map<String, Json>, Map<String, Json>) {
        let object = |row: &Row| {
            let item = self
                .representations
                .of(kind.noun, "", Role::Owner, Some(row));
            match item.object {
                Some(Json::Object(members)) => members,
                _ => Map::new(),
            }
        };
        let (mut old, mut new) = (object(before), object(after));
        let differing: Vec<String> = old
            .iter()
            .filter(|(name, value)| {
                !ALWAYS.contains(&name.as_str()) && new.get(*name) != Some(*value)
            })
            .map(|(name, _)| name.clone())
            .collect();
        old.retain(|name, _| differing.contains(name));
        new.retain(|name, _| differing.contains(name));
        (old, new)
    }

    /// Adds the display names of the users.
    async fn name_users(&self, items: &mut [Activity]) -> Result<(), Error> {
        let mut ids: Vec<String> = items.iter().map(|item| item.user_id.clone()).collect();
        ids.sort_unstable();
        ids.dedup();
        if ids.is_empty() {
            return Ok(());
        }
        let query = Sql::select::<Named>()
            .push(" FROM users WHERE id ")
            .append(self.pool.engine().one_of(&ids));
        let named: Vec<Named> = self.pool.fetch(query).await?;
        let names: HashMap<_, _> = named
            .into_iter()
            .map(|user| (user.id, user.display_name))
            .collect();
        for item in items {
            item.user = names.get(&item.user_id).cloned();
        }
        Ok(())
    }
}

row! {
    struct Named {
        id: String,
        display_name: String,
    }
}

fn title_of(kind: &ItemType, row: &Row) -> String {
    kind.text(row, kind.title).unwrap_or_default().to_owned()
}

/// Returns the entry of the creation of an item.
fn creation(head: &Head, change_id: &str) -> Activity {
    let creator = head.kind.text(&head.row, "created_by");
    let created_at = head.kind.integer(&head.row, "created_at");
    Activity {
        id: change_id.to_owned(),
        command: format!("create_{}", head.kind.noun),
        kind: head.kind.noun.to_owned(),
        item_id: head.id.clone(),
        name: title_of(head.kind, &head.row),
        user_id: creator.unwrap_or(&head.owner_id).to_owned(),
        user: None,
        at: Timestamp(created_at.unwrap_or_default()),
        before: Map::new(),
        after: Map::new(),
    }
}

/// Returns a row with the values that a change replaced. Those of a purged entry are unknown.
fn with_old_values(kind: &ItemType, row: &Row, old_values: &str) -> Row {
    let mut row = row.clone();
    let old: BTreeMap<String, Value> = serde_json::from_str(old_values).unwrap_or_default();
    for (column, value) in old {
        if let Some(place) = kind.table.position(&column) {
            row[place] = value;
        }
    }
    row
}
