//! The settings: `Rocket.toml`, then `DOCKET_*` variables, then `.env` for what is unset.

use std::collections::BTreeMap;
use std::fmt::Display;
use std::net::IpAddr;
use std::path::{Path, PathBuf};
use std::str::FromStr;
use std::thread::available_parallelism;
use std::{env, fs};

use rocket::config::LogLevel;
use rocket::figment::Provider;
use rocket::figment::providers::{Format as _, Toml};
use rocket::figment::value::Value;
use rocket::http::uri::Absolute;

use crate::auth::{KeyAlgorithm, SigningKey};
use crate::db::{Address, Engine, sqlite_file};
use crate::limits::{Proxies, Rate, Rates, parse_rate};
use crate::log::Format;

const DEFAULT_FILE: &str = "Rocket.toml";
const PREFIX: &str = "DOCKET_";

/// Names the file to read instead of [`DEFAULT_FILE`]; not a setting itself.
const FILE_VARIABLE: &str = "DOCKET_CONFIG";

/// Variables that the tests of this project are told by.
const TEST_PREFIX: &str = "DOCKET_TEST_";

const NAMES: [&str; 26] = [
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
    "log_level",
    "log_format",
];

/// The effective settings, checked.
#[derive(Clone, Debug)]
pub struct Config {
    /// Where the server listens.
    pub address: IpAddr,
    /// The TCP port; 0 takes a free one.
    pub port: u16,
    /// Threads that answer requests.
    pub workers: usize,
    /// The most connections of clients at once.
    pub connections: usize,
    /// Where Docket keeps what it makes: the SQLite file and the signing keys.
    pub data_dir: PathBuf,
    /// The database.
    pub database: Address,
    /// How long a server that was told to end goes on, unready, before it does.
    pub drain_seconds: u32,
    /// The origin under which browsers reach Docket, if it is not the address itself.
    pub public_url: Option<String>,
    /// The keys that sign (the first) and verify (all) access tokens; none: those of
    /// [`Config::key_file`].
    pub jwt_keys: Option<Vec<SigningKey>>,
    /// What new keys sign with.
    pub jwt_algorithm: KeyAlgorithm,
    /// The `iss` claim.
    pub jwt_issuer: String,
    /// The `aud` claim.
    pub jwt_audience: String,
    /// How long an access token is good for.
    pub access_token_seconds: u32,
    /// After how many days without use a session ends.
    pub session_days: u32,
    /// Whether strangers may make accounts.
    pub registration: bool,
    /// How many password hashes are computed at once.
    pub argon2_jobs: usize,
    /// How often who may do what.
    pub limits: Rates,
    /// The proxies that are believed when they say whose request they pass on.
    pub trusted_proxies: Proxies,
    /// How much is written to the log.
    pub log_level: LogLevel,
    /// How the log is written.
    pub log_format: Format,
}

impl Config {
    /// Reads the settings of the working directory and the environment.
    ///
    /// # Errors
    /// Every problem, one sentence each; none of them repeats a secret.
    pub fn load() -> Result<Config, Vec<String>> {
        let mut settings = Settings::default();
        settings.read_environment();
        settings.read_file();
        settings.check_names();
        let config = settings.config();
        match config {
            Some(config) if settings.problems.is_empty() => Ok(config),
            _ => Err(settings.problems),
        }
    }

    /// Whether browsers reach Docket over https.
    pub fn https(&self) -> bool {
        self.public_url
            .as_deref()
            .is_some_and(|url| url.starts_with("https:"))
    }

    /// The file of the signing keys where no setting has them.
    pub fn key_file(&self) -> PathBuf {
        self.data_dir.join("jwt.keys")
    }

    /// One line per setting, secrets masked.
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
        let log_level = self.log_level.to_string();
        let Rates {
            sign_in_account,
            sign_in_address,
            registration,
            refresh,
            api,
        } = &self.limits;
        let lines: [(&str, &dyn Display); 26] = [
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
            ("log_level", &log_level),
            ("log_format", &self.log_format),
        ];
        lines
            .iter()
            .map(|(name, value)| format!("{name} = {value}\n"))
            .collect()
    }
}

