//! Sources of settings: the environment, `.env` and the configuration file.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::{env, fs};

use rocket::figment::Provider;
use rocket::figment::providers::{Format as _, Toml};
use rocket::figment::value::Value;

use super::NAMES;

const DEFAULT_FILE: &str = "Rocket.toml";
const PREFIX: &str = "DOCKET_";

/// Variable with the path of the file to read instead of [`DEFAULT_FILE`]. Not a setting itself.
const FILE_VARIABLE: &str = "DOCKET_CONFIG";

/// Prefix of the variables that configure the project's tests.
const TEST_PREFIX: &str = "DOCKET_TEST_";

/// The text of a setting, with the name it has in its source.
struct Found {
    text: String,
    place: String,
}

/// The texts of all settings, and the problems found in them.
#[derive(Default)]
pub(super) struct Settings {
    found: BTreeMap<String, Found>,
    pub(super) problems: Vec<String>,
    file: Option<PathBuf>,
}

impl Settings {
    /// Variables take precedence over `.env`; both take precedence over the file, which is read
    /// later.
    pub(super) fn read_environment(&mut self) {
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

    pub(super) fn read_file(&mut self) {
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

    pub(super) fn check_names(&mut self) {
        for (name, found) in &self.found {
            if !NAMES.contains(&name.as_str()) {
                self.problems
                    .push(format!("{} is not a setting", found.place));
            }
        }
    }

    /// Parses the value of a setting with `read`, which returns a description of the expected
    /// format on error.
    pub(super) fn get<T>(
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
