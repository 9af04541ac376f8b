//! What a task looks like from outside, and the input that makes, changes and finds tasks.

use garde::Validate;
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

use crate::db::Timestamp;
use crate::error::{Code, Violation, check_length, check_no_nul, check_page_size};
use crate::http::input::{nullable, present};

const TITLE_CHARACTERS: usize = 500;
const DESCRIPTION_CHARACTERS: usize = 50_000;
const QUERY_CHARACTERS: usize = 200;
const MOST_ITEMS: u32 = 200;

/// Something to be done.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct Task {
    /// UUID version 7.
    #[schema(example = "0192f0c1-2345-7000-8000-000000000000")]
    pub id: String,
    /// What is to be done.
    #[schema(example = "Book the train to Ghent")]
    pub title: String,
    /// More about it, in Markdown.
    #[schema(example = "Before *Friday*.")]
    pub description: String,
    /// Whether it is done.
    pub completed: bool,
    /// When it was done; null while it is open.
    #[schema(value_type = Option<String>, format = DateTime)]
    pub completed_at: Option<Timestamp>,
    /// When it was made.
    #[schema(value_type = String, format = DateTime)]
    pub created_at: Timestamp,
    /// When it was last changed.
    #[schema(value_type = String, format = DateTime)]
    pub updated_at: Timestamp,
    /// Greater with each change.
    #[schema(example = 1_732_600_000_000_000_i64)]
    pub version: i64,
}

impl Task {
    /// The entity tag of this version of this task.
    pub fn etag(&self) -> String {
        Task::etag_of(&self.id, self.version)
    }

    /// The entity tag of a version of a task.
    pub fn etag_of(id: &str, version: i64) -> String {
        format!("\"{id}-{version}\"")
    }

    /// The version of a task that an entity tag names, if it is a tag of this task.
    pub fn version_of(id: &str, etag: &str) -> Option<i64> {
        let version = etag
            .strip_prefix('"')?
            .strip_prefix(id)?
            .strip_prefix('-')?;
        let version = version.strip_suffix('"')?.parse().ok()?;
        (Task::etag_of(id, version) == etag).then_some(version)
    }
}

/// A page of a list.
#[derive(Serialize, ToSchema)]
pub struct TaskPage {
    /// The tasks, in the order asked for.
    pub items: Vec<Task>,
    /// Where the next page begins; null on the last one.
    pub next_cursor: Option<String>,
}

/// A new task, or the whole of one that is replaced.
#[derive(Clone, Debug, Default, Serialize, Deserialize, Validate, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NewTask {
    /// 1 to 500 characters after trimming.
    #[garde(custom(check_title))]
    #[schema(
        example = "Book the train to Ghent",
        pattern = r"^[^\x00]*[^\s\x00][^\x00]*$"
    )]
    pub title: String,
    /// Up to 50,000 characters of Markdown.
    #[garde(custom(check_description))]
    #[serde(default)]
    #[schema(
        example = "Before *Friday*.",
        max_length = 50_000,
        pattern = r"^[^\x00]*$"
    )]
    pub description: Option<String>,
    /// Whether it is done already.
    #[garde(skip)]
    #[serde(default)]
    pub completed: Option<bool>,
}

/// A JSON merge patch (RFC 7396) of a task: what is left out stays as it is.
#[derive(Clone, Debug, Default, Serialize, Deserialize, Validate, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct TaskPatch {
    /// 1 to 500 characters after trimming.
    #[garde(inner(custom(check_title)))]
    #[serde(default, deserialize_with = "present")]
    #[schema(value_type = String, required = false, pattern = r"^[^\x00]*[^\s\x00][^\x00]*$")]
    pub title: Option<String>,
    /// Up to 50,000 characters of Markdown; null removes it.
    #[garde(custom(check_description))]
    #[serde(default, deserialize_with = "nullable")]
    #[schema(value_type = Option<String>, max_length = 50_000, pattern = r"^[^\x00]*$")]
    pub description: Option<String>,
    /// Whether it is done; null is false.
    #[garde(skip)]
    #[serde(default, deserialize_with = "nullable")]
    #[schema(value_type = Option<bool>, example = true)]
    pub completed: Option<bool>,
}

