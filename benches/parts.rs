//! The parts of a list request, measured separately on SQLite: the access token, the query, the
//! cursor, the list as JSON and as a page. Lines of quick add.
//!
//! ```console
//! $ cargo bench --bench parts
//! ```

use std::error::Error;
use std::hint::black_box;
use std::sync::Arc;

use criterion::{Criterion, Throughput, criterion_group, criterion_main};
use docket::accounts::{NewAccount, service as accounts};
use docket::appearance::Appearance;
use docket::auth::{Auth, KeyAlgorithm, KeyRing, Source, Tokens, User};
use docket::config::Config;
use docket::db::{Pool, Timestamp};
use docket::http::Client;
use docket::locale::Language;
use docket::quick_add::{EnglishRepeats, parse};
use docket::rendered::RenderedCache;
use docket::tasks::commands::CreateTask;
use docket::tasks::cursor::Cursor;
use docket::tasks::{NewTask, Sort, TaskFilter, TaskPage, queries, rows};
use docket::ui::Templates;
use docket::when::words::{ENGLISH, Now, Reader, Style};
use docket::when::{Date, DateOrder, Preferences, Time, WeekStart, Zone};
use docket::work::Quotas;
use serde_json::json;
use tempfile::TempDir;
use tera::Context;
use tokio::runtime::Runtime;

type Failure = Box<dyn Error>;

const USERS: usize = 20;
/// Tasks per user; twice as many as a list has.
const TASKS: usize = 100;
const PASSWORD: &str = "correct horse battery staple 4711";

/// A populated database and the user whose list is read.
struct Place {
    runtime: Runtime,
    config: Config,
    pool: Pool,
    user: User,
    _home: TempDir,
}

impl Place {
    fn make() -> Result<Place, Failure> {
        let home = TempDir::new()?;
        // The default settings, and a directory for their files.
        std::env::set_current_dir(home.path())?;
        let config = Config::load().map_err(|problems| problems.join("\n"))?;
        let runtime = Runtime::new()?;
        let (pool, user) = runtime.block_on(fill(&config))?;
        Ok(Place {
            runtime,
            config,
            pool,
            user,
            _home: home,
        })
    }

    fn list(&self, filter: &TaskFilter) -> Result<TaskPage, Failure> {
        let page = queries::list(&self.pool, &self.user.id, filter);
        Ok(self.runtime.block_on(page)?)
    }
}

/// Creates the accounts and their interleaved tasks. Returns one of the users.
async fn fill(config: &Config) -> Result<(Pool, User), Failure> {
    let pool = docket::open_database(config).await?;
    let auth = Auth::new(config)?;
    let mut users = Vec::new();
    for number in 0..USERS {
        let account = NewAccount {
            email: format!("user{number}@example.org"),
            password: PASSWORD.into(),
            display_name: None,
            time_zone: None,
            week_start: None,
            date_order: None,
            clock: None,
        };
        let made = accounts::register(&pool, &auth, account, &Client::console()).await?;
        let claims = auth.tokens.verify(&auth.keys, &made.access_token);
        users.push(User {
            id: claims.ok_or("a token that does not hold")?.sub,
            email: String::new(),
            display_name: String::new(),
            preferences: Preferences::default(),
            appearance: Appearance::default(),
            view_settings: None,
            created_at: Timestamp::now(),
            updated_at: Timestamp::now(),
            work_version: 0,
            session_id: String::new(),
            source: Source::Header,
            client_name: None,
        });
    }
    let executor = docket::executor(pool.clone(), Quotas::default(), Arc::default());
    for number in 0..TASKS {
        for user in &users {
            let new = NewTask {
                title: format!("Write the weekly report {number}"),
                description: Some("Collect the *figures* and send them.".into()),
                completed: Some(number % 4 == 0),
                ..NewTask::default()
            };
            let command = CreateTask::new(&user.id, new)?;
            executor.run(user, command, None).await?;
        }
    }
    let user = users.swap_remove(USERS / 2);
    Ok((pool, user))
}