/// What was found for a setting, as text, with the name that it has where it was found.
struct Found {
    text: String,
    place: String,
}

#[derive(Default)]
struct Settings {
    found: BTreeMap<String, Found>,
    problems: Vec<String>,
    file: Option<PathBuf>,
}

impl Settings {
    /// The variables win over `.env`, and both over the file that is read later.
    fn read_environment(&mut self) {
        let own = env::vars_os()
            .filter_map(|(name, value)| Some((name.into_string().ok()?, value.into_string().ok())));
        let mut variables: Vec<(String, Option<String>, &str)> =
            own.map(|(name, value)| (name, value, "")).collect();
        match dotenvy::from_path_iter(".env") {
            Ok(lines) => {
                for line in lines {
                    match line {
                        Ok((name, value)) => variables.push((name, Some(value), " in .env")),
                        Err(_) => self
                            .problems
                            .push(".env cannot be read as NAME=value".into()),
                    }
                }
            }
            Err(error) if error.not_found() => {}
            Err(error) => self.problems.push(format!(".env cannot be read: {error}")),
        }
        for (name, value, place) in variables {
            if name.starts_with("ROCKET_") {
                self.problems.push(format!(
                    "{name}{place} has no effect: Docket's settings are called {PREFIX}*"
                ));
            }
            let Some(setting) = name.strip_prefix(PREFIX) else {
                continue;
            };
            if name.starts_with(TEST_PREFIX) {
                continue;
            }
            let Some(text) = value else {
                self.problems.push(format!("{name} is not UTF-8"));
                continue;
            };
            if name == FILE_VARIABLE {
                self.file.get_or_insert_with(|| PathBuf::from(&text));
                continue;
            }
            let place = format!("{name}{place}");
            self.found
                .entry(setting.to_lowercase())
                .or_insert(Found { text, place });
        }
    }

    fn read_file(&mut self) {
        let path = self.file.clone();
        let path = path.as_deref().unwrap_or(Path::new(DEFAULT_FILE));
        let text = match fs::read_to_string(path) {
            Ok(text) => text,
            Err(error) if error.kind() == std::io::ErrorKind::NotFound && self.file.is_none() => {
                return;
            }
            Err(error) => {
                let problem = format!("{} cannot be read: {error}", path.display());
                self.problems.push(problem);
                return;
            }
        };
        let profiles = match Toml::string(&text).nested().data() {
            Ok(profiles) => profiles,
            Err(_) => {
                self.problems.push(format!(
                    "{} is not TOML with sections [default], [debug] and [release]",
                    path.display()
                ));
                return;
            }
        };
        let own = if cfg!(debug_assertions) {
            "debug"
        } else {
            "release"
        };
        for profile in profiles.keys() {
            let name = profile.as_str().as_str();
            if !matches!(name, "default" | "debug" | "release" | "global") {
                self.problems.push(format!(
                    "{}: there is no section [{name}], but [default], [debug] and [release]",
                    path.display()
                ));
            }
        }
        for section in ["global", own, "default"] {
            let values = profiles
                .iter()
                .find(|(profile, _)| profile.as_str() == section);
            for (name, value) in values.into_iter().flat_map(|(_, values)| values) {
                let place = format!("{name} in {}", path.display());
                match scalar(value) {
                    Some(text) => {
                        self.found
                            .entry(name.clone())
                            .or_insert(Found { text, place });
                    }
                    None if NAMES.contains(&name.as_str()) => {
                        self.problems.push(format!("{place} is not a single value"));
                    }
                    None => self.problems.push(format!("{place} is not a setting")),
                }
            }
        }
    }

    fn check_names(&mut self) {
        for (name, found) in &self.found {
            if !NAMES.contains(&name.as_str()) {
                self.problems
                    .push(format!("{} is not a setting", found.place));
            }
        }
    }

