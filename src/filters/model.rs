//! The public form of saved filters.

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::api::resource::Resource;
use crate::db::Timestamp;
use crate::error::Error;
use crate::filter_language;
use crate::items::{Colour, FilterRow};
use crate::locale::message;

/// A saved filter.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct Filter {
    /// UUID version 7.
    #[schema(example = "0192f0c1-2345-7000-8000-000000000004")]
    pub id: String,
    /// Name of the filter.
    #[schema(example = "Urgent")]
    pub name: String,
    /// Expression in the filter language, as typed.
    #[schema(example = "today & p1")]
    pub expression: String,
    /// Colour of the filter.
    pub colour: Colour,
    /// Position among your filters. Positions are compared as ASCII text.
    #[schema(example = "0192f0c1-2345-7000-8000-000000000004")]
    pub position: String,
    /// True if the filter is a favourite.
    pub favourite: bool,
    /// Time of creation.
    #[schema(value_type = String, format = DateTime)]
    pub created_at: Timestamp,
    /// Time of the last change.
    #[schema(value_type = String, format = DateTime)]
    pub updated_at: Timestamp,
    /// Version of the filter. It increases with each change.
    #[schema(example = 1_732_600_000_000_000_i64)]
    pub version: i64,
}

impl Filter {
    /// Checks the expression, which an earlier release may have accepted.
    ///
    /// # Errors
    /// [`Error::Conflict`] with the mistake.
    pub fn check(&self) -> Result<(), Error> {
        filter_language::parse(&self.expression).map_err(|error| {
            let mistake = error.message;
            Error::Conflict(message!("filter-invalid-now", mistake = mistake))
        })?;
        Ok(())
    }
}

impl From<FilterRow> for Filter {
    fn from(row: FilterRow) -> Filter {
        Filter {
            position: row.position.unwrap_or_else(|| row.id.clone()),
            id: row.id,
            name: row.name,
            expression: row.expression,
            colour: Colour::of_name(&row.colour),
            favourite: row.favourite,
            created_at: row.created_at,
            updated_at: row.updated_at,
            version: row.version,
        }
    }
}

impl Resource for Filter {
    const PATH: &'static str = "/api/v1/filters";

    fn id(&self) -> &str {
        &self.id
    }

    fn version(&self) -> i64 {
        self.version
    }
}

/// The filters of a user.
#[derive(Serialize, ToSchema)]
pub struct FilterList {
    /// The filters, in manual order.
    pub items: Vec<Filter>,
    /// Null: the list has a single page.
    pub next_cursor: Option<String>,
}
