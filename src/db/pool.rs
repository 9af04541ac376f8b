//! The connections to the one database that pages, API and commands share.

use std::fs::OpenOptions;
use std::os::unix::fs::OpenOptionsExt;
use std::str::FromStr;
use std::time::Duration;

use rocket::figment::Figment;
use rocket_db_pools::Database;
use sqlx::any::{AnyConnectOptions, AnyPoolOptions, install_default_drivers};
use sqlx::pool::PoolConnection;
use sqlx::{Any, AnyPool, ConnectOptions, Connection, SqlStr};

use super::{Engine, migrations, sqlite_file};
use crate::error::Error;

/// How long a request waits for a free connection.
const ACQUIRE_TIMEOUT: Duration = Duration::from_secs(5);

/// A transaction on Docket's database; rolled back if it is dropped uncommitted.
pub type Transaction = sqlx::Transaction<'static, Any>;

/// The database as Rocket's managed state.
#[derive(Database)]
#[database("docket")]
pub struct Db(Pool);

/// Connections to read with and connections to write with: on SQLite there is one writer, so that
/// writers queue here, in order, rather than run into each other's lock.
#[derive(Clone)]
pub struct Pool {
    engine: Engine,
    reader: AnyPool,
    writer: AnyPool,
}

impl Pool {
    /// Opens the database at `url` with up to `connections` connections, makes it if it is a file
    /// that is not there, and brings its schema up to date.
    pub async fn open(url: &str, connections: u32) -> Result<Pool, Error> {
        install_default_drivers();
        let engine = Engine::of(url)
            .ok_or_else(|| Error::Startup("database_url names no engine that is known".into()))?;
        let options = AnyConnectOptions::from_str(url)
            .map_err(Error::Database)?
            .disable_statement_logging();
        if engine == Engine::Sqlite {
            create_privately(url)?;
        }
        // A pool would try again and again, and not say what is wrong.
        let mut connection = options.connect().await?;
        if engine == Engine::Sqlite {
            // The journal mode belongs to the file: set once, before anyone reads.
            sqlx::query("PRAGMA journal_mode = WAL")
                .execute(&mut connection)
                .await?;
        }
        migrations::run(engine, &mut connection).await?;
        connection.close().await?;
        let reader = pool(engine, connections).connect_lazy_with(options.clone());
        let writer = match engine {
            Engine::Sqlite => pool(engine, 1).connect_lazy_with(options),
            Engine::Postgres | Engine::Mysql => reader.clone(),
        };
        Ok(Pool {
            engine,
            reader,
            writer,
        })
    }

    /// The engine behind the URL.
    pub fn engine(&self) -> Engine {
        self.engine
    }

    /// The connections for statements that only read, outside a transaction.
    pub fn reader(&self) -> &AnyPool {
        &self.reader
    }

    /// A query in the engine's placeholder style; see [`Engine::sql`].
    pub fn sql(&self, query: impl Into<std::borrow::Cow<'static, str>>) -> SqlStr {
        self.engine.sql(query)
    }

    /// Begins a transaction that may write.
    pub async fn begin(&self) -> Result<Transaction, Error> {
        let transaction = match self.engine.begin_write() {
            Some(statement) => self.writer.begin_with(statement).await?,
            None => self.writer.begin().await?,
        };
        Ok(transaction)
    }

    /// Waits until the connections in use are given back, and closes all.
    pub async fn close(&self) {
        self.reader.close().await;
        self.writer.close().await;
    }
}

#[rocket::async_trait]
impl rocket_db_pools::Pool for Pool {
    type Connection = PoolConnection<Any>;
    type Error = Error;

    async fn init(figment: &Figment) -> Result<Pool, Error> {
        let setting = |name: &str| Error::Startup(format!("databases.docket.{name} is not set"));
        let url: String = figment.extract_inner("url").map_err(|_| setting("url"))?;
        let connections = figment
            .extract_inner("max_connections")
            .map_err(|_| setting("max_connections"))?;
        // Rocket's fairings can only fail, without a reason.
        Pool::open(&url, connections)
            .await
            .inspect_err(Error::report)
    }

    async fn get(&self) -> Result<PoolConnection<Any>, Error> {
        Ok(self.reader.acquire().await?)
    }

    async fn close(&self) {
        Pool::close(self).await;
    }
}

/// A pool of connections, each set up as Docket needs it.
fn pool(engine: Engine, connections: u32) -> AnyPoolOptions {
    let setup: &[&'static str] = match engine {
        Engine::Sqlite => &[
            "PRAGMA busy_timeout = 10000",
            "PRAGMA foreign_keys = ON",
            "PRAGMA synchronous = FULL",
        ],
        Engine::Postgres => &[],
        // The level that PostgreSQL has by default: each statement sees what is committed.
        Engine::Mysql => &["SET SESSION TRANSACTION ISOLATION LEVEL READ COMMITTED"],
    };
    let options = AnyPoolOptions::new()
        .max_connections(connections)
        .acquire_timeout(ACQUIRE_TIMEOUT)
        .after_connect(move |connection, _| {
            Box::pin(async move {
                for statement in setup {
                    sqlx::query(*statement).execute(&mut *connection).await?;
                }
                Ok(())
            })
        });
    match engine {
        // A file does not go away, and a connection to it does not grow old.
        Engine::Sqlite => options
            .idle_timeout(None)
            .max_lifetime(None)
            .test_before_acquire(false),
        Engine::Postgres | Engine::Mysql => options,
    }
}

/// Makes the database file readable by its owner alone; SQLite gives the files beside it the same
/// mode.
fn create_privately(url: &str) -> Result<(), Error> {
    let path = sqlite_file(url)
        .ok_or_else(|| Error::Startup("database_url does not name a file".into()))?;
    let made = OpenOptions::new()
        .create_new(true)
        .write(true)
        .mode(0o600)
        .open(&path);
    match made {
        Ok(_) => Ok(()),
        Err(error) if error.kind() == std::io::ErrorKind::AlreadyExists => Ok(()),
        Err(error) => Err(Error::Startup(format!(
            "the database file {} cannot be made: {error}",
            path.display()
        ))),
    }
}
