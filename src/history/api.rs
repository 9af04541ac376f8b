//! JSON routes of undo and synchronisation.

use rocket::{Route, State, get, post, routes};

use super::activity::Source;
use super::{ActivityFilter, ActivityPage, ChangeFilter, ChangePage, sync};
use crate::api::{Answer, ChangedObjects, Representations};
use crate::auth::{Scoped, TasksRead, TasksWrite};
use crate::db::Db;
use crate::error::Error;
use crate::http::{Id, IdempotencyHeader, Problem, Query};
use crate::work::{Executed, Executor, TrashDays, Undo};

/// Returns the routes to mount under `/api/v1`.
pub fn routes() -> Vec<Route> {
    routes![undo, changes, task_activity, project_activity]
}

/// Undo a change
///
/// Reverses a change of yours as a whole. The header Docket-Change of a response has the id of its
/// change. Changes of the same item are undone latest first. An undo is a change itself, so it can be
/// undone too.
#[utoipa::path(post, path = "/api/v1/changes/{id}/undo", tag = "Changes",
    operation_id = "undo_change",
    security(("bearer" = []), ("api_token" = ["tasks:write"])),
    params(("id" = String, Path, description = "The id of the change"),
        ("Idempotency-Key" = Option<String>, Header, pattern = "^[!-~]{1,255}$",
            description = "The same key with the same request gets the first answer again, \
                           for 24 h")),
    responses(
        (status = 200, body = ChangedObjects, description = "The items that the undo changed"),
        (status = 401, body = Problem, description = "No valid token"),
        (status = 403, body = Problem, description = "You may only read this project, \
            or the API token does not have the scope"),
        (status = 404, body = Problem, description = "You have made no such change"),
        (status = 409, body = Problem, description = "A later change conflicts with the undo"),
        (status = 422, body = Problem, description = "A quota is exhausted")))]
#[post("/changes/<id>/undo")]
pub async fn undo(
    db: &State<Db>,
    executor: &State<Executor>,
    representations: &State<Representations>,
    user: Scoped<TasksWrite>,
    key: IdempotencyHeader,
    id: Id,
) -> Result<Answer<ChangedObjects>, Error> {
    let key = key.with_input(&())?.of_command("undo", &id.0);
    let undo = Undo::of(db, executor.types(), &user.id, &id.0).await?;
    let Executed {
        outcome,
        change_id,
        replayed,
    } = executor.run(&user, undo, key).await?;
    Ok(Answer::ok(representations.of_items(&outcome))
        .replayed(replayed)
        .changed(change_id))
}

/// Synchronise
///
/// Everything that you can see and that has changed since the request that returned the token. The
/// first request has no token and returns everything. Apply the items in order, and repeat the
/// request with `next` while `more` is true. The deletion of a project removes everything in it.
#[utoipa::path(get, path = "/api/v1/changes", tag = "Changes", operation_id = "list_changes",
    security(("bearer" = []), ("api_token" = ["tasks:read"])),
    params(ChangeFilter),
    responses(
        (status = 200, body = ChangePage, description = "A page of changed items"),
        (status = 401, body = Problem, description = "No valid token"),
        (status = 410, body = Problem, description = "The token is too old: start without one"),
        (status = 422, body = Problem, description = "A parameter is unknown or out of range")))]
#[get("/changes")]
pub async fn changes(
    db: &State<Db>,
    executor: &State<Executor>,
    representations: &State<Representations>,
    days: &State<TrashDays>,
    user: Scoped<TasksRead>,
    filter: Query<ChangeFilter>,
) -> Result<Answer<ChangePage>, Error> {
    let page = sync::page(
        db,
        executor.types(),
        representations,
        days.0,
        &user.id,
        &filter.0,
    );
    Ok(Answer::ok(page.await?))
}

/// List the activity of a task
///
/// Each change with its user, its time and the values before and after, newest first. The activity
/// of a deleted task can be read while the task is in the trash.
#[utoipa::path(get, path = "/api/v1/tasks/{id}/activity", tag = "Changes",
    operation_id = "list_task_activity",
    security(("bearer" = []), ("api_token" = ["tasks:read"])),
    params(("id" = String, Path, description = "The task's id"), ActivityFilter),
    responses(
        (status = 200, body = ActivityPage, description = "A page of changes"),
        (status = 401, body = Problem, description = "No valid token"),
        (status = 404, body = Problem, description = "You have no such task"),
        (status = 422, body = Problem, description = "A parameter is unknown or out of range")))]
#[get("/tasks/<id>/activity")]
pub async fn task_activity(
    db: &State<Db>,
    executor: &State<Executor>,
    representations: &State<Representations>,
    user: Scoped<TasksRead>,
    id: Id,
    filter: Query<ActivityFilter>,
) -> Result<Answer<ActivityPage>, Error> {
    let source = Source::new(db, executor.types(), representations, &user.id);
    let page = source.of_item("task", &id.0, &filter.0).await?;
    Ok(Answer::ok(page))
}

/// List the activity of a project
///
/// The changes of the project and of everything in it, newest first.
#[utoipa::path(get, path = "/api/v1/projects/{id}/activity", tag = "Changes",
    operation_id = "list_project_activity",
    security(("bearer" = []), ("api_token" = ["tasks:read"])),
    params(("id" = String, Path, description = "The project's id"), ActivityFilter),
    responses(
        (status = 200, body = ActivityPage, description = "A page of changes"),
        (status = 401, body = Problem, description = "No valid token"),
        (status = 404, body = Problem, description = "You have no such project"),
        (status = 422, body = Problem, description = "A parameter is unknown or out of range")))]
#[get("/projects/<id>/activity")]
pub async fn project_activity(
    db: &State<Db>,
    executor: &State<Executor>,
    representations: &State<Representations>,
    user: Scoped<TasksRead>,
    id: Id,
    filter: Query<ActivityFilter>,
) -> Result<Answer<ActivityPage>, Error> {
    let source = Source::new(db, executor.types(), representations, &user.id);
    Ok(Answer::ok(source.of_project(&id.0, &filter.0).await?))
}
