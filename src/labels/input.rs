//! The input to create, change, move and merge labels.

use garde::Validate;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::http::input::{check_position, nullable, present};
use crate::items::{Colour, check_label_name};

/// A new label.
#[derive(Clone, Debug, Default, Serialize, Deserialize, Validate, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NewLabel {
    /// 1 to 60 characters after trimming.
    #[garde(custom(check_text))]
    #[schema(example = "errand", pattern = r"^[^\x00]*[^\s\x00][^\x00]*$")]
    pub name: String,
    /// Colour; grey if omitted.
    #[garde(skip)]
    #[serde(default)]
    pub colour: Option<Colour>,
    /// Position among your labels; the last if omitted.
    #[garde(custom(check_position))]
    #[serde(default)]
    #[schema(max_length = 1000, pattern = "^[-0-9a-z]*[0-9a-z]$")]
    pub position: Option<String>,
    /// True if the label is a favourite.
    #[garde(skip)]
    #[serde(default)]
    pub favourite: Option<bool>,
}

/// A JSON merge patch (RFC 7396) of a label. Omitted fields keep their values.
#[derive(Clone, Debug, Default, Serialize, Deserialize, Validate, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct LabelPatch {
    /// 1 to 60 characters after trimming. The label is renamed in all tasks that you can change.
    #[garde(inner(custom(check_text)))]
    #[serde(default, deserialize_with = "present")]
    #[schema(value_type = String, required = false, pattern = r"^[^\x00]*[^\s\x00][^\x00]*$")]
    pub name: Option<String>,
    /// Colour; null is grey.
    #[garde(skip)]
    #[serde(default, deserialize_with = "nullable")]
    #[schema(value_type = Option<Colour>)]
    pub colour: Option<Colour>,
    /// Position among your labels; null is that of creation.
    #[garde(inner(custom(check_position)))]
    #[serde(default, deserialize_with = "nullable")]
    #[schema(value_type = Option<String>, max_length = 1000,
        pattern = "^[-0-9a-z]*[0-9a-z]$")]
    pub position: Option<Option<String>>,
    /// True if the label is a favourite; null is false.
    #[garde(skip)]
    #[serde(default, deserialize_with = "nullable")]
    #[schema(value_type = Option<bool>)]
    pub favourite: Option<bool>,
}

/// A new place of a label.
#[derive(Clone, Debug, Default, Serialize, Deserialize, Validate, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct LabelMove {
    /// Name of the label that is to precede this one.
    #[garde(inner(custom(check_text)))]
    #[serde(default)]
    pub after: Option<String>,
    /// Name of the label that is to follow this one.
    #[garde(inner(custom(check_text)))]
    #[serde(default)]
    pub before: Option<String>,
}

/// The label that another one is merged into.
#[derive(Clone, Debug, Default, Serialize, Deserialize, Validate, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct LabelMerge {
    /// Name of the label that remains.
    #[garde(custom(check_text))]
    #[schema(example = "errand")]
    pub into: String,
}

fn check_text(name: &str, _: &()) -> garde::Result {
    Ok(check_label_name(name)?)
}