    /// The value of a setting, checked by `read`, which says what it should be.
    fn get<T>(
        &mut self,
        name: &str,
        default: T,
        read: impl FnOnce(&str) -> Result<T, String>,
    ) -> T {
        let Some(found) = self.found.get(name) else {
            return default;
        };
        match read(&found.text) {
            Ok(value) => value,
            Err(expected) => {
                self.problems.push(format!("{} {expected}", found.place));
                default
            }
        }
    }

    fn limits(&mut self) -> Rates {
        let mut rate = |name, count, seconds| {
            let default = Some(Rate { count, seconds });
            self.get(name, default, parse_rate)
        };
        Rates {
            sign_in_account: rate("limit_sign_in_account", 10, 900),
            sign_in_address: rate("limit_sign_in_address", 60, 900),
            registration: rate("limit_registration", 20, 3_600),
            refresh: rate("limit_refresh", 300, 300),
            api: rate("limit_api", 3_000, 60),
        }
    }

    fn config(&mut self) -> Option<Config> {
        let cores = available_parallelism().map_or(1, usize::from);
        let data_dir = self.get("data_dir", PathBuf::from("data"), |text| {
            not_empty(text).map(PathBuf::from)
        });
        let default_url = format!("sqlite:{}", file_url(&data_dir.join("docket.db")));
        Some(Config {
            address: self.get("address", [127, 0, 0, 1].into(), |text| {
                parse(text, "must be an IP address, such as 127.0.0.1")
            }),
            port: self.get("port", 8000, |text| {
                parse(text, "must be a port, 0 to 65535")
            }),
            workers: self.get("workers", cores, |text| positive(text, 1_024)),
            connections: self.get("connections", 4_096, |text| positive(text, 1_000_000)),
            database: Address {
                url: self.get("database_url", default_url, database_url),
                connections: self.get("database_connections", 10, |text| positive(text, 1_000)),
                prepared: self.get("database_prepared", true, boolean),
            },
            drain_seconds: self.get("drain_seconds", 0, |text| up_to(text, 600)),
            public_url: self.get("public_url", None, |text| origin(text).map(Some)),
            jwt_keys: self.get("jwt_keys", None, |text| {
                SigningKey::parse_list(text.split(','), ':').map(Some)
            }),
            jwt_algorithm: self.get("jwt_algorithm", KeyAlgorithm::default(), |text| {
                text.trim().parse()
            }),
            jwt_issuer: self.get("jwt_issuer", "docket".into(), not_empty),
            jwt_audience: self.get("jwt_audience", "docket".into(), not_empty),
            access_token_seconds: self
                .get("access_token_seconds", 900, |text| positive(text, 86_400)),
            session_days: self.get("session_days", 30, |text| positive(text, 3_650)),
            registration: self.get("registration", true, boolean),
            // A core is left to those who are signed in already.
            argon2_jobs: self.get("argon2_jobs", (cores - 1).max(1), |text| {
                positive(text, 1_024)
            }),
            limits: self.limits(),
            trusted_proxies: self.get("trusted_proxies", Proxies::default(), Proxies::parse),
            log_level: self.get("log_level", LogLevel::Normal, |text| {
                parse(text, "must be off, critical, normal or debug")
            }),
            log_format: self.get("log_format", Format::Text, |text| {
                parse(text, "must be text or json")
            }),
            data_dir,
        })
    }
}

/// A rate as the settings have it.
fn shown(rate: &Option<Rate>) -> String {
    rate.map_or("0".into(), |rate| rate.to_string())
}

fn scalar(value: &Value) -> Option<String> {
    match value {
        Value::String(_, text) => Some(text.clone()),
        Value::Char(_, character) => Some(character.to_string()),
        Value::Bool(_, flag) => Some(flag.to_string()),
        Value::Num(_, number) => number
            .to_u128()
            .map(|number| number.to_string())
            .or_else(|| number.to_i128().map(|number| number.to_string()))
            .or_else(|| number.to_f64().map(|number| number.to_string())),
        Value::Empty(..) | Value::Dict(..) | Value::Array(..) => None,
    }
}

