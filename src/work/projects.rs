//! Projects and their members. Each account has one project, its Inbox, and is its only member. An
//! Inbox has the id of its account, so that no lookup is needed.

use crate::access::Role;
use crate::db::{Sql, Table, Timestamp, Transaction, record};
use crate::error::Error;

record! {
    /// A row of `projects`.
    pub struct ProjectRow in "projects" key 1 {
        id: String,
        name: String,
        version: i64,
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

/// Creates the Inbox of a new account.
///
/// # Errors
/// [`Error::Database`].
pub async fn create_inbox(
    transaction: &mut Transaction,
    user_id: &str,
    now: Timestamp,
) -> Result<(), Error> {
    let project = ProjectRow {
        id: user_id.to_owned(),
        name: "Inbox".to_owned(),
        version: now.0,
        created_at: now,
        updated_at: now,
    };
    transaction
        .insert_rows(&PROJECTS, &[project.to_values()])
        .await?;
    let member = MemberRow {
        user_id: user_id.to_owned(),
        project_id: user_id.to_owned(),
        role: Role::Owner.name().to_owned(),
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
    // The deletion comes first, so that it waits for concurrent writers of the project.
    let delete = Sql::new("DELETE FROM projects WHERE id = ").bind(user_id);
    transaction.run(delete).await?;
    let erased = ErasedProject {
        id: user_id.to_owned(),
        swept_to: String::new(),
    };
    transaction
        .insert_rows(&ERASED_PROJECTS, &[erased.to_values()])
        .await
}
