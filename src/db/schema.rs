//! Databases opened for operations longer than a request: reading or filling a whole database.

use sqlx::{AnyConnection, Connection};

use super::pool::{connect, connect_existing};
use super::{Engine, Kind, Row, Sql, migrations};
use crate::error::Error;

/// Returns the version of the latest embedded migration.
pub fn latest() -> i64 {
    migrations::latest()
}

/// Opens a database without migrating it.
///
/// # Errors
/// If it does not exist, or its schema version differs from this program's.
pub async fn open_existing(url: &str) -> Result<(Engine, AnyConnection), Error> {
    let (engine, mut connection) = connect_existing(url).await?;
    let latest = migrations::latest();
    match migrations::version(&mut connection).await? {
        None => Err(Error::Startup("there is no Docket in the source".into())),
        Some(version) if version != latest => Err(Error::Startup(format!(
            "the source has migration {version} and this version of Docket {latest}: \
             use the version that runs on it, or bring it up to date with `docket migrate`"
        ))),
        Some(_) => Ok((engine, connection)),
    }
}

/// Opens a database and migrates its schema to `version`, or to the latest version.
///
/// # Errors
/// If this program does not know the version, or the database has a later one.
pub async fn open_at(url: &str, version: Option<i64>) -> Result<(Engine, AnyConnection), Error> {
    let latest = migrations::latest();
    let wanted = version.unwrap_or(latest);
    if wanted > latest {
        return Err(Error::Startup(format!(
            "it has migration {wanted}, and this version of Docket only {latest}: \
             it is for a newer one"
        )));
    }
    let (engine, mut connection) = connect(url).await?;
    migrations::run(engine, &mut connection, Some(wanted)).await?;
    match migrations::version(&mut connection).await? {
        Some(there) if there == wanted => Ok((engine, connection)),
        there => {
            connection.close().await?;
            Err(Error::Startup(format!(
                "the target has migration {} and the backup {wanted}: name a database that is \
                 not in use yet",
                there.unwrap_or_default()
            )))
        }
    }
}

/// Inserts rows into a table. The table description may come from a file.
///
/// # Errors
/// [`Error::Database`].
pub async fn insert(
    engine: Engine,
    connection: &mut AnyConnection,
    table: &str,
    columns: &[(&str, Kind)],
    rows: Vec<Row>,
) -> Result<(), Error> {
    let names: Vec<_> = columns.iter().map(|(name, _)| *name).collect();
    let insert = format!("INSERT INTO {table} ({}) VALUES ", names.join(", "));
    let mut sql = Sql::default().push_text(insert);
    for (number, row) in rows.into_iter().enumerate() {
        sql = sql.push(if number == 0 { "(" } else { ", (" });
        for (place, (value, (_, kind))) in row.into_iter().zip(columns).enumerate() {
            sql = sql.push(if place == 0 { "" } else { ", " });
            sql = sql.bind_value(*kind, value);
        }
        sql = sql.push(")");
    }
    let query = sql.query(engine).persistent(false);
    query.execute(connection).await?;
    Ok(())
}
