//! The connection pool that pages, the API and commands share.

use std::io::ErrorKind;
use std::path::Path;
use std::str::FromStr;
use std::sync::Arc;
use std::thread::available_parallelism;
use std::time::{Duration, Instant};

use rocket::figment::Figment;
use rocket::tokio::sync::Semaphore;
use rocket::tokio::time::{sleep, timeout};
use rocket_db_pools::Database;
use serde::{Deserialize, Serialize};
use sqlx::any::{AnyConnectOptions, install_default_drivers};
use sqlx::{AnyConnection, ConnectOptions, Connection, Executor, raw_sql};

use super::checkpoint::Checkpoints;
use super::connection::{Reader, Transaction};
use super::doorbell::Doorbell;
use super::file::DatabaseFile;
use super::group::Group;
use super::handle::{ACQUIRE_TIMEOUT, Limit, Source, set_up};
use super::scan::{Scan, Scans};
use super::share::Queries;
use super::sqlite::SqliteFile;
use super::{Engine, Sql, migrations, sqlite_file};
use crate::error::Error;
use crate::log;
use crate::platform::{DirEntry, check_readable, check_writable, refuse_link};

/// Time limit for opening a connection outside the pool.
const CONNECT_TIMEOUT: Duration = Duration::from_secs(10);

/// SQLITE_BUSY: another connection holds a lock.
const SQLITE_BUSY: &str = "5";

/// Pause before a retry after SQLITE_BUSY.
const BUSY_PAUSE: Duration = Duration::from_millis(10);

/// The database in Rocket's managed state.
#[derive(Database)]
#[database("docket")]
pub struct Db(Pool);

/// The address of the database and its connection settings.
#[derive(Clone, Debug, Deserialize, Serialize)]
pub struct Address {
    /// The URL. Its scheme identifies the engine.
    pub url: String,
    /// Maximum number of open connections.
    pub connections: u32,
    /// True if connections may cache prepared statements.
    pub prepared: bool,
}

/// Connections for reads and for writes.
#[derive(Clone)]
pub struct Pool {
    engine: Engine,
    reader: Reader,
    writer: Writer,
    queries: Arc<Queries>,
    scans: Scans,
    file: Option<Arc<DatabaseFile>>,
    is_new: bool,
    url: Arc<str>,
}

#[derive(Clone)]
enum Writer {
    /// SQLite: one connection with a queue of writers, which avoids contention for its lock.
    /// Concurrent writes are committed together.
    Group(Group, Source),
    /// Server: write permits, fewer than there are connections. A server groups commits itself, but
    /// writers wait for each other's row locks, and readers must not wait for writers.
    Readers(Arc<Semaphore>),
}

impl Pool {
    /// Opens the database, creates it if it is a missing file, and migrates its schema.
    ///
    /// # Errors
    /// If the database cannot be opened or migrated.
    pub async fn open(address: &Address) -> Result<Pool, Error> {
        // A pool would retry and hide the cause of the error.
        let (engine, mut connection) = connect(&address.url).await?;
        let is_new = migrations::version(&mut connection).await?.is_none();
        migrations::run(engine, &mut connection, None).await?;
        connection.close().await?;
        let file = sqlite_file(&address.url).map(DatabaseFile::at).transpose();
        let file = file.map_err(sqlx::Error::Io)?;
        let (_, options) = options(&address.url)?;
        let reader = |source| Reader {
            engine,
            source,
            prepared: address.prepared,
            limit: Limit::Short,
        };
        let (reader, writer, turns) = match engine {
            Engine::Sqlite => {
                let pool = |connections| {
                    let pool = SqliteFile::of(&options)?.pool(connections, ACQUIRE_TIMEOUT)?;
                    Ok::<_, Error>(Source::Sqlite(pool))
                };
                // Queries run in this process, so connections beyond the number of cores bring no
                // gain. The minimum is two, so that a search leaves one free.
                let connections = address.connections.min(cores()).max(2);
                let source = pool(1)?;
                let checkpoints = Checkpoints::start(pool(1)?);
                let group = Group::start(source.clone(), address.prepared, checkpoints);
                let writer = Writer::Group(group, source);
                (reader(pool(connections)?), writer, connections)
            }
            Engine::Postgres | Engine::Mysql => {
                let connections = address.connections;
                let source = Source::server(engine, options, connections);
                let writers = (connections - connections.div_ceil(5)).max(1);
                let writers = Arc::new(Semaphore::new(writers as usize));
                // Some connections are reserved for writers.
                let turns = connections.div_ceil(2);
                (reader(source), Writer::Readers(writers), turns)
            }
        };
        Ok(Pool {
            engine,
            reader,
            writer,
            queries: Arc::new(Queries::new(turns)),
            scans: Scans::new(turns),
            file: file.map(Arc::new),
            is_new,
            url: address.url.as_str().into(),
        })
    }

