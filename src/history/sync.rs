//! Synchronisation. A change advances the version of its project under the lock of the project's
//! row, and stores that version in the changed rows. A client that knows a project up to a version
//! needs the rows with greater versions. The version of the project is read before the rows, so a
//! change that is committed later has a greater version and comes with the next pass.

use std::collections::BTreeMap;
use std::ops::Bound;

use garde::Validate;
use uuid::Uuid;

use super::model::{ChangeFilter, ChangePage};
use super::token::{Current, Token};
use super::versions::by_version;
use crate::access::{Role, visible_itself, visible_project, visible_to};
use crate::api::{ChangedObject, Representations};
use crate::db::{Pool, Row, Sql, Timestamp, Value, row};
use crate::error::Error;
use crate::work::{ItemType, PROJECT};

const DEFAULT_LIMIT: u32 = 500;

/// Number of bytes of descriptions after which a page ends.
const MOST_BYTES: i64 = 1 << 20;

/// Number of tombstones read at once. The items that have moved are read too.
const MOST_TOMBSTONES: usize = 100;

/// Time by which a token expires before the tombstones that it needs. It covers the duration of a
/// pass and differences between the clocks of nodes.
const MARGIN: i64 = 60 * 60;

const DAY: i64 = 24 * 60 * 60;

row! {
    /// A project of the user.
    struct Membership {
        project_id: String,
        role: String,
        hidden: i64,
        version: i64,
    }
}

row! {
    /// The position and the size of a row.
    struct Measured {
        id: String,
        version: i64,
        bytes: i64,
    }
}

row! {
    /// A tombstone without its item.
    struct Gone {
        id: String,
        noun: String,
        version: i64,
    }
}

/// Returns a page of changes. Tombstones are kept for `days`.
///
/// # Errors
/// [`Error::Invalid`] if the filter breaks a rule, [`Error::Expired`] if the token is too old, or
/// [`Error::Database`].
pub async fn page(
    pool: &Pool,
    types: &'static [&'static ItemType],
    representations: &Representations,
    days: u32,
    user_id: &str,
    filter: &ChangeFilter,
) -> Result<ChangePage, Error> {
    filter.validate()?;
    let now = Timestamp::now();
    let token = match filter.since.as_deref() {
        Some(text) => Token::decode(text)?,
        None => Token::new(now),
    };
    let oldest = now.plus_seconds(MARGIN - i64::from(days) * DAY);
    if token.completed_at < oldest {
        return Err(Error::Expired);
    }
    let mut pass = Pass {
        pool,
        types,
        representations,
        user_id,
        token,
        items: Vec::new(),
        limit: filter.limit.unwrap_or(DEFAULT_LIMIT) as usize,
        bytes: 0,
    };
    let more = pass.run(now).await?;
    Ok(ChangePage {
        next: pass.token.encode(),
        items: pass.items,
        more,
    })
}

/// A pass over the projects of a user, in the order of their ids.
struct Pass<'p> {
    pool: &'p Pool,
    types: &'static [&'static ItemType],
    representations: &'p Representations,
    user_id: &'p str,
    token: Token,
    items: Vec<ChangedObject>,
    limit: usize,
    bytes: i64,
}

