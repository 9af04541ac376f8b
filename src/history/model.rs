//! Filters and pages of activity and synchronisation.

use garde::Validate;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value as Json};
use utoipa::{IntoParams, ToSchema};

use crate::api::ChangedObject;
use crate::db::Timestamp;
use crate::error::check_page_size;
use crate::http::input::present;

const MOST_ENTRIES: u32 = 200;
const MOST_ITEMS: u32 = 1_000;

/// Selects a page of activity.
#[derive(Clone, Debug, Default, Deserialize, Validate, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct ActivityFilter {
    /// Maximum number of entries in a page; 50 if omitted. A page can have more, because the
    /// changes of one command to an item stay together.
    #[garde(inner(custom(check_activity_limit)))]
    #[param(required = false, minimum = 1, maximum = 200)]
    #[serde(default, deserialize_with = "present")]
    pub limit: Option<u32>,
    /// The `next_cursor` of the previous page.
    #[garde(skip)]
    #[param(required = false)]
    #[serde(default, deserialize_with = "present")]
    pub cursor: Option<String>,
}

fn check_activity_limit(limit: &u32, _: &()) -> garde::Result {
    Ok(check_page_size(*limit, MOST_ENTRIES)?)
}

/// A page of activity.
#[derive(Debug, Serialize, ToSchema)]
pub struct ActivityPage {
    /// The entries, newest first.
    pub items: Vec<Activity>,
    /// Cursor of the next page; null on the last page.
    pub next_cursor: Option<String>,
}

/// A change of an item.
#[derive(Debug, Serialize, ToSchema)]
pub struct Activity {
    /// The id of the change.
    #[schema(example = "0192f0c1-2345-7000-8000-000000000009")]
    pub id: String,
    /// The name of the command.
    #[schema(example = "update_task")]
    pub command: String,
    /// The type of the item.
    #[serde(rename = "type")]
    #[schema(example = "task")]
    pub kind: String,
    /// The id of the item.
    #[schema(example = "0192f0c1-2345-7000-8000-000000000000")]
    pub item_id: String,
    /// The title or the name of the item after the change.
    #[schema(example = "Book the train to Ghent")]
    pub name: String,
    /// The id of the user who made the change.
    pub user_id: String,
    /// The display name of that user; null if the account is gone.
    pub user: Option<String>,
    /// The time of the change.
    #[schema(value_type = String, format = DateTime)]
    pub at: Timestamp,
    /// The members that the change replaced, with their values before.
    #[schema(value_type = Object)]
    pub before: Map<String, Json>,
    /// The same members, with their values after the change.
    #[schema(value_type = Object)]
    pub after: Map<String, Json>,
}

/// Selects the changes to return.
#[derive(Clone, Debug, Default, Deserialize, Validate, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct ChangeFilter {
    /// The `next` of the previous response; everything if omitted.
    #[garde(skip)]
    #[param(required = false)]
    #[serde(default, deserialize_with = "present")]
    pub since: Option<String>,
    /// Maximum number of items in a page; 500 if omitted. A page has fewer items if they exceed 1
    /// MiB.
    #[garde(inner(custom(check_limit)))]
    #[param(required = false, minimum = 1, maximum = 1000)]
    #[serde(default, deserialize_with = "present")]
    pub limit: Option<u32>,
}

fn check_limit(limit: &u32, _: &()) -> garde::Result {
    Ok(check_page_size(*limit, MOST_ITEMS)?)
}

/// A page of changes.
#[derive(Debug, Serialize, ToSchema)]
pub struct ChangePage {
    /// The changed items, in the order in which to apply them.
    pub items: Vec<ChangedObject>,
    /// The token for the next request.
    pub next: String,
    /// True if there is another page now.
    pub more: bool,
}
