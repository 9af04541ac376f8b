//! Cursors of activity.

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde::{Deserialize, Serialize};

use crate::error::{Code, Error};
use crate::locale::message;

/// Maximum size of a cursor in bytes.
const MOST_BYTES: usize = 400;

/// Maximum number of entries that pages reach.
const MOST_SEEN: usize = 10_000;

/// The last entry of a page.
#[derive(Debug, Serialize, Deserialize)]
pub(super) struct Position {
    /// The id of the change.
    pub change_id: String,
    /// The id of the item.
    pub item_id: String,
    /// The number of entries so far.
    pub seen: usize,
}

impl Position {
    /// Parses a cursor.
    ///
    /// # Errors
    /// [`Error::Invalid`] if the text is no cursor.
    pub fn of(cursor: Option<&str>) -> Result<Option<Position>, Error> {
        let Some(text) = cursor else {
            return Ok(None);
        };
        let bytes = URL_SAFE_NO_PAD.decode(text).ok();
        let bytes = bytes.filter(|bytes| bytes.len() <= MOST_BYTES);
        let position: Option<Position> =
            bytes.and_then(|bytes| serde_json::from_slice(&bytes).ok());
        match position.filter(|position| position.seen <= MOST_SEEN) {
            Some(position) => Ok(Some(position)),
            None => {
                let message = message!("cursor-activity");
                Err(Error::invalid("cursor", Code::InvalidCursor, message))
            }
        }
    }

    /// Returns the text of the cursor.
    pub fn encode(&self) -> String {
        URL_SAFE_NO_PAD.encode(serde_json::to_vec(self).unwrap_or_default())
    }

    /// Returns the change and the item, by which entries are sorted.
    pub fn key(&self) -> (&str, &str) {
        (&self.change_id, &self.item_id)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_cursor_is_what_it_was() {
        let position = Position {
            change_id: "c".into(),
            item_id: "i".into(),
            seen: 50,
        };
        let read = Position::of(Some(&position.encode())).expect("a cursor");
        let read = read.expect("a position");
        assert_eq!((read.key(), read.seen), (("c", "i"), 50));
        for wrong in ["", "x", "e30", &"A".repeat(1_000)] {
            assert!(Position::of(Some(wrong)).is_err(), "{wrong}");
        }
    }
}
