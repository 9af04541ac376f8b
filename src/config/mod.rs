//! Settings: `Rocket.toml`, overridden by `.env`, overridden by `DOCKET_*` variables.

mod sources;
mod values;

use std::fmt::Display;
use std::net::IpAddr;
use std::path::PathBuf;
use std::thread::available_parallelism;

use rocket::config::LogLevel;

use crate::db::Address;
use crate::keys::{KeyAlgorithm, SigningKey};
use crate::limits::{Proxies, Rate, Rates, parse_rate};
use crate::log::Format;

use sources::Settings;
pub use values::database_url;
use values::{boolean, file_url, masked, not_empty, origin, parse, positive, shown, up_to};

const NAMES: [&str; 35] = [
    "address",
    "port",
    "workers",
    "connections",
    "data_dir",
    "database_url",
    "database_connections",
    "database_prepared",
    "drain_seconds",
    "public_url",
    "cors_origins",
    "jwt_keys",
    "jwt_algorithm",
    "jwt_issuer",
    "jwt_audience",
    "access_token_seconds",
    "session_days",
    "registration",
    "argon2_jobs",
    "limit_sign_in_account",
    "limit_sign_in_address",
    "limit_registration",
    "limit_refresh",
    "limit_api",
    "trusted_proxies",
    "max_projects",
    "max_tasks",
    "max_open_tasks",
    "max_labels",
    "max_filters",
    "trash_days",
    "activity_days",
    "list_cache_megabytes",
    "log_level",
    "log_format",
];

/// The validated effective settings.
#[derive(Clone, Debug)]
pub struct Config {
    /// Address to listen on.
    pub address: IpAddr,
    /// TCP port; 0 selects a free one.
    pub port: u16,
    /// Number of threads that serve requests.
    pub workers: usize,
    /// Maximum number of client connections.
    pub connections: usize,
    /// Directory of the SQLite file and the signing keys.
    pub data_dir: PathBuf,
    /// Database to connect to.
    pub database: Address,
    /// Time between the signal to stop and the end of the server, in seconds. The server reports
    /// itself unready during that time.
    pub drain_seconds: u32,
    /// Origin seen by browsers, if it differs from the listening address.
    pub public_url: Option<String>,
    /// Origins whose pages can call the API.
    pub cors_origins: Vec<String>,
    /// Keys of access tokens: the first signs, all verify. `None` selects [`Config::key_file`].
    pub jwt_keys: Option<Vec<SigningKey>>,
    /// Algorithm of new keys.
    pub jwt_algorithm: KeyAlgorithm,
    /// The `iss` claim.
    pub jwt_issuer: String,
    /// The `aud` claim.
    pub jwt_audience: String,
    /// Lifetime of an access token, in seconds.
    pub access_token_seconds: u32,
    /// Days without use after which a session ends.
    pub session_days: u32,
    /// True if anyone may register.
    pub registration: bool,
    /// Maximum number of password hashes computed at once.
    pub argon2_jobs: usize,
    /// Rate limits.
    pub limits: Rates,
    /// Proxies whose `X-Forwarded-For` is trusted.
    pub trusted_proxies: Proxies,
    /// Maximum number of projects of an account, with its Inbox.
    pub max_projects: u32,
    /// Maximum number of tasks of an account, with those in the trash.
    pub max_tasks: u32,
    /// Maximum number of open tasks in a project.
    pub max_open_tasks: u32,
    /// Maximum number of labels of an account.
    pub max_labels: u32,
    /// Maximum number of saved filters of an account.
    pub max_filters: u32,
    /// Days after which deleted items are purged.
    pub trash_days: u32,
    /// Days for which the activity of items is kept.
    pub activity_days: u32,
    /// Maximum memory of the list cache, in MiB.
    pub list_cache_megabytes: u32,
    /// Minimum severity of logged events.
    pub log_level: LogLevel,
    /// Format of the log.
    pub log_format: Format,
}

impl Config {
    /// Loads the settings from the working directory and the environment.
    ///
    /// # Errors
    /// One sentence per problem. None of them contains a secret.
    pub fn load() -> Result<Config, Vec<String>> {
        let mut settings = Settings::default();
        settings.read_environment();
        settings.read_file();
        settings.check_names();
        let config = Config::of(&mut settings);
        if settings.problems.is_empty() {
            Ok(config)
        } else {
            Err(settings.problems)
        }
    }

    /// Returns true if browsers reach Docket over https.
    pub fn https(&self) -> bool {
        self.public_url
            .as_deref()
            .is_some_and(|url| url.starts_with("https:"))
    }

    /// Returns the path of the signing keys, used if the settings contain none.
    pub fn key_file(&self) -> PathBuf {
        self.data_dir.join("jwt.keys")
    }

