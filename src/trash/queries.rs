//! Reads of the trash. Each query includes the access rule.

use garde::Validate;

use super::model::Cursor;
use super::search::search;
use super::{TrashFilter, TrashPage, TrashedItem};
use crate::access::{Hidden, member_of, visible_projects, visible_to};
use crate::db::{Engine, Pool, Sql, Timestamp, row};
use crate::error::{Code, Error};
use crate::locale::message;

const DEFAULT_LIMIT: u32 = 50;

const DAY: i64 = 24 * 60 * 60;

row! {
    /// A deleted item or project.
    struct Found {
        id: String,
        noun: String,
        title: String,
        project_id: String,
        deleted_at: Timestamp,
        deleted_by: Option<String>,
        items: i64,
    }
}

/// Returns a page of the items in the trash that the user can see. Items are erased after `days`.
///
/// # Errors
/// [`Error::Invalid`] if the filter breaks a rule, or [`Error::Database`].
pub async fn list(
    pool: &Pool,
    days: u32,
    user_id: &str,
    filter: &TrashFilter,
) -> Result<TrashPage, Error> {
    filter.validate()?;
    let after = filter.cursor.as_deref().map(Cursor::decode).transpose()?;
    let limit = filter.limit.unwrap_or(DEFAULT_LIMIT) as usize;
    let only = match filter.text() {
        Some(_) if after.is_some() => {
            let message = message!("cursor-one-page");
            return Err(Error::invalid("cursor", Code::InvalidCursor, message));
        }
        Some(text) => Some(search(pool, user_id, text, limit).await?),
        None => None,
    };
    let part = Part {
        after,
        only,
        // One additional row shows if there is a next page.
        rows: limit + 1,
    };
    let mut found: Vec<Found> = pool.fetch(items(pool, user_id, &part)).await?;
    let projects: Vec<Found> = pool.fetch(projects(pool, user_id, &part)).await?;
    found.extend(projects);
    found.sort_unstable_by(|one, other| {
        (other.deleted_at, &other.id).cmp(&(one.deleted_at, &one.id))
    });
    let more = found.len() > limit;
    found.truncate(limit);
    let next_cursor = found.last().filter(|_| more).map(|last| {
        let cursor = Cursor {
            deleted_at: last.deleted_at,
            id: last.id.clone(),
        };
        cursor.encode()
    });
    let kept = i64::from(days) * DAY;
    let items = found.into_iter().map(|found| TrashedItem {
        purged_at: found.deleted_at.plus_seconds(kept),
        id: found.id,
        kind: found.noun,
        title: found.title,
        project_id: found.project_id,
        deleted_at: found.deleted_at,
        deleted_by: found.deleted_by,
        items: found.items,
    });
    Ok(TrashPage {
        items: items.collect(),
        next_cursor,
    })
}

/// The part of the trash to read.
struct Part {
    /// The last item before it.
    after: Option<Cursor>,
    /// The ids, if it has only some.
    only: Option<Vec<String>>,
    rows: usize,
}

/// Statement for the deleted items. The keys are found first: the items that were deleted with
/// each are counted only for those of the page.
fn items(pool: &Pool, user_id: &str, part: &Part) -> Sql {
    let engine = pool.engine();
    let columns = "tombstones.project_id AS key_project, tombstones.id AS key_id";
    let projects = visible_projects(user_id, Hidden::Archived);
    let select = |columns: &'static str| Sql::new("SELECT ").push(columns).push(" FROM ");
    let keys = match engine {
        // SQLite reads the items of each project until they come after those that it has.
        Engine::Sqlite => select(columns)
            .push("tombstones")
            .append(engine.indexed_by("tombstones_in_trash"))
            .push(" WHERE root_id = id AND ")
            .append(visible_to(engine, user_id)),
        Engine::Postgres => {
            let of_project = select("project_id, id, deleted_at")
                .push("tombstones WHERE project_id = visible_id AND root_id = id");
            select(columns)
                .append(projects)
                .push(" CROSS JOIN LATERAL (")
                .append(part.page(engine, of_project))
                .push(") AS tombstones WHERE TRUE")
        }
        Engine::Mysql => select(columns)
            .append(projects)
            .push(" STRAIGHT_JOIN tombstones")
            .append(engine.force_index("tombstones_in_trash"))
            .push(" ON tombstones.project_id = visible_id AND root_id = id WHERE TRUE"),
    };
    let counted = "id, noun, title, project_id, deleted_at, deleted_by,
        (SELECT COUNT(*) FROM tombstones AS part WHERE part.root_id = tombstones.id
         AND part.project_id = tombstones.project_id) AS items";
    let found = select(counted)
        .push("(")
        .append(part.page(engine, keys))
        .push(") AS found")
        .push(engine.ordered_join())
        .push("tombstones ON tombstones.project_id = key_project AND tombstones.id = key_id")
        .push(" WHERE TRUE");
    page(found, part.rows)
}

/// Statement for the deleted projects whose parent was not deleted by the same change.
fn projects(pool: &Pool, user_id: &str, part: &Part) -> Sql {
    let query = Sql::new(
        "SELECT id, noun, title, project_id, deleted_at, deleted_by, items
         FROM (SELECT projects.id AS id, 'project' AS noun, projects.name AS title,
                   projects.id AS project_id, projects.deleted_at AS deleted_at,
                   (SELECT changes.user_id FROM changes WHERE changes.id = projects.change_id
                    AND changes.item_id = projects.id LIMIT 1) AS deleted_by,
                   (SELECT COUNT(*) FROM projects AS part
                    WHERE part.owner_id = projects.owner_id AND part.deleted_at IS NOT NULL
                    AND part.change_id = projects.change_id) AS items
               FROM projects LEFT JOIN projects AS parent ON parent.id = projects.parent_id
               WHERE projects.deleted_at IS NOT NULL
               AND (parent.id IS NULL OR parent.deleted_at IS NULL
                    OR parent.change_id <> projects.change_id)) AS deleted WHERE ",
    );
    let query = query.append(member_of(pool.engine(), user_id));
    part.page(pool.engine(), query)
}

impl Part {
    /// Restricts a query to the part.
    fn page(&self, engine: Engine, query: Sql) -> Sql {
        let query = match &self.after {
            Some(cursor) => query
                .push(" AND (deleted_at, id) < (")
                .bind(cursor.deleted_at)
                .push(", ")
                .bind(cursor.id.clone())
                .push(")"),
            None => query,
        };
        let query = match &self.only {
            Some(ids) => query.push(" AND id ").append(engine.one_of(ids)),
            None => query,
        };
        page(query, self.rows)
    }
}

fn page(query: Sql, rows: usize) -> Sql {
    query.push(" ORDER BY deleted_at DESC, id DESC").limit(rows)
}
