//! The pages of the tree of projects, and the forms of a project.

use std::collections::HashMap;

use rocket::{Route, State, get, post, routes};
use serde::{Deserialize, Serialize};

use super::commands::{CreateProject, DeleteProject, DuplicateProject, MoveProject, UpdateProject};
use super::forms::{MoveForm, ProjectForm};
use super::kept::{KeptFields, KeptProject};
use super::tree::levels;
use super::{Project, ProjectPatch, queries};
use crate::auth::{SameOrigin, Sender, User};
use crate::db::Db;
use crate::error::Error;
use crate::http::{Form, Id};
use crate::locale::message;
use crate::ui::{Cookies, Kept, Reply, lead_to, page, rejected, see_other};
use crate::work::{Executor, Expected};

const PROJECTS: &str = "/projects";

/// Returns the routes to mount at the root.
pub fn routes() -> Vec<Route> {
    let mut routes = routes![
        list,
        create,
        edit,
        update,
        archive,
        move_project,
        duplicate,
        remove
    ];
    // The browser may request the URL of a form's response with GET, for example on reload.
    let forms = [
        "/projects/<_>/archive",
        "/projects/<_>/move",
        "/projects/<_>/duplicate",
        "/projects/<_>/delete",
    ];
    routes.extend(lead_to(PROJECTS, &forms));
    routes
}

#[derive(Deserialize)]
struct ArchiveForm {
    archived: bool,
}

/// The values of the page of all projects, which has the form of a new one.
#[derive(Serialize)]
struct TreePage {
    /// The projects in use.
    projects: Vec<Node>,
    archived: Vec<Project>,
    form: ProjectForm,
}

/// The values of the page with the form of a project.
#[derive(Serialize)]
struct EditPage {
    #[serde(flatten)]
    tree: TreePage,
    /// The project as it is saved.
    project: Project,
}

/// A project in the tree.
#[derive(Serialize)]
struct Node {
    #[serde(flatten)]
    project: Project,
    level: usize,
    open_tasks: i64,
    /// The ids of the projects above and below it with the same parent.
    above: Option<String>,
    below: Option<String>,
}

#[get("/projects")]
async fn list(db: &State<Db>, user: User) -> Result<Reply, Error> {
    let values = tree(db, &user, ProjectForm::default()).await?;
    Ok(page("projects/list", &values))
}

#[post("/projects", data = "<form>")]
async fn create(
    _origin: SameOrigin,
    db: &State<Db>,
    executor: &State<Executor>,
    sender: Sender,
    cookies: Cookies<'_>,
    form: Form<ProjectForm>,
) -> Result<Reply, Error> {
    let form = form.0;
    let user = match sender.0 {
        Ok(user) => user,
        Err(error) => return instead("", form, error),
    };
    let created = executor
        .submit(&user, CreateProject::new(&user.id, form.parse()))
        .await;
    match created {
        Ok(executed) => {
            cookies.flash_change(
                message!("done-project-added"),
                executed.change_id.as_deref(),
            );
            Ok(see_other(&path_of(&executed.outcome.id)))
        }
        Err(error) => rejected("projects/list", &tree(db, &user, form).await?, error),
    }
}

#[get("/projects/<id>/edit")]
async fn edit(db: &State<Db>, user: User, id: Id) -> Result<Reply, Error> {
    let project = queries::read(db, &user.id, &id.0).await?;
    let values = EditPage {
        tree: tree(db, &user, ProjectForm::of(&project)).await?,
        project,
    };
    Ok(page("projects/edit", &values))
}

#[post("/projects/<id>/edit", data = "<form>")]
async fn update(
    _origin: SameOrigin,
    db: &State<Db>,
    executor: &State<Executor>,
    sender: Sender,
    cookies: Cookies<'_>,
    id: Id,
    form: Form<ProjectForm>,
) -> Result<Reply, Error> {
    let form = form.0;
    let user = match sender.0 {
        Ok(user) => user,
        Err(error) => return instead(&id.0, form, error),
    };
    let project = queries::read(db, &user.id, &id.0).await?;
    let saved = executor
        .submit(
            &user,
            UpdateProject::new(&id.0, form.patch(&project), Expected::Any),
        )
        .await;
    match saved {
        Ok(executed) => {
            cookies.flash_change(message!("done-saved"), executed.change_id.as_deref());
            Ok(see_other(&path_of(&id.0)))
        }
        Err(error) => {
            let values = EditPage {
                tree: tree(db, &user, form).await?,
                project,
            };
            rejected("projects/edit", &values, error)
        }
    }
}

