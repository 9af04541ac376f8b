//! The composition root: puts the server together from all nouns. No other module knows all of them,
//! except for `transfer` and `openapi`.

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use rocket::config::{Ident, LogLevel};
use rocket::error::ErrorKind;
use rocket::fairing::AdHoc;
use rocket::figment::Figment;
use rocket::futures::future::FutureExt;
use rocket::local::asynchronous::Client;
use rocket::{Build, Orbit, Rocket};
use rocket_db_pools::Database;

use crate::api::{BASE, Representations, events_only, json_only};
use crate::auth::events::service::delete_old;
use crate::auth::{self, Auth};
use crate::config::Config;
use crate::console;
use crate::db::{Db, FromColumns, Pool};
use crate::error::Error;
use crate::http::{
    self, Compressor, Cors, Draining, ErrorPages, Headers, Outflow, RequestLog, Uploads, listen,
};
use crate::jobs::{self, Job, Progress};
use crate::limits::{self, Answers, Streams};
use crate::listener::Listener;
use crate::live::{self, Hub};
use crate::log;
use crate::platform;
use crate::rendered::RenderedCache;
use crate::ui::{self, Destinations, FirstSteps, KeptForms, Sidebar, Templates, with_sidebar};
use crate::work::{self, Executor, ItemType, Quotas, TrashDays, delete_expired_keys};
use crate::{
    accounts, api, api_tokens, batch, bulk, calendar, counts, events, filters, history, items,
    labels, navigation, openapi, outline, palette, projects, quick_tasks, sections, tasks, trash,
    views,
};

/// Time between two deletions of expired rows.
const SWEEP: Duration = Duration::from_secs(60);

/// Number of items purged per step.
const PURGED: usize = 100;

/// The types of what people organise, each after those that it refers to.
const ITEMS: &[&ItemType] = &[
    &work::PROJECT,
    &items::SECTION,
    &items::LABEL,
    &items::FILTER,
    &items::TASK,
];

/// The operations that a batch can have.
const OPERATIONS: batch::Operations = batch::Operations(&[
    projects::operations::OPERATIONS,
    sections::operations::OPERATIONS,
    labels::operations::OPERATIONS,
    filters::operations::OPERATIONS,
    tasks::operations::OPERATIONS,
]);

/// The JSON forms of items in undo and synchronisation.
const REPRESENTATIONS: Representations = Representations(&[
    ("project", |row, role| {
        let row = work::ProjectRow::of_values(row.clone())?;
        serde_json::to_value(projects::Project::of(row, role)).ok()
    }),
    ("section", |row, _role| {
        let row = items::SectionRow::of_values(row.clone())?;
        serde_json::to_value(sections::Section::from(row)).ok()
    }),
    ("label", |row, _role| {
        let row = items::LabelRow::of_values(row.clone())?;
        let mut label = serde_json::to_value(labels::Label::from(row)).ok()?;
        // The number of tasks is no part of the label: it changes without it.
        label.as_object_mut()?.remove("open_tasks");
        Some(label)
    }),
    ("filter", |row, _role| {
        let row = items::FilterRow::of_values(row.clone())?;
        serde_json::to_value(filters::Filter::from(row)).ok()
    }),
    ("task", |row, _role| {
        let row = items::TaskRow::of_values(row.clone())?;
        serde_json::to_value(tasks::Task::from(row)).ok()
    }),
]);

/// The pages that errors lead to.
const DESTINATIONS: Destinations = Destinations {
    sign_in: accounts::pages::SIGN_IN,
    home: views::pages::HOME,
    pages: &[
        "/settings/profile",
        "/settings/appearance",
        "/settings/password",
        "/settings/tokens",
        "/settings/delete",
        "/settings",
        tasks::pages::LIST,
    ],
};

/// Serves until the process receives a signal to stop.
///
/// # Errors
/// [`Error::Startup`] if the server cannot start.
pub async fn serve(config: &Config) -> Result<(), Error> {
    log::start(config.log_format, config.log_level)?;
    let place = SocketAddr::new(config.address, config.port);
    let unusable = |error| Error::Startup(format!("cannot listen at {place}: {error}"));
    let listener = Listener::bind(place, config.connections)
        .await
        .map_err(unusable)?;
    let address = listener.address().map_err(unusable)?;
    let draining = Draining::default();
    let streams = Streams::new(listener.places());
    // No route takes a body above 1 MiB yet.
    let uploads = Uploads::new(&config.data_dir);
    let rocket = server(config, draining.clone(), streams, uploads)?;
    // `Client` is Rocket's only entry point for requests that its own server did not accept.
    let rocket = Client::untracked(rocket)
        .await
        .map(Arc::new)
        .map_err(not_started)?;
    let drain = Duration::from_secs(config.drain_seconds.into());
    let stop = listen(draining, drain)?;
    warn_of_new_database(rocket.rocket());
    // The server keeps running if standard output is closed.
    if let Err(error) = console::print(&format!("Docket is ready at http://{address}\n")) {
        log::report(&error);
    }
    let db = Db::fetch(rocket.rocket());
    let jobs = recurring_jobs(TrashDays(config.trash_days), config.activity_days);
    let clock = db.map(|db| tokio::spawn(jobs::run((**db).clone(), jobs, stop.clone())));
    if let (Some(db), Some(hub)) = (db, rocket.rocket().state::<Arc<Hub>>()) {
        tokio::spawn(live::watch(hub.clone(), (**db).clone(), stop.clone()));
        tokio::spawn(auth::end_streams(hub.clone(), (**db).clone(), stop.clone()));
    }
    listener.serve(rocket.clone(), stop).await;
    if let Some(clock) = clock {
        // A running job finishes its step and releases its lease.
        let _ = clock.await;
    }
    if let Some(db) = db {
        db.close().await;
    }
    Ok(())
}

