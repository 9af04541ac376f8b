//! Many rows at once. From sqlx's SQLite each row is a message between threads and each value a
//! copy, so there they come as one JSON value. And a statement for each list costs half as much
//! again as one for some of them, so those who ask at the same time share it.

use std::iter::once;

use serde::de::DeserializeOwned;
use serde_json::Value as Json;
use sqlx::any::AnyRow;
use sqlx::{FromRow, Row};

use super::handle::ACQUIRE_TIMEOUT;
use super::{Engine, Pool, Reader};
use crate::error::Error;
use crate::together::{Asked, Terms, Together};

/// How many queries a statement answers. Each waits for the last of them.
const MOST: usize = 8;

/// A value of a query that is put together while the program runs.
#[derive(Clone)]
pub enum Value {
    /// A 64-bit number.
    Integer(i64),
    /// Unicode text.
    Text(String),
}

/// Queries that wait to be sent.
pub(super) type Queries = Together<Query, Result<Vec<AnyRow>, Error>>;

/// A query, its columns, and the values of its places.
pub(super) struct Query {
    sql: String,
    columns: &'static str,
    values: Vec<Value>,
}

/// Nobody's queries, for which so many statements may be under way.
pub(super) fn queries(turns: u32) -> Queries {
    Together::new(Terms {
        turns: turns as usize,
        most: MOST,
        patience: ACQUIRE_TIMEOUT,
    })
}

/// The rows of a query, as tuples of these columns.
///
/// # Errors
/// [`Error::Database`].
pub async fn fetch_packed<T>(
    pool: &Pool,
    columns: &'static str,
    sql: String,
    values: Vec<Value>,
) -> Result<Vec<T>, Error>
where
    T: for<'r> FromRow<'r, AnyRow> + DeserializeOwned,
{
    let engine = pool.engine();
    let sql = engine.packed(columns, &sql).unwrap_or(sql);
    let query = values
        .into_iter()
        .fold(sqlx::query(pool.sql(sql)), |query, value| match value {
            Value::Integer(number) => query.bind(number),
            Value::Text(text) => query.bind(text),
        });
    unpacked(engine, &query.fetch_all(pool.reader()).await?)
}

/// The same of a query that takes little time whatever its values are: it may wait for others of
/// its kind, and they for it.
///
/// # Errors
/// [`Error::Database`].
pub async fn fetch_together<T>(
    pool: &Pool,
    columns: &'static str,
    sql: String,
    values: Vec<Value>,
) -> Result<Vec<T>, Error>
where
    T: for<'r> FromRow<'r, AnyRow> + DeserializeOwned,
{
    let engine = pool.engine();
    if engine.rows_of_json("$1").is_none() {
        return fetch_packed(pool, columns, sql, values).await;
    }
    let query = Query {
        sql,
        columns,
        values,
    };
    let means = (engine, pool.reader().clone());
    let rows = pool.queries().ask(query, &means, answer).await;
    let rows = rows.unwrap_or(Err(Error::Database(sqlx::Error::PoolTimedOut)))?;
    unpacked(engine, &rows)
}

fn unpacked<T>(engine: Engine, rows: &[AnyRow]) -> Result<Vec<T>, Error>
where
    T: for<'r> FromRow<'r, AnyRow> + DeserializeOwned,
{
    if !engine.packs() {
        return Ok(rows.iter().map(T::from_row).collect::<Result<_, _>>()?);
    }
    let row = rows.first().ok_or(sqlx::Error::RowNotFound)?;
    serde_json::from_str(row.try_get(0)?)
        .map_err(|error| Error::Internal(format!("packed rows cannot be read: {error}")))
}

type Waiting = Asked<Query, Result<Vec<AnyRow>, Error>>;

async fn answer((engine, reader): (Engine, Reader), mut asked: Vec<Waiting>) {
    while let Some(first) = asked.first() {
        let sql = first.question.sql.clone();
        let (alike, others) = asked
            .into_iter()
            .partition(|asked| asked.question.sql == sql);
        asked = others;
        tell(engine, &reader, alike).await;
    }
}

async fn tell(engine: Engine, reader: &Reader, asked: Vec<Waiting>) {
    match rows_of_each(engine, reader, &asked).await {
        Ok(rows) => {
            for (asked, rows) in asked.into_iter().zip(rows) {
                asked.tell(Ok(rows));
            }
        }
        Err(error) => {
            for asked in asked {
                asked.tell(Err(error.for_another()));
            }
        }
    }
}

async fn rows_of_each(
    engine: Engine,
    reader: &Reader,
    asked: &[Waiting],
) -> Result<Vec<Vec<AnyRow>>, Error> {
    let mut rows_of_each: Vec<_> = asked.iter().map(|_| Vec::new()).collect();
    let Some(first) = asked.first().map(|asked| &asked.question) else {
        return Ok(rows_of_each);
    };
    let sql = engine.of_each(first.columns, &first.sql, &first.values);
    let each: Vec<_> = (0..)
        .zip(asked)
        .map(|(number, asked)| json_of(number, &asked.question.values))
        .collect();
    let query = sqlx::query(engine.sql(sql)).bind(Json::from(each).to_string());
    for row in query.fetch_all(reader).await? {
        let number: i64 = row.try_get("asked")?;
        let place = usize::try_from(number).ok();
        let rows = place.and_then(|place| rows_of_each.get_mut(place));
        rows.ok_or(sqlx::Error::RowNotFound)?.push(row);
    }
    Ok(rows_of_each)
}

/// The number of a query and its values, as a row of [`Engine::rows_of_json`].
fn json_of(number: i64, values: &[Value]) -> Json {
    let values = values.iter().map(|value| match value {
        Value::Integer(number) => Json::from(*number),
        Value::Text(text) => Json::from(text.as_str()),
    });
    once(Json::from(number)).chain(values).collect()
}
