//! Databases as the source or the target of a transfer.

use indicatif::ProgressBar;
use rocket::futures::stream::TryStreamExt;
use sqlx::any::AnyRow;
use sqlx::{AnyConnection, Connection, Executor, Row as _, query, raw_sql};

use super::Sink;
use super::table::{Counts, Digest, Digesting, Table, line_of};
use crate::db::{Engine, Kind, Row, Value, schema};
use crate::error::Error;

/// Maximum number of rows in an INSERT statement, and approximate maximum of their size in bytes.
const BATCH_ROWS: usize = 100;
const BATCH_BYTES: usize = 1 << 20;

/// A consistent snapshot of a database.
pub struct Source {
    connection: AnyConnection,
    counts: Counts,
}

impl Source {
    /// Opens a database and begins a snapshot, which concurrent writes do not affect.
    ///
    /// # Errors
    /// If the database does not exist, or its schema version differs from this program's.
    pub async fn open(url: &str) -> Result<Source, Error> {
        let (engine, mut connection) = schema::open_existing(url).await?;
        for statement in engine.begin_snapshot() {
            connection.execute(raw_sql(*statement)).await?;
        }
        let counts = count(&mut connection, &Table::all()).await?;
        Ok(Source { connection, counts })
    }

    /// Returns the number of rows of each table.
    pub fn counts(&self) -> &Counts {
        &self.counts
    }

    /// Sends all rows to a sink.
    ///
    /// # Errors
    /// If a table returns a number of rows other than COUNT(*), for example in a damaged database.
    pub async fn read(
        &mut self,
        sink: &mut impl Sink,
        progress: &ProgressBar,
    ) -> Result<(), Error> {
        for table in Table::all() {
            sink.table(&table).await?;
            let digest = read(&mut self.connection, &table, async |row| {
                sink.row(row).await?;
                progress.inc(1);
                Ok(())
            })
            .await?;
            let counted = self.counts.0.get(&table.name).copied().unwrap_or_default();
            if digest.rows != counted {
                return Err(Error::Startup(format!(
                    "the source counts {counted} rows in {} but returns {}: it may be damaged",
                    table.name, digest.rows
                )));
            }
            sink.end(&digest).await?;
        }
        Ok(())
    }
}

/// An empty database to be filled. Without [`Target::finish`], all changes to it except its schema
/// are rolled back.
pub struct Target {
    url: String,
    engine: Engine,
    connection: AnyConnection,
    tables: Vec<Table>,
    /// The number of rows of each completed table.
    sent: Counts,
    table: Option<Table>,
    batch: Vec<Row>,
    batch_bytes: usize,
}

impl Target {
    /// Opens a database and migrates its schema to `version`, or to the latest version.
    ///
    /// # Errors
    /// If the database is not empty.
    pub async fn open(url: &str, version: Option<i64>) -> Result<Target, Error> {
        let (engine, mut connection) = schema::open_at(url, version).await?;
        connection.execute(raw_sql(engine.begin_write())).await?;
        let tables = Table::all();
        for table in &tables {
            let sql = sqlx::AssertSqlSafe(format!("SELECT 1 FROM {} LIMIT 1", table.name));
            let row = query(sql)
                .persistent(false)
                .fetch_optional(&mut connection)
                .await?;
            if row.is_some() {
                return Err(Error::Startup(format!(
                    "the target is not empty: it has {}",
                    table.name
                )));
            }
        }
        Ok(Target {
            url: url.to_owned(),
            engine,
            connection,
            tables,
            sent: Counts::default(),
            table: None,
            batch: Vec::new(),
            batch_bytes: 0,
        })
    }

