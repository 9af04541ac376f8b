//! The JSON API for sections.

use garde::Validate;
use rocket::{Route, State, delete, get, patch, post, routes};

use super::commands::{CreateSection, DeleteSection, MoveSection, UpdateSection};
use super::{
    NewSection, Section, SectionFilter, SectionList, SectionMove, SectionPatch, SectionTasks,
    queries,
};
use crate::api::Answer;
use crate::api::resource::{changed, created, deleted, expected, found, list_tag};
use crate::auth::{ProjectsRead, ProjectsWrite, Scoped};
use crate::db::Db;
use crate::error::Error;
use crate::http::{
    Id, IdempotencyHeader, Json, MergePatch, Precondition, Problem, Query, Validators,
};
use crate::projects;
use crate::work::{Command, Executor};

/// Returns the routes to mount under `/api/v1`.
pub fn routes() -> Vec<Route> {
    routes![list, create, read, update, remove, move_section]
}

/// List the sections of a project
///
/// A project has at most 200 sections, so the list has a single page.
#[utoipa::path(get, path = "/api/v1/sections", tag = "Sections", operation_id = "list_sections",
    security(("bearer" = []), ("api_token" = ["projects:read"])),
    params(SectionFilter,
        ("If-None-Match" = Option<String>, Header, description = "The ETag of an earlier answer")),
    responses(
        (status = 200, body = SectionList, description = "The sections, with an ETag"),
        (status = 304, description = "The list is as it was"),
        (status = 401, body = Problem, description = "No valid token"),
        (status = 404, body = Problem, description = "You have no such project"),
        (status = 422, body = Problem, description = "A parameter is unknown or missing")))]
#[get("/sections")]
pub async fn list(
    db: &State<Db>,
    user: Scoped<ProjectsRead>,
    validators: Validators,
    filter: Query<SectionFilter>,
) -> Result<Answer<SectionList>, Error> {
    filter.0.validate()?;
    let project_id = filter.0.project.as_str();
    projects::queries::read(db, &user.id, project_id).await?;
    let etag = list_tag(&user, &["sections", project_id]);
    if validators.have(&etag) {
        return Ok(Answer::known().tagged(etag));
    }
    let list = queries::list(db, &user.id, project_id).await?;
    Ok(Answer::ok(list).tagged(etag))
}

/// Add a section
#[utoipa::path(post, path = "/api/v1/sections", tag = "Sections", operation_id = "create_section",
    security(("bearer" = []), ("api_token" = ["projects:write"])),
    params(("Idempotency-Key" = Option<String>, Header, pattern = "^[!-~]{1,255}$",
        description = "The same key with the same request gets the first answer again, for 24 h")),
    request_body = NewSection,
    responses(
        (status = 201, body = Section, description = "The section, with its ETag and Location"),
        (status = 401, body = Problem, description = "No valid token"),
        (status = 403, body = Problem, description = "You may only read this project, \
            or the API token does not have the scope"),
        (status = 422, body = Problem, description = "A field breaks a rule")))]
#[post("/sections", data = "<body>")]
pub async fn create(
    executor: &State<Executor>,
    user: Scoped<ProjectsWrite>,
    key: IdempotencyHeader,
    body: Json<NewSection>,
) -> Result<Answer<Section>, Error> {
    let key = key.with_input(&body.0)?;
    let command = CreateSection::new(body.0)?;
    let key = key.of_command(command.name(), &user.id);
    Ok(created(executor.run(&user, command, key).await?))
}

/// Read a section
#[utoipa::path(get, path = "/api/v1/sections/{id}", tag = "Sections", operation_id = "read_section",
    security(("bearer" = []), ("api_token" = ["projects:read"])),
    params(("id" = String, Path, description = "The section's id"),
        ("If-None-Match" = Option<String>, Header, description = "The ETag of an earlier answer")),
    responses(
        (status = 200, body = Section, description = "The section, with its ETag"),
        (status = 304, description = "The section is as it was"),
        (status = 401, body = Problem, description = "No valid token"),
        (status = 404, body = Problem, description = "You have no such section")))]
#[get("/sections/<id>")]
pub async fn read(
    db: &State<Db>,
    user: Scoped<ProjectsRead>,
    id: Id,
) -> Result<Answer<Section>, Error> {
    Ok(found(queries::read(db, &user.id, &id.0).await?))
}

