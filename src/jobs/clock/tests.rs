use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};

use rocket::futures::future::FutureExt;
use rocket::tokio::test;
use rocket::tokio::time::timeout;
use tempfile::TempDir;

use super::*;
use crate::db::Sql;
use crate::jobs::table::JobRow;

const HOUR: Duration = Duration::from_secs(3_600);

/// A scheduler with a database of its own.
struct Fixture {
    scheduler: Scheduler,
    stop: watch::Sender<bool>,
    /// Number of steps run.
    steps: Arc<AtomicU32>,
    _directory: TempDir,
}

/// A row of the table.
#[derive(Debug, PartialEq)]
struct Found {
    waits: bool,
    leased: bool,
    failures: i64,
    ran: bool,
}

impl Fixture {
    async fn new() -> Fixture {
        let directory = TempDir::new().expect("a directory");
        let pool = Pool::in_directory(&directory).await;
        let (stop, stopped) = watch::channel(false);
        Fixture {
            scheduler: Scheduler {
                jobs: Vec::new(),
                table: Table::new(pool),
                stop: stopped,
            },
            stop,
            steps: Arc::default(),
            _directory: directory,
        }
    }

    /// Adds a job. `outcome` maps the number of a step, starting at 1, to its result.
    fn add(&mut self, name: &'static str, outcome: fn(u32) -> Result<Progress, Error>) {
        let steps = self.steps.clone();
        self.scheduler.jobs.push(Job::new(name, HOUR, move |_, _| {
            let steps = steps.clone();
            async move { outcome(steps.fetch_add(1, Ordering::Relaxed) + 1) }.boxed()
        }));
    }

    fn steps(&self) -> u32 {
        self.steps.load(Ordering::Relaxed)
    }

    /// Polls until no job is due.
    async fn poll(&self) {
        while self.scheduler.poll().await.expect("a poll").is_none() {}
    }

    async fn execute(&self, sql: &'static str) {
        let mut transaction = self
            .scheduler
            .table
            .pool
            .begin()
            .await
            .expect("a transaction");
        transaction.run(Sql::new(sql)).await.expect("done");
        transaction.commit().await.expect("kept");
    }

    async fn found(&self, name: &str) -> Found {
        let now = Timestamp::now();
        let sql = Sql::select::<JobRow>()
            .push(" FROM jobs WHERE name = ")
            .bind(name);
        let row = self.scheduler.table.pool.fetch_optional::<JobRow>(sql);
        let row = row.await.expect("an answer").expect("a row");
        Found {
            waits: row.next_run_at > now,
            leased: row.leased_until > now,
            failures: row.failures,
            ran: row.last_run_at.is_some(),
        }
    }
}

const ENDED: Found = Found {
    waits: true,
    leased: false,
    failures: 0,
    ran: true,
};

#[test]
async fn a_job_runs_to_its_end_and_then_waits() {
    let mut fixture = Fixture::new().await;
    fixture.add("job", |step| {
        Ok(match step {
            3 => Progress::Done,
            _ => Progress::More,
        })
    });
    fixture.poll().await;
    fixture.poll().await;
    assert_eq!(fixture.steps(), 3);
    assert_eq!(fixture.found("job").await, ENDED);
}

#[test]
async fn a_job_that_fails_or_panics_runs_again_and_stops_no_other() {
    let mut fixture = Fixture::new().await;
    fixture.add("fails", |_| Err(Error::Internal("on purpose".into())));
    fixture.add("panics", |_| panic!("on purpose"));
    fixture.add("works", |_| Ok(Progress::Done));
    fixture.poll().await;
    assert_eq!(fixture.steps(), 3);
    for name in ["fails", "panics"] {
        let failed = Found {
            failures: 1,
            ..ENDED
        };
        assert_eq!(fixture.found(name).await, failed, "{name}");
    }
    assert_eq!(fixture.found("works").await, ENDED);
}

#[test]
async fn a_job_stops_after_its_step_on_shutdown() {
    let mut fixture = Fixture::new().await;
    fixture.add("job", |_| Ok(Progress::More));
    let Fixture {
        scheduler, stop, ..
    } = &fixture;
    let poll = async { while !scheduler.is_stopped() && scheduler.poll().await.is_ok() {} };
    let steps = fixture.steps.clone();
    let stop = async {
        while steps.load(Ordering::Relaxed) < 3 {
            sleep(PAUSE).await;
        }
        stop.send_replace(true);
    };
    let both = async { rocket::tokio::join!(poll, stop) };
    timeout(TIME_SLICE, both).await.expect("it ends");
    // Another node can continue at once.
    let unfinished = Found {
        waits: false,
        ..ENDED
    };
    assert_eq!(fixture.found("job").await, unfinished);
}

#[test]
async fn a_node_that_has_lost_its_lease_changes_nothing() {
    let mut fixture = Fixture::new().await;
    fixture.add("job", |_| Ok(Progress::Done));
    fixture.poll().await;
    fixture
        .execute("UPDATE jobs SET leased_by = 'other', leased_until = 9000000000000000")
        .await;
    let table = &fixture.scheduler.table;
    let now = Timestamp::now();
    let read = table.read().await.expect("rows")["job"];
    assert!(!table.renew("job", now).await.expect("an answer"));
    let next = read.after(Ended::Done, HOUR, now);
    assert!(!table.settle("job", next, now).await.expect("an answer"));
    // The schedule read before the other node changed it.
    let seen = Schedule {
        leased_until: Timestamp(0),
        ..read
    };
    assert!(!table.take("job", seen, now).await.expect("an answer"));
    assert_eq!(table.read().await.expect("rows")["job"], read);
}

#[test]
async fn a_row_of_a_job_that_no_longer_exists_is_ignored() {
    let mut fixture = Fixture::new().await;
    fixture.add("job", |_| Ok(Progress::Done));
    fixture
        .execute("INSERT INTO jobs VALUES ('former', 1, '', 0, 0, NULL)")
        .await;
    fixture.poll().await;
    assert_eq!(fixture.steps(), 1);
    assert!(!fixture.found("former").await.ran);
}

#[test]
async fn a_job_that_another_node_has_added_is_no_error() {
    let fixture = Fixture::new().await;
    let table = &fixture.scheduler.table;
    for instant in [1, 2] {
        let added = table.add("job", Timestamp(instant)).await;
        added.expect("added");
    }
    let read = table.read().await.expect("rows");
    assert_eq!(read["job"].next_run_at, Timestamp(1));
}