    /// Formats the settings, one per line, with secrets masked.
    pub fn describe(&self) -> String {
        let keys = match &self.jwt_keys {
            Some(keys) => {
                let masked: Vec<_> = keys
                    .iter()
                    .map(|key| format!("{}:{}:********", key.kid, key.algorithm))
                    .collect();
                masked.join(",")
            }
            None => format!("(in {})", self.key_file().display()),
        };
        let cors_origins = match self.cors_origins.is_empty() {
            true => "(none)".to_owned(),
            false => self.cors_origins.join(","),
        };
        let log_level = self.log_level.to_string();
        let Rates {
            sign_in_account,
            sign_in_address,
            registration,
            refresh,
            api,
        } = &self.limits;
        let lines: [(&str, &dyn Display); 35] = [
            ("address", &self.address),
            ("port", &self.port),
            ("workers", &self.workers),
            ("connections", &self.connections),
            ("data_dir", &self.data_dir.display()),
            ("database_url", &masked(&self.database.url)),
            ("database_connections", &self.database.connections),
            ("database_prepared", &self.database.prepared),
            ("drain_seconds", &self.drain_seconds),
            (
                "public_url",
                &self.public_url.as_deref().unwrap_or("(none)"),
            ),
            ("cors_origins", &cors_origins),
            ("jwt_keys", &keys),
            ("jwt_algorithm", &self.jwt_algorithm),
            ("jwt_issuer", &self.jwt_issuer),
            ("jwt_audience", &self.jwt_audience),
            ("access_token_seconds", &self.access_token_seconds),
            ("session_days", &self.session_days),
            ("registration", &self.registration),
            ("argon2_jobs", &self.argon2_jobs),
            ("limit_sign_in_account", &shown(sign_in_account)),
            ("limit_sign_in_address", &shown(sign_in_address)),
            ("limit_registration", &shown(registration)),
            ("limit_refresh", &shown(refresh)),
            ("limit_api", &shown(api)),
            ("trusted_proxies", &self.trusted_proxies),
            ("max_projects", &self.max_projects),
            ("max_tasks", &self.max_tasks),
            ("max_open_tasks", &self.max_open_tasks),
            ("max_labels", &self.max_labels),
            ("max_filters", &self.max_filters),
            ("trash_days", &self.trash_days),
            ("activity_days", &self.activity_days),
            ("list_cache_megabytes", &self.list_cache_megabytes),
            ("log_level", &log_level),
            ("log_format", &self.log_format),
        ];
        lines
            .iter()
            .map(|(name, value)| format!("{name} = {value}\n"))
            .collect()
    }

    /// Parses the settings that were found. Problems are collected in `settings`.
    fn of(settings: &mut Settings) -> Config {
        let cores = available_parallelism().map_or(1, usize::from);
        let data_dir = settings.get("data_dir", PathBuf::from("data"), |text| {
            not_empty(text).map(PathBuf::from)
        });
        let default_url = format!("sqlite:{}", file_url(&data_dir.join("docket.db")));
        Config {
            address: settings.get("address", [127, 0, 0, 1].into(), |text| {
                parse(text, "must be an IP address, such as 127.0.0.1")
            }),
            port: settings.get("port", 8000, |text| {
                parse(text, "must be a port, 0 to 65535")
            }),
            workers: settings.get("workers", cores, |text| positive(text, 1_024)),
            connections: settings.get("connections", 4_096, |text| positive(text, 1_000_000)),
            database: Address {
                url: settings.get("database_url", default_url, database_url),
                connections: settings.get("database_connections", 10, |text| positive(text, 1_000)),
                prepared: settings.get("database_prepared", true, boolean),
            },
            drain_seconds: settings.get("drain_seconds", 0, |text| up_to(text, 600)),
            public_url: settings.get("public_url", None, |text| origin(text).map(Some)),
            cors_origins: settings.get("cors_origins", Vec::new(), |text| {
                text.split(',').map(origin).collect()
            }),
            jwt_keys: settings.get("jwt_keys", None, |text| {
                SigningKey::parse_list(text.split(','), ':').map(Some)
            }),
            jwt_algorithm: settings.get("jwt_algorithm", KeyAlgorithm::default(), |text| {
                text.trim().parse()
            }),
            jwt_issuer: settings.get("jwt_issuer", "docket".into(), not_empty),
            jwt_audience: settings.get("jwt_audience", "docket".into(), not_empty),
            access_token_seconds: settings
                .get("access_token_seconds", 900, |text| positive(text, 86_400)),
            session_days: settings.get("session_days", 30, |text| positive(text, 90)),
            registration: settings.get("registration", true, boolean),
            // One core is left to signed-in users.
            argon2_jobs: settings.get("argon2_jobs", (cores - 1).max(1), |text| {
                positive(text, 1_024)
            }),
            limits: limits(settings),
            trusted_proxies: settings.get("trusted_proxies", Proxies::default(), Proxies::parse),
            // A token of synchronisation has 24 bytes for each project, and is part of a URL.
            max_projects: settings.get("max_projects", 300, |text| positive(text, 400)),
            max_tasks: settings.get("max_tasks", 500_000, |text| positive(text, 100_000_000)),
            max_open_tasks: settings
                .get("max_open_tasks", 20_000, |text| positive(text, 10_000_000)),
            max_labels: settings.get("max_labels", 500, |text| positive(text, 10_000)),
            max_filters: settings.get("max_filters", 100, |text| positive(text, 1_000)),
            trash_days: settings.get("trash_days", 30, |text| positive(text, 3_650)),
            activity_days: settings.get("activity_days", 365, |text| positive(text, 3_650)),
            list_cache_megabytes: settings
                .get("list_cache_megabytes", 16, |text| up_to(text, 1_048_576)),
            log_level: settings.get("log_level", LogLevel::Normal, |text| {
                parse(text, "must be off, critical, normal or debug")
            }),
            log_format: settings.get("log_format", Format::Text, |text| {
                parse(text, "must be text or json")
            }),
            data_dir,
        }
    }
}

fn limits(settings: &mut Settings) -> Rates {
    let mut rate = |name, count, seconds| {
        let default = Some(Rate { count, seconds });
        settings.get(name, default, parse_rate)
    };
    Rates {
        sign_in_account: rate("limit_sign_in_account", 10, 900),
        sign_in_address: rate("limit_sign_in_address", 60, 900),
        registration: rate("limit_registration", 20, 3_600),
        refresh: rate("limit_refresh", 300, 300),
        api: rate("limit_api", 3_000, 60),
    }
}
