//! The place of a task: its project, its section, and the task that it is a subtask of.

use super::super::{TaskMove, TaskPatch};
use super::tree::Tree;
use crate::error::{Code, Error};
use crate::items::{SectionRow, TASK, TaskRow};
use crate::locale::{Message, message};
use crate::work::{Loads, MOST_LEVELS, World};

/// A requested place. Members that are absent keep their values.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Requested {
    pub project_id: Option<String>,
    pub section_id: Option<Option<String>>,
    pub parent_id: Option<Option<String>>,
}

/// The place of a task.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Place {
    pub project_id: String,
    pub section_id: Option<String>,
    pub parent_id: Option<String>,
}

impl Requested {
    /// Returns the place that a patch requests. The project of a null is the Inbox.
    pub fn of_patch(patch: &TaskPatch, inbox: &str) -> Requested {
        let project = patch.project_id.clone();
        Requested {
            project_id: project.map(|id| id.unwrap_or_else(|| inbox.to_owned())),
            section_id: patch.section_id.clone(),
            parent_id: patch.parent_id.clone(),
        }
    }

    /// Returns the place that a move requests.
    pub fn of_move(moved: &TaskMove) -> Requested {
        Requested {
            project_id: moved.project_id.clone(),
            section_id: moved.section_id.clone(),
            parent_id: moved.parent_id.clone(),
        }
    }

    /// Returns true if no place is requested.
    pub fn is_empty(&self) -> bool {
        *self == Requested::default()
    }

    /// Adds the rows that [`resolve`](Requested::resolve) needs.
    pub fn loads(&self, mut loads: Loads) -> Loads {
        if let Some(id) = &self.project_id {
            loads = loads.project(id);
        }
        if let Some(Some(id)) = &self.section_id {
            loads = loads.item::<SectionRow>(id);
        }
        if let Some(Some(id)) = &self.parent_id {
            loads = loads.lineage::<TaskRow>(id);
        }
        loads
    }

    /// Adds the rows that [`resolve`](Requested::resolve) needs for an existing task. The parent is
    /// one of them if it stays.
    pub fn loads_of(&self, id: &str, loads: Loads) -> Loads {
        match &self.parent_id {
            Some(_) => self.loads(loads),
            None => self.loads(loads.lineage::<TaskRow>(id)),
        }
    }

    /// Returns the place that a task gets. `current` is its present place; a new task has none and
    /// is put into `inbox` if nothing else is requested.
    ///
    /// # Errors
    /// [`Error::Invalid`] that names the member, or [`Error::ReadOnly`].
    pub fn resolve(
        &self,
        world: &World,
        user_id: &str,
        current: Option<&Place>,
        inbox: &str,
    ) -> Result<Place, Error> {
        let stays = |project_id: &str| current.filter(|current| current.project_id == project_id);
        let requested = self.project_id.as_deref();
        let current_project = current.map(|current| current.project_id.as_str());
        let parent_id = match &self.parent_id {
            Some(parent) => parent.as_deref(),
            None => {
                let project = requested.or(current_project);
                let stays = project.and_then(stays);
                stays.and_then(|current| current.parent_id.as_deref())
            }
        };
        if let Some(parent_id) = parent_id {
            let parent: TaskRow = world.read(user_id, parent_id).map_err(unknown_parent)?;
            let project_id = requested.unwrap_or(&parent.project_id);
            if parent.project_id != project_id {
                return Err(unknown_parent(Error::NotFound));
            }
            match &self.section_id {
                Some(section) if *section != parent.section_id => {
                    let message = message!("task-section-of-parent");
                    return Err(Error::invalid("section_id", Code::Invalid, message));
                }
                _ => {}
            }
            world.check_editor(user_id, project_id)?;
            return Ok(Place {
                project_id: parent.project_id,
                section_id: parent.section_id,
                parent_id: Some(parent.id),
            });
        }
        let section = match &self.section_id {
            Some(Some(id)) => Some(
                world
                    .read::<SectionRow>(user_id, id)
                    .map_err(unknown_section)?,
            ),
            _ => None,
        };
        let of_section = section.as_ref().map(|section| section.project_id.as_str());
        let project_id = requested
            .or(current_project)
            .or(of_section)
            .unwrap_or(inbox);
        if of_section.is_some_and(|of_section| of_section != project_id) {
            return Err(unknown_section(Error::NotFound));
        }
        world.check_editor(user_id, project_id).map_err(|error| {
            // Without a requested project, it is the user's own that is missing.
            match requested {
                Some(_) => unknown_project(error),
                None => error,
            }
        })?;
        let section_id = match &self.section_id {
            Some(section) => section.clone(),
            None => stays(project_id).and_then(|current| current.section_id.clone()),
        };
        Ok(Place {
            project_id: project_id.to_owned(),
            section_id,
            parent_id: None,
        })
    }
}

impl Place {
    /// Returns the place of a task.
    pub fn of(task: &TaskRow) -> Place {
        Place {
            project_id: task.project_id.clone(),
            section_id: task.section_id.clone(),
            parent_id: task.parent_id.clone(),
        }
    }

    /// Moves a task.
    pub fn set(self, task: &mut TaskRow) {
        task.project_id = self.project_id;
        task.section_id = self.section_id;
        task.parent_id = self.parent_id;
    }

    /// Checks that the place has room for a task with levels of subtasks below it.
    ///
    /// # Errors
    /// [`Error::Invalid`] if there would be too many levels.
    pub fn check_depth(&self, world: &World, id: &str, height: usize) -> Result<(), Error> {
        match &self.parent_id {
            Some(parent_id) if !world.fits(&TASK, id, parent_id, height) => {
                let message = message!("task-levels", most = MOST_LEVELS);
                Err(Error::invalid("parent_id", Code::OutOfRange, message))
            }
            _ => Ok(()),
        }
    }

    /// Checks that the parent does not belong to the tree that moves.
    ///
    /// # Errors
    /// [`Error::Invalid`] if it does.
    pub fn check_no_cycle(&self, tree: &Tree) -> Result<(), Error> {
        match &self.parent_id {
            Some(id) if tree.contains(id) => {
                let message = message!("task-cycle");
                Err(Error::invalid("parent_id", Code::Invalid, message))
            }
            _ => Ok(()),
        }
    }
}

fn unknown(field: &str, message: Message, error: Error) -> Error {
    match error {
        Error::NotFound => Error::invalid(field, Code::UnknownValue, message),
        error => error,
    }
}

fn unknown_project(error: Error) -> Error {
    unknown("project_id", message!("project-unknown"), error)
}

fn unknown_section(error: Error) -> Error {
    unknown("section_id", message!("section-unknown"), error)
}

fn unknown_parent(error: Error) -> Error {
    unknown("parent_id", message!("task-unknown"), error)
}
