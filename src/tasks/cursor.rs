//! Where a page of a list begins: the sort key and id of the last task of the page before.

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use super::Sort;
use crate::db::Value;
use crate::error::{Code, Error};

/// More than the cursor after any title has.
const MOST_BYTES: usize = 12 << 10;

/// The value of the column that a list is sorted by.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(untagged)]
pub enum Key {
    /// Microseconds since 1970.
    Instant(i64),
    /// A folded title.
    Text(String),
}

impl From<Key> for Value {
    fn from(key: Key) -> Value {
        match key {
            Key::Instant(microseconds) => Value::Integer(microseconds),
            Key::Text(text) => Value::Text(text),
        }
    }
}

/// A place in a list. It holds nothing that its reader has not been shown, and says nothing about
/// whose list it is: the query does.
#[derive(Clone, Serialize, Deserialize)]
pub struct Cursor(pub Sort, pub Key, pub String);

impl Cursor {
    /// The place after a task.
    pub fn after(sort: Sort, key: Key, id: &str) -> Cursor {
        Cursor(sort, key, id.to_owned())
    }

    /// The opaque text that clients get.
    pub fn encode(&self) -> Result<String, Error> {
        serde_json::to_vec(self)
            .map(|bytes| URL_SAFE_NO_PAD.encode(bytes))
            .map_err(|error| Error::Internal(format!("a cursor cannot be written: {error}")))
    }

    /// Reads what a client sent.
    ///
    /// # Errors
    /// [`Error::Invalid`] if it is not a cursor of a list in this order, as it was written.
    pub fn decode(text: &str, sort: Sort) -> Result<Cursor, Error> {
        Cursor::read(text)
            .filter(|cursor| cursor.is_of(sort))
            // Other texts of the same cursor would each name a list of their own.
            .filter(|cursor| cursor.encode().is_ok_and(|written| written == text))
            .ok_or_else(|| {
                let message = "This cursor does not belong to a list in this order.";
                Error::invalid("cursor", Code::InvalidCursor, message)
            })
    }

    fn read(text: &str) -> Option<Cursor> {
        if text.len() > MOST_BYTES {
            return None;
        }
        let bytes = URL_SAFE_NO_PAD.decode(text).ok()?;
        serde_json::from_slice(&bytes).ok()
    }

    fn is_of(&self, sort: Sort) -> bool {
        let Cursor(sorted, key, id) = self;
        let by_title = matches!(sort, Sort::Title | Sort::TitleDescending);
        let of_the_kind = match key {
            // A sort key has no control characters.
            Key::Text(text) => by_title && !text.contains(char::is_control),
            Key::Instant(_) => !by_title,
        };
        let canonical = |uuid: Uuid| uuid.hyphenated().to_string() == *id;
        *sorted == sort && of_the_kind && Uuid::try_parse(id).is_ok_and(canonical)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::db::sort_key;

    const ID: &str = "0192f0c1-2345-7000-8000-000000000abc";

    fn reads(json: &str, sort: Sort) -> bool {
        Cursor::decode(&URL_SAFE_NO_PAD.encode(json), sort).is_ok()
    }

    #[test]
    fn a_cursor_has_one_text() {
        assert!(reads(
            &format!(r#"["created_at",1,"{ID}"]"#),
            Sort::CreatedAt
        ));
        assert!(reads(&format!(r#"["title","a/b\"é","{ID}"]"#), Sort::Title));
        for (json, sort) in [
            (format!(r#"["created_at",1, "{ID}"]"#), Sort::CreatedAt),
            (format!(r#" ["created_at",1,"{ID}"]"#), Sort::CreatedAt),
            (format!(r#"["created_at",1,"{ID}"] "#), Sort::CreatedAt),
            (format!(r#"["created_at",-0,"{ID}"]"#), Sort::CreatedAt),
            (format!(r#"["created\u005fat",1,"{ID}"]"#), Sort::CreatedAt),
            (format!(r#"["title","\u0061","{ID}"]"#), Sort::Title),
            (format!(r#"["title","a\/b","{ID}"]"#), Sort::Title),
            (format!(r#"["title","\u0001","{ID}"]"#), Sort::Title),
        ] {
            assert!(!reads(&json, sort), "{json}");
        }
        for id in [
            ID.to_uppercase(),
            ID.replace('-', ""),
            format!("{{{ID}}}"),
            format!("urn:uuid:{ID}"),
        ] {
            let json = format!(r#"["created_at",1,"{id}"]"#);
            assert!(!reads(&json, Sort::CreatedAt), "{json}");
        }
        let text = URL_SAFE_NO_PAD.encode(format!(r#"["created_at",12,"{ID}"]"#));
        assert!(Cursor::decode(&text, Sort::CreatedAt).is_ok());
        for other in [format!("{text}="), format!("{text}==")] {
            assert!(Cursor::decode(&other, Sort::CreatedAt).is_err(), "{other}");
        }
    }

    #[test]
    fn every_title_has_a_cursor() {
        // The last two fold to the most bytes.
        for character in ['a', '"', '\\', '\u{1f600}', '\u{fb03}', '\u{1d160}'] {
            let title = character.to_string().repeat(500);
            let cursor = Cursor::after(Sort::Title, Key::Text(sort_key(&title)), ID);
            let text = cursor.encode().expect("a cursor");
            assert!(
                Cursor::decode(&text, Sort::Title).is_ok(),
                "{character:?}: {}",
                text.len()
            );
        }
        assert!(!reads(
            &format!(r#"["title","{}","{ID}"]"#, "a".repeat(12 << 10)),
            Sort::Title
        ));
    }
}
