//! The public form of the trash.

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use garde::Validate;
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};
use uuid::Uuid;

use crate::db::Timestamp;
use crate::error::{Code, Error, check_page_size, check_search};
use crate::http::input::present;
use crate::locale::message;

const MOST_ITEMS: u32 = 200;

/// Maximum length of a cursor in bytes.
const MOST_BYTES: usize = 200;

/// A deleted item or project.
#[derive(Clone, Debug, PartialEq, Serialize, ToSchema)]
pub struct TrashedItem {
    /// UUID version 7.
    #[schema(example = "0192f0c1-2345-7000-8000-000000000000")]
    pub id: String,
    /// Type of the item.
    #[serde(rename = "type")]
    #[schema(example = "task")]
    pub kind: String,
    /// Title of a task, or name of another item.
    #[schema(example = "Book the train to Ghent")]
    pub title: String,
    /// The project that the item belongs to; the item itself if it is a project.
    pub project_id: String,
    /// Time of the deletion.
    #[schema(value_type = String, format = DateTime)]
    pub deleted_at: Timestamp,
    /// The user who deleted the item; null if unknown.
    pub deleted_by: Option<String>,
    /// Time after which the item is erased for good.
    #[schema(value_type = String, format = DateTime)]
    pub purged_at: Timestamp,
    /// Number of items that were deleted with this one, which counts too. For a project, the
    /// number of projects.
    pub items: i64,
}

/// A page of the trash.
#[derive(Debug, Serialize, ToSchema)]
pub struct TrashPage {
    /// The deleted items, newest first.
    pub items: Vec<TrashedItem>,
    /// The cursor of the next page; null on the last page.
    pub next_cursor: Option<String>,
}

/// Selects a page of the trash.
#[derive(Clone, Debug, Default, Deserialize, Validate, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct TrashFilter {
    /// Words that the title or the description of each item contains, or of one that was deleted with
    /// it, in any order. A search has one page.
    #[garde(inner(custom(check_text)))]
    #[param(required = false, max_length = 200, pattern = r"^[^\x00]*$")]
    #[serde(default, deserialize_with = "present")]
    pub q: Option<String>,
    /// Maximum number of items in a page; 50 if omitted.
    #[garde(inner(custom(check_limit)))]
    #[param(required = false, minimum = 1, maximum = 200)]
    #[serde(default, deserialize_with = "present")]
    pub limit: Option<u32>,
    /// The `next_cursor` of the previous page.
    #[garde(skip)]
    #[param(required = false)]
    #[serde(default, deserialize_with = "present")]
    pub cursor: Option<String>,
}

impl TrashFilter {
    /// Returns the words of the search, if there is one.
    pub(super) fn text(&self) -> Option<&str> {
        let text = self.q.as_deref().map(str::trim);
        text.filter(|text| !text.is_empty())
    }
}

fn check_text(text: &str, _: &()) -> garde::Result {
    Ok(check_search(text)?)
}

fn check_limit(limit: &u32, _: &()) -> garde::Result {
    Ok(check_page_size(*limit, MOST_ITEMS)?)
}

/// The position of the last item of a page.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Cursor {
    pub deleted_at: Timestamp,
    pub id: String,
}

impl Cursor {
    /// Returns the text of the cursor.
    pub fn encode(&self) -> String {
        URL_SAFE_NO_PAD.encode(format!("{} {}", self.deleted_at.0, self.id))
    }

    /// Parses the text of a cursor.
    ///
    /// # Errors
    /// [`Error::Invalid`] if it is not the text of a cursor.
    pub fn decode(text: &str) -> Result<Cursor, Error> {
        Cursor::read(text).ok_or_else(|| {
            let message = message!("cursor-trash");
            Error::invalid("cursor", Code::InvalidCursor, message)
        })
    }

    fn read(text: &str) -> Option<Cursor> {
        let bytes = (text.len() <= MOST_BYTES).then(|| URL_SAFE_NO_PAD.decode(text).ok())??;
        let text = String::from_utf8(bytes).ok()?;
        let (instant, id) = text.split_once(' ')?;
        Uuid::try_parse(id).ok()?;
        Some(Cursor {
            deleted_at: Timestamp(instant.parse().ok()?),
            id: id.to_owned(),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_cursor_is_read_as_it_was_written() {
        let cursor = Cursor {
            deleted_at: Timestamp(1_700_000_000_000_000),
            id: "0192f0c1-2345-7000-8000-000000000abc".into(),
        };
        assert_eq!(Cursor::decode(&cursor.encode()).ok(), Some(cursor));
        for other in ["", "x", "MSAx", &"A".repeat(1_000)] {
            let error = Cursor::decode(other).expect_err(other);
            assert_eq!(error.fields()[0].field, "cursor");
        }
    }
}
