//! The table of saved filters. The filters of a user are items of the user's Inbox, which nobody
//! else sees.

use crate::db::{Table, Timestamp, record};
use crate::work::{ItemType, item, no_tally};

record! {
    /// A row of `filters`.
    pub struct FilterRow in "filters" key 2 {
        /// The Inbox of the user.
        project_id: String,
        id: String,
        name: String,
        /// The expression as the user has typed it.
        expression: String,
        colour: String,
        /// `None` for the order of creation, in which the id is the position.
        position: Option<String>,
        favourite: bool,
        change_id: Option<String>,
        created_at: Timestamp,
        updated_at: Timestamp,
        version: i64,
    }
}

/// The table of saved filters.
pub const FILTERS: Table = FilterRow::TABLE;

/// Saved filters as items.
pub static FILTER: ItemType = ItemType {
    noun: "filter",
    table: &FILTERS,
    project: "project_id",
    version: "version",
    title: "name",
    parent: None,
    deleted: None,
    references: &[],
    tally: no_tally,
    indexes: &[],
    parts: &[],
};

item!(FilterRow, version, &FILTER);
