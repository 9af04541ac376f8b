//! Statements composed of fragments and values. Fragments are constants of the program. User input
//! is always bound as a value and never becomes statement text.

use std::borrow::Cow;

use serde::de::{Deserialize, Deserializer, Error as _, Visitor};
use serde::ser::{Serialize, Serializer};
use sqlx::query::Query;
use sqlx::{AssertSqlSafe, Database, Encode, Type};

use super::{Engine, FromColumns, Kind, Timestamp};

/// A column value or a bound value.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Value {
    /// SQL NULL.
    Null,
    /// A 64-bit integer.
    Integer(i64),
    /// Unicode text.
    Text(String),
}

/// A statement or a fragment, with the values of its placeholders.
#[derive(Clone, Debug, Default)]
#[must_use]
pub struct Sql(Vec<Part>);

#[derive(Clone, Debug)]
enum Part {
    Text(Cow<'static, str>),
    /// Carries the type, because the engine needs it for NULL.
    Value(Kind, Value),
}

/// A type of a column, which can also be bound to a placeholder.
pub trait Scalar: Sized {
    /// Converts a reference into a value.
    fn to_value(&self) -> Value;

    /// Converts from a value. Returns `None` if the value has another type.
    fn of_value(value: Value) -> Option<Self>;

    /// The SQL type.
    const KIND: Kind;
}

/// A type that can be bound to a placeholder: a column type or borrowed text.
pub trait Bind {
    /// The SQL type.
    const KIND: Kind;

    /// Converts into a value.
    fn into_value(self) -> Value;
}

impl Sql {
    /// Creates a fragment without values.
    pub fn new(text: &'static str) -> Sql {
        Sql(vec![Part::Text(text.into())])
    }

    /// Creates a statement `SELECT` with the columns of a type, up to `FROM`.
    pub fn select<T: FromColumns>() -> Sql {
        Sql::new("SELECT ").push(T::COLUMNS)
    }

    /// Returns true if nothing has been appended.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Appends constant text.
    pub fn push(mut self, text: &'static str) -> Sql {
        self.0.push(Part::Text(text.into()));
        self
    }

    /// Appends text that `db` derives from table descriptions and engines.
    pub(super) fn push_text(mut self, text: impl Into<Cow<'static, str>>) -> Sql {
        self.0.push(Part::Text(text.into()));
        self
    }

    /// Appends a placeholder for a value.
    pub fn bind<T: Bind>(self, value: T) -> Sql {
        self.bind_value(T::KIND, value.into_value())
    }

    /// Appends a LIMIT clause. The number is part of the text, so that the query planner knows it.
    pub fn limit(self, rows: usize) -> Sql {
        self.push_text(format!(" LIMIT {rows}"))
    }

    /// Appends a LIMIT clause with a number that the planner does not know: PostgreSQL plans for
    /// a tenth of the rows.
    pub fn unknown_limit(self, rows: usize) -> Sql {
        self.push_text(format!(" LIMIT (SELECT {rows})"))
    }

    /// Appends an OFFSET clause. The number is part of the text.
    pub fn offset(self, rows: usize) -> Sql {
        self.push_text(format!(" OFFSET {rows}"))
    }

    pub(super) fn bind_value(mut self, kind: Kind, value: Value) -> Sql {
        self.0.push(Part::Value(kind, value));
        self
    }

    /// Appends another fragment with its values.
    pub fn append(mut self, other: Sql) -> Sql {
        self.0.extend(other.0);
        self
    }

    /// Returns the statement text with the engine's placeholders, and the values in their order.
    pub(super) fn render(self, engine: Engine) -> (String, Vec<(Kind, Value)>) {
        let mut values = Vec::new();
        let mut text = String::new();
        for part in self.0 {
            match part {
                Part::Text(part) => text.push_str(&part),
                Part::Value(kind, value) => {
                    values.push((kind, value));
                    match engine {
                        Engine::Mysql => text.push('?'),
                        Engine::Sqlite | Engine::Postgres => {
                            text.push('$');
                            text.push_str(&values.len().to_string());
                        }
                    }
                }
            }
        }
        (text, values)
    }

    /// Returns the statement as a query of sqlx.
    pub(super) fn query<D: Database>(self, engine: Engine) -> Query<'static, D, D::Arguments>
    where
        Option<i64>: Encode<'static, D> + Type<D>,
        Option<String>: Encode<'static, D> + Type<D>,
    {
        let (text, values) = self.render(engine);
        let query = sqlx::query(AssertSqlSafe(text));
        values
            .into_iter()
            .fold(query, |query, (kind, value)| match (value, kind) {
                (Value::Integer(number), _) => query.bind(Some(number)),
                (Value::Text(text), _) => query.bind(Some(text)),
                (Value::Null, Kind::Integer) => query.bind(None::<i64>),
                (Value::Null, Kind::Text) => query.bind(None::<String>),
            })
    }

    /// Returns the values in the order of their placeholders.
    pub(super) fn values(&self) -> impl Iterator<Item = &Value> {
        self.0.iter().filter_map(|part| match part {
            Part::Text(_) => None,
            Part::Value(_, value) => Some(value),
        })
    }