fn parse<T: FromStr>(text: &str, expected: &str) -> Result<T, String> {
    text.trim().parse().map_err(|_| expected.to_owned())
}

fn boolean(text: &str) -> Result<bool, String> {
    parse(text, "must be true or false")
}

fn up_to(text: &str, most: u32) -> Result<u32, String> {
    let expected = format!("must be a whole number from 0 to {most}");
    parse(text, &expected)
        .ok()
        .filter(|number| *number <= most)
        .ok_or(expected)
}

fn positive<T: FromStr + PartialOrd + Display + From<u8>>(
    text: &str,
    most: T,
) -> Result<T, String> {
    let expected = format!("must be a whole number from 1 to {most}");
    let number: T = parse(text, &expected)?;
    if number < T::from(1) || number > most {
        return Err(expected);
    }
    Ok(number)
}

fn not_empty(text: &str) -> Result<String, String> {
    if text.is_empty() {
        return Err("must not be empty".into());
    }
    Ok(text.to_owned())
}

/// The origin (RFC 6454) of an http or https URL.
fn origin(text: &str) -> Result<String, String> {
    let expected = "must be an origin, such as https://docket.example.org".to_owned();
    let trimmed = text.trim().trim_end_matches('/').to_lowercase();
    let Ok(url) = Absolute::parse(&trimmed) else {
        return Err(expected);
    };
    let plain = url
        .authority()
        .is_some_and(|authority| !authority.host().is_empty() && authority.user_info().is_none());
    let bare = url.path().as_str().is_empty() && url.query().is_none();
    if !matches!(url.scheme(), "http" | "https") || !plain || !bare {
        return Err(expected);
    }
    Ok(trimmed)
}

/// A database's URL, if it names a file or a server of a known engine.
///
/// # Errors
/// What it must be.
pub fn database_url(text: &str) -> Result<String, String> {
    let names_something = match Engine::of(text) {
        Some(Engine::Sqlite) => sqlite_file(text).is_some(),
        Some(Engine::Postgres | Engine::Mysql) => text
            .split_once("://")
            .is_some_and(|(_, rest)| !rest.is_empty()),
        None => false,
    };
    if names_something {
        return Ok(text.to_owned());
    }
    Err("must be sqlite: and the path of a file, or a URL postgres://... or mysql://...".into())
}

/// A path as a SQLite URL has it.
fn file_url(path: &Path) -> String {
    let mut url = String::new();
    for character in path.display().to_string().chars() {
        match character {
            '%' | '?' | '#' | ' ' => url.push_str(&format!("%{:02X}", character as u32)),
            other => url.push(other),
        }
    }
    url
}

/// A URL without its password, which may stand before the host or among the parameters.
fn masked(url: &str) -> String {
    let (place, parameters) = match url.split_once('?') {
        Some((place, parameters)) => (place, Some(parameters)),
        None => (url, None),
    };
    let mut text = without_password(place);
    for (number, parameter) in parameters
        .iter()
        .flat_map(|text| text.split('&'))
        .enumerate()
    {
        text.push(if number == 0 { '?' } else { '&' });
        match parameter.split_once('=') {
            Some((name, _)) if name.contains("password") => {
                text.push_str(&format!("{name}=********"));
            }
            _ => text.push_str(parameter),
        }
    }
    text
}

fn without_password(url: &str) -> String {
    let start = url.find("://").map_or(0, |at| at + 3);
    let end = url[start..].find('/').map_or(url.len(), |at| start + at);
    let Some(at) = url[start..end].rfind('@') else {
        return url.to_owned();
    };
    let user = url[start..start + at].split(':').next().unwrap_or_default();
    format!("{}{user}:********{}", &url[..start], &url[start + at..])
}
