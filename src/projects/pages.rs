//! The pages of the tree of projects, and the forms of a project.

use std::collections::HashMap;

use rocket::{Route, State, get, post, routes};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use super::commands::{CreateProject, DeleteProject, DuplicateProject, UpdateProject};
use super::{NewProject, Project, ProjectFilter, ProjectPatch, queries};
use crate::auth::{SameOrigin, User};
use crate::db::Db;
use crate::error::Error;
use crate::http::{Form, Id};
use crate::items::Colour;
use crate::ui::{Cookies, Reply, lead_to, page, rejected, see_other};
use crate::work::{Executor, Expected};

const PROJECTS: &str = "/projects";

/// Maximum number of projects in the tree.
const MOST: u32 = 200;

/// Returns the routes to mount at the root.
pub fn routes() -> Vec<Route> {
    let mut routes = routes![list, create, edit, update, archive, duplicate, remove];
    // The browser may request the URL of a form's response with GET, for example on reload.
    let forms = [
        "/projects/<_>/archive",
        "/projects/<_>/duplicate",
        "/projects/<_>/delete",
    ];
    routes.extend(lead_to(PROJECTS, &forms));
    routes
}

/// The form of a project.
#[derive(Default, Serialize, Deserialize)]
#[serde(default)]
struct ProjectForm {
    name: String,
    description: String,
    colour: String,
    parent_id: String,
    favourite: bool,
}

#[derive(Deserialize)]
struct ArchiveForm {
    archived: bool,
}

impl ProjectForm {
    fn parent(&self) -> Option<String> {
        Some(self.parent_id.clone()).filter(|id| !id.is_empty())
    }

    fn description(&self) -> String {
        self.description.replace("\r\n", "\n")
    }
}

/// A project in the tree.
#[derive(Serialize)]
struct Node {
    #[serde(flatten)]
    project: Project,
    level: usize,
    open_tasks: i64,
}

#[get("/projects")]
async fn list(db: &State<Db>, user: User) -> Result<Reply, Error> {
    let mut values = tree(db, &user).await?;
    values["form"] = json!({});
    values["errors"] = json!({});
    Ok(page("projects/list", values))
}

#[post("/projects", data = "<form>")]
async fn create(
    _origin: SameOrigin,
    db: &State<Db>,
    executor: &State<Executor>,
    user: User,
    cookies: Cookies<'_>,
    form: Form<ProjectForm>,
) -> Result<Reply, Error> {
    let form = form.0;
    let new = NewProject {
        name: form.name.clone(),
        colour: Some(Colour::of_name(&form.colour)),
        parent_id: form.parent(),
        ..NewProject::default()
    };
    let created = match CreateProject::new(&user.id, new) {
        Ok(command) => executor.run(&user.id, command, None).await,
        Err(error) => Err(error),
    };
    match created {
        Ok(executed) => {
            cookies.flash_success("Project added");
            Ok(see_other(&path_of(&executed.outcome.id)))
        }
        Err(error) => again("projects/list", tree(db, &user).await?, &form, error),
    }
}

#[get("/projects/<id>/edit")]
async fn edit(db: &State<Db>, user: User, id: Id) -> Result<Reply, Error> {
    let project = queries::read(db, &user.id, &id.0).await?;
    let mut values = tree(db, &user).await?;
    values["form"] = json!(project);
    values["project"] = json!(project);
    values["errors"] = json!({});
    Ok(page("projects/edit", values))
}

#[post("/projects/<id>/edit", data = "<form>")]
async fn update(
    _origin: SameOrigin,
    db: &State<Db>,
    executor: &State<Executor>,
    user: User,
    cookies: Cookies<'_>,
    id: Id,
    form: Form<ProjectForm>,
) -> Result<Reply, Error> {
    let form = form.0;
    let project = queries::read(db, &user.id, &id.0).await?;
    // The name and the parent of the Inbox are fixed, so its form does not send them.
    let patch = ProjectPatch {
        name: Some(form.name.clone()).filter(|_| !project.inbox),
        description: Some(form.description()),
        colour: Some(Colour::of_name(&form.colour)),
        parent_id: Some(form.parent()).filter(|parent| *parent != project.parent_id),
        favourite: Some(form.favourite),
        ..ProjectPatch::default()
    };
    let saved = match UpdateProject::new(&id.0, patch, Expected::Any) {
        Ok(command) => executor.run(&user.id, command, None).await,
        Err(error) => Err(error),
    };
    match saved {
        Ok(executed) => {
            cookies.flash_change("Saved", executed.change_id.as_deref());
            Ok(see_other(&path_of(&id.0)))
        }
        Err(error) => {
            let mut values = tree(db, &user).await?;
            values["project"] = json!(project);
            again("projects/edit", values, &form, error)
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
    let executed = executor.run(&user.id, command, None).await?;
    let state = if archived { "Archived" } else { "In use again" };
    let message = format!("{state}: {}", executed.outcome.name);
    cookies.flash_change(&message, executed.change_id.as_deref());
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
    let executed = executor.run(&user.id, command, None).await?;
    cookies.flash_success("Project copied");
    Ok(see_other(&path_of(&executed.outcome.id)))
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
    let executed = executor.run(&user.id, command, None).await?;
    cookies.flash_change("Project moved to the trash", executed.change_id.as_deref());
    Ok(see_other(PROJECTS))
}

fn path_of(id: &str) -> String {
    format!("{PROJECTS}/{id}/edit")
}

/// Renders a page with the rejected form filled in.
fn again(
    template: &'static str,
    mut values: Value,
    form: &ProjectForm,
    error: Error,
) -> Result<Reply, Error> {
    values["form"] = json!(form);
    rejected(template, values, "errors", error)
}

/// Returns the values of the tree: the projects in use and the archived ones.
async fn tree(db: &Db, user: &User) -> Result<Value, Error> {
    let listed = |archived| ProjectFilter {
        archived: Some(archived),
        limit: Some(MOST),
        cursor: None,
    };
    let active = queries::list(db, &user.id, &listed(false)).await?.items;
    let archived = queries::list(db, &user.id, &listed(true)).await?.items;
    let counts = queries::open_tasks(db, &user.id).await?;
    Ok(json!({
        "projects": nodes(active, &counts),
        "archived": archived,
        "colours": Colour::ALL,
    }))
}

/// Adds the level and the number of open tasks to projects, each of which follows its parent.
fn nodes(projects: Vec<Project>, counts: &HashMap<String, i64>) -> Vec<Node> {
    let mut levels: HashMap<String, usize> = HashMap::new();
    let nodes = projects.into_iter().map(|project| {
        let parent = project.parent_id.as_ref().and_then(|id| levels.get(id));
        let level = parent.map_or(0, |level| level + 1);
        levels.insert(project.id.clone(), level);
        Node {
            open_tasks: counts.get(&project.id).copied().unwrap_or_default(),
            project,
            level,
        }
    });
    nodes.collect()
}
