//! The forms of sections.

use rocket::{Route, State, post, routes};
use serde::Deserialize;

use super::kept::KeptSection;
use super::page::again;
use super::path_of;
use crate::auth::{SameOrigin, Sender, User};
use crate::db::Db;
use crate::error::Error;
use crate::http::{Form, Id};
use crate::locale::message;
use crate::sections::commands::{CreateSection, DeleteSection, MoveSection, UpdateSection};
use crate::sections::{NewSection, Remaining, SectionMove, SectionPatch, SectionTasks, queries};
use crate::ui::{Cookies, Kept, KeptForm, Reply, lead_to, see_other};
use crate::work::{Executor, Expected};

pub(super) fn routes() -> Vec<Route> {
    let mut routes = routes![create, rename, archive, move_section, remove];
    // The browser may request the URL of a form's response with GET, for example on reload.
    let forms = [
        "/sections",
        "/sections/<_>/archive",
        "/sections/<_>/move",
        "/sections/<_>/delete",
    ];
    routes.extend(lead_to("/projects", &forms));
    routes
}

/// The form of a new section.
#[derive(Default, Deserialize)]
#[serde(default)]
struct SectionForm {
    project_id: String,
    name: String,
}

/// The state of a section, and the future of its tasks.
#[derive(Default, Deserialize)]
#[serde(default)]
struct ArchiveForm {
    archived: bool,
    tasks: String,
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct DeleteForm {
    tasks: String,
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct MoveForm {
    after: String,
    before: String,
}

/// Returns the future of tasks: one of the names of the API, or the id of the section to move them
/// to.
fn future(text: &str) -> SectionTasks {
    let tasks = match text {
        "" | "keep" => Some(Remaining::Keep),
        "delete" => Some(Remaining::Delete),
        "complete" => Some(Remaining::Complete),
        _ => None,
    };
    SectionTasks {
        move_to: tasks.is_none().then(|| text.to_owned()),
        tasks,
    }
}

#[post("/sections", data = "<form>")]
async fn create(
    _origin: SameOrigin,
    db: &State<Db>,
    executor: &State<Executor>,
    sender: Sender,
    cookies: Cookies<'_>,
    form: Form<SectionForm>,
) -> Result<Reply, Error> {
    let SectionForm { project_id, name } = form.0;
    let user = match sender.0 {
        Ok(user) => user,
        Err(error) => return instead("", &project_id, name, error),
    };
    let new = NewSection {
        project_id: project_id.clone(),
        name: name.clone(),
        position: None,
    };
    match executor.submit(&user, CreateSection::new(new)).await {
        Ok(executed) => {
            cookies.flash_change(
                message!("done-section-added"),
                executed.change_id.as_deref(),
            );
            Ok(see_other(&path_of(&project_id)))
        }
        Err(error) => again(db, &user, &project_id, "new", name, error).await,
    }
}

#[post("/sections/<id>", data = "<form>")]
async fn rename(
    _origin: SameOrigin,
    db: &State<Db>,
    executor: &State<Executor>,
    sender: Sender,
    cookies: Cookies<'_>,
    id: Id,
    form: Form<SectionForm>,
) -> Result<Reply, Error> {
    let SectionForm { project_id, name } = form.0;
    let user = match sender.0 {
        Ok(user) => user,
        Err(error) => return instead(&id.0, &project_id, name, error),
    };
    let project_id = queries::read(db, &user.id, &id.0).await?.project_id;
    let patch = SectionPatch {
        name: Some(name.clone()),
        ..SectionPatch::default()
    };
    let tasks = SectionTasks::default();
    let command = UpdateSection::new(Some(&project_id), &id.0, patch, tasks, Expected::Any);
    match executor.submit(&user, command).await {
        Ok(executed) => {
            cookies.flash_change(message!("done-saved"), executed.change_id.as_deref());
            Ok(see_other(&path_of(&project_id)))
        }
        Err(error) => again(db, &user, &project_id, &id.0, name, error).await,
    }
}

#[post("/sections/<id>/archive", data = "<form>")]
async fn archive(
    _origin: SameOrigin,
    db: &State<Db>,
    executor: &State<Executor>,
    user: User,
    cookies: Cookies<'_>,
    id: Id,
    form: Form<ArchiveForm>,
) -> Result<Reply, Error> {
    let project_id = queries::read(db, &user.id, &id.0).await?.project_id;
    let ArchiveForm { archived, tasks } = form.0;
    let patch = SectionPatch {
        archived: Some(archived),
        ..SectionPatch::default()
    };
    let tasks = match archived {
        true => future(&tasks),
        false => SectionTasks::default(),
    };
    let command = UpdateSection::new(Some(&project_id), &id.0, patch, tasks, Expected::Any);
    let message = if archived {
        message!("done-section-archived")
    } else {
        message!("done-section-in-use")
    };
    let done = executor.submit(&user, command).await;
    cookies.flash_outcome(message, done)?;
    Ok(see_other(&path_of(&project_id)))
}

#[post("/sections/<id>/move", data = "<form>")]
async fn move_section(
    _origin: SameOrigin,
    db: &State<Db>,
    executor: &State<Executor>,
    user: User,
    cookies: Cookies<'_>,
    id: Id,
    form: Form<MoveForm>,
) -> Result<Reply, Error> {
    let project_id = queries::read(db, &user.id, &id.0).await?.project_id;
    let some = |id: String| Some(id).filter(|id| !id.is_empty());
    let moved = SectionMove {
        project_id: None,
        after: some(form.0.after),
        before: some(form.0.before),
    };
    let command = MoveSection::new(Some(&project_id), &id.0, moved, Expected::Any);
    let done = executor.submit(&user, command).await;
    cookies.flash_outcome(message!("done-section-moved"), done)?;
    Ok(see_other(&path_of(&project_id)))
}

#[post("/sections/<id>/delete", data = "<form>")]
async fn remove(
    _origin: SameOrigin,
    db: &State<Db>,
    executor: &State<Executor>,
    user: User,
    cookies: Cookies<'_>,
    id: Id,
    form: Form<DeleteForm>,
) -> Result<Reply, Error> {
    let project_id = queries::read(db, &user.id, &id.0).await?.project_id;
    let tasks = future(&form.0.tasks);
    let command = DeleteSection::new(Some(&project_id), &id.0, tasks, Expected::Any);
    let done = executor.submit(&user, command).await;
    cookies.flash_outcome(message!("done-section-deleted"), done)?;
    Ok(see_other(&path_of(&project_id)))
}

/// Responds with the preserved form if the user is not signed in.
fn instead(id: &str, project_id: &str, name: String, error: Error) -> Result<Reply, Error> {
    let form = KeptSection {
        id: id.to_owned(),
        project_id: project_id.to_owned(),
        name,
    };
    match form.is_valid() {
        true => Kept::of(&form)?.instead(error),
        false => Err(error),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_future_of_tasks_is_a_name_or_a_section() {
        assert_eq!(future("").tasks, Some(Remaining::Keep));
        assert_eq!(future("delete").tasks, Some(Remaining::Delete));
        assert_eq!(future("complete").tasks, Some(Remaining::Complete));
        let moved = future("0192f0c1-0000-7000-8000-000000000001");
        assert_eq!(moved.tasks, None);
        assert!(moved.move_to.is_some());
    }
}
