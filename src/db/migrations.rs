//! Schema migrations, embedded in the program. On SQLite and PostgreSQL, all pending migrations
//! run in one transaction. MySQL commits each schema change implicitly, so an interrupted
//! migration runs again and skips the changes that it has already made.

use sqlx::migrate::{MigrateError, Migrator};
use sqlx::mysql::MySqlDatabaseError;
use sqlx::{AnyConnection, AssertSqlSafe, Connection, Executor, Row, query, raw_sql};

use super::Engine;
use crate::error::Error;

// sqlx's own lock does nothing on SQLite. On PostgreSQL it belongs to the session, which a
// connection pooler does not preserve. `run_to` takes its own locks.
static SQLITE: Migrator = Migrator {
    locking: false,
    ..sqlx::migrate!("migrations/sqlite")
};
static POSTGRES: Migrator = Migrator {
    locking: false,
    ..sqlx::migrate!("migrations/postgres")
};
static MYSQL: Migrator = Migrator {
    locking: false,
    ..sqlx::migrate!("migrations/mysql")
};

/// Maximum time that a node waits on MySQL for another node's migration, in seconds.
const LOCK_SECONDS: i64 = 600;

/// MySQL error codes of a schema change that has already been made: the table, column or index
/// exists, or the object to drop does not.
const DONE_ALREADY: [u16; 4] = [1050, 1060, 1061, 1091];

/// Returns the version of the latest embedded migration.
pub(super) fn latest() -> i64 {
    SQLITE
        .iter()
        .map(|migration| migration.version)
        .max()
        .unwrap_or_default()
}

/// Returns the version of the last migration applied to the database. `None` if it is not a Docket
/// database.
pub(super) async fn version(connection: &mut AnyConnection) -> Result<Option<i64>, Error> {
    let row = query("SELECT MAX(version) AS version FROM _sqlx_migrations")
        .persistent(false)
        .fetch_one(connection)
        .await;
    match row {
        Ok(row) => Ok(row.try_get("version")?),
        // The table of migrations does not exist.
        Err(sqlx::Error::Database(_)) => Ok(None),
        Err(error) => Err(error.into()),
    }
}

/// Migrates the schema to `target`, or to the latest version. If several nodes start together, one
/// migrates and the others wait. The connection must not be used for a second run: on PostgreSQL,
/// its cache may refer to prepared statements that no longer exist.
///
/// # Errors
/// If a migration fails, or the database has been migrated by a newer program.
pub(super) async fn run(
    engine: Engine,
    connection: &mut AnyConnection,
    target: Option<i64>,
) -> Result<(), Error> {
    match engine {
        Engine::Sqlite => {
            let mut transaction = connection.begin_with(engine.begin_write()).await?;
            migrate(&SQLITE, &mut transaction, target).await?;
            transaction.commit().await?;
        }
        Engine::Postgres => {
            // After waiting for the lock, the transaction must see the changes of the previous
            // holder.
            let begin = "BEGIN ISOLATION LEVEL READ COMMITTED";
            let mut transaction = connection.begin_with(begin).await?;
            // A connection pooler may have left another program's prepared statements on the
            // server. The number of the lock is "docket" in ASCII.
            transaction
                .execute(raw_sql(
                    "SET LOCAL client_min_messages = warning;
                     DEALLOCATE ALL;
                     DO $$ BEGIN PERFORM pg_advisory_xact_lock(x'646f636b6574'::bigint); END $$",
                ))
                .await?;
            migrate(&POSTGRES, &mut transaction, target).await?;
            transaction.execute(raw_sql("DEALLOCATE ALL")).await?;
            transaction.commit().await?;
        }
        Engine::Mysql => {
            lock_mysql(connection).await?;
            if version(connection).await?.is_none() {
                refuse_others_tables(connection).await?;
            }
            if let Err(MigrateError::Dirty(version)) =
                MYSQL.run_direct(target, connection, false).await
            {
                resume_mysql(connection, version).await?;
            }
            migrate(&MYSQL, connection, target).await?;
        }
    }
    Ok(())
}

async fn migrate(
    migrator: &Migrator,
    connection: &mut AnyConnection,
    target: Option<i64>,
) -> Result<(), Error> {
    migrator
        .run_direct(target, connection, false)
        .await
        .map_err(|error| match error {
            MigrateError::VersionMissing(version) => Error::Startup(format!(
                "the database has migration {version}, which this version of Docket does not \
                 know: it was used by a newer one, and only that or a later one can open it"
            )),
            MigrateError::Execute(error) => Error::Database(error.into()),
            other => Error::Startup(format!("the database could not be migrated: {other}")),
        })
}

/// Acquires a lock that is released when the connection ends.
async fn lock_mysql(connection: &mut AnyConnection) -> Result<(), Error> {
    let row = query("SELECT GET_LOCK(CONCAT('docket ', MD5(DATABASE())), ?) AS taken")
        .bind(LOCK_SECONDS)
        .fetch_one(&mut *connection)
        .await?;
    match row.try_get("taken")? {
        Some(1_i64) => Ok(()),
        _ => Err(Error::Startup(
            "another program has been migrating the database for ten minutes".into(),
        )),
    }
}

/// Rejects tables of other programs, which could be mistaken for those of an interrupted
/// migration.
async fn refuse_others_tables(connection: &mut AnyConnection) -> Result<(), Error> {
    let other = query(
        "SELECT CAST(table_name AS CHAR) AS name FROM information_schema.tables
         WHERE table_schema = DATABASE() AND table_name <> '_sqlx_migrations' LIMIT 1",
    )
    .fetch_optional(connection)
    .await?;
    match other {
        None => Ok(()),
        Some(row) => Err(Error::Startup(format!(
            "the database has a table {} that is not Docket's: it needs a database of its own",
            row.try_get::<String, _>("name")?
        ))),
    }
}

async fn resume_mysql(connection: &mut AnyConnection, version: i64) -> Result<(), Error> {
    let migration = MYSQL.iter().find(|migration| migration.version == version);
    let statements = migration.map_or("", |migration| migration.sql.as_str());
    for statement in statements
        .split(";\n")
        .filter(|text| !text.trim().is_empty())
    {
        let done = connection
            .execute(raw_sql(AssertSqlSafe(statement.to_owned())))
            .await;
        match done {
            Ok(_) => {}
            Err(sqlx::Error::Database(error))
                if error
                    .try_downcast_ref::<MySqlDatabaseError>()
                    .is_some_and(|error| DONE_ALREADY.contains(&error.number())) => {}
            Err(error) => return Err(error.into()),
        }
    }
    query("UPDATE _sqlx_migrations SET success = TRUE WHERE version = ?")
        .bind(version)
        .execute(connection)
        .await?;
    Ok(())
}