#[post("/projects/<id>/archive", data = "<form>")]
async fn archive(
    _origin: SameOrigin,
    executor: &State<Executor>,
    user: User,
    cookies: Cookies<'_>,
    id: Id,
    form: Form<ArchiveForm>,
) -> Result<Reply, Error> {
    let archived = form.0.archived;
    let patch = ProjectPatch {
        archived: Some(archived),
        ..ProjectPatch::default()
    };
    let command = UpdateProject::new(&id.0, patch, Expected::Any)?;
    match executor.run(&user, command, None).await {
        Ok(executed) => {
            let name = executed.outcome.name.as_str();
            let message = match archived {
                true => message!("done-archived", name = name),
                false => message!("done-in-use-again", name = name),
            };
            cookies.flash_change(message, executed.change_id.as_deref());
        }
        Err(error) => cookies.flash_refusal(error)?,
    }
    Ok(see_other(PROJECTS))
}

#[post("/projects/<id>/move", data = "<form>")]
async fn move_project(
    _origin: SameOrigin,
    executor: &State<Executor>,
    user: User,
    cookies: Cookies<'_>,
    id: Id,
    form: Form<MoveForm>,
) -> Result<Reply, Error> {
    let moved = form.0.parse();
    let moved = executor
        .submit(&user, MoveProject::new(&id.0, moved, Expected::Any))
        .await;
    cookies.flash_outcome(message!("done-project-moved"), moved)?;
    Ok(see_other(PROJECTS))
}

#[post("/projects/<id>/duplicate")]
async fn duplicate(
    _origin: SameOrigin,
    executor: &State<Executor>,
    user: User,
    cookies: Cookies<'_>,
    id: Id,
) -> Result<Reply, Error> {
    let command = DuplicateProject::new(&user.id, &id.0);
    match executor.run(&user, command, None).await {
        Ok(executed) => {
            cookies.flash_change(
                message!("done-project-duplicated"),
                executed.change_id.as_deref(),
            );
            Ok(see_other(&path_of(&executed.outcome.id)))
        }
        Err(error) => {
            cookies.flash_refusal(error)?;
            Ok(see_other(&path_of(&id.0)))
        }
    }
}

#[post("/projects/<id>/delete")]
async fn remove(
    _origin: SameOrigin,
    executor: &State<Executor>,
    user: User,
    cookies: Cookies<'_>,
    id: Id,
) -> Result<Reply, Error> {
    let command = DeleteProject::new(&id.0, Expected::Any);
    let deleted = executor.run(&user, command, None).await;
    cookies.flash_outcome(message!("done-project-deleted"), deleted)?;
    Ok(see_other(PROJECTS))
}

fn path_of(id: &str) -> String {
    format!("{PROJECTS}/{id}")
}

/// Responds with the preserved form if the user is not signed in.
fn instead(id: &str, form: ProjectForm, error: Error) -> Result<Reply, Error> {
    let form = KeptProject {
        id: id.to_owned(),
        fields: KeptFields(form),
    };
    Kept::of(&form)?.instead(error)
}

async fn tree(db: &Db, user: &User, form: ProjectForm) -> Result<TreePage, Error> {
    let active = queries::shown(db, &user.id, user.language()).await?;
    let archived = queries::archived(db, &user.id).await?;
    let counts = queries::open_tasks(db, &user.id).await?;
    Ok(TreePage {
        projects: nodes(active, &counts),
        archived,
        form,
    })
}

/// Adds the level, the number of open tasks and the siblings to projects, each of which follows
/// its parent.
fn nodes(projects: Vec<Project>, counts: &HashMap<String, i64>) -> Vec<Node> {
    let levels = levels(&projects);
    let mut nodes: Vec<Node> = Vec::with_capacity(projects.len());
    // The index of the last project of each parent.
    let mut last: HashMap<Option<String>, usize> = HashMap::new();
    for (project, level) in projects.into_iter().zip(levels) {
        let above = match project.inbox {
            true => None,
            false => last.insert(project.parent_id.clone(), nodes.len()),
        };
        let above = above.map(|index| {
            nodes[index].below = Some(project.id.clone());
            nodes[index].project.id.clone()
        });
        nodes.push(Node {
            open_tasks: counts.get(&project.id).copied().unwrap_or_default(),
            project,
            level,
            above,
            below: None,
        });
    }
    nodes
}
