//! HTML forms of projects.

use serde::{Deserialize, Serialize};

use super::{NewProject, Project, ProjectMove, ProjectPatch, View};
use crate::items::Colour;

/// The form of a project.
#[derive(Default, Serialize, Deserialize)]
#[serde(default)]
pub(super) struct ProjectForm {
    pub name: String,
    pub description: String,
    pub colour: String,
    pub parent_id: String,
    pub favourite: bool,
    pub view: String,
}

/// A new place of a project among those with the same parent.
#[derive(Default, Deserialize)]
#[serde(default)]
pub(super) struct MoveForm {
    pub after: String,
    pub before: String,
}

fn some(id: String) -> Option<String> {
    Some(id).filter(|id| !id.is_empty())
}

impl ProjectForm {
    /// Returns the form of a project as it is saved.
    pub fn of(project: &Project) -> ProjectForm {
        ProjectForm {
            name: project.name.clone(),
            description: project.description.clone(),
            colour: project.colour.name().to_owned(),
            parent_id: project.parent_id.clone().unwrap_or_default(),
            favourite: project.favourite,
            view: project.view.name().to_owned(),
        }
    }

    /// Returns the new project.
    pub fn parse(&self) -> NewProject {
        NewProject {
            name: self.name.clone(),
            colour: Some(Colour::of_name(&self.colour)),
            parent_id: some(self.parent_id.clone()),
            ..NewProject::default()
        }
    }

    /// Returns the changes of a project.
    pub fn patch(&self, project: &Project) -> ProjectPatch {
        let parent_id = some(self.parent_id.clone());
        ProjectPatch {
            // The name and the parent of the Inbox are fixed, so its form does not send them.
            name: Some(self.name.clone()).filter(|_| !project.inbox),
            description: Some(self.description.replace("\r\n", "\n")),
            colour: Some(Colour::of_name(&self.colour)),
            parent_id: Some(parent_id).filter(|parent_id| *parent_id != project.parent_id),
            favourite: Some(self.favourite),
            view: some(self.view.clone()).map(|view| View::of_name(&view)),
            ..ProjectPatch::default()
        }
    }
}

impl MoveForm {
    /// Returns the move.
    pub fn parse(self) -> ProjectMove {
        ProjectMove {
            parent_id: None,
            after: some(self.after),
            before: some(self.before),
        }
    }
}
