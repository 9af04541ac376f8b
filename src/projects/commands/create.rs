//! Creation of a project.

use garde::Validate;

use super::merge;
use super::parent::check_parent;
use crate::access::Role;
use crate::error::Error;
use crate::projects::{NewProject, Project, ProjectPatch};
use crate::work::{Change, Command, Context, Decision, Loads, ProjectRow, World};

/// Creates a project, which the user owns.
pub struct CreateProject {
    inbox: String,
    parent_id: Option<String>,
    fields: ProjectPatch,
}

impl CreateProject {
    /// Creates a command that creates a project of a user.
    ///
    /// # Errors
    /// [`Error::Invalid`] if the input breaks a rule.
    pub fn new(user_id: &str, new: NewProject) -> Result<CreateProject, Error> {
        new.validate()?;
        Ok(CreateProject {
            inbox: user_id.to_owned(),
            parent_id: new.parent_id.clone(),
            fields: new.into(),
        })
    }
}

impl Command for CreateProject {
    type Outcome = Project;

    fn name(&self) -> &'static str {
        "create_project"
    }

    fn loads(&self) -> Loads {
        let loads = Loads::default().project(&self.inbox).quota();
        match &self.parent_id {
            Some(parent_id) => loads.lineage::<ProjectRow>(parent_id),
            None => loads,
        }
    }

    fn weight(&self) -> usize {
        self.fields.description.as_ref().map_or(0, String::len)
    }

    fn decide(&self, world: &World, context: &Context<'_>) -> Result<Decision<Project>, Error> {
        if let Some(parent_id) = &self.parent_id {
            check_parent(world, context, parent_id, None)?;
        }
        world.check_project_quota(context, "name", 1)?;
        let id = context.item_id;
        let mut project = ProjectRow::new(id, context.user_id, "", context.now);
        merge(&mut project, &self.fields);
        project.parent_id.clone_from(&self.parent_id);
        Ok(Decision {
            changes: vec![Change::create(&project)?],
            outcome: Project::of(project, Role::Owner),
        })
    }
}
