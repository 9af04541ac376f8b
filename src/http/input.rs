//! Input types shared by several slices.

use rocket::http::uri::Origin;
use rocket::request::FromParam;
use serde::de::Error as _;
use serde::{Deserialize, Deserializer};
use uuid::Uuid;

use crate::error::{Code, Violation};
use crate::locale::message;
use crate::position;

/// An id in a path, in canonical form. A path with a malformed UUID is a 404.
pub struct Id(pub String);

impl<'a> FromParam<'a> for Id {
    type Error = uuid::Error;

    fn from_param(param: &'a str) -> Result<Id, uuid::Error> {
        Uuid::try_parse(param).map(|id| Id(id.hyphenated().to_string()))
    }
}

/// Deserializes a member that may be absent but must not be null.
pub fn present<'de, D, T>(deserializer: D) -> Result<Option<T>, D::Error>
where
    D: Deserializer<'de>,
    T: Deserialize<'de>,
{
    T::deserialize(deserializer).map(Some)
}

/// Deserializes a member of a merge patch; null resets it to its default (RFC 7396).
pub fn nullable<'de, D, T>(deserializer: D) -> Result<Option<T>, D::Error>
where
    D: Deserializer<'de>,
    T: Deserialize<'de> + Default,
{
    Option::<T>::deserialize(deserializer).map(|value| Some(value.unwrap_or_default()))
}

/// Deserializes one of several names. It reads a text first: serde_json takes a number in place of
/// a variant for a syntax error.
pub fn named<'de, D, T>(
    deserializer: D,
    names: &'static [&'static str],
    parse: impl Fn(&str) -> Option<T>,
) -> Result<T, D::Error>
where
    D: Deserializer<'de>,
{
    let name = String::deserialize(deserializer)?;
    parse(&name).ok_or_else(|| D::Error::unknown_variant(&name, names))
}

/// Checks that a text is a UUID in canonical form.
///
/// # Errors
/// [`Code::WrongType`] if it is not.
pub fn check_uuid(id: &str, _: &()) -> garde::Result {
    let canonical = |uuid: Uuid| uuid.hyphenated().to_string() == id;
    if Uuid::try_parse(id).is_ok_and(canonical) {
        return Ok(());
    }
    Err(Violation::new(Code::WrongType, message!("error-not-an-id")).into())
}

/// Checks an optional id.
///
/// # Errors
/// [`Code::WrongType`] if it is not an id.
pub fn check_id(id: &Option<String>, _: &()) -> garde::Result {
    id.as_deref().map_or(Ok(()), |id| check_uuid(id, &()))
}

/// Checks an optional position in a manual order.
///
/// # Errors
/// [`Code::InvalidCharacters`] if it is not a position.
pub fn check_position(text: &Option<String>, _: &()) -> garde::Result {
    if text.as_deref().is_none_or(position::is_valid) {
        return Ok(());
    }
    let message = message!("error-position");
    Err(Violation::new(Code::InvalidCharacters, message).into())
}

/// The field of a form that names the page to return to.
#[derive(Default, Deserialize)]
#[serde(default)]
pub struct ReturnTo {
    next: String,
}

impl ReturnTo {
    /// Returns the path of the page, or that of another one if the field names none of this server.
    pub fn or<'p>(&'p self, other: &'p str) -> &'p str {
        self.path().unwrap_or(other)
    }

    /// Returns the path of the page. `None` if the field names none of this server.
    pub fn path(&self) -> Option<&str> {
        local_path(&self.next)
    }
}

/// Returns the text if it is a path on this server that no browser interprets as another host.
pub fn local_path(text: &str) -> Option<&str> {
    let local = text.starts_with('/')
        && !text.starts_with("//")
        && !text.contains(['\\', '#'])
        && text.chars().all(|character| character.is_ascii_graphic());
    (local && Origin::parse(text).is_ok()).then_some(text)
}

#[cfg(test)]
mod tests {
    use super::local_path;

    #[test]
    fn only_paths_of_this_server_are_local() {
        for path in ["/", "/tasks", "/tasks?status=all&q=a%20b"] {
            assert_eq!(local_path(path), Some(path));
        }
        for other in [
            "",
            "tasks",
            "//evil.example",
            "/\\evil.example",
            "https://evil.example",
            "/a\tb",
            "/\n/evil.example",
            "javascript:alert(1)",
        ] {
            assert_eq!(local_path(other), None, "{other}");
        }
    }
}