    /// Commits, migrates the schema to the latest version, and returns the number of rows of each
    /// table.
    ///
    /// # Errors
    /// If a table is missing, or has a number of rows other than was sent.
    pub async fn finish(mut self) -> Result<Counts, Error> {
        let there = count(&mut self.connection, &self.tables).await?;
        if there != self.sent {
            return Err(Error::Startup(format!(
                "the target has other rows than were sent: {there}, instead of {}",
                self.sent
            )));
        }
        self.connection.execute(raw_sql("COMMIT")).await?;
        self.connection.close().await?;
        let (_, connection) = schema::open_at(&self.url, None).await?;
        connection.close().await?;
        Ok(there)
    }

    async fn insert_batch(&mut self, table: &Table) -> Result<(), Error> {
        let rows = std::mem::take(&mut self.batch);
        self.batch_bytes = 0;
        if rows.is_empty() {
            return Ok(());
        }
        let columns: Vec<_> = table
            .columns
            .iter()
            .map(|column| (column.name.as_str(), column.kind))
            .collect();
        schema::insert(
            self.engine,
            &mut self.connection,
            &table.name,
            &columns,
            rows,
        )
        .await?;
        Ok(())
    }
}

impl Sink for Target {
    async fn table(&mut self, table: &Table) -> Result<(), Error> {
        self.table = Some(table.clone());
        Ok(())
    }

    async fn row(&mut self, row: Row) -> Result<(), Error> {
        let Some(table) = self.table.take() else {
            return Err(Error::Internal("a row without a table".into()));
        };
        self.batch_bytes += row.iter().map(Value::size).sum::<usize>();
        self.batch.push(row);
        if self.batch.len() >= BATCH_ROWS || self.batch_bytes >= BATCH_BYTES {
            self.insert_batch(&table).await?;
        }
        self.table = Some(table);
        Ok(())
    }

    async fn end(&mut self, digest: &Digest) -> Result<(), Error> {
        let Some(table) = self.table.take() else {
            return Err(Error::Internal("an end without a table".into()));
        };
        self.insert_batch(&table).await?;
        let there = read(&mut self.connection, &table, async |_| Ok(())).await?;
        if there != *digest {
            return Err(Error::Startup(format!(
                "{} did not arrive as they were sent: {} rows with SHA-256 {} became {} with {}",
                table.name, digest.rows, digest.sha256, there.rows, there.sha256
            )));
        }
        self.sent.0.insert(table.name, digest.rows);
        Ok(())
    }
}

/// Counts the rows of each table.
async fn count(connection: &mut AnyConnection, tables: &[Table]) -> Result<Counts, Error> {
    let mut counts = Counts::default();
    for table in tables {
        let name = &table.name;
        let sql = sqlx::AssertSqlSafe(format!("SELECT COUNT(*) AS rows_there FROM {name}"));
        let row = query(sql)
            .persistent(false)
            .fetch_one(&mut *connection)
            .await?;
        let rows = row.try_get::<i64, _>("rows_there")?.unsigned_abs();
        counts.0.insert(name.clone(), rows);
    }
    Ok(counts)
}

/// Reads a table. Passes each row to `take` and returns the digest.
async fn read(
    connection: &mut AnyConnection,
    table: &Table,
    mut take: impl AsyncFnMut(Row) -> Result<(), Error>,
) -> Result<Digest, Error> {
    let mut digesting = Digesting::new();
    let sql = sqlx::AssertSqlSafe(table.select());
    let mut rows = query(sql).persistent(false).fetch(connection);
    while let Some(row) = rows.try_next().await? {
        let row = cells(table, &row)?;
        digesting.add(&line_of(&row)?);
        take(row).await?;
    }
    Ok(digesting.finish())
}

fn cells(table: &Table, row: &AnyRow) -> Result<Row, Error> {
    table
        .columns
        .iter()
        .enumerate()
        .map(|(index, column)| {
            Ok(match column.kind {
                Kind::Integer => row
                    .try_get::<Option<i64>, _>(index)?
                    .map_or(Value::Null, Value::Integer),
                Kind::Text => row
                    .try_get::<Option<String>, _>(index)?
                    .map_or(Value::Null, Value::Text),
            })
        })
        .collect()
}
