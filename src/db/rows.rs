//! Reads of rows. sqlx's SQLite driver sends each row to another thread as a message and copies
//! each value, so SQLite returns all rows as one JSON value. Concurrent reads share a statement.

use std::iter;

use serde::de::DeserializeOwned;
use sqlx::{ColumnIndex, Decode, Type, TypeInfo, ValueRef};

use super::batcher::{Batcher, Limits, Pending};
use super::handle::ACQUIRE_TIMEOUT;
use super::{Column, Engine, Kind, Pool, Reader, Row, Scalar, Sql, Transaction, Value};
use crate::error::Error;

/// Numbers of queries that a MySQL statement combines. There are few sizes, so that each statement
/// is prepared once.
const SIZES: [usize; 3] = [1, 8, 64];

/// Size of a query's result.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Size {
    /// One or two rows. Many such queries share a statement.
    Row,
    /// A page. Every query of a shared statement waits for the slowest one.
    Page,
}

/// The queues of batched queries.
pub(super) struct Queries {
    rows: Batcher<Query, Answer>,
    pages: Batcher<Query, Answer>,
}

type Answer = Result<Vec<Row>, Error>;

/// A query and its text. Queries with the same text can share a statement.
pub(super) struct Query {
    text: String,
    columns: &'static str,
    sql: Sql,
}

/// A type that is read from the columns of a row or from a JSON array of values.
pub trait FromColumns: DeserializeOwned {
    /// Comma-separated column names.
    const COLUMNS: &'static str;

    /// Converts the values of a row. Returns `None` if a value has another type.
    fn of_values(values: Row) -> Option<Self>;
}

impl Queries {
    /// Creates empty queues. At most `statements` statements run concurrently.
    pub(super) fn new(statements: u32) -> Queries {
        let batcher = |requests| {
            Batcher::new(Limits {
                batches: statements as usize,
                requests,
                weight: |_| 0,
                total_weight: 0,
                timeout: ACQUIRE_TIMEOUT,
            })
        };
        Queries {
            rows: batcher(64),
            pages: batcher(8),
        }
    }
}

impl Reader {
    /// Returns the rows of a query.
    ///
    /// # Errors
    /// [`Error::Database`].
    pub async fn fetch<T: FromColumns>(&self, sql: Sql) -> Result<Vec<T>, Error> {
        let packed = self.engine.packed(T::COLUMNS, sql);
        read(self.engine, self.fetch_rows(packed).await?)
    }
}

impl Pool {
    /// Returns the rows of a query.
    ///
    /// # Errors
    /// [`Error::Database`].
    pub async fn fetch<T: FromColumns>(&self, sql: Sql) -> Result<Vec<T>, Error> {
        self.reader().fetch(sql).await
    }

    /// Returns the first row of a query.
    ///
    /// # Errors
    /// [`Error::Database`].
    pub async fn fetch_optional<T: FromColumns>(&self, sql: Sql) -> Result<Option<T>, Error> {
        Ok(self.fetch(sql).await?.into_iter().next())
    }

    /// Returns the first column of the first row of a query.
    ///
    /// # Errors
    /// [`Error::Database`].
    pub async fn fetch_value<T: Scalar>(&self, sql: Sql) -> Result<Option<T>, Error> {
        first_value(self.reader().fetch_rows(sql).await?)
    }

    /// Returns the values of the rows of a query. `columns` lists their names.
    ///
    /// # Errors
    /// [`Error::Database`].
    pub async fn fetch_values(&self, columns: &[Column], query: Sql) -> Result<Vec<Row>, Error> {
        let engine = self.engine();
        if engine == Engine::Sqlite {
            let names: Vec<_> = columns.iter().map(|column| column.name).collect();
            let packed = engine.packed(names.join(", "), query);
            return unpack(&self.reader().fetch_rows(packed).await?);
        }
        Ok(self.reader().fetch_rows(query).await?)
    }

    /// Returns the rows of a query. Concurrent queries with the same text share a statement. The
    /// query must be fast for all values, because the other queries wait for it.
    ///
    /// # Errors
    /// [`Error::Database`].
    pub async fn fetch_batched<T: FromColumns>(
        &self,
        size: Size,
        sql: Sql,
    ) -> Result<Vec<T>, Error> {
        let engine = self.engine();
        if engine == Engine::Mysql && size == Size::Page {
            // The rows of a UNION have no order.
            return self.fetch(sql).await;
        }
        let query = Query {
            text: sql.clone().render(engine).0,
            columns: T::COLUMNS,
            sql,
        };
        let context = (engine, self.reader().clone());
        let batcher = match size {
            Size::Row => &self.queries().rows,
            Size::Page => &self.queries().pages,
        };
        let rows = batcher.submit(query, &context, process).await;
        let rows = rows.unwrap_or(Err(Error::Database(sqlx::Error::PoolTimedOut.into())))?;
        read(engine, rows)
    }
}

impl Transaction {
    /// Returns the first row of a query.
    ///
    /// # Errors
    /// [`Error::Database`].
    pub async fn fetch_optional<T: FromColumns>(&mut self, sql: Sql) -> Result<Option<T>, Error> {
        let engine = self.engine();
        let rows = self.fetch_rows(engine.packed(T::COLUMNS, sql)).await?;
        Ok(read(engine, rows)?.into_iter().next())
    }

    /// Returns the first column of the first row of a query.
    ///
    /// # Errors
    /// [`Error::Database`].
    pub async fn fetch_value<T: Scalar>(&mut self, sql: Sql) -> Result<Option<T>, Error> {
        first_value(self.fetch_rows(sql).await?)
    }
}

