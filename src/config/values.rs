//! Parsers and formatters of setting values.

use std::fmt::Display;
use std::path::Path;
use std::str::FromStr;

use rocket::http::uri::Absolute;

use crate::db::{Engine, sqlite_file};
use crate::limits::Rate;

/// Formats a rate as in the settings.
pub(super) fn shown(rate: &Option<Rate>) -> String {
    rate.map_or("0".into(), |rate| rate.to_string())
}

pub(super) fn parse<T: FromStr>(text: &str, expected: &str) -> Result<T, String> {
    text.trim().parse().map_err(|_| expected.to_owned())
}

pub(super) fn boolean(text: &str) -> Result<bool, String> {
    parse(text, "must be true or false")
}

pub(super) fn up_to(text: &str, most: u32) -> Result<u32, String> {
    let expected = format!("must be a whole number from 0 to {most}");
    parse(text, &expected)
        .ok()
        .filter(|number| *number <= most)
        .ok_or(expected)
}

pub(super) fn positive<T: FromStr + PartialOrd + Display + From<u8>>(
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

pub(super) fn not_empty(text: &str) -> Result<String, String> {
    if text.is_empty() {
        return Err("must not be empty".into());
    }
    Ok(text.to_owned())
}

/// Parses the origin (RFC 6454) of an http or https URL.
pub(super) fn origin(text: &str) -> Result<String, String> {
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

/// Checks that a database URL names a file or a server of a known engine.
///
/// # Errors
/// A description of the expected format.
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

/// Formats a path as a SQLite URL.
pub(super) fn file_url(path: &Path) -> String {
    let mut url = String::new();
    for character in path.display().to_string().chars() {
        match character {
            '%' | '?' | '#' | ' ' => url.push_str(&format!("%{:02X}", character as u32)),
            other => url.push(other),
        }
    }
    url
}

/// Masks the password of a URL, in the authority or the query.
pub(super) fn masked(url: &str) -> String {
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
