//! Pieces of input that several slices read.

use rocket::http::uri::Origin;
use rocket::request::FromParam;
use serde::{Deserialize, Deserializer};
use uuid::Uuid;

/// An id in a path, in its canonical form. What is no UUID leads nowhere, like any unknown path.
pub struct Id(pub String);

impl<'a> FromParam<'a> for Id {
    type Error = uuid::Error;

    fn from_param(param: &'a str) -> Result<Id, uuid::Error> {
        Uuid::try_parse(param).map(|id| Id(id.hyphenated().to_string()))
    }
}

/// A member that may be left out but must not be null.
pub fn present<'de, D, T>(deserializer: D) -> Result<Option<T>, D::Error>
where
    D: Deserializer<'de>,
    T: Deserialize<'de>,
{
    T::deserialize(deserializer).map(Some)
}

/// A member of a merge patch that null sets back to its default (RFC 7396).
pub fn nullable<'de, D, T>(deserializer: D) -> Result<Option<T>, D::Error>
where
    D: Deserializer<'de>,
    T: Deserialize<'de> + Default,
{
    Option::<T>::deserialize(deserializer).map(|value| Some(value.unwrap_or_default()))
}

/// The text, if it is a path on this server, which a browser cannot take for another host.
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
