//! The input to create, change, move and list projects.

use garde::Validate;
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

use super::View;
use crate::error::{
    Code, Violation, check_length, check_no_controls, check_no_nul, check_page_size,
};
use crate::http::input::{check_id, check_position, nullable, present};
use crate::items::{Colour, Grouping, Sort};
use crate::locale::message;

/// Maximum number of characters of a name.
pub const NAME_CHARACTERS: usize = 120;
const DESCRIPTION_CHARACTERS: usize = 5_000;
const MOST_ON_A_PAGE: u32 = 200;
const USUAL_ON_A_PAGE: u32 = 100;

/// A new project.
#[derive(Clone, Debug, Default, Serialize, Deserialize, Validate, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NewProject {
    /// 1 to 120 characters after trimming.
    #[garde(custom(check_text))]
    #[schema(example = "Garden", pattern = r"^[^\x00]*[^\s\x00][^\x00]*$")]
    pub name: String,
    /// Up to 5,000 characters of Markdown.
    #[garde(custom(check_description))]
    #[serde(default)]
    #[schema(max_length = 5_000, pattern = r"^[^\x00]*$")]
    pub description: Option<String>,
    /// Colour; grey if omitted.
    #[garde(skip)]
    #[serde(default)]
    pub colour: Option<Colour>,
    /// Id of a project of yours, of which this becomes a part.
    #[garde(custom(check_id))]
    #[serde(default)]
    #[schema(format = "uuid")]
    pub parent_id: Option<String>,
    /// Position among the projects with the same parent; the last if omitted.
    #[garde(custom(check_position))]
    #[serde(default)]
    #[schema(max_length = 1000, pattern = "^[-0-9a-z]*[0-9a-z]$")]
    pub position: Option<String>,
    /// True if the project is a favourite.
    #[garde(skip)]
    #[serde(default)]
    pub favourite: Option<bool>,
    /// Preferred view; list if omitted.
    #[garde(skip)]
    #[serde(default)]
    pub view: Option<View>,
    /// Groups of the preferred view; section if omitted.
    #[garde(skip)]
    #[serde(default)]
    pub group_by: Option<Grouping>,
    /// Order of the preferred view; position if omitted.
    #[garde(skip)]
    #[serde(default)]
    pub sort_by: Option<Sort>,
}

/// A JSON merge patch (RFC 7396) of a project. Omitted fields keep their values.
#[derive(Clone, Debug, Default, Serialize, Deserialize, Validate, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct ProjectPatch {
    /// 1 to 120 characters after trimming. The name of the Inbox is fixed.
    #[garde(inner(custom(check_text)))]
    #[serde(default, deserialize_with = "present")]
    #[schema(value_type = String, required = false, pattern = r"^[^\x00]*[^\s\x00][^\x00]*$")]
    pub name: Option<String>,
    /// Up to 5,000 characters of Markdown; null removes it.
    #[garde(custom(check_description))]
    #[serde(default, deserialize_with = "nullable")]
    #[schema(value_type = Option<String>, max_length = 5_000, pattern = r"^[^\x00]*$")]
    pub description: Option<String>,
    /// Colour; null is grey.
    #[garde(skip)]
    #[serde(default, deserialize_with = "nullable")]
    #[schema(value_type = Option<Colour>)]
    pub colour: Option<Colour>,
    /// Id of a project of yours, of which this becomes a part; null is none.
    #[garde(inner(custom(check_id)))]
    #[serde(default, deserialize_with = "nullable")]
    #[schema(value_type = Option<String>, format = "uuid")]
    pub parent_id: Option<Option<String>>,
    /// Position among the projects with the same parent; null is that of creation.
    #[garde(inner(custom(check_position)))]
    #[serde(default, deserialize_with = "nullable")]
    #[schema(value_type = Option<String>, max_length = 1000,
        pattern = "^[-0-9a-z]*[0-9a-z]$")]
    pub position: Option<Option<String>>,
    /// True if the project is a favourite; null is false.
    #[garde(skip)]
    #[serde(default, deserialize_with = "nullable")]
    #[schema(value_type = Option<bool>)]
    pub favourite: Option<bool>,
    /// True if the project is archived; null is false. Its child projects are archived with it,
    /// and those that were come back with it.
    #[garde(skip)]
    #[serde(default, deserialize_with = "nullable")]
    #[schema(value_type = Option<bool>)]
    pub archived: Option<bool>,
    /// Preferred view; null is list.
    #[garde(skip)]
    #[serde(default, deserialize_with = "nullable")]
    #[schema(value_type = Option<View>)]
    pub view: Option<View>,
    /// Groups of the preferred view; null is section.
    #[garde(skip)]
    #[serde(default, deserialize_with = "nullable")]
    #[schema(value_type = Option<Grouping>)]
    pub group_by: Option<Option<Grouping>>,
    /// Order of the preferred view; null is position.
    #[garde(skip)]
    #[serde(default, deserialize_with = "nullable")]
    #[schema(value_type = Option<Sort>)]
    pub sort_by: Option<Option<Sort>>,
}

