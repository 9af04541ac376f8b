//! Filters, orders and pages of lists.

use garde::Validate;
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

use super::input::check_uuid;
use crate::db::Timestamp;
use crate::error::{check_page_size, check_search};
use crate::filter_language;
use crate::http::input::present;
use crate::items::{Sort, check_label_name};
use crate::when::Date;
const MOST_ITEMS: u32 = 200;

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

/// The value that a list is sorted by.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SortColumn {
    /// The time of creation, which the id contains.
    CreatedAt,
    /// The time of the last change.
    UpdatedAt,
    /// The time of completion.
    CompletedAt,
    /// The title, ignoring case.
    Title,
    /// The manual position.
    Position,
    /// The priority.
    Priority,
    /// The due date or time, as entered.
    Due,
    /// The deadline.
    Deadline,
}

impl Sort {
    /// Returns the column, and true for the descending order.
    pub fn column(self) -> (SortColumn, bool) {
        match self {
            Sort::CreatedAt => (SortColumn::CreatedAt, false),
            Sort::Relevance | Sort::CreatedAtDescending => (SortColumn::CreatedAt, true),
            Sort::UpdatedAt => (SortColumn::UpdatedAt, false),
            Sort::UpdatedAtDescending => (SortColumn::UpdatedAt, true),
            Sort::CompletedAt => (SortColumn::CompletedAt, false),
            Sort::CompletedAtDescending => (SortColumn::CompletedAt, true),
            Sort::Title => (SortColumn::Title, false),
            Sort::TitleDescending => (SortColumn::Title, true),
            Sort::Position => (SortColumn::Position, false),
            Sort::PositionDescending => (SortColumn::Position, true),
            Sort::Priority => (SortColumn::Priority, false),
            Sort::PriorityDescending => (SortColumn::Priority, true),
            Sort::Due => (SortColumn::Due, false),
            Sort::DueDescending => (SortColumn::Due, true),
            Sort::Deadline => (SortColumn::Deadline, false),
            Sort::DeadlineDescending => (SortColumn::Deadline, true),
        }
    }
}

/// The filter, order and start of a list.
#[derive(
    Clone, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize, Validate, IntoParams,
)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct TaskFilter {
    /// `open`, `done` or `all`.
    #[garde(skip)]
    #[param(inline, required = false)]
    #[serde(default, deserialize_with = "present")]
    pub status: Option<Status>,
    /// Words that the title and the description contain, in any order, ignoring case and accents.
    #[garde(inner(custom(check_query)))]
    #[param(required = false, max_length = 200, pattern = r"^[^\x00]*$")]
    #[serde(default, deserialize_with = "present")]
    pub q: Option<String>,
    /// Expression in the filter language, such as `today & p1` or
    /// `done = false && dueDate < now+7d`. Days are those of the user's time zone.
    #[garde(inner(custom(check_expression)))]
    #[param(
        required = false,
        max_length = 1_000,
        pattern = r"^[^\x00]*$",
        example = "today & p1"
    )]
    #[serde(default, deserialize_with = "present")]
    pub filter: Option<String>,
    /// Id of the project.
    #[garde(inner(custom(check_uuid)))]
    #[param(required = false, format = "uuid")]
    #[serde(default, deserialize_with = "present")]
    pub project: Option<String>,
    /// Id of the section.
    #[garde(inner(custom(check_uuid)))]
    #[param(required = false, format = "uuid")]
    #[serde(default, deserialize_with = "present")]
    pub section: Option<String>,
    /// Id of the task whose subtasks are listed.
    #[garde(inner(custom(check_uuid)))]
    #[param(required = false, format = "uuid")]
    #[serde(default, deserialize_with = "present")]
    pub parent: Option<String>,
    /// Name of a label, ignoring case.
    #[garde(inner(custom(check_label)))]
    #[param(required = false, max_length = 60)]
    #[serde(default, deserialize_with = "present")]
    pub label: Option<String>,
    /// Priority, 1 to 4.
    #[garde(inner(range(min = 1, max = 4)))]
    #[param(required = false, minimum = 1, maximum = 4)]
    #[serde(default, deserialize_with = "present")]
    pub priority: Option<i64>,
    /// Due on this date or later.
    #[garde(skip)]
    #[param(required = false, value_type = String, format = Date)]
    #[serde(default, deserialize_with = "present")]
    pub due_from: Option<Date>,
    /// Due before this date.
    #[garde(skip)]
    #[param(required = false, value_type = String, format = Date)]
    #[serde(default, deserialize_with = "present")]
    pub due_before: Option<Date>,
    /// Deadline on this date or later.
    #[garde(skip)]
    #[param(required = false, value_type = String, format = Date)]
    #[serde(default, deserialize_with = "present")]
    pub deadline_from: Option<Date>,
    /// Deadline before this date.
    #[garde(skip)]
    #[param(required = false, value_type = String, format = Date)]
    #[serde(default, deserialize_with = "present")]
    pub deadline_before: Option<Date>,
    /// Created at this time or later.
    #[garde(skip)]
    #[param(required = false, value_type = String, format = DateTime)]
    #[serde(default, deserialize_with = "present")]
    pub created_from: Option<Timestamp>,
    /// Created before this time.
    #[garde(skip)]
    #[param(required = false, value_type = String, format = DateTime)]
    #[serde(default, deserialize_with = "present")]
    pub created_before: Option<Timestamp>,
    /// Last changed at this time or later.
    #[garde(skip)]
    #[param(required = false, value_type = String, format = DateTime)]
    #[serde(default, deserialize_with = "present")]
    pub updated_from: Option<Timestamp>,
    /// Last changed before this time.
    #[garde(skip)]
    #[param(required = false, value_type = String, format = DateTime)]
    #[serde(default, deserialize_with = "present")]
    pub updated_before: Option<Timestamp>,
    /// Completed at this time or later.
    #[garde(skip)]
    #[param(required = false, value_type = String, format = DateTime)]
    #[serde(default, deserialize_with = "present")]
    pub completed_from: Option<Timestamp>,
    /// Completed before this time.
    #[garde(skip)]
    #[param(required = false, value_type = String, format = DateTime)]
    #[serde(default, deserialize_with = "present")]
    pub completed_before: Option<Timestamp>,
    /// The order; `relevance` if omitted: the best matches of a search, or the newest tasks first.
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

fn check_query(text: &str, _: &()) -> garde::Result {
    Ok(check_search(text)?)
}

fn check_expression(text: &str, _: &()) -> garde::Result {
    Ok(filter_language::check(text)?)
}

fn check_label(name: &str, _: &()) -> garde::Result {
    Ok(check_label_name(name)?)
}

fn check_limit(limit: &u32, _: &()) -> garde::Result {
    Ok(check_page_size(*limit, MOST_ITEMS)?)
}
