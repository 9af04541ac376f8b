//! The projects and sections that lines name.

use std::collections::BTreeSet;

use crate::db::{Pool, fold};
use crate::error::Error;
use crate::projects::{self, MemberRole, Project};
use crate::quick_add::Item;
use crate::sections::{self, Section};

/// The projects that a user can add tasks to, with the sections of those that lines name.
#[derive(Default)]
pub(super) struct Places {
    projects: Vec<Project>,
    sections: Vec<Section>,
}

impl Places {
    /// Reads what the lines may name.
    ///
    /// # Errors
    /// [`Error::Database`].
    pub async fn read(pool: &Pool, user_id: &str, items: &[Item]) -> Result<Places, Error> {
        if items.iter().all(|item| item.parsed.project.is_none()) {
            return Ok(Places::default());
        }
        let mut projects = projects::queries::in_use(pool, user_id).await?;
        projects.retain(|project| project.role != MemberRole::Viewer);
        let mut places = Places {
            projects,
            sections: Vec::new(),
        };
        let with_section = items.iter().filter(|item| item.parsed.section.is_some());
        let named = with_section.filter_map(|item| item.parsed.project.as_deref());
        let ids: BTreeSet<String> = named
            .filter_map(|name| Some(places.project(name)?.id.clone()))
            .collect();
        if !ids.is_empty() {
            places.sections = sections::queries::of_projects(pool, user_id, &ids).await?;
            places.sections.retain(|section| !section.archived);
        }
        Ok(places)
    }

    /// Returns the project with this name. Of those that differ in case, the one with exactly this
    /// name.
    pub fn project(&self, name: &str) -> Option<&Project> {
        named(&self.projects, name, |project| &project.name)
    }

    /// Returns the section of a project with this name.
    pub fn section(&self, project_id: &str, name: &str) -> Option<&Section> {
        let sections = self.sections.iter();
        let sections = sections.filter(|section| section.project_id == project_id);
        named(sections, name, |section| &section.name)
    }
}

fn named<'i, T: 'i>(
    items: impl IntoIterator<Item = &'i T, IntoIter: Clone>,
    name: &str,
    name_of: impl Fn(&T) -> &String,
) -> Option<&'i T> {
    let items = items.into_iter();
    let exact = items.clone().find(|item| name_of(item) == name);
    let key = key(name);
    exact.or_else(|| items.clone().find(|item| self::key(name_of(item)) == key))
}

/// Returns what names that mean the same have in common.
pub(super) fn key(name: &str) -> String {
    fold(name.trim())
}
