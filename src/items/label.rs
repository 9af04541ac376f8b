//! The table of labels. The labels of a user are items of the user's Inbox, which nobody else sees.

use crate::db::{Table, Timestamp, record};
use crate::work::{ItemType, item, no_tally};

record! {
    /// A row of `labels`.
    pub struct LabelRow in "labels" key 2 {
        /// The Inbox of the user.
        project_id: String,
        id: String,
        name: String,
        /// The folded name, which is unique for a user.
        name_folded: String,
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

/// The table of labels.
pub const LABELS: Table = LabelRow::TABLE;

/// Labels as items.
pub static LABEL: ItemType = ItemType {
    noun: "label",
    table: &LABELS,
    project: "project_id",
    version: "version",
    title: "name",
    parent: None,
    deleted: None,
    references: &[],
    tally: no_tally,
    index: None,
};

item!(LabelRow, version, &LABEL);