impl Pass<'_> {
    /// Reads a page. Returns true if the pass has another one.
    async fn run(&mut self, now: Timestamp) -> Result<bool, Error> {
        if self.token.current.is_none() && self.token.passed.is_nil() {
            self.token.started_at = now;
        }
        let projects = self.projects().await?;
        self.remove_invisible(&projects);
        loop {
            if self.is_full() {
                return Ok(true);
            }
            if let Some(current) = self.token.current.clone() {
                let role = projects.get(&current.project_id).map(|(role, _)| *role);
                self.read(current, role.unwrap_or(Role::Viewer)).await?;
                continue;
            }
            let passed = self.token.passed;
            let mut later = projects.range((Bound::Excluded(passed), Bound::Unbounded));
            let known = &self.token.projects;
            let next = later.find(|(id, (_, version))| known.get(id) != Some(version));
            let Some((id, (_, version))) = next else {
                self.token.passed = Uuid::nil();
                self.token.completed_at = self.token.started_at;
                return Ok(false);
            };
            let from = known.get(id).copied().unwrap_or_default();
            // A version that is less than the known one is that of a restored backup.
            let from = if from > *version { 0 } else { from };
            self.token.projects.insert(*id, from);
            self.token.current = Some(Current {
                project_id: *id,
                from,
                to: *version,
                stage: 0,
                version: from,
                id: Uuid::max(),
            });
        }
    }

    fn is_full(&self) -> bool {
        self.items.len() >= self.limit || self.bytes >= MOST_BYTES
    }

    /// Returns the visible projects of the user, with the role and the version of each.
    async fn projects(&self) -> Result<BTreeMap<Uuid, (Role, i64)>, Error> {
        let query = Sql::new(
            "SELECT project_members.project_id AS project_id, project_members.role AS role,
                 project_members.hidden AS hidden, projects.version AS version
             FROM project_members JOIN projects ON projects.id = project_members.project_id
             WHERE project_members.hidden < 2 AND project_members.user_id = ",
        );
        let found: Vec<Membership> = self.pool.fetch(query.bind(self.user_id)).await?;
        let projects = found.into_iter().filter_map(|found| {
            let id = Uuid::try_parse(&found.project_id).ok()?;
            let role = Role::of_name(&found.role)?;
            Some((id, (role, found.version)))
        });
        Ok(projects.collect())
    }

    /// Adds the deletion of projects that the client knows and the user does not see any more.
    fn remove_invisible(&mut self, projects: &BTreeMap<Uuid, (Role, i64)>) {
        let known = self.token.projects.keys();
        let lost: Vec<Uuid> = known
            .filter(|id| !projects.contains_key(id))
            .copied()
            .collect();
        for id in lost {
            self.token.projects.remove(&id);
            self.push(PROJECT.noun, &id.to_string(), Role::Viewer, None);
        }
        let current = self.token.current.as_ref();
        if current.is_some_and(|current| !projects.contains_key(&current.project_id)) {
            self.token.current = None;
        }
    }

    fn push(&mut self, noun: &str, id: &str, role: Role, row: Option<&Row>) {
        self.items
            .push(self.representations.of(noun, id, role, row));
    }

    /// Reads the next items of a project.
    async fn read(&mut self, mut current: Current, role: Role) -> Result<(), Error> {
        let most = self.limit - self.items.len();
        let is_complete = match self.types.get(usize::from(current.stage)) {
            Some(kind) if kind.noun == PROJECT.noun => self.read_project(&current, role).await?,
            Some(kind) => self.read_items(kind, &mut current, role, most).await?,
            None => self.read_tombstones(&mut current, most).await?,
        };
        if !is_complete {
            self.token.current = Some(current);
        } else if usize::from(current.stage) < self.types.len() {
            let stage = current.stage + 1;
            let are_tombstones = usize::from(stage) == self.types.len();
            self.token.current = Some(Current {
                stage,
                version: match are_tombstones {
                    true => self.removed_from(&current),
                    false => current.from,
                },
                id: Uuid::max(),
                ..current
            });
        } else {
            self.token.projects.insert(current.project_id, current.to);
            self.token.passed = current.project_id;
            self.token.current = None;
        }
        Ok(())
    }

    /// Returns the version after which the client needs the tombstones of a project. If it does not
    /// know the project, they are those of items that moved there since the last pass began.
    fn removed_from(&self, current: &Current) -> i64 {
        match current.from {
            0 => self.token.completed_at.plus_seconds(-MARGIN).0,
            from => from,
        }
    }

    async fn read_project(&mut self, current: &Current, role: Role) -> Result<bool, Error> {
        let query = Sql::new("SELECT ")
            .append(PROJECT.table.qualified_columns())
            .push(" FROM projects WHERE id = ")
            .bind(current.project_id.to_string())
            .push(" AND item_version > ")
            .bind(current.from)
            .push(" AND ")
            .append(visible_itself(self.pool.engine(), self.user_id));
        let rows = self.pool.fetch_values(PROJECT.table.columns, query).await?;
        for row in rows {
            self.push(PROJECT.noun, PROJECT.id(&row)?, role, Some(&row));
        }
        Ok(true)
    }

    async fn read_items(
        &mut self,
        kind: &'static ItemType,
        current: &mut Current,
        role: Role,
        most: usize,
    ) -> Result<bool, Error> {
        // Long texts are measured before they are read.
        let bytes = match kind.table.position("description") {
            Some(_) => "OCTET_LENGTH(description)",
            None => "0",
        };
        let engine = self.pool.engine();
        let conditions = self.after(current);
        let columns = Sql::new("id, version, ").push(bytes).push(" AS bytes");
        let query = by_version(engine, kind, &columns, &conditions, false, most + 1);
        let mut found: Vec<Measured> = self.pool.fetch(query).await?;
        let is_all = found.len() <= most;
        let (count, bytes) = fitting(&found, most, MOST_BYTES - self.bytes);
        let is_complete = is_all && count == found.len();
        found.truncate(count);
        let Some(last) = found.last() else {
            return Ok(true);
        };
        let columns = kind.table.qualified_columns();
        let query = by_version(engine, kind, &columns, &conditions, false, count);
        let rows = self.pool.fetch_values(kind.table.columns, query).await?;
        self.bytes += bytes;
        // A row that has changed in the meantime comes with the next pass.
        current.version = last.version;
        current.id = Uuid::try_parse(&last.id).unwrap_or(Uuid::max());
        for row in rows {
            let position = (
                kind.integer(&row, kind.version).unwrap_or(i64::MAX),
                kind.id(&row)?,
            );
            if position <= (last.version, last.id.as_str()) {
                self.push(kind.noun, kind.id(&row)?, role, Some(&row));
            }
        }
        Ok(is_complete)
    }

    async fn read_tombstones(&mut self, current: &mut Current, most: usize) -> Result<bool, Error> {
        let most = most.min(MOST_TOMBSTONES);
        let query = Sql::new("SELECT id, noun, version FROM tombstones WHERE ")
            .append(self.after(current))
            .push(" ORDER BY version, id")
            .limit(most + 1);
        let mut found: Vec<Gone> = self.pool.fetch(query).await?;
        let is_complete = found.len() <= most;
        found.truncate(most);
        let elsewhere = self.visible(&found).await?;
        for gone in found {
            if self.is_full() {
                return Ok(false);
            }
            current.version = gone.version;
            current.id = Uuid::try_parse(&gone.id).unwrap_or(Uuid::max());
            let Some((kind, row)) = elsewhere.get(&gone.id) else {
                self.push(&gone.noun, &gone.id, Role::Viewer, None);
                continue;
            };
            // An item that has moved comes, or came, with its new project. If the client does not
            // know that one, it may be deleted before it is read.
            let project_id = Uuid::try_parse(kind.project_id(row)?).unwrap_or_default();
            if *self.token.projects.entry(project_id).or_insert(0) == 0 {
                let text = kind.text(row, "description").unwrap_or_default();
                self.bytes += i64::try_from(text.len()).unwrap_or(i64::MAX);
                self.push(&gone.noun, &gone.id, Role::Viewer, Some(row));
            }
        }
        Ok(is_complete)
    }

    /// Returns the items that the user can still see.
    async fn visible(
        &self,
        found: &[Gone],
    ) -> Result<BTreeMap<String, (&'static ItemType, Row)>, Error> {
        let mut visible = BTreeMap::new();
        for kind in self.types.iter().filter(|kind| kind.deleted.is_none()) {
            let of_kind = found.iter().filter(|gone| gone.noun == kind.noun);
            let ids: Vec<Row> = of_kind
                .map(|gone| vec![Value::Text(gone.id.clone())])
                .collect();
            if ids.is_empty() {
                continue;
            }
            let engine = self.pool.engine();
            let query = kind
                .select_by_id(engine, kind.table.qualified_columns(), &ids)
                .append(visible_to(engine, self.user_id));
            for row in self.pool.fetch_values(kind.table.columns, query).await? {
                visible.insert(kind.id(&row)?.to_owned(), (*kind, row));
            }
        }
        Ok(visible)
    }

    /// Condition on rows that come after the position of a project.
    fn after(&self, current: &Current) -> Sql {
        visible_project(self.user_id, &current.project_id.to_string())
            .push(" AND version <= ")
            .bind(current.to)
            .push(" AND version >= ")
            .bind(current.version)
            .push(" AND (version > ")
            .bind(current.version)
            .push(" OR id > ")
            .bind(current.id.to_string())
            .push(")")
    }
}

/// Returns the number of rows that fit, which is at least one, and their bytes.
fn fitting(found: &[Measured], most: usize, bytes: i64) -> (usize, i64) {
    let mut sum = 0_i64;
    let mut count = 0;
    for measured in found.iter().take(most) {
        let with = sum.saturating_add(measured.bytes);
        if count > 0 && with > bytes {
            break;
        }
        (count, sum) = (count + 1, with);
    }
    (count, sum)
}

#[cfg(test)]
mod tests;
