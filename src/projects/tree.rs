//! The tree of projects: its order, and pages of it.

use std::collections::HashMap;

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde::{Deserialize, Serialize};

use super::{Project, ProjectPage};
use crate::error::{Code, Error};
use crate::locale::message;
use crate::work::MOST_LEVELS;

/// Maximum number of bytes of the projects of a page as JSON. A single project may exceed it.
const MOST_BYTES: usize = 1 << 20;

/// Maximum size of a cursor in bytes.
const MOST_CURSOR_BYTES: usize = 12 << 10;

/// The place of a project in the list: the position and the id of each ancestor and of the
/// project itself. Places are in the order of the list.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
struct Place(Vec<(String, String)>);

impl Place {
    /// Returns the place of a project among others. A project whose parent is not among them is
    /// at the top.
    fn of(project: &Project, all: &HashMap<&str, &Project>) -> Place {
        let mut keys = Vec::new();
        let mut next = Some(project);
        while let Some(project) = next {
            // The Inbox comes first.
            let position = if project.inbox {
                String::new()
            } else {
                project.position.clone()
            };
            keys.push((position, project.id.clone()));
            let parent = project.parent_id.as_deref();
            next = parent.and_then(|id| all.get(id).copied());
            if keys.len() > MOST_LEVELS {
                break;
            }
        }
        keys.reverse();
        Place(keys)
    }

    fn encode(&self) -> Result<String, Error> {
        serde_json::to_vec(self)
            .map(|bytes| URL_SAFE_NO_PAD.encode(bytes))
            .map_err(|error| Error::Internal(format!("a cursor cannot be written: {error}")))
    }

    fn decode(text: &str) -> Result<Place, Error> {
        let read = || {
            if text.len() > MOST_CURSOR_BYTES {
                return None;
            }
            let bytes = URL_SAFE_NO_PAD.decode(text).ok()?;
            serde_json::from_slice::<Place>(&bytes).ok()
        };
        read().ok_or_else(|| {
            let message = message!("cursor-projects");
            Error::invalid("cursor", Code::InvalidCursor, message)
        })
    }
}

/// Returns a page of projects in the order of the tree.
///
/// # Errors
/// [`Error::Invalid`] if the cursor cannot be read.
pub(super) fn page(
    projects: Vec<Project>,
    limit: usize,
    cursor: Option<&str>,
) -> Result<ProjectPage, Error> {
    let after = cursor.map(Place::decode).transpose()?;
    let mut places = places(&projects);
    if let Some(after) = after {
        places.retain(|(place, _)| *place > after);
    }
    let mut by_index: HashMap<usize, Project> = projects.into_iter().enumerate().collect();
    let mut items: Vec<Project> = Vec::new();
    let (mut bytes, mut last) = (0, None);
    for (place, index) in &places {
        let Some(project) = by_index.remove(index) else {
            continue;
        };
        bytes += serde_json::to_string(&project).map_or(0, |json| json.len());
        if items.len() == limit || bytes > MOST_BYTES && !items.is_empty() {
            let next_cursor = last.map(Place::encode).transpose()?;
            return Ok(ProjectPage { items, next_cursor });
        }
        items.push(project);
        last = Some(place);
    }
    Ok(ProjectPage {
        items,
        next_cursor: None,
    })
}

/// Returns projects in the order of the tree.
pub(super) fn sorted(projects: Vec<Project>) -> Vec<Project> {
    let places = places(&projects);
    let mut by_index: Vec<Option<Project>> = projects.into_iter().map(Some).collect();
    let sorted = places
        .into_iter()
        .filter_map(|(_, index)| by_index[index].take());
    sorted.collect()
}

/// Returns the number of ancestors of each project, of projects in the order of the tree.
pub fn levels(projects: &[Project]) -> Vec<usize> {
    let mut levels: HashMap<&str, usize> = HashMap::new();
    let mut found = Vec::with_capacity(projects.len());
    for project in projects {
        let parent = project.parent_id.as_deref().and_then(|id| levels.get(id));
        let level = parent.map_or(0, |level| level + 1);
        levels.insert(&project.id, level);
        found.push(level);
    }
    found
}

/// Returns the places of projects, in order, each with the index of its project.
fn places(projects: &[Project]) -> Vec<(Place, usize)> {
    let all: HashMap<&str, &Project> = projects
        .iter()
        .map(|project| (project.id.as_str(), project))
        .collect();
    let places = projects.iter().enumerate();
    let mut places: Vec<_> = places
        .map(|(index, project)| (Place::of(project, &all), index))
        .collect();
    places.sort_unstable();
    places
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::access::Role;
    use crate::db::Timestamp;
    use crate::work::ProjectRow;

    fn project(id: &str, parent_id: Option<&str>, position: Option<&str>) -> Project {
        let mut row = ProjectRow::new(id, "ada", id, Timestamp(0));
        row.parent_id = parent_id.map(str::to_owned);
        row.position = position.map(str::to_owned);
        Project::of(row, Role::Owner)
    }

    fn forest() -> Vec<Project> {
        vec![
            project("c", Some("b"), None),
            project("b", None, None),
            project("a", None, Some("z")),
            project("ada", None, None),
            project("d", Some("b"), Some("a")),
            project("e", Some("gone"), None),
        ]
    }

    fn ids(page: &ProjectPage) -> Vec<&str> {
        page.items.iter().map(|item| item.id.as_str()).collect()
    }

    #[test]
    fn children_follow_their_parent_and_the_inbox_is_the_first() {
        let all = page(forest(), 100, None).expect("a page");
        assert_eq!(ids(&all), ["ada", "b", "d", "c", "e", "a"]);
        assert_eq!(all.next_cursor, None);
    }

    #[test]
    fn pages_have_neither_gaps_nor_duplicates() {
        let mut found = Vec::new();
        let mut cursor = None;
        loop {
            let next = page(forest(), 2, cursor.as_deref()).expect("a page");
            found.extend(ids(&next).into_iter().map(str::to_owned));
            cursor = next.next_cursor;
            if cursor.is_none() {
                break;
            }
        }
        assert_eq!(found, ["ada", "b", "d", "c", "e", "a"]);
        assert!(page(forest(), 2, Some("x")).is_err());
    }

    #[test]
    fn a_cycle_ends() {
        let cycle = vec![project("a", Some("b"), None), project("b", Some("a"), None)];
        assert_eq!(page(cycle, 9, None).expect("a page").items.len(), 2);
    }
}
