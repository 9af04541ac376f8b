//! Projects and their members, as far as every account has them: its Inbox, of which it is the only
//! member. The id of an Inbox is that of its account, so that no request has to look it up.

use crate::access::Role;
use crate::db::{Row, Scalar, Sql, Timestamp, Transaction, Value, record};
use crate::error::Error;

record! {
    /// The table of projects.
    pub PROJECTS in "projects" key 1 {
        id: String,
        name: String,
        version: i64,
        created_at: Timestamp,
        updated_at: Timestamp,
    }
}

record! {
    /// The table of the members of projects.
    pub MEMBERS in "project_members" key 2 {
        user_id: String,
        project_id: String,
        role: String,
    }
}

record! {
    /// The table of deleted projects whose changes are still in the change log.
    pub ERASED_PROJECTS in "erased_projects" key 1 {
        id: String,
        swept_to: String,
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
    let text = |text: &str| Value::Text(text.to_owned());
    let now = now.to_value();
    let project: Row = vec![text(user_id), text("Inbox"), now.clone(), now.clone(), now];
    transaction.insert_rows(&PROJECTS, &[project]).await?;
    let member: Row = vec![text(user_id), text(user_id), text(Role::Owner.name())];
    transaction.insert_rows(&MEMBERS, &[member]).await
}

/// Deletes the projects of an account that is being deleted, with everything in them. A background job
/// deletes their changes.
///
/// # Errors
/// [`Error::Database`].
pub async fn erase_projects(transaction: &mut Transaction, user_id: &str) -> Result<(), Error> {
    let user_id = user_id.to_owned();
    // First, so that it waits for the writers of the project.
    let delete = Sql::new("DELETE FROM projects WHERE id = ").bind(user_id.clone());
    transaction.run(delete).await?;
    let erased: Row = vec![Value::Text(user_id), Value::Text(String::new())];
    transaction.insert_rows(&ERASED_PROJECTS, &[erased]).await
}
