//! The input to create, change and move filters, and to list their tasks.

use garde::Validate;
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

use crate::error::{Code, Violation, check_length, check_no_controls};
use crate::filter_language;
use crate::http::input::{check_id, check_position, nullable, present};
use crate::items::Colour;
use crate::locale::message;
use crate::tasks::{Sort, Status, TaskFilter};

const NAME_CHARACTERS: usize = 120;

/// A new filter.
#[derive(Clone, Debug, Default, Serialize, Deserialize, Validate, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NewFilter {
    /// 1 to 120 characters after trimming.
    #[garde(custom(check_name))]
    #[schema(example = "Urgent", pattern = r"^[^\x00]*[^\s\x00][^\x00]*$")]
    pub name: String,
    /// Expression in the filter language, such as `today & p1` or
    /// `done = false && dueDate < now+7d`.
    #[garde(custom(check_expression))]
    #[schema(example = "today & p1", max_length = 1_000, pattern = r"^[^\x00]*$")]
    pub expression: String,
    /// Colour; grey if omitted.
    #[garde(skip)]
    #[serde(default)]
    pub colour: Option<Colour>,
    /// Position among your filters; the last if omitted.
    #[garde(custom(check_position))]
    #[serde(default)]
    #[schema(max_length = 1000, pattern = "^[-0-9a-z]*[0-9a-z]$")]
    pub position: Option<String>,
    /// True if the filter is a favourite.
    #[garde(skip)]
    #[serde(default)]
    pub favourite: Option<bool>,
}

/// A JSON merge patch (RFC 7396) of a filter. Omitted fields keep their values.
#[derive(Clone, Debug, Default, Serialize, Deserialize, Validate, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct FilterPatch {
    /// 1 to 120 characters after trimming.
    #[garde(inner(custom(check_name)))]
    #[serde(default, deserialize_with = "present")]
    #[schema(value_type = String, required = false, pattern = r"^[^\x00]*[^\s\x00][^\x00]*$")]
    pub name: Option<String>,
    /// Expression in the filter language.
    #[garde(inner(custom(check_expression)))]
    #[serde(default, deserialize_with = "present")]
    #[schema(value_type = String, required = false, max_length = 1_000, pattern = r"^[^\x00]*$")]
    pub expression: Option<String>,
    /// Colour; null is grey.
    #[garde(skip)]
    #[serde(default, deserialize_with = "nullable")]
    #[schema(value_type = Option<Colour>)]
    pub colour: Option<Colour>,
    /// Position among your filters; null is that of creation.
    #[garde(inner(custom(check_position)))]
    #[serde(default, deserialize_with = "nullable")]
    #[schema(value_type = Option<String>, max_length = 1000,
        pattern = "^[-0-9a-z]*[0-9a-z]$")]
    pub position: Option<Option<String>>,
    /// True if the filter is a favourite; null is false.
    #[garde(skip)]
    #[serde(default, deserialize_with = "nullable")]
    #[schema(value_type = Option<bool>)]
    pub favourite: Option<bool>,
}

/// A replacement gives omitted fields their default values.
impl From<NewFilter> for FilterPatch {
    fn from(new: NewFilter) -> FilterPatch {
        FilterPatch {
            name: Some(new.name),
            expression: Some(new.expression),
            colour: Some(new.colour.unwrap_or_default()),
            position: Some(new.position),
            favourite: Some(new.favourite.unwrap_or_default()),
        }
    }
}

/// A new place of a filter.
#[derive(Clone, Debug, Default, Serialize, Deserialize, Validate, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct FilterMove {
    /// Id of the filter that is to precede this one.
    #[garde(custom(check_id))]
    #[serde(default)]
    #[schema(format = "uuid")]
    pub after: Option<String>,
    /// Id of the filter that is to follow this one.
    #[garde(custom(check_id))]
    #[serde(default)]
    #[schema(format = "uuid")]
    pub before: Option<String>,
}

/// The order and the start of the list of a filter's tasks.
#[derive(Clone, Debug, Default, Serialize, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct FilterTasks {
    /// `open`, `done` or `all`; as many as the expression selects if omitted.
    #[param(inline, required = false)]
    #[serde(default, deserialize_with = "present")]
    pub status: Option<Status>,
    /// The order; newest first if omitted.
    #[serde(default, deserialize_with = "present")]
    #[param(inline, required = false)]
    pub sort: Option<Sort>,
    /// Maximum number of tasks in a page; 50 if omitted. A page has fewer tasks if they exceed 1
    /// MiB.
    #[param(required = false, minimum = 1, maximum = 200)]
    #[serde(default, deserialize_with = "present")]
    pub limit: Option<u32>,
    /// The `next_cursor` of the previous page, which must have the same `sort`.
    #[param(required = false)]
    #[serde(default, deserialize_with = "present")]
    pub cursor: Option<String>,
}

impl FilterTasks {
    /// Returns the filter of the list of the tasks that an expression selects.
    pub fn with(self, expression: &str) -> TaskFilter {
        TaskFilter {
            filter: Some(expression.to_owned()),
            status: self.status,
            sort: self.sort.unwrap_or_default(),
            limit: self.limit,
            cursor: self.cursor,
            ..TaskFilter::default()
        }
    }
}

fn check_name(name: &str, _: &()) -> garde::Result {
    let name = name.trim();
    if name.is_empty() {
        return Err(Violation::new(Code::Required, message!("filter-name-required")).into());
    }
    check_length(name, NAME_CHARACTERS, message!("thing-filter-name"))?;
    Ok(check_no_controls(name, message!("thing-filter-name"))?)
}

fn check_expression(text: &str, _: &()) -> garde::Result {
    Ok(filter_language::check(text)?)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_filter_has_a_name_and_a_valid_expression() {
        let new = |name: &str, expression: &str| NewFilter {
            name: name.into(),
            expression: expression.into(),
            ..NewFilter::default()
        };
        assert!(new(" Urgent ", " today & p1 ").validate().is_ok());
        assert!(new(&"x".repeat(120), "done = false").validate().is_ok());
        for (name, expression) in [
            ("", "p1"),
            (" \t", "p1"),
            ("a\nb", "p1"),
            (&"x".repeat(121), "p1"),
            ("Urgent", ""),
            ("Urgent", "p1 &"),
            ("Urgent", &"p1 ".repeat(400)),
        ] {
            assert!(
                new(name, expression).validate().is_err(),
                "{name:?} {expression:?}"
            );
        }
    }
}
