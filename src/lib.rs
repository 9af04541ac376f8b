//! Docket: a task manager that a person or a team runs for themselves. This is where Rocket is put
//! together; `main.rs` has the command line.

#![forbid(unsafe_code)]

pub mod accounts;
pub mod auth;
pub mod config;
pub mod db;
pub mod error;
pub mod limits;
mod shutdown;
pub mod tasks;
pub mod transfer;
pub mod web;

use std::os::unix::fs::DirBuilderExt;
use std::time::Duration;

use rocket::config::{Ident, LogLevel};
use rocket::fairing::AdHoc;
use rocket::figment::Figment;
use rocket::{Build, Rocket};
use rocket_db_pools::Database;

use auth::Auth;
use config::Config;
use db::{Db, Pool};
use error::Error;
use web::{Draining, Headers, Templates};

/// Where the JSON API lives.
const API: &str = "/api/v1";

/// The server, ready to be launched.
///
/// # Errors
/// [`Error::Startup`] if a part of it cannot be made.
pub fn server(config: &Config) -> Result<Rocket<Build>, Error> {
    make_data_dir(config)?;
    let auth = Auth::new(config)?;
    let drain = Duration::from_secs(config.drain_seconds.into());
    let ready = AdHoc::on_liftoff("Ready", move |rocket| {
        Box::pin(async move {
            shutdown::listen(rocket, drain);
            let config = rocket.config();
            let address = std::net::SocketAddr::new(config.address, config.port);
            println!("Docket is ready at http://{address}");
        })
    });
    Ok(rocket::custom(figment(config))
        .attach(Db::init())
        .attach(ready)
        // Rocket's own headers would stand beside those of this server.
        .attach(rocket::shield::Shield::new())
        .attach(Headers {
            https: config.https(),
        })
        .manage(auth)
        .manage(Draining::default())
        .manage(Templates::new()?)
        .mount(API, web::json_only(accounts::api::routes()))
        .mount(API, web::json_only(tasks::api::routes()))
        .mount("/", accounts::pages::routes())
        .mount("/", tasks::pages::routes())
        .mount("/", web::routes())
        .register("/", rocket::catchers![web::fallback]))
}

/// The database of the settings, for commands that run without a server.
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
        // Rocket would believe the header from anyone; see `limits::Proxies`.
        ip_header: None,
        // Rocket's own log repeats the path with its query, so it is for debugging only.
        log_level: match config.log_level {
            LogLevel::Debug => LogLevel::Debug,
            _ => LogLevel::Off,
        },
        cli_colors: false,
        shutdown: shutdown::settings(),
        ..rocket::Config::default()
    };
    Figment::from(settings).merge(("databases.docket", &config.database))
}

/// Makes the data directory, which only its owner can look into.
///
/// # Errors
/// [`Error::Startup`] if it cannot be made.
pub fn make_data_dir(config: &Config) -> Result<(), Error> {
    let path = &config.data_dir;
    let unusable = |reason: String| {
        Error::Startup(format!("data_dir {} is unusable: {reason}", path.display()))
    };
    if path.is_dir() {
        return Ok(());
    }
    std::fs::DirBuilder::new()
        .recursive(true)
        .mode(0o700)
        .create(path)
        .map_err(|error| unusable(error.to_string()))
}