    /// Returns the engine of the database.
    pub fn engine(&self) -> Engine {
        self.engine
    }

    /// Returns true if the schema was created when the database was opened.
    pub fn is_new(&self) -> bool {
        self.is_new
    }

    /// Returns the bell that the nodes of this database ring.
    pub fn doorbell(&self) -> Doorbell {
        Doorbell::new(self.engine, &self.url)
    }

    /// Returns the connections for reads outside a transaction.
    pub fn reader(&self) -> &Reader {
        &self.reader
    }

    /// Returns connections for reads with a time limit of a minute per statement.
    pub fn long_reader(&self) -> Reader {
        Reader {
            limit: Limit::Long,
            ..self.reader.clone()
        }
    }

    /// Returns the queues of batched queries.
    pub(super) fn queries(&self) -> &Queries {
        &self.queries
    }

    /// Checks that the database can be read. On SQLite, also checks the database file.
    ///
    /// # Errors
    /// [`Error::Database`].
    pub async fn check(&self) -> Result<(), Error> {
        if let Some(file) = &self.file {
            file.check().await.map_err(sqlx::Error::Io)?;
        }
        self.reader().fetch_rows(Sql::new("SELECT 1")).await?;
        Ok(())
    }

    /// Waits for permission to scan all data of a user.
    ///
    /// # Errors
    /// [`Error::Busy`] if the user or too many other users are scanning.
    pub async fn begin_scan(&self, user_id: &str) -> Result<Scan, Error> {
        self.scans.begin(user_id).await
    }

    /// Begins a write transaction.
    ///
    /// # Errors
    /// [`Error::Database`], also if no connection is free in time.
    pub async fn begin(&self) -> Result<Transaction, Error> {
        self.begin_within(Limit::Short).await
    }

    /// Begins a write transaction with a time limit of a minute per statement.
    ///
    /// # Errors
    /// [`Error::Database`], also if no connection is free in time.
    pub async fn begin_long(&self) -> Result<Transaction, Error> {
        self.begin_within(Limit::Long).await
    }

    async fn begin_within(&self, limit: Limit) -> Result<Transaction, Error> {
        let reader = &self.reader;
        Ok(match &self.writer {
            Writer::Group(group, _) => Transaction::join(group, reader.prepared, limit).await?,
            Writer::Readers(turns) => {
                let turn = timeout(ACQUIRE_TIMEOUT, turns.clone().acquire_owned()).await;
                let turn = turn
                    .ok()
                    .and_then(Result::ok)
                    .ok_or(sqlx::Error::PoolTimedOut)?;
                Transaction::begin(reader, limit, turn).await?
            }
        })
    }

    /// Waits until the connections in use are returned, and closes all connections.
    pub async fn close(&self) {
        self.reader.source.close().await;
        if let Writer::Group(group, source) = &self.writer {
            group.close().await;
            source.close().await;
        }
    }
}

#[cfg(test)]
impl Pool {
    /// Opens a new SQLite database in a directory.
    pub(crate) async fn in_directory(directory: &tempfile::TempDir) -> Pool {
        let address = Address {
            url: format!("sqlite:{}", directory.path().join("docket.db").display()),
            connections: 2,
            prepared: true,
        };
        Pool::open(&address).await.expect("a database")
    }
}

#[rocket::async_trait]
impl rocket_db_pools::Pool for Pool {
    type Connection = Reader;
    type Error = Error;

    async fn init(figment: &Figment) -> Result<Pool, Error> {
        let address = figment
            .extract()
            .map_err(|error| Error::Startup(format!("databases.docket: {error}")))?;
        // A fairing cannot report the reason of its failure, so the error is logged here.
        Pool::open(&address)
            .await
            .inspect_err(|error| log::fatal(&error.to_string()))
    }

    async fn get(&self) -> Result<Reader, Error> {
        Ok(self.reader.clone())
    }

    // Rocket calls this when the shutdown begins, while requests are still in progress.
    async fn close(&self) {}
}

fn cores() -> u32 {
    let cores = available_parallelism().map_or(1, usize::from);
    u32::try_from(cores).unwrap_or(u32::MAX)
}

