//! Rows of reads. sqlx's SQLite driver sends each row between threads as a message and copies each
//! value, so SQLite returns all rows as one JSON value. Reads that arrive at the same time share a
//! statement.

use std::iter;

use serde::de::DeserializeOwned;
use sqlx::any::AnyRow;
use sqlx::{FromRow, Row};

use super::batcher::{Batcher, Limits, Pending};
use super::handle::ACQUIRE_TIMEOUT;
use super::{Engine, Kind, Pool, Reader, Scalar, Sql, Value};
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

type Answer = Result<Vec<AnyRow>, Error>;

/// A query, and its text, by which queries are alike.
pub(super) struct Query {
    text: String,
    columns: &'static str,
    sql: Sql,
}

/// A type that a row is read as.
pub trait FromColumns: for<'r> FromRow<'r, AnyRow> + DeserializeOwned {}

impl<T: for<'r> FromRow<'r, AnyRow> + DeserializeOwned> FromColumns for T {}

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

impl Pool {
    /// The rows of a query. `columns` are the names of its columns in the order of `T`.
    ///
    /// # Errors
    /// [`Error::Database`].
    pub async fn fetch<T: FromColumns>(
        &self,
        columns: &'static str,
        sql: Sql,
    ) -> Result<Vec<T>, Error> {
        let engine = self.engine();
        let rows = self.reader().fetch_sql(engine.packed(columns, sql)).await?;
        read(engine, &rows)
    }

    /// The rows of a query that shares its statement with queries of the same text. It must take little time
    /// whatever its values are, because the others wait for it.
    ///
    /// # Errors
    /// [`Error::Database`].
    pub async fn fetch_batched<T: FromColumns>(
        &self,
        size: Size,
        columns: &'static str,
        sql: Sql,
    ) -> Result<Vec<T>, Error> {
        let engine = self.engine();
        if engine == Engine::Mysql && size == Size::Page {
            // A union has no order.
            return self.fetch(columns, sql).await;
        }
        let query = Query {
            text: sql.clone().render(engine).0,
            columns,
            sql,
        };
        let context = (engine, self.reader().clone());
        let batcher = match size {
            Size::Row => &self.queries().rows,
            Size::Page => &self.queries().pages,
        };
        let rows = batcher.submit(query, &context, process).await;
        let rows = rows.unwrap_or(Err(Error::Database(sqlx::Error::PoolTimedOut.into())))?;
        read(engine, &rows)
    }
}

fn read<T: FromColumns>(engine: Engine, rows: &[AnyRow]) -> Result<Vec<T>, Error> {
    match engine {
        Engine::Sqlite => unpack(rows),
        _ => Ok(rows.iter().map(T::from_row).collect::<Result<_, _>>()?),
    }
}

/// Reads the rows of a query that [`Engine::packed`] has packed into one.
pub(super) fn unpack<T: DeserializeOwned>(rows: &[AnyRow]) -> Result<Vec<T>, Error> {
    let row = rows.first().ok_or(sqlx::Error::RowNotFound)?;
    serde_json::from_str(row.try_get(0)?)
        .map_err(|error| Error::Internal(format!("packed rows cannot be read: {error}")))
}

/// Reads a column of a row.
///
/// # Errors
/// If there is no such column, or it has another type.
pub(crate) fn column<T: Scalar>(row: &AnyRow, name: &str) -> Result<T, sqlx::Error> {
    let value = match T::KIND {
        Kind::Integer => row.try_get::<Option<i64>, _>(name)?.to_value(),
        Kind::Text => row
            .try_get::<Option<String>, _>(name)?
            .map_or(Value::Null, Value::Text),
    };
    T::of_value(value).ok_or_else(|| sqlx::Error::ColumnDecode {
        index: name.to_owned(),
        source: "NULL, or a value of another type".into(),
    })
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
) -> Result<Vec<Vec<AnyRow>>, Error> {
    let mut rows_of_each: Vec<_> = alike.iter().map(|_| Vec::new()).collect();
    let queries: Vec<_> = alike.iter().map(|pending| &pending.request).collect();
    for row in reader.fetch_sql(statement(engine, &queries)).await? {
        let number: i64 = row.try_get("asked")?;
        let index = usize::try_from(number).ok();
        // A query that fills up the statement has no place.
        if let Some(rows) = index.and_then(|index| rows_of_each.get_mut(index)) {
            rows.push(row);
        }
    }
    Ok(rows_of_each)
}

/// The statement that returns the rows of each query, with the number of the query as `asked`.
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
