//! The public form of labels.

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::api::resource::{etag_of, version_of};
use crate::db::Timestamp;
use crate::error::Error;
use crate::items::{Colour, LabelRow};

/// A label.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct Label {
    /// UUID version 7. It identifies the label in synchronisation; paths have its name.
    #[schema(example = "0192f0c1-2345-7000-8000-000000000003")]
    pub id: String,
    /// Name, which is unique for you, ignoring case.
    #[schema(example = "errand")]
    pub name: String,
    /// Colour of the label.
    pub colour: Colour,
    /// Position among your labels. Positions are compared as ASCII text.
    #[schema(example = "0192f0c1-2345-7000-8000-000000000003")]
    pub position: String,
    /// True if the label is a favourite.
    pub favourite: bool,
    /// Number of open tasks with the label, in projects that are not archived.
    #[schema(example = 3)]
    pub open_tasks: i64,
    /// Time of creation.
    #[schema(value_type = String, format = DateTime)]
    pub created_at: Timestamp,
    /// Time of the last change.
    #[schema(value_type = String, format = DateTime)]
    pub updated_at: Timestamp,
    /// Version of the label. It increases with each change of the label itself.
    #[schema(example = 1_732_600_000_000_000_i64)]
    pub version: i64,
}

impl Label {
    /// Returns the entity tag. It includes the number of tasks, so that an unchanged label is not
    /// mistaken for an unchanged response.
    pub fn etag(&self) -> String {
        let tag = etag_of(&self.id, self.version);
        format!("{}.{}\"", tag.trim_end_matches('"'), self.open_tasks)
    }
}

impl From<LabelRow> for Label {
    fn from(row: LabelRow) -> Label {
        Label {
            position: row.position.unwrap_or_else(|| row.id.clone()),
            id: row.id,
            name: row.name,
            colour: Colour::of_name(&row.colour),
            favourite: row.favourite,
            open_tasks: 0,
            created_at: row.created_at,
            updated_at: row.updated_at,
            version: row.version,
        }
    }
}

/// The entity tags of which a label must have one. `None` for any label.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Tags(pub Option<Vec<String>>);

impl Tags {
    /// Checks the version of a label. The number of tasks does not matter.
    ///
    /// # Errors
    /// [`Error::Stale`] if no tag has it.
    pub fn check(&self, label: &LabelRow) -> Result<(), Error> {
        let Some(tags) = &self.0 else {
            return Ok(());
        };
        let is_current = |tag: &String| {
            let Some((start, count)) = tag.strip_suffix('"').and_then(|tag| tag.split_once('.'))
            else {
                return false;
            };
            let version = version_of(&label.id, &format!("{start}\""));
            version == Some(label.version) && count.parse::<u64>().is_ok()
        };
        if tags.iter().any(is_current) {
            return Ok(());
        }
        Err(Error::Stale)
    }
}

/// The labels of a user.
#[derive(Serialize, ToSchema)]
pub struct LabelList {
    /// The labels, in manual order.
    pub items: Vec<Label>,
    /// Null: the list has a single page.
    pub next_cursor: Option<String>,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_entity_tag_names_a_version_of_its_label() {
        let row = LabelRow::new("ada", "l", "Errand", Timestamp(1), 7);
        let tag = Label::from(row.clone()).etag();
        assert_eq!(tag, "\"l-7.0\"");
        let check = |tags: &[&str]| {
            let tags = tags.iter().map(|tag| (*tag).to_owned()).collect();
            Tags(Some(tags)).check(&row)
        };
        assert!(check(&["\"x\"", &tag]).is_ok() && check(&["\"l-7.3\""]).is_ok());
        assert!(Tags(None).check(&row).is_ok());
        for other in [
            "\"l-7\"",
            "\"l-8.0\"",
            "\"m-7.0\"",
            "\"l-7.x\"",
            "l-7.0",
            "\"",
        ] {
            assert!(check(&[other]).is_err(), "{other}");
        }
    }
}
