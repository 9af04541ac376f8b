//! The connections to the one database that pages, API and commands share.

use std::fs::OpenOptions;
use std::io::ErrorKind;
use std::os::unix::fs::OpenOptionsExt;
use std::str::FromStr;
use std::sync::Arc;
use std::thread::available_parallelism;
use std::time::{Duration, Instant};

use rocket::figment::Figment;
use rocket::tokio::sync::Semaphore;
use rocket::tokio::time::{sleep, timeout};
use rocket_db_pools::Database;
use serde::{Deserialize, Serialize};
use sqlx::any::{AnyConnectOptions, AnyPoolOptions, install_default_drivers};
use sqlx::pool::PoolConnection;
use sqlx::{Any, AnyConnection, AnyPool, ConnectOptions, Connection, Executor, SqlStr, raw_sql};

use super::connection::{ACQUIRE_TIMEOUT, Limit, Reader, Transaction};
use super::group::Group;
use super::packed::{Queries, queries};
use super::{Engine, migrations, sqlite_file};
use crate::error::Error;
use crate::log;

/// How long a connection outside the pool may take to be made.
const CONNECT_TIMEOUT: Duration = Duration::from_secs(10);

/// What SQLite says when another connection has a lock that is needed.
const SQLITE_BUSY: &str = "5";

/// How long it is left alone then.
const BUSY_PAUSE: Duration = Duration::from_millis(10);

/// The database as Rocket's managed state.
#[derive(Database)]
#[database("docket")]
pub struct Db(Pool);

/// Where the database is, and how it is spoken to.
#[derive(Clone, Debug, Deserialize, Serialize)]
pub struct Address {
    /// The URL, whose scheme names the engine.
    pub url: String,
    /// How many connections are open at most.
    pub connections: u32,
    /// Whether a connection may keep the statements that it has prepared.
    pub prepared: bool,
}

/// Connections to read with and connections to write with.
#[derive(Clone)]
pub struct Pool {
    engine: Engine,
    reader: Reader,
    writer: Writer,
    queries: Arc<Queries>,
}

#[derive(Clone)]
enum Writer {
    /// One connection, for which writers queue in order rather than run into each other's lock, and
    /// which commits what many of them have written at once.
    Group(Group, AnyPool),
    /// So many of those to read with: a database server brings writers together by itself, but
    /// they wait for each other's rows, and readers are not to wait for that.
    Readers(Arc<Semaphore>),
}

impl Pool {
    /// Opens the database, makes it if it is a file that is not there, and brings its schema up to
    /// date.
    pub async fn open(address: &Address) -> Result<Pool, Error> {
        // A pool would try again and again, and not say what is wrong.
        let (engine, mut connection) = connect(&address.url).await?;
        migrations::run(engine, &mut connection, None).await?;
        connection.close().await?;
        let (_, options) = options(&address.url)?;
        let lazy = |connections| Reader {
            pool: pool(engine, connections).connect_lazy_with(options.clone()),
            prepared: address.prepared,
            limit: Limit::Short,
        };
        let (reader, writer, turns) = match engine {
            Engine::Sqlite => {
                // A query runs in this process: more of them than cores only wait for each other.
                let connections = address.connections.min(cores());
                let pool = lazy(1).pool;
                let group = Group::start(pool.clone(), address.prepared);
                (lazy(connections), Writer::Group(group, pool), connections)
            }
            Engine::Postgres | Engine::Mysql => {
                let connections = address.connections;
                let writers = (connections - connections.div_ceil(5)).max(1);
                let writers = Arc::new(Semaphore::new(writers as usize));
                // Lists leave some to those who write, too.
                let turns = connections.div_ceil(2);
                (lazy(connections), Writer::Readers(writers), turns)
            }
        };
        Ok(Pool {
            engine,
            reader,
            writer,
            queries: Arc::new(queries(turns)),
        })
    }

    /// The engine behind the URL.
    pub fn engine(&self) -> Engine {
        self.engine
    }

    /// The connections for statements that only read, outside a transaction.
    pub fn reader(&self) -> &Reader {
        &self.reader
    }

    /// The same for commands, whose statements may take a minute each.
    pub fn long_reader(&self) -> Reader {
        Reader {
            limit: Limit::Long,
            ..self.reader.clone()
        }
    }

