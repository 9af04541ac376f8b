//! Descriptions of tables. Each table is described once; reading, writing, backups, copies and the test
//! of the schema derive from the description.

use serde::{Deserialize, Serialize};

use super::Sql;

/// The type of a column.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Kind {
    /// A 64-bit integer.
    Integer,
    /// Unicode text.
    Text,
}

/// A table of the schema.
#[derive(Debug)]
pub struct Table {
    /// Its name in SQL.
    pub name: &'static str,
    /// The number of columns, from the first, that are its primary key.
    pub key: usize,
    /// Its columns, those of the key first.
    pub columns: &'static [Column],
}

/// A column of a table.
#[derive(Clone, Copy, Debug)]
pub struct Column {
    /// Its name in SQL.
    pub name: &'static str,
    /// Its type.
    pub kind: Kind,
}

impl Table {
    /// The names of the columns, each after a prefix, separated by commas.
    pub(crate) fn columns_after(&self, prefix: &str) -> String {
        let names = self.columns.iter();
        let names: Vec<_> = names
            .map(|column| format!("{prefix}{}", column.name))
            .collect();
        names.join(", ")
    }

    /// Its columns, each with its name, as a query of several tables selects them.
    pub(crate) fn qualified_columns(&self) -> Sql {
        Sql::default().push_text(self.columns_after(&format!("{}.", self.name)))
    }
}

/// Describes a table, and defines the type of its rows. It is read from a row of the table, or from
/// a JSON array of its values, and written as its values:
///
/// ```ignore
/// record! {
///     /// A row of `tasks`.
///     pub struct TaskRow in "tasks" key 2 {
///         project_id: String,
///         id: String,
///         completed_at: Option<Timestamp>,
///     }
/// }
/// ```
macro_rules! record {
    (
        $(#[$attribute:meta])*
        $visible:vis struct $record:ident in $table:literal key $key:literal {
            $($(#[$field_attribute:meta])* $field:ident: $type:ty,)+
        }
    ) => {
        $crate::db::row! {
            $(#[$attribute])*
            $visible struct $record {
                $($(#[$field_attribute])* $field: $type,)+
            }
        }

        impl $record {
            /// The description of its table.
            pub const TABLE: $crate::db::Table = $crate::db::Table {
                name: $table,
                key: $key,
                columns: &[$($crate::db::Column {
                    name: stringify!($field),
                    kind: <$type as $crate::db::Scalar>::KIND,
                },)+],
            };

            /// The values of its columns.
            pub fn to_values(&self) -> $crate::db::Row {
                vec![$($crate::db::Scalar::to_value(&self.$field),)+]
            }
        }
    };
}

/// Defines the type of the rows of a query. It is read from a row, or from a JSON array of the values.
macro_rules! row {
    (
        $(#[$attribute:meta])*
        $visible:vis struct $record:ident {
            $($(#[$field_attribute:meta])* $field:ident: $type:ty,)+
        }
    ) => {
        $(#[$attribute])*
        #[derive(Clone, Debug, PartialEq, Eq)]
        $visible struct $record {
            $($(#[$field_attribute])* pub $field: $type,)+
        }

        impl $crate::db::FromColumns for $record {
            const COLUMNS: &str = $crate::db::row!(@columns $($field,)+);

            fn of_values(values: $crate::db::Row) -> Option<$record> {
                let mut values = values.into_iter();
                Some($record {
                    $($field: $crate::db::Scalar::of_value(values.next()?)?,)+
                })
            }
        }

        impl<'de> serde::Deserialize<'de> for $record {
            fn deserialize<D: serde::Deserializer<'de>>(
                deserializer: D,
            ) -> Result<$record, D::Error> {
                struct RowVisitor;

                impl<'de> serde::de::Visitor<'de> for RowVisitor {
                    type Value = $record;

                    fn expecting(
                        &self,
                        formatter: &mut std::fmt::Formatter<'_>,
                    ) -> std::fmt::Result {
                        formatter.write_str("an array of the values of a row")
                    }

                    fn visit_seq<A: serde::de::SeqAccess<'de>>(
                        self,
                        mut sequence: A,
                    ) -> Result<$record, A::Error> {
                        Ok($record { $($field: $crate::db::next_field(&mut sequence)?,)+ })
                    }
                }

                deserializer.deserialize_seq(RowVisitor)
            }
        }
    };
    (@columns $first:ident, $($field:ident,)*) => {
        concat!(stringify!($first), $(", ", stringify!($field),)*)
    };
}

pub(crate) use record;
pub(crate) use row;
