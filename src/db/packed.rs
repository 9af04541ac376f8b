//! Many rows at once. From sqlx each row is a message between threads, and each value a copy.

use serde::de::DeserializeOwned;
use sqlx::any::AnyRow;
use sqlx::{FromRow, Row};

use super::Pool;
use crate::error::Error;

/// A value of a query that is put together while the program runs.
pub enum Value {
    /// A 64-bit number.
    Integer(i64),
    /// Unicode text.
    Text(String),
}

/// The rows of a query, as tuples of these columns, which come from the database as one JSON value
/// where the engine can.
///
/// # Errors
/// [`Error::Database`].
pub async fn fetch_packed<T>(
    pool: &Pool,
    columns: &str,
    query: String,
    values: Vec<Value>,
) -> Result<Vec<T>, Error>
where
    T: for<'r> FromRow<'r, AnyRow> + DeserializeOwned,
{
    let packed = pool.engine().packed(columns, &query);
    let is_packed = packed.is_some();
    let query = values.into_iter().fold(
        sqlx::query(pool.sql(packed.unwrap_or(query))),
        |query, value| match value {
            Value::Integer(number) => query.bind(number),
            Value::Text(text) => query.bind(text),
        },
    );
    if !is_packed {
        let rows = query.fetch_all(pool.reader()).await?;
        return Ok(rows.iter().map(T::from_row).collect::<Result<_, _>>()?);
    }
    let row = query.fetch_optional(pool.reader()).await?;
    let text: &str = row.as_ref().ok_or(sqlx::Error::RowNotFound)?.try_get(0)?;
    serde_json::from_str(text)
        .map_err(|error| Error::Internal(format!("packed rows cannot be read: {error}")))
}
