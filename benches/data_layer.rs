//! `sqlx::any` compared with the engine's own pool: the list of 50 tasks, and creating one, in
//! alternating rounds (A B A B). Always on SQLite; on PostgreSQL and MySQL if these variables name
//! an empty database:
//!
//! ```console
//! $ DOCKET_BENCH_POSTGRES=postgres://... DOCKET_BENCH_MYSQL=mysql://... cargo bench --bench data_layer
//! ```

use std::future::Future;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

use docket::db::{Address, Engine, Pool, new_id};
use docket::tasks::Task;
use sqlx::any::AnyPoolOptions;
use sqlx::mysql::MySqlPoolOptions;
use sqlx::postgres::PgPoolOptions;
use sqlx::sqlite::SqlitePoolOptions;
use sqlx::{FromRow, SqlStr, query, query_as};

const USERS: usize = 50;
const TASKS: usize = 50;
/// Concurrent requests, and the connections they share.
const CLIENTS: usize = 16;
const CONNECTIONS: u32 = 8;
const ROUNDS: usize = 7;
const ROUND: Duration = Duration::from_secs(2);

/// A row of a list.
#[derive(FromRow)]
#[expect(dead_code, reason = "read to be measured")]
struct Row {
    id: String,
    title: String,
    description: String,
    completed: i64,
    completed_at: Option<i64>,
    created_at: i64,
    updated_at: i64,
    version: i64,
}

/// The input of both sides.
#[derive(Clone)]
struct Work {
    users: Arc<Vec<String>>,
    list: SqlStr,
    create: SqlStr,
    begin: &'static str,
}

impl Work {
    fn user(&self, turn: u64) -> &str {
        &self.users[turn as usize % self.users.len()]
    }
}

/// One side: its pools, created with the same settings, and its operations.
macro_rules! side {
    ($name:ident, $options:ty) => {
        #[derive(Clone)]
        struct $name {
            reader: sqlx::Pool<<$name as Side>::Database>,
            writer: sqlx::Pool<<$name as Side>::Database>,
            work: Work,
        }

        impl $name {
            async fn open(url: &str, engine: Engine, work: Work) -> $name {
                let pool = |connections| {
                    <$options>::new()
                        .max_connections(connections)
                        .test_before_acquire(false)
                        .after_connect(move |connection, _| {
                            Box::pin(async move {
                                if engine == Engine::Sqlite {
                                    query("PRAGMA synchronous = FULL")
                                        .execute(connection)
                                        .await?;
                                }
                                Ok(())
                            })
                        })
                };
                let writers = if engine == Engine::Sqlite {
                    1
                } else {
                    CONNECTIONS
                };
                $name {
                    reader: pool(CONNECTIONS).connect(url).await.expect("a pool"),
                    writer: pool(writers).connect(url).await.expect("a pool"),
                    work,
                }
            }

            async fn list(self, turn: u64) {
                let rows: Vec<Row> = query_as(self.work.list.clone())
                    .bind(self.work.user(turn).to_owned())
                    .bind(TASKS as i64)
                    .fetch_all(&self.reader)
                    .await
                    .expect("a list");
                assert_eq!(rows.len(), TASKS);
            }

            async fn create(self, turn: u64) {
                let mut transaction = self
                    .writer
                    .begin_with(self.work.begin)
                    .await
                    .expect("a transaction");
                query(self.work.create.clone())
                    .bind(new_id())
                    .bind(self.work.user(turn).to_owned())
                    .bind("Water the tomatoes")
                    .bind("water the tomatoes")
                    .bind("Before *Friday*.")
                    .bind("water the tomatoes\nbefore *friday*.")
                    .bind(0_i64)
                    .bind(None::<i64>)
                    .bind(turn as i64)
                    .bind(turn as i64)
                    .bind(1_i64)
                    .execute(&mut *transaction)
                    .await
                    .expect("an insert");
                transaction.commit().await.expect("a commit");
            }
        }
    };
}

trait Side {
    type Database: sqlx::Database;
}
macro_rules! database {
    ($name:ident, $database:ty) => {
        impl Side for $name {
            type Database = $database;
        }
    };
}
database!(AnySide, sqlx::Any);
database!(SqliteSide, sqlx::Sqlite);
database!(PostgresSide, sqlx::Postgres);
database!(MysqlSide, sqlx::MySql);
side!(AnySide, AnyPoolOptions);
side!(SqliteSide, SqlitePoolOptions);
side!(PostgresSide, PgPoolOptions);
side!(MysqlSide, MySqlPoolOptions);