/// Change a section
///
/// The body is a JSON merge patch (RFC 7396): omitted fields keep their values. If it archives the
/// section, the parameters state the future of the open tasks, and of the trees of subtasks that
/// contain some.
#[utoipa::path(patch, path = "/api/v1/sections/{id}", tag = "Sections",
    operation_id = "update_section",
    security(("bearer" = []), ("api_token" = ["projects:write"])),
    params(("id" = String, Path, description = "The section's id"), SectionTasks,
        ("If-Match" = Option<String>, Header, description = "The ETag of the version you saw"),
        ("Idempotency-Key" = Option<String>, Header, pattern = "^[!-~]{1,255}$",
            description = "The same key with the same request gets the first answer again, \
                           for 24 h")),
    request_body(content(
        (SectionPatch = "application/merge-patch+json"), (SectionPatch = "application/json"))),
    responses(
        (status = 200, body = Section, description = "The section, with its new ETag"),
        (status = 401, body = Problem, description = "No valid token"),
        (status = 403, body = Problem, description = "You may only read this project, \
            or the API token does not have the scope"),
        (status = 404, body = Problem, description = "You have no such section"),
        (status = 409, body = Problem, description = "The section has just been moved"),
        (status = 412, body = Problem, description = "The section has been changed since"),
        (status = 422, body = Problem, description = "A field breaks a rule")))]
#[patch("/sections/<id>", data = "<body>")]
pub async fn update(
    executor: &State<Executor>,
    user: Scoped<ProjectsWrite>,
    precondition: Precondition,
    key: IdempotencyHeader,
    id: Id,
    tasks: Query<SectionTasks>,
    body: MergePatch<SectionPatch>,
) -> Result<Answer<Section>, Error> {
    let key = key.with_input(&(&body.0, &tasks.0))?;
    let expected = expected(&id.0, &precondition);
    let command = UpdateSection::new(None, &id.0, body.0, tasks.0, expected)?;
    let key = key.of_command(command.name(), &id.0);
    Ok(changed(executor.run(&user, command, key).await?))
}

/// Delete a section
///
/// Moves the section to the trash. The parameters state the future of its tasks.
#[utoipa::path(delete, path = "/api/v1/sections/{id}", tag = "Sections",
    operation_id = "delete_section",
    security(("bearer" = []), ("api_token" = ["projects:write"])),
    params(("id" = String, Path, description = "The section's id"), SectionTasks,
        ("If-Match" = Option<String>, Header, description = "The ETag of the version you saw"),
        ("Idempotency-Key" = Option<String>, Header, pattern = "^[!-~]{1,255}$",
            description = "The same key with the same request gets the first answer again, \
                           for 24 h")),
    responses(
        (status = 204, description = "Deleted"),
        (status = 401, body = Problem, description = "No valid token"),
        (status = 403, body = Problem, description = "You may only read this project, \
            or the API token does not have the scope"),
        (status = 404, body = Problem, description = "You have no such section"),
        (status = 409, body = Problem, description = "The section has just been moved"),
        (status = 412, body = Problem, description = "The section has been changed since"),
        (status = 422, body = Problem, description = "A parameter breaks a rule")))]
#[delete("/sections/<id>")]
pub async fn remove(
    executor: &State<Executor>,
    user: Scoped<ProjectsWrite>,
    precondition: Precondition,
    key: IdempotencyHeader,
    id: Id,
    tasks: Query<SectionTasks>,
) -> Result<Answer<()>, Error> {
    let key = key.with_input(&tasks.0)?;
    let expected = expected(&id.0, &precondition);
    let command = DeleteSection::new(None, &id.0, tasks.0, expected)?;
    let key = key.of_command(command.name(), &id.0);
    Ok(deleted(executor.run(&user, command, key).await?))
}

/// Move a section
///
/// Moves a section between two sections of its project, or to another project with its tasks. Name
/// the section that is to precede it in `after`, the one that is to follow it in `before`, or both.
#[utoipa::path(post, path = "/api/v1/sections/{id}/move", tag = "Sections",
    operation_id = "move_section",
    security(("bearer" = []), ("api_token" = ["projects:write"])),
    params(("id" = String, Path, description = "The section's id"),
        ("If-Match" = Option<String>, Header, description = "The ETag of the version you saw"),
        ("Idempotency-Key" = Option<String>, Header, pattern = "^[!-~]{1,255}$",
            description = "The same key with the same request gets the first answer again, \
                           for 24 h")),
    request_body = SectionMove,
    responses(
        (status = 200, body = Section, description = "The section, with its new ETag"),
        (status = 401, body = Problem, description = "No valid token"),
        (status = 403, body = Problem, description = "You may only read this project, \
            or the API token does not have the scope"),
        (status = 404, body = Problem, description = "You have no such section"),
        (status = 409, body = Problem, description = "The section has just been moved"),
        (status = 412, body = Problem, description = "The section has been changed since"),
        (status = 422, body = Problem, description = "A field breaks a rule")))]
#[post("/sections/<id>/move", data = "<body>")]
pub async fn move_section(
    executor: &State<Executor>,
    user: Scoped<ProjectsWrite>,
    precondition: Precondition,
    key: IdempotencyHeader,
    id: Id,
    body: Json<SectionMove>,
) -> Result<Answer<Section>, Error> {
    let key = key.with_input(&body.0)?;
    let expected = expected(&id.0, &precondition);
    let command = MoveSection::new(None, &id.0, body.0, expected)?;
    let key = key.of_command(command.name(), &id.0);
    Ok(changed(executor.run(&user, command, key).await?))
}
