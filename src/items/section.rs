//! The table of sections.

use crate::db::{Table, Timestamp, record};
use crate::work::{ItemType, item, no_tally};

record! {
    /// A row of `sections`.
    pub struct SectionRow in "sections" key 2 {
        project_id: String,
        id: String,
        name: String,
        /// `None` for the order of creation, in which the id is the position.
        position: Option<String>,
        archived_at: Option<Timestamp>,
        change_id: Option<String>,
        created_at: Timestamp,
        updated_at: Timestamp,
        version: i64,
    }
}

/// The table of sections.
pub const SECTIONS: Table = SectionRow::TABLE;

/// Sections as items.
pub static SECTION: ItemType = ItemType {
    noun: "section",
    table: &SECTIONS,
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

item!(SectionRow, version, &SECTION);