/// A new place of a project. Omitted fields keep their values.
#[derive(Clone, Debug, Default, Serialize, Deserialize, Validate, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct ProjectMove {
    /// Id of a project of yours, of which this becomes a part; null is none.
    #[garde(inner(custom(check_id)))]
    #[serde(default, deserialize_with = "nullable")]
    #[schema(value_type = Option<String>, format = "uuid")]
    pub parent_id: Option<Option<String>>,
    /// Id of the project with the same parent that is to precede this one.
    #[garde(custom(check_id))]
    #[serde(default)]
    #[schema(format = "uuid")]
    pub after: Option<String>,
    /// Id of the project with the same parent that is to follow this one.
    #[garde(custom(check_id))]
    #[serde(default)]
    #[schema(format = "uuid")]
    pub before: Option<String>,
}

/// The parameters of a list of projects.
#[derive(Clone, Debug, Default, Deserialize, Validate, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct ProjectFilter {
    /// True for the archived projects alone, false for the others; false if omitted.
    #[garde(skip)]
    #[param(required = false, value_type = bool)]
    #[serde(default, deserialize_with = "present")]
    pub archived: Option<bool>,
    /// Maximum number of projects in a page; 100 if omitted.
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

impl ProjectFilter {
    /// Returns the maximum number of projects in a page.
    pub fn page_size(&self) -> usize {
        self.limit.unwrap_or(USUAL_ON_A_PAGE) as usize
    }
}

impl From<NewProject> for ProjectPatch {
    fn from(new: NewProject) -> ProjectPatch {
        ProjectPatch {
            name: Some(new.name),
            description: new.description,
            colour: new.colour,
            parent_id: new.parent_id.map(Some),
            position: new.position.map(Some),
            favourite: new.favourite,
            archived: None,
            view: new.view,
            group_by: new.group_by.map(Some),
            sort_by: new.sort_by.map(Some),
        }
    }
}

fn check_text(text: &str, _: &()) -> garde::Result {
    Ok(check_project_name(text)?)
}

/// Checks the name of a project.
///
/// # Errors
/// If the name breaks a rule.
pub fn check_project_name(name: &str) -> Result<(), Violation> {
    let trimmed = name.trim();
    if trimmed.is_empty() {
        return Err(Violation::new(
            Code::Required,
            message!("project-name-required"),
        ));
    }
    check_length(trimmed, NAME_CHARACTERS, message!("thing-project-name"))?;
    check_no_controls(trimmed, message!("thing-project-name"))
}

fn check_description(text: &Option<String>, _: &()) -> garde::Result {
    let text = text.as_deref().unwrap_or_default();
    check_length(text, DESCRIPTION_CHARACTERS, message!("thing-description"))?;
    Ok(check_no_nul(text, message!("thing-description"))?)
}

fn check_limit(limit: &u32, _: &()) -> garde::Result {
    Ok(check_page_size(*limit, MOST_ON_A_PAGE)?)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_name_of_a_project_is_a_line_of_1_to_120_characters() {
        assert!(check_project_name(" Garden ").is_ok());
        assert!(check_project_name(&"\u{e4}".repeat(120)).is_ok());
        for other in ["", " \t", "a\nb", "a\0", &"a".repeat(121)] {
            assert!(check_project_name(other).is_err(), "{other:?}");
        }
    }
}
