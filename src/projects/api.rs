//! The JSON API for projects.

use rocket::{Route, State, delete, get, patch, post, routes};

use super::commands::{CreateProject, DeleteProject, DuplicateProject, MoveProject, UpdateProject};
use super::{NewProject, Project, ProjectFilter, ProjectMove, ProjectPage, ProjectPatch, queries};
use crate::api::Answer;
use crate::api::resource::{changed, created, deleted, expected, found, list_tag};
use crate::auth::{ProjectsRead, ProjectsWrite, Scoped};
use crate::db::Db;
use crate::error::Error;
use crate::http::{
    Id, IdempotencyHeader, Json, MergePatch, Precondition, Problem, Query, Validators,
};
use crate::work::{Command, Executor};

/// Returns the routes to mount under `/api/v1`.
pub fn routes() -> Vec<Route> {
    routes![list, create, read, update, remove, move_project, duplicate]
}

/// List your projects
///
/// The Inbox is the first, and each project precedes its child projects. A project whose parent is
/// not in the list is at the top.
#[utoipa::path(get, path = "/api/v1/projects", tag = "Projects", operation_id = "list_projects",
    security(("bearer" = []), ("api_token" = ["projects:read"])),
    params(ProjectFilter,
        ("If-None-Match" = Option<String>, Header, description = "The ETag of an earlier answer")),
    responses(
        (status = 200, body = ProjectPage, description = "A page of projects, with its ETag"),
        (status = 304, description = "The page is as it was"),
        (status = 401, body = Problem, description = "No valid token"),
        (status = 422, body = Problem, description = "A parameter is unknown or out of range")))]
#[get("/projects")]
pub async fn list(
    db: &State<Db>,
    user: Scoped<ProjectsRead>,
    validators: Validators,
    filter: Query<ProjectFilter>,
) -> Result<Answer<ProjectPage>, Error> {
    garde::Validate::validate(&filter.0)?;
    let etag = list_tag(&user, &["projects", &format!("{:?}", filter.0)]);
    if validators.have(&etag) {
        return Ok(Answer::known().tagged(etag));
    }
    let page = queries::list(db, &user.id, &filter.0).await?;
    Ok(Answer::ok(page).tagged(etag))
}

/// Add a project
#[utoipa::path(post, path = "/api/v1/projects", tag = "Projects", operation_id = "create_project",
    security(("bearer" = []), ("api_token" = ["projects:write"])),
    params(("Idempotency-Key" = Option<String>, Header, pattern = "^[!-~]{1,255}$",
        description = "The same key with the same request gets the first answer again, for 24 h")),
    request_body = NewProject,
    responses(
        (status = 201, body = Project, description = "The project, with its ETag and Location"),
        (status = 401, body = Problem, description = "No valid token"),
        (status = 422, body = Problem, description = "A field breaks a rule")))]
#[post("/projects", data = "<body>")]
pub async fn create(
    executor: &State<Executor>,
    user: Scoped<ProjectsWrite>,
    key: IdempotencyHeader,
    body: Json<NewProject>,
) -> Result<Answer<Project>, Error> {
    let key = key.with_input(&body.0)?;
    let command = CreateProject::new(&user.id, body.0)?;
    let key = key.of_command(command.name(), &user.id);
    Ok(created(executor.run(&user, command, key).await?))
}

/// Read a project
#[utoipa::path(get, path = "/api/v1/projects/{id}", tag = "Projects", operation_id = "read_project",
    security(("bearer" = []), ("api_token" = ["projects:read"])),
    params(("id" = String, Path, description = "The project's id"),
        ("If-None-Match" = Option<String>, Header, description = "The ETag of an earlier answer")),
    responses(
        (status = 200, body = Project, description = "The project, with its ETag"),
        (status = 304, description = "The project is as it was"),
        (status = 401, body = Problem, description = "No valid token"),
        (status = 404, body = Problem, description = "You have no such project")))]
#[get("/projects/<id>")]
pub async fn read(
    db: &State<Db>,
    user: Scoped<ProjectsRead>,
    id: Id,
) -> Result<Answer<Project>, Error> {
    Ok(found(queries::read(db, &user.id, &id.0).await?))
}

/// Change a project
///
/// The body is a JSON merge patch (RFC 7396): omitted fields keep their values. Archiving a project
/// archives the projects below it, and they come back with it.
#[utoipa::path(patch, path = "/api/v1/projects/{id}", tag = "Projects",
    operation_id = "update_project",
    security(("bearer" = []), ("api_token" = ["projects:write"])),
    params(("id" = String, Path, description = "The project's id"),
        ("If-Match" = Option<String>, Header, description = "The ETag of the version you saw"),
        ("Idempotency-Key" = Option<String>, Header, pattern = "^[!-~]{1,255}$",
            description = "The same key with the same request gets the first answer again, \
                           for 24 h")),
    request_body(content(
        (ProjectPatch = "application/merge-patch+json"), (ProjectPatch = "application/json"))),
    responses(
        (status = 200, body = Project, description = "The project, with its new ETag"),
        (status = 401, body = Problem, description = "No valid token"),
        (status = 403, body = Problem, description = "You may only read this project, \
            or the API token does not have the scope"),
        (status = 404, body = Problem, description = "You have no such project"),
        (status = 409, body = Problem, description = "The Inbox cannot be changed like this"),
        (status = 412, body = Problem, description = "The project has been changed since"),
        (status = 422, body = Problem, description = "A field breaks a rule")))]
