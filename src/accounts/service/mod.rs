//! Account rules and their SQL.

mod operator;
mod password;
mod profile;
mod registration;
mod sign_in;
mod view_settings;

use crate::db::{Sql, Transaction, is_unique_violation};
use crate::error::Error;
use crate::locale::message;
use crate::work::erase_projects;

pub use operator::{
    ListedAccount, list_all, remove, set_disabled, set_password, sign_out, sign_out_everyone,
};
pub use password::{change_password, confirm, lock_if_password_unchanged};
pub use profile::{delete, end_other_sessions, update_profile};
pub use registration::{add, register};
pub use sign_in::{refresh, sign_in};
pub use view_settings::{change_view, view_settings};

/// Deletes an account and all its data. `transaction` has the long time limit, because the data may
/// be large.
async fn erase(mut transaction: Transaction, user_id: &str) -> Result<(), Error> {
    erase_projects(&mut transaction, user_id).await?;
    let delete = Sql::new("DELETE FROM users WHERE id = ").bind(user_id);
    transaction.run(delete).await?;
    transaction.commit().await?;
    Ok(())
}

fn taken(error: Error) -> Error {
    match is_unique_violation(&error) {
        true => Error::taken("email", message!("email-taken")),
        false => error,
    }
}
