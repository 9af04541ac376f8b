//! Creation of a section.

use garde::Validate;

use super::MOST_SECTIONS;
use crate::error::{Code, Error};
use crate::items::SectionRow;
use crate::locale::message;
use crate::sections::{NewSection, Section};
use crate::work::{Change, Command, Context, Decision, Loads, World, check_quota};

/// Creates a section.
pub struct CreateSection {
    new: NewSection,
}

impl CreateSection {
    /// Creates a command that creates a section.
    ///
    /// # Errors
    /// [`Error::Invalid`] if the input breaks a rule.
    pub fn new(new: NewSection) -> Result<CreateSection, Error> {
        new.validate()?;
        Ok(CreateSection { new })
    }
}

impl Command for CreateSection {
    type Outcome = Section;

    fn name(&self) -> &'static str {
        "create_section"
    }

    fn loads(&self) -> Loads {
        Loads::default().all::<SectionRow>(&self.new.project_id)
    }

    fn decide(&self, world: &World, context: &Context<'_>) -> Result<Decision<Section>, Error> {
        let project_id = self.new.project_id.as_str();
        let allowed = world.check_editor(context.user_id, project_id);
        allowed.map_err(unknown_project)?;
        let count = world.items_of::<SectionRow>(project_id)?.len();
        check_section_quota("name", count)?;
        let section = SectionRow {
            project_id: project_id.to_owned(),
            id: context.item_id.to_owned(),
            name: self.new.name.trim().to_owned(),
            position: self.new.position.clone(),
            archived_at: None,
            change_id: None,
            created_at: context.now,
            updated_at: context.now,
            version: world.next_version(project_id, context)?,
        };
        Ok(Decision {
            changes: vec![Change::create(&section)?],
            outcome: section.into(),
        })
    }
}

/// Checks that a project with this many sections can have another one.
pub(super) fn check_section_quota(field: &str, count: usize) -> Result<(), Error> {
    let count = i64::try_from(count).unwrap_or(i64::MAX);
    check_quota(field, count, 1, MOST_SECTIONS, message!("quota-sections"))
}

/// Names the member with the id of a project that the user cannot see.
pub(super) fn unknown_project(error: Error) -> Error {
    match error {
        Error::NotFound => Error::invalid(
            "project_id",
            Code::UnknownValue,
            message!("project-unknown"),
        ),
        error => error,
    }
}
