//! The settings of a user's views. Views know what they mean; accounts keep them.

use std::collections::BTreeMap;

use serde_json::Value;

use crate::db::{Pool, Sql};
use crate::error::Error;

/// Settings by the name of the view.
type Settings = BTreeMap<String, Value>;

/// Returns the settings of one of the user's views, of the text that the account keeps. They are
/// null if there are none.
pub fn view_settings(text: Option<&str>, view: &str) -> Value {
    parse(text).remove(view).unwrap_or_default()
}

/// Changes the settings of one of the user's views.
///
/// # Errors
/// [`Error::NotFound`] if the account has just been deleted or disabled.
pub async fn change_view(
    pool: &Pool,
    user_id: &str,
    view: &str,
    change: impl FnOnce(Value) -> Value,
) -> Result<(), Error> {
    let mut transaction = pool.begin().await?;
    let locked = Sql::new("SELECT COALESCE(view_settings, '') AS kept FROM users")
        .push(" WHERE disabled = 0 AND id = ")
        .bind(user_id)
        .append(transaction.engine().for_update());
    let text: Option<String> = transaction.fetch_value(locked).await?;
    let text = text.ok_or(Error::NotFound)?;
    let mut settings = parse(Some(&text));
    let before = settings.remove(view).unwrap_or_default();
    settings.insert(view.to_owned(), change(before));
    let settings = serde_json::to_string(&settings)
        .map_err(|error| Error::Internal(format!("the settings of a view: {error}")))?;
    let update = Sql::new("UPDATE users SET view_settings = ")
        .bind(settings)
        .push(" WHERE id = ")
        .bind(user_id);
    transaction.run(update).await?;
    transaction.commit().await?;
    Ok(())
}

/// Parses settings. A text of another version is as good as none.
fn parse(text: Option<&str>) -> Settings {
    text.and_then(|text| serde_json::from_str(text).ok())
        .unwrap_or_default()
}
