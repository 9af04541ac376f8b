//! Table descriptions. Each table is described once. Reads, writes, backups, copies and the schema
//! test derive from the description.

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
    /// The name in SQL.
    pub name: &'static str,
    /// Number of leading columns that form the primary key.
    pub key: usize,
    /// The columns, beginning with the primary key.
    pub columns: &'static [Column],
}

/// A column of a table.
#[derive(Clone, Copy, Debug)]
pub struct Column {
    /// The name in SQL.
    pub name: &'static str,
    /// The type.
    pub kind: Kind,
}

impl Table {
    /// Returns the index of a column.
    pub fn position(&self, name: &str) -> Option<usize> {
        self.columns.iter().position(|column| column.name == name)
    }

    /// Returns the comma-separated column names, each with a prefix.
    pub(crate) fn columns_after(&self, prefix: &str) -> String {
        let names = self.columns.iter();
        let names: Vec<_> = names
            .map(|column| format!("{prefix}{}", column.name))
            .collect();
        names.join(", ")
    }

    /// Returns the columns qualified by the table name, each with its own name as alias.
    pub(crate) fn qualified_columns(&self) -> Sql {
        Sql::default().push_text(self.columns_after(&format!("{}.", self.name)))
    }
}

/// Defines the row type of a table and its description. A row is read from columns or from a JSON
/// array of values, and is written as values:
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
            /// The description of the table.
            pub const TABLE: $crate::db::Table = $crate::db::Table {
                name: $table,
                key: $key,
                columns: &[$($crate::db::Column {
                    name: stringify!($field),
                    kind: <$type as $crate::db::Scalar>::KIND,
                },)+],
            };

            /// Returns the values of the columns.
            pub fn to_values(&self) -> $crate::db::Row {
                vec![$($crate::db::Scalar::to_value(&self.$field),)+]
            }
        }
    };
}

/// Defines the row type of a query. A row is read from columns or from a JSON array of values.
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