    /// Returns the statement with each placeholder replaced by an expression.
    pub(super) fn replace(&self, expression: impl Fn(usize, Kind) -> String) -> Sql {
        let mut count = 0;
        let parts = self.0.iter().map(|part| match part {
            Part::Text(_) => part.clone(),
            Part::Value(kind, _) => {
                count += 1;
                Part::Text(expression(count - 1, *kind).into())
            }
        });
        Sql(parts.collect())
    }
}

impl Value {
    /// Returns the approximate size in bytes.
    pub fn size(&self) -> usize {
        match self {
            Value::Null | Value::Integer(_) => 8,
            Value::Text(text) => text.len(),
        }
    }
}

impl Serialize for Value {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self {
            Value::Null => serializer.serialize_none(),
            Value::Integer(number) => serializer.serialize_i64(*number),
            Value::Text(text) => serializer.serialize_str(text),
        }
    }
}

impl<'de> Deserialize<'de> for Value {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Value, D::Error> {
        struct ValueVisitor;

        impl Visitor<'_> for ValueVisitor {
            type Value = Value;

            fn expecting(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                formatter.write_str("null, a 64-bit integer or a string")
            }

            fn visit_unit<E>(self) -> Result<Value, E> {
                Ok(Value::Null)
            }

            fn visit_i64<E>(self, number: i64) -> Result<Value, E> {
                Ok(Value::Integer(number))
            }

            fn visit_u64<E: serde::de::Error>(self, number: u64) -> Result<Value, E> {
                i64::try_from(number)
                    .map(Value::Integer)
                    .map_err(|_| E::custom("an integer of more than 64 bits"))
            }

            fn visit_str<E>(self, text: &str) -> Result<Value, E> {
                Ok(Value::Text(text.to_owned()))
            }

            fn visit_string<E>(self, text: String) -> Result<Value, E> {
                Ok(Value::Text(text))
            }
        }

        deserializer.deserialize_any(ValueVisitor)
    }
}

impl<T: Scalar> Bind for T {
    const KIND: Kind = T::KIND;

    fn into_value(self) -> Value {
        self.to_value()
    }
}

impl Bind for &str {
    const KIND: Kind = Kind::Text;

    fn into_value(self) -> Value {
        Value::Text(self.to_owned())
    }
}

impl Scalar for i64 {
    const KIND: Kind = Kind::Integer;

    fn to_value(&self) -> Value {
        Value::Integer(*self)
    }

    fn of_value(value: Value) -> Option<i64> {
        match value {
            Value::Integer(number) => Some(number),
            _ => None,
        }
    }
}

impl Scalar for bool {
    const KIND: Kind = Kind::Integer;

    fn to_value(&self) -> Value {
        Value::Integer(i64::from(*self))
    }

    fn of_value(value: Value) -> Option<bool> {
        i64::of_value(value).map(|number| number != 0)
    }
}

impl Scalar for Timestamp {
    const KIND: Kind = Kind::Integer;

    fn to_value(&self) -> Value {
        Value::Integer(self.0)
    }

    fn of_value(value: Value) -> Option<Timestamp> {
        i64::of_value(value).map(Timestamp)
    }
}

impl Scalar for String {
    const KIND: Kind = Kind::Text;

    fn to_value(&self) -> Value {
        Value::Text(self.clone())
    }

    fn of_value(value: Value) -> Option<String> {
        match value {
            Value::Text(text) => Some(text),
            _ => None,
        }
    }
}

impl<T: Scalar> Scalar for Option<T> {
    const KIND: Kind = T::KIND;

    fn to_value(&self) -> Value {
        self.as_ref().map_or(Value::Null, T::to_value)
    }

    fn of_value(value: Value) -> Option<Option<T>> {
        match value {
            Value::Null => Some(None),
            value => T::of_value(value).map(Some),
        }
    }
}

/// Reads the next element of a sequence as a field of a record.
pub(crate) fn next_field<'de, T: Scalar, A: serde::de::SeqAccess<'de>>(
    sequence: &mut A,
) -> Result<T, A::Error> {
    let value = sequence.next_element()?;
    let value = value.ok_or_else(|| A::Error::custom("the row has too few columns"))?;
    T::of_value(value).ok_or_else(|| A::Error::custom("the column has another type"))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn a_statement() -> Sql {
        let access = Sql::new("project_id = ").bind("p");
        Sql::new("SELECT 1 FROM tasks WHERE ")
            .append(access)
            .push(" AND version > ")
            .bind(7)
    }

    #[test]
    fn placeholders_are_those_of_the_engine() {
        let values = vec![
            (Kind::Text, Value::Text("p".into())),
            (Kind::Integer, Value::Integer(7)),
        ];
        for (engine, text) in [
            (Engine::Mysql, "project_id = ? AND version > ?"),
            (Engine::Sqlite, "project_id = $1 AND version > $2"),
            (Engine::Postgres, "project_id = $1 AND version > $2"),
        ] {
            let statement = format!("SELECT 1 FROM tasks WHERE {text}");
            assert_eq!(a_statement().render(engine), (statement, values.clone()));
        }
    }

    #[test]
    fn values_are_read_as_they_are_written() {
        let row = vec![
            Value::Null,
            Value::Integer(i64::MIN),
            Value::Text("\"\u{1f600}\n".into()),
        ];
        let json = serde_json::to_string(&row).expect("JSON");
        assert_eq!(
            serde_json::from_str::<Vec<Value>>(&json).expect("a row"),
            row
        );
        assert!(serde_json::from_str::<Value>("1.5").is_err());
    }
}