#[patch("/projects/<id>", data = "<body>")]
pub async fn update(
    executor: &State<Executor>,
    user: Scoped<ProjectsWrite>,
    precondition: Precondition,
    key: IdempotencyHeader,
    id: Id,
    body: MergePatch<ProjectPatch>,
) -> Result<Answer<Project>, Error> {
    let key = key.with_input(&body.0)?;
    let command = UpdateProject::new(&id.0, body.0, expected(&id.0, &precondition))?;
    let key = key.of_command(command.name(), &id.0);
    Ok(changed(executor.run(&user, command, key).await?))
}

/// Delete a project
///
/// Moves the project, the projects below it, and their tasks to the trash.
#[utoipa::path(delete, path = "/api/v1/projects/{id}", tag = "Projects",
    operation_id = "delete_project",
    security(("bearer" = []), ("api_token" = ["projects:write"])),
    params(("id" = String, Path, description = "The project's id"),
        ("If-Match" = Option<String>, Header, description = "The ETag of the version you saw"),
        ("Idempotency-Key" = Option<String>, Header, pattern = "^[!-~]{1,255}$",
            description = "The same key with the same request gets the first answer again, \
                           for 24 h")),
    responses(
        (status = 204, description = "Deleted"),
        (status = 401, body = Problem, description = "No valid token"),
        (status = 403, body = Problem, description = "You may only read this project, \
            or the API token does not have the scope"),
        (status = 404, body = Problem, description = "You have no such project"),
        (status = 409, body = Problem, description = "The Inbox cannot be deleted"),
        (status = 412, body = Problem, description = "The project has been changed since")))]
#[delete("/projects/<id>")]
pub async fn remove(
    executor: &State<Executor>,
    user: Scoped<ProjectsWrite>,
    precondition: Precondition,
    key: IdempotencyHeader,
    id: Id,
) -> Result<Answer<()>, Error> {
    let command = DeleteProject::new(&id.0, expected(&id.0, &precondition));
    let key = key.with_input(&())?.of_command(command.name(), &id.0);
    Ok(deleted(executor.run(&user, command, key).await?))
}

/// Move a project
///
/// Moves a project below another one of yours, and between two projects with the same parent. Name
/// the project that is to precede it in `after`, the one that is to follow it in `before`, or
/// both.
#[utoipa::path(post, path = "/api/v1/projects/{id}/move", tag = "Projects",
    operation_id = "move_project",
    security(("bearer" = []), ("api_token" = ["projects:write"])),
    params(("id" = String, Path, description = "The project's id"),
        ("If-Match" = Option<String>, Header, description = "The ETag of the version you saw"),
        ("Idempotency-Key" = Option<String>, Header, pattern = "^[!-~]{1,255}$",
            description = "The same key with the same request gets the first answer again, \
                           for 24 h")),
    request_body = ProjectMove,
    responses(
        (status = 200, body = Project, description = "The project, with its new ETag"),
        (status = 401, body = Problem, description = "No valid token"),
        (status = 403, body = Problem, description = "You may only read this project, \
            or the API token does not have the scope"),
        (status = 404, body = Problem, description = "You have no such project"),
        (status = 409, body = Problem, description = "The Inbox cannot be moved"),
        (status = 412, body = Problem, description = "The project has been changed since"),
        (status = 422, body = Problem, description = "A field breaks a rule")))]
#[post("/projects/<id>/move", data = "<body>")]
pub async fn move_project(
    executor: &State<Executor>,
    user: Scoped<ProjectsWrite>,
    precondition: Precondition,
    key: IdempotencyHeader,
    id: Id,
    body: Json<ProjectMove>,
) -> Result<Answer<Project>, Error> {
    let key = key.with_input(&body.0)?;
    let command = MoveProject::new(&id.0, body.0, expected(&id.0, &precondition))?;
    let key = key.of_command(command.name(), &id.0);
    Ok(changed(executor.run(&user, command, key).await?))
}

/// Copy a project
///
/// Copies a project with its sections and its open tasks. The projects below it are not copied.
#[utoipa::path(post, path = "/api/v1/projects/{id}/duplicate", tag = "Projects",
    operation_id = "duplicate_project",
    security(("bearer" = []), ("api_token" = ["projects:write"])),
    params(("id" = String, Path, description = "The project's id"),
        ("Idempotency-Key" = Option<String>, Header, pattern = "^[!-~]{1,255}$",
            description = "The same key with the same request gets the first answer again, \
                           for 24 h")),
    responses(
        (status = 201, body = Project, description = "The copy, with its ETag and Location"),
        (status = 401, body = Problem, description = "No valid token"),
        (status = 404, body = Problem, description = "You have no such project"),
        (status = 422, body = Problem, description = "There would be too many projects or tasks")))]
#[post("/projects/<id>/duplicate")]
pub async fn duplicate(
    executor: &State<Executor>,
    user: Scoped<ProjectsWrite>,
    key: IdempotencyHeader,
    id: Id,
) -> Result<Answer<Project>, Error> {
    let command = DuplicateProject::new(&user.id, &id.0);
    let key = key.with_input(&())?.of_command(command.name(), &id.0);
    Ok(created(executor.run(&user, command, key).await?))
}