/// Measures the operations per second.
async fn rate<F: Future<Output = ()> + Send + 'static>(
    act: impl Fn(u64) -> F + Send + Sync + 'static,
) -> f64 {
    let (act, turns) = (Arc::new(act), Arc::new(AtomicU64::new(0)));
    let started = Instant::now();
    let mut clients = tokio::task::JoinSet::new();
    for _ in 0..CLIENTS {
        let (act, turns) = (Arc::clone(&act), Arc::clone(&turns));
        clients.spawn(async move {
            while started.elapsed() < ROUND {
                act(turns.fetch_add(1, Ordering::Relaxed)).await;
            }
        });
    }
    clients.join_all().await;
    turns.load(Ordering::Relaxed) as f64 / started.elapsed().as_secs_f64()
}

fn median(mut numbers: Vec<f64>) -> f64 {
    numbers.sort_by(f64::total_cmp);
    numbers[numbers.len() / 2]
}

/// Prints the medians of both sides, and of the ratios of the rounds.
macro_rules! compare {
    ($what:expr, $any:expr, $native:expr, $act:ident) => {{
        let (mut any, mut native, mut ratios) = (vec![], vec![], vec![]);
        for round in 0..=ROUNDS {
            let (a, b) = ($any.clone(), $native.clone());
            let a = rate(move |turn| a.clone().$act(turn)).await;
            let b = rate(move |turn| b.clone().$act(turn)).await;
            // The first round fills caches.
            if round > 0 {
                any.push(a);
                native.push(b);
                ratios.push(a / b);
            }
        }
        println!(
            "{:<18} {:>9.0} {:>9.0} {:>6.2}",
            $what,
            median(any),
            median(native),
            median(ratios)
        );
    }};
}

async fn prepare(url: &str) -> (Engine, Work) {
    let address = Address {
        url: url.to_owned(),
        connections: CONNECTIONS,
        prepared: true,
    };
    let pool = Pool::open(&address).await.expect("a database");
    let create = pool.sql(
        "INSERT INTO tasks
         (id, user_id, title, title_folded, description, search_folded, completed,
          completed_at, created_at, updated_at, version)
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)",
    );
    let list = pool.sql(format!(
        "SELECT {} FROM tasks WHERE user_id = $1 ORDER BY created_at DESC, id DESC LIMIT $2",
        Task::COLUMNS
    ));
    let mut users = Vec::new();
    let mut transaction = pool.begin().await.expect("a transaction");
    for _ in 0..USERS {
        let id = new_id();
        query(pool.sql(
            "INSERT INTO users
             (id, email, email_folded, display_name, password_hash, disabled, created_at, updated_at)
             VALUES ($1, $2, $3, '', '', 0, 0, 0)",
        ))
        .bind(id.clone())
        .bind(id.clone())
        .bind(id.clone())
        .execute(&mut transaction)
        .await
        .expect("a user");
        users.push(id);
    }
    transaction.commit().await.expect("a commit");
    let work = Work {
        users: Arc::new(users),
        list,
        create,
        begin: pool.engine().begin_write(),
    };
    let seeding = AnySide::open(url, pool.engine(), work.clone()).await;
    for turn in 0..USERS * TASKS {
        seeding.clone().create(turn as u64).await;
    }
    (pool.engine(), work)
}

macro_rules! engine {
    ($name:expr, $url:expr, $native:ident) => {{
        let (engine, work) = prepare($url).await;
        let any = AnySide::open($url, engine, work.clone()).await;
        let native = $native::open($url, engine, work).await;
        compare!(concat!($name, " list"), any, native, list);
        compare!(concat!($name, " create"), any, native, create);
    }};
}

#[tokio::main]
async fn main() {
    println!(
        "{:<18} {:>9} {:>9} {:>6}",
        "per second", "any", "native", "ratio"
    );
    let home = tempfile::TempDir::new().expect("a directory");
    let file = format!("sqlite:{}", home.path().join("bench.db").display());
    engine!("sqlite", &file, SqliteSide);
    if let Ok(url) = std::env::var("DOCKET_BENCH_POSTGRES") {
        engine!("postgres", &url, PostgresSide);
    }
    if let Ok(url) = std::env::var("DOCKET_BENCH_MYSQL") {
        engine!("mysql", &url, MysqlSide);
    }
}
