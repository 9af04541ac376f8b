//! The database of one test server: a file in its directory, or a database created for it.

use std::env;
use std::path::Path;

use sqlx::any::install_default_drivers;
use sqlx::{AnyConnection, AssertSqlSafe, Connection, Executor};
use tempfile::TempDir;

/// The engine named by `DOCKET_TEST_ENGINE`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Engine {
    Sqlite,
    Postgres,
    Mysql,
}

impl Engine {
    pub fn chosen() -> Engine {
        match env::var("DOCKET_TEST_ENGINE").as_deref() {
            Err(_) | Ok("" | "sqlite") => Engine::Sqlite,
            Ok("postgres") => Engine::Postgres,
            Ok("mysql") => Engine::Mysql,
            Ok(other) => panic!("DOCKET_TEST_ENGINE is {other}: use sqlite, postgres or mysql"),
        }
    }
}

/// A database; dropped with this value.
pub struct TestDatabase {
    engine: Engine,
    admin_url: String,
    name: String,
}

impl TestDatabase {
    /// Creates a database on the server of `DOCKET_TEST_DATABASE_URL`. `None` for SQLite, whose
    /// file lies in the data directory.
    pub async fn create() -> Option<TestDatabase> {
        let engine = Engine::chosen();
        if engine == Engine::Sqlite {
            return None;
        }
        let admin_url = env::var("DOCKET_TEST_DATABASE_URL")
            .expect("DOCKET_TEST_DATABASE_URL names a database whose user may create others");
        let name = format!("docket_test_{}", uuid::Uuid::now_v7().simple());
        let sql = match engine {
            Engine::Mysql => format!("CREATE DATABASE {name} CHARACTER SET utf8mb4"),
            _ => format!("CREATE DATABASE {name}"),
        };
        run(&admin_url, sql).await.expect("create a test database");
        Some(TestDatabase {
            engine,
            admin_url,
            name,
        })
    }

    /// Returns the admin URL with this database's name in place of its own.
    pub fn url(&self) -> String {
        let (base, query) = match self.admin_url.split_once('?') {
            Some((base, query)) => (base, format!("?{query}")),
            None => (self.admin_url.as_str(), String::new()),
        };
        let authority = base.find("://").map_or(0, |at| at + 3);
        let end = base[authority..]
            .find('/')
            .map_or(base.len(), |at| authority + at);
        format!("{}/{}{query}", &base[..end], self.name)
    }
}

/// An empty database of the engine under test, without Docket's tables, and a working directory.
pub struct EmptyDatabase {
    home: TempDir,
    database: Option<TestDatabase>,
}

impl EmptyDatabase {
    /// Creates a file in the directory, or a database on the server.
    pub async fn create() -> EmptyDatabase {
        EmptyDatabase {
            home: TempDir::new().expect("a directory"),
            database: TestDatabase::create().await,
        }
    }

    /// Returns the working directory.
    pub fn home(&self) -> &Path {
        self.home.path()
    }

    /// Returns the URL.
    pub fn url(&self) -> String {
        match &self.database {
            Some(database) => database.url(),
            None => format!("sqlite:{}", self.home().join("docket.db").display()),
        }
    }
}

impl Drop for TestDatabase {
    fn drop(&mut self) {
        let url = self.admin_url.clone();
        let sql = match self.engine {
            Engine::Postgres => format!("DROP DATABASE IF EXISTS {} WITH (FORCE)", self.name),
            _ => format!("DROP DATABASE IF EXISTS {}", self.name),
        };
        // A drop inside a runtime cannot block on that runtime, so it uses a separate thread.
        let dropped = std::thread::spawn(move || {
            tokio::runtime::Builder::new_current_thread()
                .enable_all()
                .build()
                .expect("a runtime")
                .block_on(run(&url, sql))
        })
        .join();
        if !matches!(dropped, Ok(Ok(()))) {
            eprintln!("test database {} was left behind", self.name);
        }
    }
}

/// Effect of a trigger on deleted rows.
#[derive(Clone, Copy, Debug)]
pub enum OnDelete {
    /// The statement fails.
    Refuse,
    /// The statement takes longer than a request may.
    Delay,
}

/// Adds a trigger to a table of Docket.
pub async fn on_delete(connection: &mut AnyConnection, table: &str, effect: OnDelete) {
    let (sqlite, postgres, mysql) = match effect {
        OnDelete::Refuse => (
            "SELECT RAISE(ABORT, 'refused')",
            "RAISE EXCEPTION 'refused'",
            "SIGNAL SQLSTATE '45000'",
        ),
        OnDelete::Delay => (
            "SELECT MAX(i) FROM (WITH RECURSIVE n (i) AS
                 (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 8000000) SELECT i FROM n)",
            "PERFORM pg_sleep(4)",
            "DO SLEEP(4)",
        ),
    };
    let name = format!("on_delete_{table}");
    let trigger = format!("CREATE TRIGGER {name} BEFORE DELETE ON {table} FOR EACH ROW");
    let sql = match Engine::chosen() {
        Engine::Sqlite => format!("{trigger} BEGIN {sqlite}; END"),
        Engine::Postgres => format!(
            "CREATE FUNCTION {name}() RETURNS trigger LANGUAGE plpgsql AS
                 $$ BEGIN {postgres}; RETURN OLD; END $$;
             {trigger} EXECUTE FUNCTION {name}()"
        ),
        Engine::Mysql => format!("{trigger} {mysql}"),
    };
    connection
        .execute(sqlx::raw_sql(AssertSqlSafe(sql)))
        .await
        .expect("a trigger");
}

/// Connects to a database.
pub async fn connect(url: &str) -> AnyConnection {
    install_default_drivers();
    AnyConnection::connect(url).await.expect("the database")
}

/// Returns true if a database is reachable at this URL.
pub async fn answers(url: &str) -> bool {
    install_default_drivers();
    AnyConnection::connect(url).await.is_ok()
}

async fn run(url: &str, sql: String) -> Result<(), sqlx::Error> {
    install_default_drivers();
    let mut connection = AnyConnection::connect(url).await?;
    connection
        .execute(sqlx::raw_sql(AssertSqlSafe(sql)))
        .await?;
    connection.close().await
}
