//! The forms that move and duplicate a task.

use rocket::{Route, State, post, routes};
use serde::{Deserialize, Serialize};

use super::commands::{DuplicateTask, MoveTask};
use super::kept::LIST;
use super::queries::{self, Titled};
use super::task_pages::changed_in_place;
use super::{Sort, Status, Task, TaskFilter, TaskMove};
use crate::auth::{SameOrigin, User};
use crate::db::Db;
use crate::error::Error;
use crate::http::{Form, Id, local_path};
use crate::locale::{Language, key, message};
use crate::projects::Project;
use crate::sections::Section;
use crate::ui::{Cookies, Htmx, Reply, see_other};
use crate::work::{Executed, Executor, Expected};

/// Maximum number of tasks among which a parent can be chosen.
const MOST_PARENTS: u32 = 200;

/// Returns the routes to mount at the root.
pub(super) fn routes() -> Vec<Route> {
    routes![move_task, duplicate]
}

/// A new place of a task. An absent field is no change, an empty one is none.
#[derive(Default, Deserialize)]
#[serde(default)]
struct MoveForm {
    project_id: Option<String>,
    section_id: Option<String>,
    parent_id: Option<String>,
    after: Option<String>,
    before: Option<String>,
    /// The page to return to.
    next: String,
}

impl MoveForm {
    /// Returns the move of a task. A section and a parent belong to the present project, so a move
    /// to another project leaves them out.
    fn parse(self, task: &Task) -> TaskMove {
        let some = |id: Option<String>| id.filter(|id| !id.is_empty());
        let none_if_empty = |id: Option<String>| id.map(|id| Some(id).filter(|id| !id.is_empty()));
        let project_id = some(self.project_id).filter(|id| *id != task.project_id);
        if project_id.is_some() {
            return TaskMove {
                project_id,
                ..TaskMove::default()
            };
        }
        let parent_id = none_if_empty(self.parent_id);
        let section_id = none_if_empty(self.section_id);
        TaskMove {
            project_id: None,
            // A subtask has the section of its parent.
            section_id: section_id.filter(|_| !matches!(parent_id, Some(Some(_)))),
            parent_id: parent_id.filter(|parent_id| *parent_id != task.parent_id),
            after: some(self.after),
            before: some(self.before),
        }
    }
}

/// A place that a task can move to: its id and its name.
#[derive(Clone, Serialize)]
pub struct Choice(pub String, pub String);

impl Choice {
    /// Returns the projects, among them the present one, which may be archived.
    pub fn of_projects(projects: &[Project], id: &str, name: &str) -> Vec<Choice> {
        let choice = |project: &Project| Choice(project.id.clone(), project.name.clone());
        let mut choices: Vec<Choice> = projects.iter().map(choice).collect();
        if !choices.iter().any(|choice| choice.0 == id) {
            choices.insert(0, Choice(id.to_owned(), name.to_owned()));
        }
        choices
    }

    /// Returns the sections of a project, and none.
    pub fn of_sections(sections: Vec<Section>, language: Language) -> Vec<Choice> {
        let sections = sections.into_iter();
        let sections = sections.map(|section| Choice(section.id, section.name));
        let none = Choice(String::new(), language.text(key!("section-none")));
        std::iter::once(none).chain(sections).collect()
    }
}

/// Returns the tasks of which a task can become a subtask, and none.
///
/// # Errors
/// [`Error::Database`].
pub(super) async fn parents(db: &Db, user: &User, task: &Task) -> Result<Vec<Choice>, Error> {
    let filter = TaskFilter {
        project: Some(task.project_id.clone()),
        status: Some(Status::Open),
        sort: Sort::Position,
        limit: Some(MOST_PARENTS),
        ..TaskFilter::default()
    };
    let mut parents = queries::titles(db, &user.id, &filter).await?;
    parents.retain(|parent| parent.id != task.id);
    let mut choices = vec![Choice(
        String::new(),
        user.language().text(key!("task-no-parent")),
    )];
    let present = parent(db, user, task).await?;
    choices.extend(present.filter(|Choice(id, _)| parents.iter().all(|parent| parent.id != *id)));
    choices.extend(
        parents
            .into_iter()
            .map(|Titled { id, title }| Choice(id, title)),
    );
    Ok(choices)
}