/// Returns the background jobs. Requests ignore expired rows and never delete them, so no request
/// pays for the rows of others.
fn recurring_jobs(trash_days: TrashDays, activity_days: u32) -> Vec<Job> {
    let deleting = |name, delete| Job::deleting(name, SWEEP, delete);
    vec![
        deleting("expire_sessions", |pool, now, most| {
            auth::delete_expired(pool, now, most).boxed()
        }),
        deleting("expire_idempotency_keys", |pool, now, most| {
            delete_expired_keys(pool, now, most).boxed()
        }),
        Job::new("expire_changes", SWEEP, move |pool, now| {
            async move {
                let most = 1_000;
                let deleted = work::delete_old(&pool, activity_days, now, most).await?;
                Ok(match deleted < u64::from(most) {
                    true => Progress::Done,
                    false => Progress::More,
                })
            }
            .boxed()
        }),
        deleting("erase_changes", |pool, now, most| {
            work::delete_erased(pool, now, most).boxed()
        }),
        Job::new("purge_trash", SWEEP, move |pool, now| {
            async move {
                let purged = work::purge_old(&pool, ITEMS, trash_days.0, now, PURGED).await?;
                Ok(match purged < PURGED {
                    true => Progress::Done,
                    false => Progress::More,
                })
            }
            .boxed()
        }),
        deleting("expire_security_events", |pool, now, most| {
            delete_old(pool, now, most).boxed()
        }),
        deleting("expire_notices", |pool, now, most| {
            live::delete_old(pool, now, most).boxed()
        }),
        deleting("expire_rate_limits", |pool, now, most| {
            limits::delete_whole(pool, now, most).boxed()
        }),
    ]
}

/// Logs a warning if this start created the database but not the keys. In that case, `database_url`
/// may be wrong.
fn warn_of_new_database(rocket: &Rocket<Orbit>) {
    let (Some(auth), Some(db)) = (rocket.state::<Auth>(), Db::fetch(rocket)) else {
        return;
    };
    if auth.keys.existed_before_start() && db.is_new() {
        tracing::warn!(
            "the database is new, but the key file is from an earlier start: is database_url right?",
        );
    }
}

pub(crate) fn not_started(error: rocket::Error) -> Error {
    Error::Startup(match error.kind() {
        // The fairing has already logged the cause.
        ErrorKind::FailedFairings(_) => "the server did not start".into(),
        other => format!("the server did not start: {other}"),
    })
}

