//! The public form of sections.

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::api::resource::Resource;
use crate::db::Timestamp;
use crate::items::SectionRow;

/// A section of a project.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct Section {
    /// UUID version 7.
    #[schema(example = "0192f0c1-2345-7000-8000-000000000002")]
    pub id: String,
    /// Id of the project.
    #[schema(example = "0192f0c1-2345-7000-8000-000000000001")]
    pub project_id: String,
    /// Name of the section.
    #[schema(example = "Next")]
    pub name: String,
    /// Position among the sections of the project. Positions are compared as ASCII text.
    #[schema(example = "0192f0c1-2345-7000-8000-000000000002")]
    pub position: String,
    /// True if the section is archived.
    pub archived: bool,
    /// Time of creation.
    #[schema(value_type = String, format = DateTime)]
    pub created_at: Timestamp,
    /// Time of the last change.
    #[schema(value_type = String, format = DateTime)]
    pub updated_at: Timestamp,
    /// Version of the section. It increases with each change.
    #[schema(example = 1_732_600_000_000_000_i64)]
    pub version: i64,
}

impl From<SectionRow> for Section {
    fn from(row: SectionRow) -> Section {
        Section {
            position: row.position.unwrap_or_else(|| row.id.clone()),
            id: row.id,
            project_id: row.project_id,
            name: row.name,
            archived: row.archived_at.is_some(),
            created_at: row.created_at,
            updated_at: row.updated_at,
            version: row.version,
        }
    }
}

impl Resource for Section {
    const PATH: &'static str = "/api/v1/sections";

    fn id(&self) -> &str {
        &self.id
    }

    fn version(&self) -> i64 {
        self.version
    }
}

/// The sections of a project.
#[derive(Serialize, ToSchema)]
pub struct SectionList {
    /// The sections, in manual order.
    pub items: Vec<Section>,
    /// Null: the list has a single page.
    pub next_cursor: Option<String>,
}
