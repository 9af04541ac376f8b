//! Reads of projects. Each query includes the access rule.

use std::collections::HashMap;

use super::tree;
use super::{Project, ProjectFilter, ProjectMove, ProjectPage};
use crate::access::{Hidden, Role, of_member, projects_with_role};
use crate::db::{Pool, Sql, Timestamp, row};
use crate::error::Error;
use crate::locale::Language;
use crate::work::ProjectRow;

row! {
    struct Read {
        id: String,
        owner_id: String,
        name: String,
        description: String,
        colour: String,
        parent_id: Option<String>,
        position: Option<String>,
        favourite: bool,
        view: String,
        group_by: String,
        sort_by: String,
        archived_at: Option<Timestamp>,
        item_version: i64,
        created_at: Timestamp,
        updated_at: Timestamp,
        open_tasks: i64,
        role: String,
    }
}

row! {
    struct Count {
        project_id: String,
        open_tasks: i64,
    }
}

row! {
    struct Size {
        total_tasks: i64,
    }
}

impl From<Read> for Project {
    fn from(read: Read) -> Project {
        let new = ProjectRow::new(&read.id, &read.owner_id, &read.name, read.created_at);
        let row = ProjectRow {
            description: read.description,
            colour: read.colour,
            parent_id: read.parent_id,
            position: read.position,
            favourite: read.favourite,
            view: read.view,
            group_by: read.group_by,
            sort_by: read.sort_by,
            archived_at: read.archived_at,
            item_version: read.item_version,
            updated_at: read.updated_at,
            ..new
        };
        // The database has the names of roles alone. The least role is the safe choice.
        let role = Role::of_name(&read.role).unwrap_or(Role::Viewer);
        Project::of(row, role)
    }
}

/// Query for the projects of a user that are hidden at most this much.
fn select(pool: &Pool, user_id: &str, most: Hidden) -> Sql {
    Sql::select::<Read>()
        .push(" FROM ")
        .append(projects_with_role(pool.engine()))
        .push(" WHERE ")
        .append(of_member(user_id, most))
}

fn archived_alone(pool: &Pool, user_id: &str) -> Sql {
    select(pool, user_id, Hidden::Archived).push(" AND project_members.hidden <> 0")
}

async fn fetch(pool: &Pool, sql: Sql) -> Result<Vec<Project>, Error> {
    let rows: Vec<Read> = pool.fetch(sql).await?;
    Ok(rows.into_iter().map(Project::from).collect())
}

/// Returns a project that the user has access to.
///
/// # Errors
/// [`Error::NotFound`] if there is no such project.
pub async fn read(pool: &Pool, user_id: &str, id: &str) -> Result<Project, Error> {
    let sql = select(pool, user_id, Hidden::Archived)
        .push(" AND project_members.project_id = ")
        .bind(id);
    let found = fetch(pool, sql).await?;
    found.into_iter().next().ok_or(Error::NotFound)
}

/// Returns a page of the user's projects.
///
/// # Errors
/// [`Error::Invalid`] if the cursor cannot be read, or [`Error::Database`].
pub async fn list(
    pool: &Pool,
    user_id: &str,
    filter: &ProjectFilter,
) -> Result<ProjectPage, Error> {
    let sql = match filter.archived.unwrap_or_default() {
        true => archived_alone(pool, user_id),
        false => select(pool, user_id, Hidden::No),
    };
    let projects = fetch(pool, sql).await?;
    tree::page(projects, filter.page_size(), filter.cursor.as_deref())
}

/// Returns the projects in use, with the name of the Inbox in a language.
///
/// # Errors
/// [`Error::Database`].
pub async fn shown(pool: &Pool, user_id: &str, language: Language) -> Result<Vec<Project>, Error> {
    let projects = in_use(pool, user_id).await?.into_iter();
    Ok(projects
        .map(|project| project.in_language(language))
        .collect())
}