/// Puts the server together.
///
/// # Errors
/// [`Error::Startup`] if the data directory or the key file is unusable.
pub(crate) fn server(
    config: &Config,
    draining: Draining,
    streams: Streams,
    uploads: Uploads,
) -> Result<Rocket<Build>, Error> {
    make_data_dir(config)?;
    let auth = Auth::new(config)?;
    let rendered = RenderedCache::new(config.list_cache_megabytes);
    let trash_days = TrashDays(config.trash_days);
    let quotas = Quotas {
        projects: config.max_projects,
        tasks: config.max_tasks,
        labels: config.max_labels,
        filters: config.max_filters,
        open_tasks: config.max_open_tasks,
    };
    Ok(rocket::custom(figment(config))
        .attach(Db::init())
        // Disables Rocket's default headers, which would duplicate those of this server.
        .attach(rocket::shield::Shield::new())
        // First of all, so that the compressed body is what counts.
        .attach(Compressor)
        // Before the others, which must see the final response.
        .attach(Outflow)
        .attach(Headers {
            https: config.https(),
        })
        .attach(Cors(config.cors_origins.clone()))
        .attach(RequestLog)
        .manage(auth)
        .manage(draining)
        .manage(Answers::default())
        .manage(streams)
        .manage(uploads)
        .manage(config.trusted_proxies.clone())
        .manage(ErrorPages {
            respond: ui::error_response,
            is_ready: ui::has_sidebar,
        })
        .manage(DESTINATIONS)
        .manage(REPRESENTATIONS)
        .manage(trash_days)
        .manage(kept_forms())
        .manage(Templates::new(rendered.clone())?)
        .manage(OPERATIONS)
        .manage(Sidebar(navigation::read))
        .manage(FirstSteps(navigation::first_steps::read))
        .manage(rendered)
        .attach(AdHoc::on_ignite("Executor", move |rocket| async move {
            match Db::fetch(&rocket) {
                Some(db) => {
                    let hub = Arc::new(Hub::default());
                    let executor = executor((**db).clone(), quotas, hub.clone());
                    rocket.manage(executor).manage(hub)
                }
                None => rocket,
            }
        }))
        .mount(BASE, json_only(accounts::api::routes()))
        .mount(BASE, json_only(api_tokens::api::routes()))
        .mount(BASE, json_only(tasks::api::routes()))
        .mount(BASE, json_only(quick_tasks::api::routes()))
        .mount(BASE, json_only(projects::api::routes()))
        .mount(BASE, json_only(sections::api::routes()))
        .mount(BASE, json_only(labels::api::routes()))
        .mount(BASE, json_only(filters::api::routes()))
        .mount(BASE, json_only(counts::api::routes()))
        .mount(BASE, json_only(views::api::routes()))
        .mount(BASE, json_only(batch::api::routes()))
        .mount(BASE, json_only(events::api::routes()))
        .mount(BASE, json_only(history::api::routes()))
        .mount(BASE, events_only(history::events::routes()))
        .mount(BASE, json_only(trash::api::routes()))
        .mount("/", with_sidebar(accounts::pages::routes()))
        .mount("/", with_sidebar(api_tokens::pages::routes()))
        .mount("/", tasks::pages::routes())
        .mount("/", with_sidebar(quick_tasks::pages::routes()))
        .mount("/", with_sidebar(bulk::pages::routes()))
        .mount("/", palette::pages::routes())
        .mount("/", views::pages::routes())
        .mount("/", calendar::routes())
        .mount("/", with_sidebar(events::pages::routes()))
        .mount("/", with_sidebar(history::pages::routes()))
        .mount("/", with_sidebar(trash::pages::routes()))
        .mount("/", with_sidebar(labels::pages::routes()))
        .mount("/", filters::pages::routes())
        .mount("/", with_sidebar(projects::pages::routes()))
        .mount("/", outline::routes())
        .mount("/", with_sidebar(openapi::routes()))
        .mount("/", api::routes())
        .mount("/", ui::routes())
        .mount("/", navigation::manifest::routes())
        .mount("/", http::routes())
        .register("/", rocket::catchers![ui::fallback]))
}

/// Returns the forms whose fields survive a sign-in.
fn kept_forms() -> KeptForms {
    let forms = accounts::kept::register(KeptForms::default());
    let forms = projects::kept::register(forms);
    let forms = labels::kept::register(forms);
    let forms = filters::kept::register(forms);
    let forms = tasks::kept::register(forms);
    let forms = quick_tasks::kept::register(forms);
    outline::register(forms)
}

/// Returns the executor of commands on everything that people organise.
pub fn executor(pool: Pool, quotas: Quotas, hub: Arc<Hub>) -> Executor {
    Executor::new(pool, ITEMS, quotas, hub)
}

/// Opens the configured database, for commands that run without a server.
///
/// # Errors
/// [`Error::Startup`] if the data directory is unusable, or any error of the database.
pub async fn open_database(config: &Config) -> Result<Pool, Error> {
    make_data_dir(config)?;
    Pool::open(&config.database).await
}

fn figment(config: &Config) -> Figment {
    let settings = rocket::Config {
        address: config.address,
        port: config.port,
        workers: config.workers,
        ident: Ident::none(),
        // Rocket would trust the header from any client; see `limits::Proxies`.
        ip_header: None,
        // Rocket's log contains paths with their queries, so it is enabled only for debugging.
        log_level: match config.log_level {
            LogLevel::Debug => LogLevel::Debug,
            _ => LogLevel::Off,
        },
        cli_colors: false,
        ..rocket::Config::default()
    };
    Figment::from(settings).merge(("databases.docket", &config.database))
}

/// Creates the data directory, accessible to its owner only.
///
/// # Errors
/// [`Error::Startup`] if it cannot be created.
pub fn make_data_dir(config: &Config) -> Result<(), Error> {
    let path = &config.data_dir;
    let unusable = |reason: String| {
        Error::Startup(format!("data_dir {} is unusable: {reason}", path.display()))
    };
    if path.is_dir() {
        return Ok(());
    }
    platform::create_private_directory(path).map_err(|error| unusable(error.to_string()))
}
