//! The input to create, change, move, delete and list sections.

use garde::Validate;
use serde::{Deserialize, Deserializer, Serialize};
use utoipa::{IntoParams, ToSchema};

use crate::error::{Code, Error, Violation, check_length, check_no_controls};
use crate::http::input::{check_id, check_position, check_uuid, named, nullable, present};
use crate::locale::message;

const NAME_CHARACTERS: usize = 120;

/// A new section.
#[derive(Clone, Debug, Default, Serialize, Deserialize, Validate, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NewSection {
    /// Id of the project.
    #[garde(custom(check_uuid))]
    #[schema(format = "uuid")]
    pub project_id: String,
    /// 1 to 120 characters after trimming.
    #[garde(custom(check_text))]
    #[schema(example = "Next", pattern = r"^[^\x00]*[^\s\x00][^\x00]*$")]
    pub name: String,
    /// Position among the sections of the project; the last if omitted.
    #[garde(custom(check_position))]
    #[serde(default)]
    #[schema(max_length = 1000, pattern = "^[-0-9a-z]*[0-9a-z]$")]
    pub position: Option<String>,
}

/// A JSON merge patch (RFC 7396) of a section. Omitted fields keep their values.
#[derive(Clone, Debug, Default, Serialize, Deserialize, Validate, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct SectionPatch {
    /// 1 to 120 characters after trimming.
    #[garde(inner(custom(check_text)))]
    #[serde(default, deserialize_with = "present")]
    #[schema(value_type = String, required = false, pattern = r"^[^\x00]*[^\s\x00][^\x00]*$")]
    pub name: Option<String>,
    /// Position among the sections of the project; null is that of creation.
    #[garde(inner(custom(check_position)))]
    #[serde(default, deserialize_with = "nullable")]
    #[schema(value_type = Option<String>, max_length = 1000,
        pattern = "^[-0-9a-z]*[0-9a-z]$")]
    pub position: Option<Option<String>>,
    /// True if the section is archived; null is false.
    #[garde(skip)]
    #[serde(default, deserialize_with = "nullable")]
    #[schema(value_type = Option<bool>)]
    pub archived: Option<bool>,
}

/// A new place of a section. Omitted fields keep their values.
#[derive(Clone, Debug, Default, Serialize, Deserialize, Validate, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct SectionMove {
    /// Id of the project to move the section and its tasks to.
    #[garde(custom(check_id))]
    #[serde(default)]
    #[schema(format = "uuid")]
    pub project_id: Option<String>,
    /// Id of the section of the project that is to precede this one.
    #[garde(custom(check_id))]
    #[serde(default)]
    #[schema(format = "uuid")]
    pub after: Option<String>,
    /// Id of the section of the project that is to follow this one.
    #[garde(custom(check_id))]
    #[serde(default)]
    #[schema(format = "uuid")]
    pub before: Option<String>,
}

/// The future of the tasks of a section that is deleted or archived.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "lowercase")]
pub enum Remaining {
    /// The tasks stay in the project, without a section.
    Keep,
    /// The tasks move to the trash with the deleted section.
    Delete,
    /// The open tasks are completed and stay in the archived section.
    Complete,
}

impl<'de> Deserialize<'de> for Remaining {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Remaining, D::Error> {
        named(
            deserializer,
            &["keep", "delete", "complete"],
            |name| match name {
                "keep" => Some(Remaining::Keep),
                "delete" => Some(Remaining::Delete),
                "complete" => Some(Remaining::Complete),
                _ => None,
            },
        )
    }
}

/// The parameters of the deletion or archiving of a section.
#[derive(Clone, Debug, Default, Serialize, Deserialize, Validate, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct SectionTasks {
    /// The future of the tasks; keep if omitted. A deleted section can keep or delete them, an
    /// archived section can keep or complete those that are open.
    #[garde(skip)]
    #[param(inline, required = false)]
    #[serde(default, deserialize_with = "present")]
    pub tasks: Option<Remaining>,
    /// Id of another section of the project to move the tasks to, instead of `tasks`.
    #[garde(inner(custom(check_uuid)))]
    #[param(required = false)]
    #[serde(default, deserialize_with = "present")]
    pub move_to: Option<String>,
}

impl SectionTasks {
    /// Checks that the parameters fit together, and that nothing else than this is requested.
    ///
    /// # Errors
    /// [`Error::Invalid`].
    pub fn check(&self, allowed: &[Remaining]) -> Result<(), Error> {
        self.validate()?;
        match self.tasks {
            Some(tasks) if !allowed.contains(&tasks) => {
                let message = message!("section-tasks-impossible");
                Err(Error::invalid("tasks", Code::UnknownValue, message))
            }
            Some(_) if self.move_to.is_some() => {
                let message = message!("section-tasks-move-only");
                Err(Error::invalid("move_to", Code::Invalid, message))
            }
            _ => Ok(()),
        }
    }
}

/// The parameters of a list of sections.
#[derive(Clone, Debug, Deserialize, Validate, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct SectionFilter {
    /// Id of the project.
    #[garde(custom(check_uuid))]
    #[param(format = "uuid")]
    pub project: String,
}

fn check_text(name: &str, _: &()) -> garde::Result {
    Ok(check_section_name(name)?)
}

/// Checks the name of a section.
///
/// # Errors
/// If the name breaks a rule.
pub fn check_section_name(name: &str) -> Result<(), Violation> {
    let trimmed = name.trim();
    if trimmed.is_empty() {
        return Err(Violation::new(
            Code::Required,
            message!("section-name-required"),
        ));
    }
    check_length(trimmed, NAME_CHARACTERS, message!("thing-section-name"))?;
    check_no_controls(trimmed, message!("thing-section-name"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_name_of_a_section_is_a_line_of_1_to_120_characters() {
        assert!(check_section_name(" Next ").is_ok());
        for other in ["", " \t", "a\nb", "a\0", &"a".repeat(121)] {
            assert!(check_section_name(other).is_err(), "{other:?}");
        }
    }

    #[test]
    fn tasks_have_one_future() {
        let allowed = [Remaining::Keep, Remaining::Delete];
        let asked = |tasks, move_to: Option<&str>| SectionTasks {
            tasks,
            move_to: move_to.map(str::to_owned),
        };
        let id = "0192f0c1-0000-7000-8000-000000000001";
        assert!(asked(None, None).check(&allowed).is_ok());
        assert!(asked(Some(Remaining::Delete), None).check(&allowed).is_ok());
        assert!(asked(None, Some(id)).check(&allowed).is_ok());
        for (tasks, move_to, field) in [
            (Some(Remaining::Complete), None, "tasks"),
            (Some(Remaining::Keep), Some(id), "move_to"),
            (None, Some("x"), "move_to"),
        ] {
            let error = asked(tasks, move_to).check(&allowed).expect_err("refused");
            assert_eq!(error.fields()[0].field, field);
        }
    }
}
