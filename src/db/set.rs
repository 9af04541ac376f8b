//! Set-based statements, which read or write several rows of a table.

use super::rows::unpack;
use super::{Column, Engine, Sql, Table, Transaction, Value};
use crate::error::Error;

/// Values of a row, in the order of the table's columns.
pub type Row = Vec<Value>;

impl Transaction {
    /// Returns the rows of a query. `columns` lists their names.
    ///
    /// # Errors
    /// [`Error::Database`].
    pub async fn fetch_values(
        &mut self,
        columns: &[Column],
        query: Sql,
    ) -> Result<Vec<Row>, Error> {
        let engine = self.engine();
        if engine == Engine::Sqlite {
            let names: Vec<_> = columns.iter().map(|column| column.name).collect();
            let packed = engine.packed(names.join(", "), query);
            return unpack(&self.fetch_rows(packed).await?);
        }
        Ok(self.fetch_rows(query).await?)
    }

    /// Returns the rows of a table with these keys.
    ///
    /// # Errors
    /// [`Error::Database`].
    pub async fn select_rows(&mut self, table: &Table, keys: &[Row]) -> Result<Vec<Row>, Error> {
        let engine = self.engine();
        let key = &table.columns[..table.key];
        let query = Sql::new("SELECT ")
            .append(table.qualified_columns())
            .push(" FROM ")
            .append(engine.table(key, keys))
            .push(engine.ordered_join())
            .push(table.name)
            .append(engine.force_index("PRIMARY"))
            .push(" ON ")
            .push_text(matching(table));
        self.fetch_values(table.columns, query).await
    }

    /// Inserts rows.
    ///
    /// # Errors
    /// [`Error::Database`].
    pub async fn insert_rows(&mut self, table: &Table, rows: &[Row]) -> Result<(), Error> {
        if rows.is_empty() {
            return Ok(());
        }
        let (columns, rows) = without_empty(table.columns, rows);
        let names: Vec<_> = columns.iter().map(|column| column.name).collect();
        let names = names.join(", ");
        let insert = Sql::new("INSERT INTO ")
            .push(table.name)
            .push(" (")
            .push_text(names.clone())
            .push(") SELECT ")
            .push_text(names)
            .push(" FROM ")
            .append(self.engine().table(&columns, &rows));
        self.run(insert).await?;
        Ok(())
    }

    /// Updates the given columns of existing rows. The first columns are the table's primary key.
    ///
    /// # Errors
    /// [`Error::Database`].
    pub async fn update_rows(
        &mut self,
        table: &Table,
        columns: &[Column],
        rows: &[Row],
    ) -> Result<(), Error> {
        if rows.is_empty() {
            return Ok(());
        }
        let name = table.name;
        let others = &columns[table.key.min(columns.len())..];
        let prefix = match self.engine() {
            Engine::Mysql => format!("{name}."),
            Engine::Sqlite | Engine::Postgres => String::new(),
        };
        let assigned: Vec<_> = others
            .iter()
            .map(|column| format!("{prefix}{0} = asked.{0}", column.name))
            .collect();
        let asked = self.engine().table(columns, rows);
        let update = Sql::new("UPDATE ");
        let update = match self.engine() {
            Engine::Mysql => update
                .append(asked)
                .push(" STRAIGHT_JOIN ")
                .push(name)
                .append(self.engine().force_index("PRIMARY"))
                .push(" ON ")
                .push_text(matching(table))
                .push(" SET ")
                .push_text(assigned.join(", ")),
            Engine::Sqlite | Engine::Postgres => update
                .push(name)
                .push(" SET ")
                .push_text(assigned.join(", "))
                .push(" FROM ")
                .append(asked)
                .push(" WHERE ")
                .push_text(matching(table)),
        };
        self.run(update).await?;
        Ok(())
    }

    /// Deletes the rows with these keys.
    ///
    /// # Errors
    /// [`Error::Database`].
    pub async fn delete_rows(&mut self, table: &Table, keys: &[Row]) -> Result<(), Error> {
        if keys.is_empty() {
            return Ok(());
        }
        let name = table.name;
        let key = &table.columns[..table.key];
        let asked = self.engine().table(key, keys);
        let delete = match self.engine() {
            Engine::Sqlite => {
                let names: Vec<_> = key.iter().map(|column| column.name).collect();
                Sql::new("DELETE FROM ")
                    .push(name)
                    .push(" WHERE (")
                    .push_text(names.join(", "))
                    .push(") IN (SELECT ")
                    .push_text(names.join(", "))
                    .push(" FROM ")
                    .append(asked)
                    .push(")")
            }
            Engine::Postgres => Sql::new("DELETE FROM ")
                .push(name)
                .push(" USING ")
                .append(asked)
                .push(" WHERE ")
                .push_text(matching(table)),
            Engine::Mysql => Sql::new("DELETE ")
                .push(name)
                .push(" FROM ")
                .append(asked)
                .push(" STRAIGHT_JOIN ")
                .push(name)
                .append(self.engine().force_index("PRIMARY"))
                .push(" ON ")
                .push_text(matching(table)),
        };
        self.run(delete).await?;
        Ok(())
    }
}

/// Returns rows without the columns that are NULL in all of them. Most columns of a task are, and
/// each costs the engine some time in each row.
fn without_empty(columns: &[Column], rows: &[Row]) -> (Vec<Column>, Vec<Row>) {
    let is_empty = |index: &usize| rows.iter().all(|row| row.get(*index) == Some(&Value::Null));
    let kept: Vec<usize> = (0..columns.len())
        .filter(|index| !is_empty(index))
        .collect();
    let values = |row: &Row| {
        kept.iter()
            .filter_map(|index| row.get(*index).cloned())
            .collect()
    };
    let columns = kept.iter().map(|index| columns[*index]).collect();
    (columns, rows.iter().map(values).collect())
}

/// Join condition between the primary key of a table and the rows of `asked`.
fn matching(table: &Table) -> String {
    let key = table.columns[..table.key].iter();
    let equal: Vec<_> = key
        .map(|column| format!("{0}.{1} = asked.{1}", table.name, column.name))
        .collect();
    equal.join(" AND ")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::db::Kind;

    #[test]
    fn columns_that_no_row_has_are_left_out() {
        let column = |name| Column {
            name,
            kind: Kind::Integer,
        };
        let row = |number| vec![Value::Integer(1), Value::Null, number];
        let rows = [row(Value::Null), row(Value::Integer(2))];
        let (columns, rows) = without_empty(&[column("a"), column("b"), column("c")], &rows);
        let names: Vec<_> = columns.iter().map(|column| column.name).collect();
        assert_eq!(names, ["a", "c"]);
        assert_eq!(rows[0], [Value::Integer(1), Value::Null]);
        assert_eq!(rows[1], [Value::Integer(1), Value::Integer(2)]);
    }
}