/// Returns all projects of the user that are in use, in the order of the tree.
///
/// # Errors
/// [`Error::Database`].
pub async fn in_use(pool: &Pool, user_id: &str) -> Result<Vec<Project>, Error> {
    let projects = fetch(pool, select(pool, user_id, Hidden::No)).await?;
    Ok(tree::sorted(projects))
}

/// Returns the projects in use, as [`in_use`] does, and their numbers of open tasks, by id.
///
/// # Errors
/// [`Error::Database`].
pub async fn counted(
    pool: &Pool,
    user_id: &str,
) -> Result<(Vec<Project>, HashMap<String, i64>), Error> {
    let rows: Vec<Read> = pool.fetch(select(pool, user_id, Hidden::No)).await?;
    let counts = rows.iter().map(|row| (row.id.clone(), row.open_tasks));
    let counts = counts.collect();
    let projects = rows.into_iter().map(Project::from).collect();
    Ok((tree::sorted(projects), counts))
}

/// Returns all archived projects of the user, in the order of the tree.
///
/// # Errors
/// [`Error::Database`].
pub async fn archived(pool: &Pool, user_id: &str) -> Result<Vec<Project>, Error> {
    Ok(tree::sorted(
        fetch(pool, archived_alone(pool, user_id)).await?,
    ))
}

/// Returns the number of open tasks of each of the user's projects in use.
///
/// # Errors
/// [`Error::Database`].
pub async fn open_tasks(pool: &Pool, user_id: &str) -> Result<HashMap<String, i64>, Error> {
    let sql = Sql::select::<Count>()
        .push(" FROM ")
        .append(projects_with_role(pool.engine()))
        .push(" WHERE ")
        .append(of_member(user_id, Hidden::No));
    let rows: Vec<Count> = pool.fetch(sql).await?;
    let counts = rows.into_iter().map(|row| (row.project_id, row.open_tasks));
    Ok(counts.collect())
}

/// Returns the number of tasks of each of the user's projects in use, the Inbox among them.
///
/// # Errors
/// [`Error::Database`].
pub async fn sizes(pool: &Pool, user_id: &str) -> Result<Vec<i64>, Error> {
    let sql = Sql::select::<Size>()
        .push(" FROM ")
        .append(projects_with_role(pool.engine()))
        .push(" WHERE ")
        .append(of_member(user_id, Hidden::No));
    let rows: Vec<Size> = pool.fetch(sql).await?;
    Ok(rows.into_iter().map(|row| row.total_tasks).collect())
}

/// Returns the project that is at present next to the only neighbour that a move names: the one
/// behind `after`, or the one before `before`. `None` if there is none or both are named.
///
/// # Errors
/// [`Error::Database`].
pub async fn neighbour(
    pool: &Pool,
    user_id: &str,
    id: &str,
    moved: &ProjectMove,
) -> Result<Option<String>, Error> {
    let (beside, follows) = match (&moved.after, &moved.before) {
        (Some(after), None) => (after, true),
        (None, Some(before)) => (before, false),
        _ => return Ok(None),
    };
    let all = fetch(pool, select(pool, user_id, Hidden::Archived)).await?;
    Ok(next_to(all, id, beside, follows))
}

/// Returns the sibling behind or before a project, leaving out the project that moves.
fn next_to(mut all: Vec<Project>, moved: &str, beside: &str, follows: bool) -> Option<String> {
    let parent_id = all.iter().find(|project| project.id == beside)?;
    let parent_id = parent_id.parent_id.clone();
    all.retain(|project| project.parent_id == parent_id && project.id != moved && !project.inbox);
    all.sort_unstable_by(|one, other| (&one.position, &one.id).cmp(&(&other.position, &other.id)));
    let place = all.iter().position(|project| project.id == beside)?;
    let next = if follows {
        place.checked_add(1)
    } else {
        place.checked_sub(1)
    };
    all.get(next?).map(|project| project.id.clone())
}
