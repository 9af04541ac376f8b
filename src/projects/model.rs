//! The public form of projects.

use serde::{Deserialize, Deserializer, Serialize};
use utoipa::ToSchema;

use crate::access::Role;
use crate::api::resource::Resource;
use crate::db::Timestamp;
use crate::http::input::named;
use crate::items::{Colour, Grouping, Sort};
use crate::locale::{Language, key};
use crate::work::ProjectRow;

/// The groups of a project, unless others are chosen.
pub const USUAL_GROUPS: Grouping = Grouping::Section;

/// The order of a project, unless another one is chosen.
pub const USUAL_ORDER: Sort = Sort::Position;

/// The preferred view of a project.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "lowercase")]
#[schema(as = ProjectView)]
pub enum View {
    /// A list with a heading for each group.
    #[default]
    List,
    /// A board with a column for each group.
    Board,
    /// A calendar.
    Calendar,
}

impl View {
    /// Returns the name in the database.
    pub fn name(self) -> &'static str {
        match self {
            View::List => "list",
            View::Board => "board",
            View::Calendar => "calendar",
        }
    }

    /// Returns the view with this name, or the list if there is none.
    pub fn of_name(name: &str) -> View {
        View::parse(name).unwrap_or_default()
    }

    fn parse(name: &str) -> Option<View> {
        let mut all = [View::List, View::Board, View::Calendar].into_iter();
        all.find(|view| view.name() == name)
    }
}

impl<'de> Deserialize<'de> for View {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<View, D::Error> {
        named(deserializer, &["list", "board", "calendar"], View::parse)
    }
}

/// The role of a member of a project.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "lowercase")]
pub enum MemberRole {
    /// Reads the project.
    Viewer,
    /// Changes the tasks and sections of the project.
    Editor,
    /// Changes the project itself.
    Owner,
}

impl From<Role> for MemberRole {
    fn from(role: Role) -> MemberRole {
        match role {
            Role::Viewer => MemberRole::Viewer,
            Role::Editor => MemberRole::Editor,
            Role::Owner => MemberRole::Owner,
        }
    }
}

/// A project.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct Project {
    /// UUID version 7.
    #[schema(example = "0192f0c1-2345-7000-8000-000000000001")]
    pub id: String,
    /// Name of the project.
    #[schema(example = "Garden")]
    pub name: String,
    /// Description of the project, in Markdown.
    pub description: String,
    /// Colour of the project.
    pub colour: Colour,
    /// Id of the project that this is a part of; null if it is none.
    pub parent_id: Option<String>,
    /// Position among the projects with the same parent. Positions are compared as ASCII text.
    #[schema(example = "0192f0c1-2345-7000-8000-000000000001")]
    pub position: String,
    /// True if the project is a favourite.
    pub favourite: bool,
    /// True if the project is archived.
    pub archived: bool,
    /// True for the Inbox, which every account has.
    pub inbox: bool,
    /// Preferred view.
    pub view: View,
    /// Groups of the preferred view.
    pub group_by: Grouping,
    /// Order of the preferred view.
    pub sort_by: Sort,
    /// Your role in the project.
    pub role: MemberRole,
    /// Time of creation.
    #[schema(value_type = String, format = DateTime)]
    pub created_at: Timestamp,
    /// Time of the last change.
    #[schema(value_type = String, format = DateTime)]
    pub updated_at: Timestamp,
    /// Version of the project. It increases with each change of these members.
    #[schema(example = 1_732_600_000_000_000_i64)]
    pub version: i64,
}

impl Project {
    /// Returns the project as pages show it: the Inbox has its name in their language.
    #[must_use]
    pub fn in_language(mut self, language: Language) -> Project {
        if self.inbox {
            self.name = language.text(key!("nav-inbox"));
        }
        self
    }

    /// Returns the public form of a project for a member with a role.
    pub fn of(row: ProjectRow, role: Role) -> Project {
        Project {
            inbox: row.is_inbox(),
            position: row.position.unwrap_or_else(|| row.id.clone()),
            id: row.id,
            name: row.name,
            description: row.description,
            colour: Colour::of_name(&row.colour),
            parent_id: row.parent_id,
            favourite: row.favourite,
            archived: row.archived_at.is_some(),
            view: View::of_name(&row.view),
            group_by: Grouping::parse(&row.group_by).unwrap_or(USUAL_GROUPS),
            sort_by: Sort::parse(&row.sort_by).unwrap_or(USUAL_ORDER),
            role: role.into(),
            created_at: row.created_at,
            updated_at: row.updated_at,
            version: row.item_version,
        }
    }
}

impl Resource for Project {
    const PATH: &'static str = "/api/v1/projects";

    fn id(&self) -> &str {
        &self.id
    }

    fn version(&self) -> i64 {
        self.version
    }
}

/// A page of projects.
#[derive(Serialize, ToSchema)]
pub struct ProjectPage {
    /// The projects. The Inbox is the first, and each project precedes its child projects.
    pub items: Vec<Project>,
    /// Cursor of the next page; null on the last page.
    pub next_cursor: Option<String>,
}