/// Returns the task of which a task is a subtask.
///
/// # Errors
/// [`Error::Database`].
pub(super) async fn parent(db: &Db, user: &User, task: &Task) -> Result<Option<Choice>, Error> {
    let Some(id) = &task.parent_id else {
        return Ok(None);
    };
    let Task { id, title, .. } = queries::read(db, &user.id, id).await?;
    Ok(Some(Choice(id, title)))
}

#[expect(clippy::too_many_arguments, reason = "each guard is an argument")]
#[post("/tasks/<id>/move", data = "<form>")]
async fn move_task(
    _origin: SameOrigin,
    db: &State<Db>,
    executor: &State<Executor>,
    user: User,
    cookies: Cookies<'_>,
    htmx: Htmx,
    id: Id,
    form: Form<MoveForm>,
) -> Result<Reply, Error> {
    let task = queries::read(db, &user.id, &id.0).await?;
    let next = local_path(&form.0.next).unwrap_or(LIST).to_owned();
    let moved = form.0.parse(&task);
    let moved = executor
        .submit(&user, MoveTask::new(&id.0, &moved, Expected::Any))
        .await;
    let message = message!("done-task-moved");
    if htmx.0 {
        let Executed {
            outcome, change_id, ..
        } = moved?;
        return changed_in_place(db, &user, outcome, message, change_id).await;
    }
    cookies.flash_outcome(message, moved)?;
    Ok(see_other(&next))
}

#[post("/tasks/<id>/duplicate")]
async fn duplicate(
    _origin: SameOrigin,
    db: &State<Db>,
    executor: &State<Executor>,
    user: User,
    cookies: Cookies<'_>,
    htmx: Htmx,
    id: Id,
) -> Result<Reply, Error> {
    let command = DuplicateTask::new(&id.0);
    let message = message!("done-task-duplicated");
    match executor.run(&user, command, None).await {
        Ok(Executed {
            outcome, change_id, ..
        }) if htmx.0 => changed_in_place(db, &user, outcome, message, change_id).await,
        Ok(executed) => {
            cookies.flash_change(message, executed.change_id.as_deref());
            Ok(see_other(&format!("{LIST}/{}", executed.outcome.id)))
        }
        Err(error) if htmx.0 => Err(error),
        Err(error) => {
            cookies.flash_refusal(error)?;
            Ok(see_other(&format!("{LIST}/{}", id.0)))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::items::TaskRow;

    fn task() -> Task {
        Task {
            parent_id: Some("parent".into()),
            ..Task::from(TaskRow::example("project", "task"))
        }
    }

    #[test]
    fn a_move_to_another_project_leaves_the_section_and_the_parent() {
        let form = MoveForm {
            project_id: Some("other".into()),
            section_id: Some("section".into()),
            parent_id: Some("parent".into()),
            ..MoveForm::default()
        };
        let moved = form.parse(&task());
        assert_eq!(moved.project_id.as_deref(), Some("other"));
        assert_eq!((moved.section_id, moved.parent_id), (None, None));
    }

    #[test]
    fn empty_fields_are_none_and_absent_ones_no_change() {
        let form = MoveForm {
            project_id: Some("project".into()),
            section_id: Some(String::new()),
            parent_id: Some(String::new()),
            ..MoveForm::default()
        };
        let moved = form.parse(&task());
        assert_eq!(moved.project_id, None);
        assert_eq!(
            (moved.section_id, moved.parent_id),
            (Some(None), Some(None))
        );
        let moved = MoveForm {
            after: Some("sibling".into()),
            before: Some(String::new()),
            ..MoveForm::default()
        };
        let moved = moved.parse(&task());
        assert_eq!((moved.section_id, moved.parent_id), (None, None));
        assert_eq!(
            (moved.after.as_deref(), moved.before),
            (Some("sibling"), None)
        );
    }
}
