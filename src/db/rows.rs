//! Reads of rows. sqlx's SQLite driver sends each row to another thread as a message and copies
//! each value, so SQLite returns all rows as one JSON value.

use serde::de::DeserializeOwned;
use sqlx::{ColumnIndex, Decode, Type, TypeInfo, ValueRef};

use super::share::Lookup;
use super::{Column, Engine, Pool, Reader, Row, Scalar, Sql, Transaction, Value};
use crate::error::Error;

/// Size of a query's result.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Size {
    /// One or two rows. Many such queries share a statement.
    Row,
    /// A page. Every query of a shared statement waits for the slowest one.
    Page,
}

/// A type that is read from the columns of a row or from a JSON array of values.
pub trait FromColumns: DeserializeOwned {
    /// Comma-separated column names.
    const COLUMNS: &'static str;

    /// Converts the values of a row. Returns `None` if a value has another type.
    fn of_values(values: Row) -> Option<Self>;
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

    /// Returns the texts of the only column of a query, in order. On SQLite, one text has those of all
    /// rows, one after another.
    ///
    /// # Errors
    /// [`Error::Database`].
    pub async fn fetch_texts(
        &self,
        column: &'static str,
        query: Sql,
    ) -> Result<Vec<String>, Error> {
        let query = match self.engine() {
            Engine::Sqlite => Sql::new("SELECT string_agg(")
                .push(column)
                .push(", '') FROM (")
                .append(query)
                .push(")"),
            Engine::Postgres | Engine::Mysql => query,
        };
        let rows = self.reader().fetch_rows(query).await?;
        let texts = rows.into_iter().flatten().filter_map(String::of_value);
        Ok(texts.collect())
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
        self.share(size, sql, None).await
    }

    /// Returns the rows of a look-up. Concurrent ones with the same text share a statement.
    ///
    /// # Errors
    /// [`Error::Database`].
    pub async fn look_up<T: FromColumns>(&self, lookup: Lookup) -> Result<Vec<T>, Error> {
        let Lookup {
            columns,
            from,
            key,
            value,
        } = lookup.clone();
        let sql = Sql::new("SELECT ").append(columns).append(from);
        let sql = sql.push(" AND ").push(key).push(" = ").bind(value);
        self.share(Size::Row, sql, Some(lookup)).await
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

pub(super) fn read<T: FromColumns>(engine: Engine, rows: Vec<Row>) -> Result<Vec<T>, Error> {
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
