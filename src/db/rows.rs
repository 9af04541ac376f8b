//! Rows of reads. sqlx's SQLite driver sends each row between threads as a message and copies each
//! value, so SQLite returns all rows as one JSON value. Reads that arrive at the same time share a
//! statement.

use std::iter;

use serde::de::DeserializeOwned;
use sqlx::{ColumnIndex, Decode, Type, TypeInfo, ValueRef};

use super::batcher::{Batcher, Limits, Pending};
use super::handle::ACQUIRE_TIMEOUT;
use super::{Engine, Kind, Pool, Reader, Row, Scalar, Sql, Transaction, Value};
use crate::error::Error;

/// The number of queries that a statement on MySQL repeats. There are few sizes, so that each is
/// prepared once.
const SIZES: [usize; 3] = [1, 8, 64];

/// The size of what a query returns.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Size {
    /// A row or two: a statement answers many such queries.
    Row,
    /// A page: each query of a statement waits for the last one.
    Page,
}

/// The queries of all requests that wait for a statement.
pub(super) struct Queries {
    rows: Batcher<Query, Answer>,
    pages: Batcher<Query, Answer>,
}

type Answer = Result<Vec<Row>, Error>;

/// A query, and its text, by which queries are alike.
pub(super) struct Query {
    text: String,
    columns: &'static str,
    sql: Sql,
}

/// A type that a row is read as: from its values, or from a JSON array of them.
pub trait FromColumns: DeserializeOwned {
    /// The names of its columns, separated by commas.
    const COLUMNS: &'static str;

    /// Reads the values of its columns. `None` if one has another type.
    fn of_values(values: Row) -> Option<Self>;
}

impl Queries {
    /// An empty queue. At most `statements` are in progress at once.
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
    /// The rows of a query.
    ///
    /// # Errors
    /// [`Error::Database`].
    pub async fn fetch<T: FromColumns>(&self, sql: Sql) -> Result<Vec<T>, Error> {
        let packed = self.engine.packed(T::COLUMNS, sql);
        read(self.engine, self.fetch_rows(packed).await?)
    }
}

impl Pool {
    /// The rows of a query.
    ///
    /// # Errors
    /// [`Error::Database`].
    pub async fn fetch<T: FromColumns>(&self, sql: Sql) -> Result<Vec<T>, Error> {
        self.reader().fetch(sql).await
    }

    /// The first row of a query.
    ///
    /// # Errors
    /// [`Error::Database`].
    pub async fn fetch_optional<T: FromColumns>(&self, sql: Sql) -> Result<Option<T>, Error> {
        Ok(self.fetch(sql).await?.into_iter().next())
    }

    /// The first column of the first row of a query.
    ///
    /// # Errors
    /// [`Error::Database`].
    pub async fn fetch_value<T: Scalar>(&self, sql: Sql) -> Result<Option<T>, Error> {
        first_value(self.reader().fetch_rows(sql).await?)
    }

    /// The rows of a query that shares its statement with queries of the same text. It must take little time
    /// whatever its values are, because the others wait for it.
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
            // A union has no order.
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
    /// The first row of a query.
    ///
    /// # Errors
    /// [`Error::Database`].
    pub async fn fetch_optional<T: FromColumns>(&mut self, sql: Sql) -> Result<Option<T>, Error> {
        let engine = self.engine();
        let rows = self.fetch_rows(engine.packed(T::COLUMNS, sql)).await?;
        Ok(read(engine, rows)?.into_iter().next())
    }

    /// The first column of the first row of a query.
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

/// Reads the rows of a query that [`Engine::packed`] has packed into one.
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

/// The values of a row.
///
/// # Errors
/// If one is neither an integer nor text.
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
        // A query that fills up the statement has no place.
        if let Some(rows) = index.and_then(|index| rows_of_each.get_mut(index)) {
            rows.push(row);
        }
    }
    Ok(rows_of_each)
}

/// The statement that returns the rows of each query, with the number of the query as their last
/// column.
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
            // Otherwise PostgreSQL may join the whole table, because it expects 100 elements.
            .push(" OFFSET 0) AS found"),
    }
}

/// The same for MySQL, where a query cannot refer to the rows of another one.
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
