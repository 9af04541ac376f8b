//! The names of projects and sections.

use std::collections::HashMap;

use super::pattern::Pattern;
use crate::db::fold;

/// The projects and sections that a user has access to.
#[derive(Clone, Debug, Default)]
pub struct Places {
    projects: HashMap<String, Project>,
    /// The folded name of each section, by its id.
    sections: HashMap<String, String>,
}

#[derive(Clone, Debug)]
struct Project {
    /// The folded name.
    name: String,
    parent_id: Option<String>,
}

impl Places {
    /// Adds a project.
    pub fn add_project(&mut self, id: &str, name: &str, parent_id: Option<&str>) {
        let project = Project {
            name: fold(name.trim()),
            parent_id: parent_id.map(str::to_owned),
        };
        self.projects.insert(id.to_owned(), project);
    }

    /// Adds a section.
    pub fn add_section(&mut self, id: &str, name: &str) {
        self.sections.insert(id.to_owned(), fold(name.trim()));
    }

    /// Returns true if the project has the name, or is below one that has it.
    pub(super) fn project_matches(&self, id: &str, name: &Pattern, descendants: bool) -> bool {
        let mut next = self.projects.get(id);
        // A tree has no more levels than projects.
        for _ in 0..=self.projects.len() {
            let Some(project) = next else {
                return false;
            };
            if name.matches(&project.name) {
                return true;
            }
            let parent_id = project.parent_id.as_ref().filter(|_| descendants);
            next = parent_id.and_then(|id| self.projects.get(id));
        }
        false
    }

    /// Returns true if the section has the name.
    pub(super) fn section_matches(&self, id: &str, name: &Pattern) -> bool {
        self.sections.get(id).is_some_and(|text| name.matches(text))
    }

    /// Returns the ids of the projects that match, sorted.
    pub(super) fn projects(&self, name: &Pattern, descendants: bool) -> Vec<String> {
        let ids = self.projects.keys();
        sorted(ids.filter(|id| self.project_matches(id, name, descendants)))
    }

    /// Returns the ids of the sections that match, sorted.
    pub(super) fn sections(&self, name: &Pattern) -> Vec<String> {
        let ids = self.sections.keys();
        sorted(ids.filter(|id| self.section_matches(id, name)))
    }
}

fn sorted<'i>(ids: impl Iterator<Item = &'i String>) -> Vec<String> {
    let mut ids: Vec<String> = ids.cloned().collect();
    ids.sort_unstable();
    ids
}