    /// The queries that wait for others of their kind.
    pub(super) fn queries(&self) -> &Queries {
        &self.queries
    }

    /// A query in the engine's placeholder style; see [`Engine::sql`].
    pub fn sql(&self, query: impl Into<std::borrow::Cow<'static, str>>) -> SqlStr {
        self.engine.sql(query)
    }

    /// Begins a transaction that may write.
    pub async fn begin(&self) -> Result<Transaction, Error> {
        self.begin_within(Limit::Short).await
    }

    /// Begins one with much to do, whose statements may take a minute each.
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
                let statement = self.engine.begin_write();
                Transaction::begin(reader, statement, limit, turn).await?
            }
        })
    }

    /// Waits until the connections in use are given back, and closes all.
    pub async fn close(&self) {
        self.reader.pool.close().await;
        if let Writer::Group(group, pool) = &self.writer {
            group.close().await;
            pool.close().await;
        }
    }
}

#[rocket::async_trait]
impl rocket_db_pools::Pool for Pool {
    type Connection = PoolConnection<Any>;
    type Error = Error;

    async fn init(figment: &Figment) -> Result<Pool, Error> {
        let address = figment
            .extract()
            .map_err(|error| Error::Startup(format!("databases.docket: {error}")))?;
        // Rocket's fairings can only fail, without a reason.
        Pool::open(&address)
            .await
            .inspect_err(|error| log::fatal(&error.to_string()))
    }

    async fn get(&self) -> Result<PoolConnection<Any>, Error> {
        Ok(self.reader.pool.acquire().await?)
    }

    // Called as soon as the server is told to end, when it still has requests to answer.
    async fn close(&self) {}
}

fn cores() -> u32 {
    let cores = available_parallelism().map_or(1, usize::from);
    u32::try_from(cores).unwrap_or(u32::MAX)
}

/// The engine of a URL, and how it is connected to.
fn options(url: &str) -> Result<(Engine, AnyConnectOptions), Error> {
    install_default_drivers();
    let engine = Engine::of(url)
        .ok_or_else(|| Error::Startup("the database's URL names no engine that is known".into()))?;
    let options = AnyConnectOptions::from_str(url)?.disable_statement_logging();
    Ok((engine, options))
}

/// A connection outside the pool.
///
/// # Errors
/// If there is no database.
pub(super) async fn connect_existing(url: &str) -> Result<(Engine, AnyConnection), Error> {
    let (engine, options) = options(url)?;
    if let Some(path) = sqlite_file(url).filter(|path| !path.exists()) {
        let message = format!("there is no database {}", path.display());
        return Err(Error::Startup(message));
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

/// A connection outside the pool, to a database that is made if it is a file that is not there.
pub(super) async fn connect(url: &str) -> Result<(Engine, AnyConnection), Error> {
    if Engine::of(url) == Some(Engine::Sqlite) {
        create_privately(url)?;
    }
    connect_existing(url).await
}

/// A pool of connections, each set up as Docket needs it.
fn pool(engine: Engine, connections: u32) -> AnyPoolOptions {
    let options = AnyPoolOptions::new()
        .max_connections(connections)
        .acquire_timeout(ACQUIRE_TIMEOUT)
        .after_connect(move |connection, _| Box::pin(set_up(engine, connection)));
    match engine {
        // A file does not go away, and a connection to it does not grow old.
        Engine::Sqlite => options
            .idle_timeout(None)
            .max_lifetime(None)
            .test_before_acquire(false),
        Engine::Postgres | Engine::Mysql => options,
    }
}

async fn set_up(engine: Engine, connection: &mut AnyConnection) -> Result<(), sqlx::Error> {
    for statement in engine.setup() {
        connection.execute(raw_sql(*statement)).await?;
    }
    Ok(())
}

/// Gives the file a write-ahead log, which belongs to it and not to the connection. Another one that
/// does so makes this fail at once, whatever `busy_timeout` says: SQLite reads the file first, and
/// nobody waits for a write lock who has one to read.
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
        Err(error) if error.kind() == ErrorKind::AlreadyExists => Ok(()),
        Err(error) => Err(Error::Startup(format!(
            "the database file {} cannot be made: {error}",
            path.display()
        ))),
    }
}

#[cfg(test)]
mod tests {
    use rocket::tokio::{select, test};
    use tempfile::TempDir;

    use super::*;

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
