//! The database of one test server: a file in its own directory, or a database made for it.

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

/// A database that exists as long as this value.
pub struct TestDatabase {
    engine: Engine,
    admin_url: String,
    name: String,
}

impl TestDatabase {
    /// Makes one on the server of `DOCKET_TEST_DATABASE_URL`; none for SQLite, whose file lies in
    /// the data directory.
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

    /// The admin URL with this database's name in place of its own.
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

/// A database of the engine under test, empty and not yet Docket's, and a directory for whoever
/// works on it.
pub struct EmptyDatabase {
    home: TempDir,
    database: Option<TestDatabase>,
}

impl EmptyDatabase {
    /// A file in the directory, or a database on the server.
    pub async fn create() -> EmptyDatabase {
        EmptyDatabase {
            home: TempDir::new().expect("a directory"),
            database: TestDatabase::create().await,
        }
    }

    /// The directory.
    pub fn home(&self) -> &Path {
        self.home.path()
    }

    /// Its URL.
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
        // A drop inside a runtime cannot block on that runtime, so it gets a thread of its own.
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

/// The effect of a trigger on each row that is deleted.
#[derive(Clone, Copy, Debug)]
pub enum OnDelete {
    /// The statement fails.
    Refuse,
    /// The statement takes longer than a request may.
    Delay,
}

/// Gives a table of Docket's a trigger.
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

/// A connection to a database.
pub async fn connect(url: &str) -> AnyConnection {
    install_default_drivers();
    AnyConnection::connect(url).await.expect("the database")
}

/// Whether there is a database at that URL, at this moment.
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
