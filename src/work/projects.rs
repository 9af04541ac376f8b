//! Projects and their members. Each account has one project, its Inbox, and is its only member. An
//! Inbox has the id of its account, so that no lookup is needed.

use super::item::{ItemType, item, no_tally};
use super::world::{Difference, World};
use crate::access::{Hidden, Role};
use crate::db::{Column, Engine, Kind, Row, Sql, Table, Timestamp, Transaction, Value, record};
use crate::error::Error;

record! {
    /// A row of `projects`.
    pub struct ProjectRow in "projects" key 1 {
        id: String,
        owner_id: String,
        name: String,
        description: String,
        colour: String,
        parent_id: Option<String>,
        /// `None` for the order of creation, in which the id is the position.
        position: Option<String>,
        favourite: bool,
        view: String,
        group_by: String,
        sort_by: String,
        archived_at: Option<Timestamp>,
        deleted_at: Option<Timestamp>,
        // The project as a space of items. Only the executor changes these.
        open_tasks: i64,
        total_tasks: i64,
        /// The version of the project and everything in it.
        version: i64,
        // The project as an item.
        change_id: Option<String>,
        item_version: i64,
        created_at: Timestamp,
        updated_at: Timestamp,
    }
}

record! {
    /// A row of `project_members`.
    pub struct MemberRow in "project_members" key 2 {
        user_id: String,
        project_id: String,
        role: String,
        /// The number of [`Hidden`].
        hidden: i64,
    }
}

record! {
    /// A row of `erased_projects`.
    pub struct ErasedProject in "erased_projects" key 1 {
        id: String,
        /// The id of the command up to which the project's entries have been deleted from the
        /// change log.
        swept_to: String,
    }
}

/// The table of projects.
pub const PROJECTS: Table = ProjectRow::TABLE;

/// The table of project members.
pub const MEMBERS: Table = MemberRow::TABLE;

/// The table of deleted projects with remaining entries in the change log.
pub const ERASED_PROJECTS: Table = ErasedProject::TABLE;

/// Projects as items.
pub static PROJECT: ItemType = ItemType {
    noun: "project",
    table: &PROJECTS,
    project: "id",
    version: "item_version",
    title: "name",
    parent: Some("parent_id"),
    deleted: Some("deleted_at"),
    references: &[("parent_id", "project")],
    tally: no_tally,
    indexes: &[],
    parts: &[],
};

item!(ProjectRow, item_version, &PROJECT);

impl ProjectRow {
    /// Returns a new project without items.
    pub fn new(id: &str, owner_id: &str, name: &str, now: Timestamp) -> ProjectRow {
        ProjectRow {
            id: id.to_owned(),
            owner_id: owner_id.to_owned(),
            name: name.to_owned(),
            description: String::new(),
            colour: "grey".to_owned(),
            parent_id: None,
            position: None,
            favourite: false,
            view: "list".to_owned(),
            group_by: "section".to_owned(),
            sort_by: "position".to_owned(),
            archived_at: None,
            deleted_at: None,
            open_tasks: 0,
            total_tasks: 0,
            version: now.0,
            change_id: None,
            item_version: now.0,
            created_at: now,
            updated_at: now,
        }
    }

    /// Returns true for the Inbox of an account, which cannot be archived, deleted or shared.
    pub fn is_inbox(&self) -> bool {
        self.id == self.owner_id
    }
}

/// Returns the state of a project for its members.
pub(super) fn hidden(row: &Row) -> Hidden {
    let kind = &PROJECT;
    if kind.is_deleted(row) {
        Hidden::Deleted
    } else if kind.integer(row, "archived_at").is_some() {
        Hidden::Archived
    } else {
        Hidden::No
    }
}

/// Saves the memberships of created projects, and of those that are hidden or shown.
pub(super) async fn save_members(
    transaction: &mut Transaction,
    world: &World,
    difference: &Difference,
) -> Result<(), Error> {
    let mut members = Vec::new();
    for row in &difference.inserted {
        let id = PROJECT.id(row)?;
        let member = MemberRow {
            user_id: world.project(id)?.owner_id.clone(),
            project_id: id.to_owned(),
            role: Role::Owner.name().to_owned(),
            // A later command of the same transaction may have hidden it.
            hidden: hidden(row).number(),
        };
        members.push(member.to_values());
    }
    transaction.insert_rows(&MEMBERS, &members).await?;
    let mut changed = Vec::new();
    for row in &difference.updated {
        if hidden(&row.before) != hidden(&row.after) {
            let id = PROJECT.id(&row.after)?.to_owned();
            let number = hidden(&row.after).number();
            changed.push(vec![Value::Text(id), Value::Integer(number)]);
        }
    }
    if changed.is_empty() {
        return Ok(());
    }
    transaction
        .run(hide(transaction.engine(), &changed))
        .await?;
    Ok(())
}

/// Statement that sets the state of projects for all of their members.
fn hide(engine: Engine, rows: &[Row]) -> Sql {
    let column = |name, kind| Column { name, kind };
    let columns = [
        column("project_id", Kind::Text),
        column("hidden", Kind::Integer),
    ];
    let asked = engine.table(&columns, rows);
    match engine {
        Engine::Mysql => Sql::new("UPDATE ")
            .append(asked)
            .push(" STRAIGHT_JOIN project_members")
            .push(" ON project_members.project_id = asked.project_id")
            .push(" SET project_members.hidden = asked.hidden"),
        Engine::Sqlite | Engine::Postgres => {
            Sql::new("UPDATE project_members SET hidden = asked.hidden FROM ")
                .append(asked)
                .push(" WHERE project_members.project_id = asked.project_id")
        }
    }
}

/// Creates the Inbox of a new account.
///
/// # Errors
/// [`Error::Database`].
pub async fn create_inbox(
    transaction: &mut Transaction,
    user_id: &str,
    now: Timestamp,
) -> Result<(), Error> {
    let project = ProjectRow::new(user_id, user_id, "Inbox", now);
    transaction
        .insert_rows(&PROJECTS, &[project.to_values()])
        .await?;
    let member = MemberRow {
        user_id: user_id.to_owned(),
        project_id: user_id.to_owned(),
        role: Role::Owner.name().to_owned(),
        hidden: Hidden::No.number(),
    };
    transaction
        .insert_rows(&MEMBERS, &[member.to_values()])
        .await
}

/// Deletes the projects of an account with all of their items. A background job deletes their
/// entries in the change log.
///
/// # Errors
/// [`Error::Database`].
pub async fn erase_projects(transaction: &mut Transaction, user_id: &str) -> Result<(), Error> {
    let owned = Sql::new("SELECT id FROM projects WHERE owner_id = ")
        .bind(user_id)
        .append(transaction.engine().for_update());
    let id = [Column {
        name: "id",
        kind: Kind::Text,
    }];
    let owned = transaction.fetch_values(&id, owned).await?;
    erase(transaction, &owned).await
}

/// Deletes projects with all of their items. `ids` has one row for each.
///
/// # Errors
/// [`Error::Database`].
pub(super) async fn erase(transaction: &mut Transaction, ids: &[Row]) -> Result<(), Error> {
    // The deletion comes first, so that it waits for concurrent writers of the projects.
    transaction.delete_rows(&PROJECTS, ids).await?;
    let erased = ids.iter().filter_map(|row| match row.first() {
        Some(Value::Text(id)) => Some(ErasedProject {
            id: id.clone(),
            swept_to: String::new(),
        }),
        _ => None,
    });
    let erased: Vec<Row> = erased.map(|project| project.to_values()).collect();
    transaction.insert_rows(&ERASED_PROJECTS, &erased).await
}