impl From<NewTask> for TaskPatch {
    /// A replacement: what is left out gets its default.
    fn from(new: NewTask) -> TaskPatch {
        TaskPatch {
            title: Some(new.title),
            description: Some(new.description.unwrap_or_default()),
            completed: Some(new.completed.unwrap_or_default()),
        }
    }
}

/// Which tasks are listed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "lowercase")]
pub enum Status {
    /// Those to be done.
    Open,
    /// Those that are done.
    Done,
    /// Both.
    All,
}

/// The order of a list; `-` is descending.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize, ToSchema)]
pub enum Sort {
    /// Oldest first.
    #[serde(rename = "created_at")]
    CreatedAt,
    /// Newest first.
    #[default]
    #[serde(rename = "-created_at")]
    CreatedAtDescending,
    /// Longest unchanged first.
    #[serde(rename = "updated_at")]
    UpdatedAt,
    /// Last changed first.
    #[serde(rename = "-updated_at")]
    UpdatedAtDescending,
    /// By title, whatever the case.
    #[serde(rename = "title")]
    Title,
    /// By title, last first.
    #[serde(rename = "-title")]
    TitleDescending,
}

/// What to list, in which order, from where.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash, Deserialize, Validate, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct TaskFilter {
    /// `open`, `done` or `all`.
    #[garde(skip)]
    #[param(inline, required = false)]
    #[serde(default, deserialize_with = "present")]
    pub status: Option<Status>,
    /// Text that title or description contain, whatever the case.
    #[garde(inner(custom(check_query)))]
    #[param(required = false, max_length = 200, pattern = r"^[^\x00]*$")]
    #[serde(default, deserialize_with = "present")]
    pub q: Option<String>,
    /// The order; `-created_at` if it is left out.
    #[garde(skip)]
    #[serde(default)]
    #[param(inline, required = false)]
    pub sort: Sort,
    /// The most tasks of a page; 50 if it is left out. A page has fewer if they have more than 1 MiB.
    #[garde(inner(custom(check_limit)))]
    #[param(required = false, minimum = 1, maximum = 200)]
    #[serde(default, deserialize_with = "present")]
    pub limit: Option<u32>,
    /// The `next_cursor` of the page before, with the same `sort`.
    #[garde(skip)]
    #[param(required = false)]
    #[serde(default, deserialize_with = "present")]
    pub cursor: Option<String>,
}

fn check_title(text: &str, _: &()) -> garde::Result {
    let trimmed = text.trim();
    if trimmed.is_empty() {
        return Err(Violation::new(Code::Required, "Give the task a title.").into());
    }
    check_length(trimmed, TITLE_CHARACTERS, "a title")?;
    Ok(check_no_nul(text, "a title")?)
}

fn check_description(text: &Option<String>, _: &()) -> garde::Result {
    let text = text.as_deref().unwrap_or_default();
    check_length(text, DESCRIPTION_CHARACTERS, "a description")?;
    Ok(check_no_nul(text, "a description")?)
}

fn check_query(text: &str, _: &()) -> garde::Result {
    check_length(text, QUERY_CHARACTERS, "a search")?;
    Ok(check_no_nul(text, "a search")?)
}

fn check_limit(limit: &u32, _: &()) -> garde::Result {
    Ok(check_page_size(*limit, MOST_ITEMS)?)
}

#[cfg(test)]
mod tests {
    use super::Task;

    #[test]
    fn an_entity_tag_names_a_version_of_its_task() {
        assert_eq!(Task::version_of("a", "\"a-7\""), Some(7));
        for other in [
            "\"b-7\"",
            "\"a-07\"",
            "\"a-+7\"",
            "\"a-\"",
            "\"a7\"",
            "a-7",
            "W/\"a-7\"",
            "*",
        ] {
            assert_eq!(Task::version_of("a", other), None, "{other}");
        }
    }
}
