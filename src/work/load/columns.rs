//! The columns with which each loaded row comes: the user, and the access to its project.

use crate::access::Role;
use crate::db::{Column, Engine, Kind, Row, Sql, Value};
use crate::error::Error;
use crate::work::world::{Account, Project};

pub(super) const fn text_column(name: &'static str) -> Column {
    column(name, Kind::Text)
}

pub(super) const fn column(name: &'static str, kind: Kind) -> Column {
    Column { name, kind }
}

/// The user, the role, the state of the project, and the number of projects and tasks of its
/// owner.
pub(super) const ACCESS_COLUMNS: [Column; 8] = [
    text_column("member_id"),
    text_column("member_role"),
    text_column("owner_id"),
    column("project_version", Kind::Integer),
    column("open_tasks", Kind::Integer),
    column("total_tasks", Kind::Integer),
    column("account_projects", Kind::Integer),
    column("account_tasks", Kind::Integer),
];

/// Expressions for [`ACCESS_COLUMNS`]. Without `quota`, the numbers of the owner are NULL.
pub(super) fn access_columns(engine: Engine, quota: bool) -> Sql {
    let access = Sql::new("asked.user_id AS member_id, project_members.role AS member_role, ")
        .push("projects.owner_id AS owner_id, projects.version AS project_version, ")
        .push("projects.open_tasks AS open_tasks, projects.total_tasks AS total_tasks, ");
    let null = "CAST(NULL AS ";
    if !quota {
        return access
            .push(null)
            .push(engine.integer())
            .push(") AS account_projects, ")
            .push(null)
            .push(engine.integer())
            .push(") AS account_tasks");
    }
    let owned = "FROM projects AS owned WHERE owned.owner_id = projects.owner_id)";
    access
        .push("(SELECT COUNT(*) ")
        .push(owned)
        .push(" AS account_projects, (SELECT CAST(SUM(owned.total_tasks) AS ")
        .push(engine.integer())
        .push(") ")
        .push(owned)
        .push(" AS account_tasks")
}

/// The user of a loaded row, and the access to its project.
pub(super) struct Member {
    pub user_id: String,
    pub role: Role,
    pub project: Project,
    /// The numbers of the owner of the project.
    pub account: Option<Account>,
}

/// Separates the values of [`ACCESS_COLUMNS`] from the rest of a row.
pub(super) fn access_of(mut row: Row) -> Result<(Member, Row), Error> {
    let rest = row.split_off(ACCESS_COLUMNS.len().min(row.len()));
    if let Ok(
        [
            Value::Text(user_id),
            Value::Text(role),
            Value::Text(owner_id),
            Value::Integer(version),
            Value::Integer(open_tasks),
            Value::Integer(total_tasks),
            projects,
            tasks,
        ],
    ) = <[Value; ACCESS_COLUMNS.len()]>::try_from(row)
        && let Some(role) = Role::of_name(&role)
    {
        let project = Project {
            owner_id,
            version,
            open_tasks,
            total_tasks,
            ..Project::default()
        };
        let account = match (projects, tasks) {
            (Value::Integer(projects), Value::Integer(tasks)) => Some(Account { projects, tasks }),
            _ => None,
        };
        let member = Member {
            user_id,
            role,
            project,
            account,
        };
        return Ok((member, rest));
    }
    Err(Error::Internal("a membership cannot be read".into()))
}