fn tokens(criterion: &mut Criterion, config: &Config) -> Result<(), Failure> {
    let mut group = criterion.benchmark_group("access token");
    for algorithm in [KeyAlgorithm::Hs256, KeyAlgorithm::EdDsa] {
        let home = TempDir::new()?;
        let mut config = config.clone();
        config.data_dir = home.path().to_owned();
        config.jwt_algorithm = algorithm;
        let keys = KeyRing::open(&config)?;
        let tokens = Tokens {
            issuer: config.jwt_issuer,
            audience: config.jwt_audience,
            seconds: 3_600,
        };
        let token = tokens.issue(&keys, "user", "session")?;
        tokens
            .verify(&keys, &token)
            .ok_or("a token that does not hold")?;
        group.bench_function(algorithm.name(), |bencher| {
            bencher.iter(|| tokens.verify(&keys, black_box(&token)));
        });
    }
    group.finish();
    Ok(())
}

fn lists(criterion: &mut Criterion, place: &Place) -> Result<(), Failure> {
    let first = TaskFilter::default();
    let page = place.list(&first)?;
    let cursor = page.next_cursor.ok_or("one page has all")?;
    let second = TaskFilter {
        cursor: Some(cursor.clone()),
        ..first.clone()
    };
    place.list(&second)?;
    let mut group = criterion.benchmark_group("query");
    for (name, filter) in [("first page", &first), ("second page", &second)] {
        group.bench_function(name, |bencher| {
            let list = || queries::list(&place.pool, &place.user.id, filter);
            bencher.to_async(&place.runtime).iter(list);
        });
    }
    group.finish();
    criterion.bench_function("cursor", |bencher| {
        let sort = Sort::default();
        bencher
            .iter(|| Cursor::decode(black_box(&cursor), sort).and_then(|cursor| cursor.encode()));
    });
    Ok(())
}

fn forms(criterion: &mut Criterion, place: &Place) -> Result<(), Failure> {
    let page = place.list(&TaskFilter::default())?;
    let mut group = criterion.benchmark_group("list of 50");
    group.throughput(Throughput::Bytes(serde_json::to_vec(&page)?.len() as u64));
    group.bench_function("JSON", |bencher| {
        bencher.iter(|| serde_json::to_vec(black_box(&page)));
    });
    for (name, megabytes) in [("rows rendered", 0), ("rows kept", 1)] {
        let templates = Templates::new(RenderedCache::new(megabytes))?;
        let html = |page: &TaskPage| {
            let tasks = rows(&place.user, page.items.clone());
            let context = Context::from_serialize(&json!({
                "layout": "list",
                "groups": [{ "key": "all", "tasks": tasks }],
                "shows": "open",
                "empty": { "title": "empty-all", "text": "empty-all-text" },
                "next": "/tasks",
                "next_url": page.next_cursor,
            }))?;
            Ok::<_, Failure>(templates.render("views/_list", &context, Language::English)?)
        };
        group.throughput(Throughput::Bytes(html(&page)?.len() as u64));
        group.bench_function(name, |bencher| {
            bencher.iter(|| html(black_box(&page)));
        });
    }
    group.finish();
    Ok(())
}

/// Lines of quick add. The second one is as long as a line can be, and of words that have several
/// meanings.
fn lines(criterion: &mut Criterion) -> Result<(), Failure> {
    let reader = Reader {
        lexicon: &ENGLISH,
        now: Now {
            date: Date::new(2026, 3, 11).ok_or("a date")?,
            time: Time::MIDNIGHT,
            zone: Zone::UTC,
        },
        style: Style::Todoist,
        date_order: DateOrder::default(),
        week_start: WeekStart::default(),
    };
    let usual = "Pay rent every month on the 1st at 9am for 30min p1 #home @bills {march 30}";
    let long = "on every 3 mon 27/1 5th at ".repeat(37);
    let mut group = criterion.benchmark_group("line of quick add");
    for (name, line) in [("usual", usual), ("long", &long)] {
        group.bench_function(name, |bencher| {
            bencher.iter(|| parse(black_box(line), &reader, &EnglishRepeats));
        });
    }
    group.finish();
    Ok(())
}

fn parts(criterion: &mut Criterion) {
    let measured = Place::make().and_then(|place| {
        tokens(criterion, &place.config)?;
        lists(criterion, &place)?;
        forms(criterion, &place)?;
        lines(criterion)
    });
    if let Err(failure) = measured {
        panic!("{failure}");
    }
}

criterion_group!(benches, parts);
criterion_main!(benches);