fn read<T: FromColumns>(engine: Engine, rows: Vec<Row>) -> Result<Vec<T>, Error> {
    match engine {
        Engine::Sqlite => unpack(&rows),
        _ => rows
            .into_iter()
            .map(|row| T::of_values(row).ok_or_else(|| unreadable(T::COLUMNS)))
            .collect(),
    }
}

/// Parses the single JSON value that a query wrapped by [`Engine::packed`] returns.
pub(super) fn unpack<T: DeserializeOwned>(rows: &[Row]) -> Result<Vec<T>, Error> {
    let Some(Value::Text(json)) = rows.first().and_then(|row| row.first()) else {
        return Err(unreadable("packed rows"));
    };
    serde_json::from_str(json)
        .map_err(|error| Error::Internal(format!("packed rows cannot be read: {error}")))
}

fn first_value<T: Scalar>(rows: Vec<Row>) -> Result<Option<T>, Error> {
    let value = rows
        .into_iter()
        .next()
        .and_then(|row| row.into_iter().next());
    value
        .map(|value| T::of_value(value).ok_or_else(|| unreadable("a value")))
        .transpose()
}

fn unreadable(what: &str) -> Error {
    let message = format!("{what}: NULL, or a value of another type");
    Error::Database(sqlx::Error::Decode(message.into()).into())
}

/// Returns the values of a row.
///
/// # Errors
/// If a value is neither an integer nor text.
pub(super) fn values_of<R: sqlx::Row>(row: &R) -> Result<Row, sqlx::Error>
where
    usize: ColumnIndex<R>,
    for<'r> i64: Decode<'r, R::Database> + Type<R::Database>,
    for<'r> String: Decode<'r, R::Database> + Type<R::Database>,
{
    let value = |index| {
        let raw = row.try_get_raw(index)?;
        Ok(if raw.is_null() {
            Value::Null
        } else if raw.type_info().name() == "TEXT" {
            Value::Text(row.try_get(index)?)
        } else {
            Value::Integer(row.try_get(index)?)
        })
    };
    (0..row.len()).map(value).collect()
}

type Waiting = Pending<Query, Answer>;

async fn process((engine, reader): (Engine, Reader), mut batch: Vec<Waiting>) {
    while let Some(first) = batch.first() {
        let text = first.request.text.clone();
        let (alike, others) = batch
            .into_iter()
            .partition(|pending| pending.request.text == text);
        batch = others;
        match rows_of_each(engine, &reader, &alike).await {
            Ok(rows) => {
                for (pending, rows) in alike.into_iter().zip(rows) {
                    pending.respond(Ok(rows));
                }
            }
            Err(error) => {
                for pending in alike {
                    pending.respond(Err(error.for_another()));
                }
            }
        }
    }
}

async fn rows_of_each(
    engine: Engine,
    reader: &Reader,
    alike: &[Waiting],
) -> Result<Vec<Vec<Row>>, Error> {
    let mut rows_of_each: Vec<_> = alike.iter().map(|_| Vec::new()).collect();
    let queries: Vec<_> = alike.iter().map(|pending| &pending.request).collect();
    for mut row in reader.fetch_rows(statement(engine, &queries)).await? {
        let number = row.pop().and_then(i64::of_value);
        let index = number.and_then(|number| usize::try_from(number).ok());
        // Queries that pad the statement to its size have no entry.
        if let Some(rows) = index.and_then(|index| rows_of_each.get_mut(index)) {
            rows.push(row);
        }
    }
    Ok(rows_of_each)
}

/// Returns a statement that yields the rows of all queries. The last column is the number of the
/// query.
fn statement(engine: Engine, queries: &[&Query]) -> Sql {
    let Some(first) = queries.first() else {
        return Sql::default();
    };
    if engine == Engine::Mysql {
        return union(queries);
    }
    let rows: Vec<_> = (0..)
        .zip(queries)
        .map(|(number, query)| {
            let values = query.sql.values().cloned();
            iter::once(Value::Integer(number)).chain(values).collect()
        })
        .collect();
    let query = first
        .sql
        .replace(|index, kind| engine.element("asked.value", index + 1, kind));
    let number = engine.element("asked.value", 0, Kind::Integer);
    let elements = engine.elements("asked", &rows);
    match engine {
        Engine::Sqlite => Sql::new("SELECT (")
            .append(engine.packed(first.columns, query))
            .push("), ")
            .push_text(number)
            .push(" AS asked FROM ")
            .append(elements),
        _ => Sql::new("SELECT found.*, ")
            .push_text(number)
            .push(" AS asked FROM ")
            .append(elements)
            .push(" CROSS JOIN LATERAL (")
            .append(query)
            // PostgreSQL estimates 100 elements, and without OFFSET 0 might join the whole table.
            .push(" OFFSET 0) AS found"),
    }
}

/// Returns the statement for MySQL, in which a derived table cannot refer to columns of another
/// table.
fn union(queries: &[&Query]) -> Sql {
    let size = SIZES.into_iter().find(|size| *size >= queries.len());
    let size = size.unwrap_or(queries.len());
    let last = queries.iter().rev().take(1).cycle();
    let mut sql = Sql::default();
    for (number, query) in (0_i64..).zip(queries.iter().chain(last).take(size)) {
        if number > 0 {
            sql = sql.push(" UNION ALL ");
        }
        sql = sql
            .push("SELECT found.*, CAST(")
            .bind(number)
            .push(" AS SIGNED) AS asked FROM (")
            .append(query.sql.clone())
            .push(") AS found");
    }
    sql
}
