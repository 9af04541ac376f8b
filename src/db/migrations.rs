//! The schema's migrations, embedded in the program.

use sqlx::AnyConnection;
use sqlx::migrate::{MigrateError, Migrator};

use super::Engine;
use crate::error::Error;

static SQLITE: Migrator = sqlx::migrate!("migrations/sqlite");
static POSTGRES: Migrator = sqlx::migrate!("migrations/postgres");
static MYSQL: Migrator = sqlx::migrate!("migrations/mysql");

/// Brings the schema up to date.
///
/// # Errors
/// If a migration fails, or the database has been used by a newer program.
pub(super) async fn run(engine: Engine, connection: &mut AnyConnection) -> Result<(), Error> {
    let migrator = match engine {
        Engine::Sqlite => &SQLITE,
        Engine::Postgres => &POSTGRES,
        Engine::Mysql => &MYSQL,
    };
    migrator
        .run_direct(None, connection, false)
        .await
        .map_err(|error| match error {
            MigrateError::VersionMissing(version) => Error::Startup(format!(
                "the database has migration {version}, which this version of Docket does not \
                 know: it was used by a newer one, and only that or a later one can open it"
            )),
            MigrateError::Execute(error) => Error::Database(error),
            other => Error::Startup(format!("the database could not be migrated: {other}")),
        })
}
