//! The public form of tasks, and the input to create, change and find them.

use garde::Validate;
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

use crate::db::Timestamp;
use crate::error::{Code, Violation, check_length, check_no_nul, check_page_size};
use crate::http::input::{nullable, present};
use crate::items::TaskRow;

const TITLE_CHARACTERS: usize = 500;
const DESCRIPTION_CHARACTERS: usize = 50_000;
const QUERY_CHARACTERS: usize = 200;
const MOST_ITEMS: u32 = 200;

/// A task to be done.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct Task {
    /// UUID version 7.
    #[schema(example = "0192f0c1-2345-7000-8000-000000000000")]
    pub id: String,
    /// Title of the task.
    #[schema(example = "Book the train to Ghent")]
    pub title: String,
    /// Details of the task, in Markdown.
    #[schema(example = "Before *Friday*.")]
    pub description: String,
    /// True if the task is completed.
    pub completed: bool,
    /// Time of completion; null while the task is open.
    #[schema(value_type = Option<String>, format = DateTime)]
    pub completed_at: Option<Timestamp>,
    /// Time of creation.
    #[schema(value_type = String, format = DateTime)]
    pub created_at: Timestamp,
    /// Time of the last change.
    #[schema(value_type = String, format = DateTime)]
    pub updated_at: Timestamp,
    /// Version of the task. It increases with each change.
    #[schema(example = 1_732_600_000_000_000_i64)]
    pub version: i64,
}

impl Task {
    /// Returns the entity tag of this version of the task.
    pub fn etag(&self) -> String {
        Task::etag_of(&self.id, self.version)
    }

    /// Returns the entity tag of a version of a task.
    pub fn etag_of(id: &str, version: i64) -> String {
        format!("\"{id}-{version}\"")
    }

    /// Returns the version in an entity tag. `None` if it is not a tag of this task.
    pub fn version_of(id: &str, etag: &str) -> Option<i64> {
        let version = etag
            .strip_prefix('"')?
            .strip_prefix(id)?
            .strip_prefix('-')?;
        let version = version.strip_suffix('"')?.parse().ok()?;
        (Task::etag_of(id, version) == etag).then_some(version)
    }
}

impl From<TaskRow> for Task {
    fn from(row: TaskRow) -> Task {
        Task {
            id: row.id,
            title: row.title,
            description: row.description,
            completed: row.completed_at.is_some(),
            completed_at: row.completed_at,
            created_at: row.created_at,
            updated_at: row.updated_at,
            version: row.version,
        }
    }
}

/// A page of a list.
#[derive(Serialize, ToSchema)]
pub struct TaskPage {
    /// The tasks, in the requested order.
    pub items: Vec<Task>,
    /// Cursor of the next page; null on the last page.
    pub next_cursor: Option<String>,
}

/// A new task, or the complete replacement of an existing one.
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
    /// True if the task is already completed.
    #[garde(skip)]
    #[serde(default)]
    pub completed: Option<bool>,
}

/// A JSON merge patch (RFC 7396) of a task. Omitted fields keep their values.
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
    /// True if the task is completed; null is false.
    #[garde(skip)]
    #[serde(default, deserialize_with = "nullable")]
    #[schema(value_type = Option<bool>, example = true)]
    pub completed: Option<bool>,
}

impl From<NewTask> for TaskPatch {
    /// Converts a replacement. Omitted fields get their default values.
    fn from(new: NewTask) -> TaskPatch {
        TaskPatch {
            title: Some(new.title),
            description: Some(new.description.unwrap_or_default()),
            completed: Some(new.completed.unwrap_or_default()),
        }
    }
}

/// The state of the tasks to list.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "lowercase")]
pub enum Status {
    /// Open tasks.
    Open,
    /// Completed tasks.
    Done,
    /// All tasks.
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
    /// Least recently changed first.
    #[serde(rename = "updated_at")]
    UpdatedAt,
    /// Most recently changed first.
    #[serde(rename = "-updated_at")]
    UpdatedAtDescending,
    /// By title, ignoring case.
    #[serde(rename = "title")]
    Title,
    /// By title, ignoring case, in descending order.
    #[serde(rename = "-title")]
    TitleDescending,
}

/// The filter, order and start of a list.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash, Deserialize, Validate, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct TaskFilter {
    /// `open`, `done` or `all`.
    #[garde(skip)]
    #[param(inline, required = false)]
    #[serde(default, deserialize_with = "present")]
    pub status: Option<Status>,
    /// Text that the title or the description contains, ignoring case.
    #[garde(inner(custom(check_query)))]
    #[param(required = false, max_length = 200, pattern = r"^[^\x00]*$")]
    #[serde(default, deserialize_with = "present")]
    pub q: Option<String>,
    /// The order; `-created_at` if omitted.
    #[garde(skip)]
    #[serde(default)]
    #[param(inline, required = false)]
    pub sort: Sort,
    /// Maximum number of tasks in a page; 50 if omitted. A page has fewer tasks if they exceed 1
    /// MiB.
    #[garde(inner(custom(check_limit)))]
    #[param(required = false, minimum = 1, maximum = 200)]
    #[serde(default, deserialize_with = "present")]
    pub limit: Option<u32>,
    /// The `next_cursor` of the previous page, which must have the same `sort`.
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
