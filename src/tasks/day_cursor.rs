//! Cursors of lists by day.

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use crate::error::{Code, Error};
use crate::locale::message;
use crate::when::Date;

/// Maximum length of a key, with the longest position.
const MOST_BYTES: usize = 1_017;

/// A position in a list by day: the key of a task and its id. The text of days sorts before every
/// key of the day.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct DayCursor {
    /// The [`day_key`](crate::items::day_key) for the user.
    pub key: String,
    /// The id of the task.
    pub id: String,
}

impl DayCursor {
    /// Returns the day.
    pub fn day(&self) -> Option<Date> {
        Date::parse(self.key.get(..10)?).ok()
    }

    /// Returns the opaque text of the cursor.
    pub fn encode(&self) -> Result<String, Error> {
        serde_json::to_vec(&(&self.key, &self.id))
            .map(|bytes| URL_SAFE_NO_PAD.encode(bytes))
            .map_err(|error| Error::Internal(format!("a cursor cannot be written: {error}")))
    }

    /// Parses the text of a cursor.
    ///
    /// # Errors
    /// [`Error::Invalid`] if it is not the exact text of a cursor.
    pub fn decode(text: &str) -> Result<DayCursor, Error> {
        let read = || {
            let bytes = URL_SAFE_NO_PAD.decode(text).ok()?;
            let (key, id): (String, String) = serde_json::from_slice(&bytes).ok()?;
            let cursor = DayCursor { key, id };
            // Another text of the same cursor would be a separate list in the cache.
            let is_exact = cursor.is_valid() && cursor.encode().ok()? == text;
            is_exact.then_some(cursor)
        };
        let message = message!("cursor-by-day");
        read().ok_or_else(|| Error::invalid("cursor", Code::InvalidCursor, message))
    }

    fn is_valid(&self) -> bool {
        let is_of_key = |byte: u8| byte.is_ascii_alphanumeric() || b"-:~".contains(&byte);
        let canonical = |uuid: Uuid| uuid.hyphenated().to_string() == self.id;
        self.key.len() <= MOST_BYTES
            && self.key.bytes().all(is_of_key)
            && self.day().is_some()
            && Uuid::try_parse(&self.id).is_ok_and(canonical)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const ID: &str = "0192f0c1-2345-7000-8000-000000000abc";

    fn cursor(key: &str, id: &str) -> DayCursor {
        DayCursor {
            key: key.into(),
            id: id.into(),
        }
    }

    #[test]
    fn a_cursor_has_one_text() {
        for key in [format!("2026-11-27~4{ID}"), "2026-11-27T09:001zz".into()] {
            let place = cursor(&key, ID);
            let text = place.encode().expect("a text");
            assert_eq!(DayCursor::decode(&text).ok(), Some(place));
            assert!(DayCursor::decode(&format!("{text}=")).is_err());
        }
        for (key, id) in [
            ("", ID),
            ("2026-02-30~4a", ID),
            ("2026-11-27~4\u{e9}", ID),
            ("2026-11-27~4 a", ID),
            ("2026-11-27~4a", "abc"),
        ] {
            let text = cursor(key, id).encode().expect("a text");
            assert!(DayCursor::decode(&text).is_err(), "{key} {id}");
        }
        assert!(DayCursor::decode("").is_err());
    }
}
