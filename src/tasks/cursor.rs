//! Where a page of a list begins: the sort key and id of the last task of the page before.

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use super::Sort;
use crate::db::Value;
use crate::error::Error;

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
    /// [`Error::Invalid`] if it is not a cursor of a list in this order.
    pub fn decode(text: &str, sort: Sort) -> Result<Cursor, Error> {
        let bytes = URL_SAFE_NO_PAD.decode(text).ok();
        let cursor: Option<Cursor> = bytes.and_then(|bytes| serde_json::from_slice(&bytes).ok());
        cursor
            .filter(|cursor| {
                let by_title = matches!(sort, Sort::Title | Sort::TitleDescending);
                let of_the_kind = match &cursor.1 {
                    Key::Text(text) => by_title && !text.contains('\0'),
                    Key::Instant(_) => !by_title,
                };
                cursor.0 == sort && of_the_kind && Uuid::try_parse(&cursor.2).is_ok()
            })
            .ok_or_else(|| Error::invalid("cursor", "is not one of a list in this order"))
    }
}
