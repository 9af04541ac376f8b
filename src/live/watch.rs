//! The watch of a node over the notices of all nodes. It reads new rows at short intervals while any
//! stream is open, however many there are. On PostgreSQL, the other nodes also ring.

use std::sync::Arc;
use std::time::{Duration, Instant};

use tokio::select;
use tokio::sync::{Notify, watch};
use tokio::time::{MissedTickBehavior, interval, sleep};

use super::Hub;
use super::notice::{KEPT_SECONDS, parse, rows_of};
use super::position::Position;
use crate::db::{Column, Engine, Kind, Pool, Sql, row};
use crate::error::Error;
use crate::log;

/// Interval between two readings.
const INTERVAL: Duration = Duration::from_millis(200);

/// Interval between two readings where nodes ring. A connection pooler may swallow the ring.
const INTERVAL_WITH_BELL: Duration = Duration::from_millis(500);

/// Minimum time between two rings of this node.
const RING_PAUSE: Duration = Duration::from_millis(20);

/// Pause after a reading that failed.
const FAILURE_PAUSE: Duration = Duration::from_secs(1);

/// Number of rows before the newest one that the first reading includes, because their transactions
/// may not have been committed when the newest one was.
const OVERLAP: i64 = 1_000;

/// Number of rows read at once.
const ROWS: usize = 500;

row! {
    struct Stored {
        id: i64,
        content: String,
    }
}

/// Watches over the notices, until `stop` is true.
pub async fn watch(hub: Arc<Hub>, pool: Pool, mut stop: watch::Receiver<bool>) {
    select! {
        () = watch_notices(&hub, &pool) => {}
        () = ring(&hub, &pool) => {}
        _ = stop.wait_for(|stop| *stop) => {}
    }
}

async fn watch_notices(hub: &Hub, pool: &Pool) {
    let period = match pool.engine() {
        Engine::Postgres => INTERVAL_WITH_BELL,
        Engine::Sqlite | Engine::Mysql => INTERVAL,
    };
    loop {
        hub.opened().await;
        let heard = Notify::new();
        let mut bell = pool.doorbell();
        let listen = async {
            loop {
                bell.rung().await;
                heard.notify_one();
            }
        };
        let watched = select! {
            watched = watch_while_open(hub, pool, &heard, period) => watched,
            () = listen => Ok(()),
        };
        if let Err(error) = watched {
            log::report(&error);
            sleep(FAILURE_PAUSE).await;
        }
    }
}

/// Reads notices while any stream is open.
async fn watch_while_open(
    hub: &Hub,
    pool: &Pool,
    heard: &Notify,
    period: Duration,
) -> Result<(), Error> {
    let newest = Sql::new("SELECT MAX(id) FROM notices");
    let newest = pool.fetch_value::<Option<i64>>(newest).await?.flatten();
    let mut position = Position::at(newest.unwrap_or_default().saturating_sub(OVERLAP).max(0));
    let mut read_at = Instant::now();
    hub.begin_watch();
    let mut ticks = interval(period);
    ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
    while !hub.end_watch() {
        select! {
            _ = ticks.tick() => {}
            () = heard.notified() => {}
        }
        if let Err(error) = read(hub, pool, &mut position).await {
            log::report(&error);
            sleep(FAILURE_PAUSE).await;
            continue;
        }
        // The rows of the time in between may have been deleted.
        if read_at.elapsed() > Duration::from_secs(KEPT_SECONDS.unsigned_abs() / 2) {
            hub.forget();
        }
        read_at = Instant::now();
    }
    Ok(())
}

/// Reads and publishes the rows that have become visible.
async fn read(hub: &Hub, pool: &Pool, position: &mut Position) -> Result<(), Error> {
    let now = Instant::now();
    let missing = position.missing(now);
    if !missing.is_empty() {
        let engine = pool.engine();
        let number = Column {
            name: "number",
            kind: Kind::Integer,
        };
        let numbers = engine.table(&[number], &rows_of(missing.into_iter()));
        let query = Sql::new("SELECT id, content FROM notices WHERE id ")
            .append(engine.any_of(Sql::new("SELECT asked.number FROM ").append(numbers)));
        for row in pool.fetch::<Stored>(query).await? {
            position.read(row.id, now);
            hub.publish(&parse(&row.content));
        }
    }
    loop {
        let query = Sql::new("SELECT id, content FROM notices WHERE id > ")
            .bind(position.greatest())
            .push(" ORDER BY id")
            .limit(ROWS);
        let rows: Vec<Stored> = pool.fetch(query).await?;
        for row in &rows {
            position.read(row.id, now);
            hub.publish(&parse(&row.content));
        }
        if rows.len() < ROWS {
            return Ok(());
        }
    }
}

/// Rings for the other nodes after commits of this one. Not as a part of the transaction, because
/// PostgreSQL commits transactions that notify one after another. A ring that is lost costs time
/// only.
async fn ring(hub: &Hub, pool: &Pool) {
    loop {
        hub.committed().await;
        if let Err(error) = pool.ring().await {
            log::report(&error);
            sleep(FAILURE_PAUSE).await;
        }
        sleep(RING_PAUSE).await;
    }
}
