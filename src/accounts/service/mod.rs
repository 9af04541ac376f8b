//! Account rules and their SQL.

mod operator;
mod password;
mod profile;
mod registration;
mod sign_in;

use sqlx::Row;
use sqlx::any::AnyRow;

use super::Account;
use crate::db::{Pool, Timestamp, Transaction};
use crate::error::Error;
use crate::work::erase_projects;

pub use operator::{
    ListedAccount, list_all, remove, set_disabled, set_password, sign_out, sign_out_everyone,
};
pub use password::{change_password, confirm, lock_if_password_unchanged};
pub use profile::{delete, end_other_sessions, update_profile};
pub use registration::{add, register};
pub use sign_in::{refresh, sign_in};

/// Deletes an account and all its data. `transaction` has the long time limit, because the data may
/// be large.
async fn erase(pool: &Pool, mut transaction: Transaction, user_id: &str) -> Result<(), Error> {
    erase_projects(&mut transaction, user_id).await?;
    sqlx::query(pool.sql("DELETE FROM users WHERE id = $1"))
        .bind(user_id)
        .execute(&mut transaction)
        .await?;
    transaction.commit().await?;
    Ok(())
}

fn taken(error: sqlx::Error) -> Error {
    match error {
        sqlx::Error::Database(error) if error.is_unique_violation() => {
            Error::taken("email", "There's already an account with this e-mail.")
        }
        other => other.into(),
    }
}

fn account_of(row: &AnyRow) -> Result<Account, Error> {
    Ok(Account {
        id: row.try_get("id")?,
        email: row.try_get("email")?,
        display_name: row.try_get("display_name")?,
        created_at: Timestamp(row.try_get("created_at")?),
        updated_at: Timestamp(row.try_get("updated_at")?),
    })
}
