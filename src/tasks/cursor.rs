//! Cursors: the start of a page, as the sort key and the id of the last task of the previous page.

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use super::{Sort, SortColumn};
use crate::error::{Code, Error};
use crate::locale::message;
use crate::position;
use crate::tasks::queries::is_place;

/// Maximum size of a cursor in bytes. It exceeds the size for any title.
const MOST_BYTES: usize = 12 << 10;

/// The value of the sort column: a number or text.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(untagged)]
pub enum Key {
    /// Microseconds since 1970, or another number.
    Instant(i64),
    /// A folded title, a position, or a date.
    Text(String),
}

/// A position in a list: the order, the sort key of a task if the order has one, and its id. It
/// contains only data that the client has seen and does not identify the user: the query restricts
/// access.
#[derive(Clone, Serialize, Deserialize)]
pub struct Cursor(pub Sort, pub Option<Key>, pub String);

impl Cursor {
    /// Returns the opaque text of the cursor.
    pub fn encode(&self) -> Result<String, Error> {
        serde_json::to_vec(self)
            .map(|bytes| URL_SAFE_NO_PAD.encode(bytes))
            .map_err(|error| Error::Internal(format!("a cursor cannot be written: {error}")))
    }

    /// Parses the text of a cursor.
    ///
    /// # Errors
    /// [`Error::Invalid`] if it is not the exact text of a cursor with this order.
    pub fn decode(text: &str, sort: Sort) -> Result<Cursor, Error> {
        Cursor::read(text)
            .filter(|cursor| cursor.is_of(sort))
            // Other encodings of the same cursor would each be a separate list in the cache.
            .filter(|cursor| cursor.encode().is_ok_and(|written| written == text))
            .ok_or_else(|| {
                let message = message!("cursor-order");
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
        let of_the_kind = match sort.column().0 {
            _ if sort == Sort::Relevance => is_place(self),
            SortColumn::CreatedAt => key.is_none(),
            SortColumn::UpdatedAt | SortColumn::Priority => matches!(key, Some(Key::Instant(_))),
            SortColumn::CompletedAt => matches!(key, None | Some(Key::Instant(_))),
            // Sort keys contain no control characters.
            SortColumn::Title => {
                matches!(key, Some(Key::Text(text)) if !text.contains(char::is_control))
            }
            SortColumn::Position => {
                matches!(key, Some(Key::Text(text)) if position::is_valid(text))
            }
            SortColumn::Due | SortColumn::Deadline => match key {
                None => true,
                Some(Key::Text(text)) => is_date_or_time(text),
                Some(Key::Instant(_)) => false,
            },
        };
        let canonical = |uuid: Uuid| uuid.hyphenated().to_string() == *id;
        *sorted == sort && of_the_kind && Uuid::try_parse(id).is_ok_and(canonical)
    }
}

/// Returns true for the characters of dates and local times.
fn is_date_or_time(text: &str) -> bool {
    let is_part = |byte: u8| byte.is_ascii_digit() || b"-:T".contains(&byte);
    !text.is_empty() && text.len() <= 16 && text.bytes().all(is_part)
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
            &format!(r#"["created_at",null,"{ID}"]"#),
            Sort::CreatedAt
        ));
        assert!(reads(&format!(r#"["title","a/b\"é","{ID}"]"#), Sort::Title));
        for (json, sort) in [
            (format!(r#"["created_at",null, "{ID}"]"#), Sort::CreatedAt),
            (format!(r#" ["created_at",null,"{ID}"]"#), Sort::CreatedAt),
            (format!(r#"["created_at",null,"{ID}"] "#), Sort::CreatedAt),
            (format!(r#"["created_at",1,"{ID}"]"#), Sort::CreatedAt),
            (format!(r#"["updated_at",-0,"{ID}"]"#), Sort::UpdatedAt),
            (format!(r#"["updated_at",null,"{ID}"]"#), Sort::UpdatedAt),
            (format!(r#"["title",null,"{ID}"]"#), Sort::Title),
            (
                format!(r#"["created\u005fat",null,"{ID}"]"#),
                Sort::CreatedAt,
            ),
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
            let json = format!(r#"["created_at",null,"{id}"]"#);
            assert!(!reads(&json, Sort::CreatedAt), "{json}");
        }
        let text = URL_SAFE_NO_PAD.encode(format!(r#"["updated_at",12,"{ID}"]"#));
        assert!(Cursor::decode(&text, Sort::UpdatedAt).is_ok());
        for other in [format!("{text}="), format!("{text}==")] {
            assert!(Cursor::decode(&other, Sort::UpdatedAt).is_err(), "{other}");
        }
    }

    #[test]
    fn every_title_has_a_cursor() {
        // The last two have the largest folded forms.
        for character in ['a', '"', '\\', '\u{1f600}', '\u{fb03}', '\u{1d160}'] {
            let title = character.to_string().repeat(500);
            let cursor = Cursor(
                Sort::Title,
                Some(Key::Text(sort_key(&title))),
                ID.to_owned(),
            );
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
