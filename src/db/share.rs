//! Queries that arrive at the same time and have the same text share a statement.

use std::iter;

use super::batcher::{Batcher, Limits, Pending};
use super::handle::ACQUIRE_TIMEOUT;
use super::rows::read;
use super::{Engine, FromColumns, Kind, Pool, Reader, Row, Scalar, Size, Sql, Value};
use crate::error::Error;

/// Numbers of queries that a MySQL statement combines. There are few sizes, so that each statement
/// is prepared once.
const SIZES: [usize; 3] = [1, 8, 64];

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
    lookup: Option<Lookup>,
}

/// A query for the rows with one value of a column.
#[derive(Clone)]
pub struct Lookup {
    /// The selected columns.
    pub columns: Sql,
    /// `FROM` and `WHERE` with at least one condition, and no values.
    pub from: Sql,
    /// The column, of type text.
    pub key: &'static str,
    /// Its value.
    pub value: String,
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

impl Pool {
    pub(super) async fn share<T: FromColumns>(
        &self,
        size: Size,
        sql: Sql,
        lookup: Option<Lookup>,
    ) -> Result<Vec<T>, Error> {
        let engine = self.engine();
        let query = Query {
            text: sql.clone().render(engine).0,
            columns: T::COLUMNS,
            sql,
            lookup,
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
    let lookups: Option<Vec<_>> = queries.iter().map(|query| query.lookup.as_ref()).collect();
    if let Some(lookups) = lookups.filter(|_| engine == Engine::Mysql) {
        for mut row in reader.fetch_rows(one_of(&lookups)).await? {
            let key = row.pop().and_then(String::of_value);
            for (rows, lookup) in rows_of_each.iter_mut().zip(&lookups) {
                if key.as_ref() == Some(&lookup.value) {
                    rows.push(row.clone());
                }
            }
        }
        return Ok(rows_of_each);
    }
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

/// Returns the statement for look-ups on MySQL, which plans each part of a UNION again at each use.
/// The last column is the key.
fn one_of(lookups: &[&Lookup]) -> Sql {
    let Some(first) = lookups.first() else {
        return Sql::default();
    };
    let (key, values) = (first.key, lookups.iter().map(|lookup| &lookup.value));
    let mut sql = Sql::new("SELECT ")
        .append(first.columns.clone())
        .push(", ")
        .push(key)
        .push(" AS asked")
        .append(first.from.clone())
        .push(" AND ")
        .push(key)
        .push(" IN (");
    let last = values.clone().next_back().into_iter().cycle();
    for (number, value) in values.chain(last).take(padded(lookups.len())).enumerate() {
        sql = if number > 0 { sql.push(", ") } else { sql };
        sql = sql.bind(value.as_str());
    }
    sql.push(")")
}

/// Returns the number of queries in a statement for MySQL that has at least this number.
fn padded(queries: usize) -> usize {
    let size = SIZES.into_iter().find(|size| *size >= queries);
    size.unwrap_or(queries)
}

/// Returns the statement for MySQL, in which a derived table cannot refer to columns of another
/// table.
fn union(queries: &[&Query]) -> Sql {
    let last = queries.iter().rev().take(1).cycle();
    let padded = queries.iter().chain(last).take(padded(queries.len()));
    let mut sql = Sql::default();
    for (number, query) in (0_i64..).zip(padded) {
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn look_ups_of_mysql_share_a_condition_of_a_fixed_size() {
        let lookup = |value: &str| Lookup {
            columns: Sql::new("a"),
            from: Sql::new(" FROM t WHERE b = 0"),
            key: "c",
            value: value.to_owned(),
        };
        let (one, two) = (lookup("x"), lookup("y"));
        let (text, _) = one_of(&[&one, &two]).render(Engine::Mysql);
        let expected = "SELECT a, c AS asked FROM t WHERE b = 0 AND c IN (?, ?, ?, ?, ?, ?, ?, ?)";
        assert_eq!(text, expected);
        let values: Vec<_> = one_of(&[&one, &two]).values().cloned().collect();
        assert_eq!(values[0], Value::Text("x".into()));
        assert!(
            values[1..]
                .iter()
                .all(|value| *value == Value::Text("y".into()))
        );
    }
}