/// Returns the engine and the connection options of a URL.
fn options(url: &str) -> Result<(Engine, AnyConnectOptions), Error> {
    install_default_drivers();
    let engine = Engine::of(url)
        .ok_or_else(|| Error::Startup("the database's URL names no engine that is known".into()))?;
    let options = AnyConnectOptions::from_str(url)?.disable_statement_logging();
    Ok((engine, options))
}

/// Opens a connection outside the pool.
///
/// # Errors
/// If the database does not exist.
pub(super) async fn connect_existing(url: &str) -> Result<(Engine, AnyConnection), Error> {
    let (engine, options) = options(url)?;
    if let Some(path) = sqlite_file(url) {
        if !path.exists() {
            let message = format!("there is no database {}", path.display());
            return Err(Error::Startup(message));
        }
        refuse_link(&path).map_err(|error| unusable(&path, error))?;
        check_readable(&path).map_err(|error| unusable(&path, error))?;
    }
    let mut connection = timeout(CONNECT_TIMEOUT, options.connect())
        .await
        .map_err(|_| sqlx::Error::Io(ErrorKind::TimedOut.into()))??;
    set_up(engine, &mut connection).await?;
    if engine == Engine::Sqlite {
        write_ahead(&mut connection).await?;
    }
    Ok((engine, connection))
}

/// Opens a connection outside the pool. Creates a missing SQLite file.
pub(super) async fn connect(url: &str) -> Result<(Engine, AnyConnection), Error> {
    if Engine::of(url) == Some(Engine::Sqlite) {
        create_privately(url)?;
    }
    connect_existing(url).await
}

/// Switches the file to write-ahead logging, which persists in the file. If another connection
/// switches it concurrently, SQLite fails immediately regardless of `busy_timeout`, because the
/// connection holds a read lock and waiting could deadlock.
async fn write_ahead(connection: &mut AnyConnection) -> Result<(), Error> {
    let begun = Instant::now();
    loop {
        let set = connection
            .execute(raw_sql("PRAGMA journal_mode = WAL"))
            .await;
        match set {
            Err(sqlx::Error::Database(error))
                if error.code().as_deref() == Some(SQLITE_BUSY)
                    && begun.elapsed() < CONNECT_TIMEOUT =>
            {
                sleep(BUSY_PAUSE).await;
            }
            other => return Ok(other.map(drop)?),
        }
    }
}

/// Creates the database file with access for its owner only. SQLite creates the files beside it
/// with the same mode and, as root, the same owner.
fn create_privately(url: &str) -> Result<(), Error> {
    let path = sqlite_file(url)
        .ok_or_else(|| Error::Startup("database_url does not name a file".into()))?;
    match DirEntry::at(&path).and_then(|entry| entry.create_new()) {
        Ok(_) => Ok(()),
        // SQLite's error message does not contain the file name.
        Err(error) if error.kind() == ErrorKind::AlreadyExists => {
            check_writable(&path).map_err(|error| unusable(&path, error))
        }
        Err(error) => Err(unusable(&path, error)),
    }
}

fn unusable(path: &Path, error: std::io::Error) -> Error {
    Error::Startup(format!(
        "the database file {} is unusable: {error}",
        path.display()
    ))
}

#[cfg(test)]
mod tests {
    use rocket::tokio::{select, test};
    use sqlx::sqlite::SqliteConnectOptions;
    use tempfile::TempDir;

    use super::*;

    #[test]
    async fn a_url_may_have_a_path_of_windows() {
        let url = r"sqlite:C:\Users\Ada%20L\docket.db";
        let path = std::path::PathBuf::from(r"C:\Users\Ada L\docket.db");
        assert_eq!(sqlite_file(url), Some(path.clone()));
        let (_, options) = options(url).expect("options");
        let options = SqliteConnectOptions::try_from(&options).expect("options");
        assert_eq!(options.get_filename(), path);
    }

    #[test]
    async fn a_new_file_that_another_is_setting_up_is_waited_for() {
        let directory = TempDir::new().expect("a directory");
        let url = format!("sqlite:{}", directory.path().join("docket.db").display());
        create_privately(&url).expect("a file");
        let (_, options) = options(&url).expect("options");
        let mut other = options.connect().await.expect("a connection");
        let begin = Engine::Sqlite.begin_write();
        other.execute(raw_sql(begin)).await.expect("done");
        let mut connecting = Box::pin(connect(&url));
        select! {
            connected = &mut connecting => panic!("not waited for: {connected:?}"),
            () = sleep(BUSY_PAUSE * 10) => {}
        }
        other.execute(raw_sql("COMMIT")).await.expect("done");
        connecting.await.expect("a connection");
    }
}
