//! The JSON API for tasks.

use rocket::{Route, State, delete, get, patch, post, put, routes};

use super::commands::{
    CreateTask, DeleteTask, DuplicateTask, MoveTask, SetCompletion, ToggleTask, UpdateTask,
};
use super::{
    Format, NewTask, Selection, Task, TaskFilter, TaskMove, TaskPage, TaskPatch, queries,
    series_api,
};
use crate::api::Answer;
use crate::api::resource::{changed, created, deleted, expected, found};
use crate::auth::{Scoped, TasksRead, TasksWrite, User};
use crate::db::{Db, Timestamp};
use crate::error::Error;
use crate::http::{
    Id, IdempotencyHeader, Json, MergePatch, Precondition, Problem, Query, Validators,
};
use crate::rendered::RenderedCache;
use crate::work::{Command, Executor};

/// Returns the routes to mount under `/api/v1`.
pub fn routes() -> Vec<Route> {
    let mut routes = routes![
        list, create, read, replace, update, remove, complete, reopen, toggle, move_task, duplicate
    ];
    routes.extend(series_api::routes());
    routes
}

/// List your tasks
///
/// The list uses keyset pagination: tasks created or deleted between requests cause neither
/// duplicates nor gaps.
#[utoipa::path(get, path = "/api/v1/tasks", tag = "Tasks", operation_id = "list_tasks",
    security(("bearer" = []), ("api_token" = ["tasks:read"])),
    params(TaskFilter,
        ("If-None-Match" = Option<String>, Header, description = "The ETag of an earlier answer")),
    responses(
        (status = 200, body = TaskPage, description = "A page of tasks, with its ETag"),
        (status = 304, description = "The page is as it was"),
        (status = 401, body = Problem, description = "No valid token"),
        (status = 422, body = Problem, description = "A parameter is unknown or out of range")))]
#[get("/tasks")]
pub async fn list(
    db: &State<Db>,
    lists: &State<RenderedCache>,
    user: Scoped<TasksRead>,
    validators: Validators,
    filter: Query<TaskFilter>,
) -> Result<Answer<TaskPage>, Error> {
    let selection = Selection::new(&user, filter.0, Timestamp::now())?;
    selected(db, lists, &user, &validators, &selection).await
}

/// Responds with a page of the tasks that a selection contains.
///
/// # Errors
/// Those of the query.
pub async fn selected(
    db: &Db,
    lists: &RenderedCache,
    user: &User,
    validators: &Validators,
    selection: &Selection,
) -> Result<Answer<TaskPage>, Error> {
    let etag = selection.tag(user);
    if validators.have(&etag) {
        return Ok(Answer::known().tagged(etag));
    }
    let written = async {
        let page = queries::select(db, &user.id, selection).await?;
        serde_json::to_vec(&page)
            .map_err(|error| Error::Internal(format!("a list cannot be written: {error}")))
    };
    let json = lists
        .get(user, &selection.name(Format::Json), written)
        .await?;
    Ok(Answer::written(json).tagged(etag))
}

/// Add a task
#[utoipa::path(post, path = "/api/v1/tasks", tag = "Tasks", operation_id = "create_task",
    security(("bearer" = []), ("api_token" = ["tasks:write"])),
    params(("Idempotency-Key" = Option<String>, Header, pattern = "^[!-~]{1,255}$",
        description = "The same key with the same request gets the first answer again, for 24 h")),
    request_body = NewTask,
    responses(
        (status = 201, body = Task, description = "The task, with its ETag and Location"),
        (status = 401, body = Problem, description = "No valid token"),
        (status = 403, body = Problem, description = "You may only read this project, \
            or the API token does not have the scope"),
        (status = 422, body = Problem, description = "A field breaks a rule")))]
#[post("/tasks", data = "<body>")]
pub async fn create(
    executor: &State<Executor>,
    user: Scoped<TasksWrite>,
    key: IdempotencyHeader,
    body: Json<NewTask>,
) -> Result<Answer<Task>, Error> {
    let key = key.with_input(&body.0)?;
    let command = CreateTask::new(&user.id, body.0)?;
    let key = key.of_command(command.name(), &user.id);
    Ok(created(executor.run(&user, command, key).await?))
}

/// Read a task
#[utoipa::path(get, path = "/api/v1/tasks/{id}", tag = "Tasks", operation_id = "read_task",
    security(("bearer" = []), ("api_token" = ["tasks:read"])),
    params(("id" = String, Path, description = "The task's id"),
        ("If-None-Match" = Option<String>, Header, description = "The ETag of an earlier answer")),
    responses(
        (status = 200, body = Task, description = "The task, with its ETag"),
        (status = 304, description = "The task is as it was"),
        (status = 401, body = Problem, description = "No valid token"),
        (status = 404, body = Problem, description = "You have no such task")))]
#[get("/tasks/<id>")]
pub async fn read(db: &State<Db>, user: Scoped<TasksRead>, id: Id) -> Result<Answer<Task>, Error> {
    let task = queries::read(db, &user.id, &id.0).await?;
    Ok(found(task))
}

/// Replace a task
///
/// Omitted fields get their default values.
#[utoipa::path(put, path = "/api/v1/tasks/{id}", tag = "Tasks", operation_id = "replace_task",
    security(("bearer" = []), ("api_token" = ["tasks:write"])),
    params(("id" = String, Path, description = "The task's id"),
        ("If-Match" = Option<String>, Header, description = "The ETag of the version you saw"),
        ("Idempotency-Key" = Option<String>, Header, pattern = "^[!-~]{1,255}$",
            description = "The same key with the same request gets the first answer again, \
                           for 24 h")),
    request_body = NewTask,
    responses(
        (status = 200, body = Task, description = "The task, with its new ETag"),
        (status = 401, body = Problem, description = "No valid token"),
        (status = 403, body = Problem, description = "You may only read this project, \
            or the API token does not have the scope"),
        (status = 404, body = Problem, description = "You have no such task"),
        (status = 412, body = Problem, description = "The task has been changed since"),
        (status = 422, body = Problem, description = "A field breaks a rule")))]
#[put("/tasks/<id>", data = "<body>")]
pub async fn replace(
    executor: &State<Executor>,
    user: Scoped<TasksWrite>,
    precondition: Precondition,
    key: IdempotencyHeader,
    id: Id,
    body: Json<NewTask>,
) -> Result<Answer<Task>, Error> {
    let key = key.with_input(&body.0)?;
    let expected = expected(&id.0, &precondition);
    let command = UpdateTask::replace(&user.id, &id.0, body.0, expected)?;
    let key = key.of_command(command.name(), &id.0);
    Ok(changed(executor.run(&user, command, key).await?))
}

/// Change a task
///
/// The body is a JSON merge patch (RFC 7396): omitted fields keep their values.
#[utoipa::path(patch, path = "/api/v1/tasks/{id}", tag = "Tasks", operation_id = "update_task",
    security(("bearer" = []), ("api_token" = ["tasks:write"])),
    params(("id" = String, Path, description = "The task's id"),
        ("If-Match" = Option<String>, Header, description = "The ETag of the version you saw"),
        ("Idempotency-Key" = Option<String>, Header, pattern = "^[!-~]{1,255}$",
            description = "The same key with the same request gets the first answer again, \
                           for 24 h")),
    request_body(content(
        (TaskPatch = "application/merge-patch+json"), (TaskPatch = "application/json"))),
    responses(
        (status = 200, body = Task, description = "The task, with its new ETag"),
        (status = 401, body = Problem, description = "No valid token"),
        (status = 403, body = Problem, description = "You may only read this project, \
            or the API token does not have the scope"),
        (status = 404, body = Problem, description = "You have no such task"),
        (status = 412, body = Problem, description = "The task has been changed since"),
        (status = 422, body = Problem, description = "A field breaks a rule")))]
#[patch("/tasks/<id>", data = "<body>")]
pub async fn update(
    executor: &State<Executor>,
    user: Scoped<TasksWrite>,
    precondition: Precondition,
    key: IdempotencyHeader,
    id: Id,
    body: MergePatch<TaskPatch>,
) -> Result<Answer<Task>, Error> {
    let key = key.with_input(&body.0)?;
    let expected = expected(&id.0, &precondition);
    let command = UpdateTask::new(&user.id, &id.0, body.0, expected)?;
    let key = key.of_command(command.name(), &id.0);
    Ok(changed(executor.run(&user, command, key).await?))
}

/// Delete a task
#[utoipa::path(delete, path = "/api/v1/tasks/{id}", tag = "Tasks", operation_id = "delete_task",
    security(("bearer" = []), ("api_token" = ["tasks:write"])),
    params(("id" = String, Path, description = "The task's id"),
        ("If-Match" = Option<String>, Header, description = "The ETag of the version you saw"),
        ("Idempotency-Key" = Option<String>, Header, pattern = "^[!-~]{1,255}$",
            description = "The same key with the same request gets the first answer again, \
                           for 24 h")),
    responses(
        (status = 204, description = "Deleted"),
        (status = 401, body = Problem, description = "No valid token"),
        (status = 403, body = Problem, description = "You may only read this project, \
            or the API token does not have the scope"),
        (status = 404, body = Problem, description = "You have no such task"),
        (status = 412, body = Problem, description = "The task has been changed since")))]
#[delete("/tasks/<id>")]
pub async fn remove(
    executor: &State<Executor>,
    user: Scoped<TasksWrite>,
    precondition: Precondition,
    key: IdempotencyHeader,
    id: Id,
) -> Result<Answer<()>, Error> {
    let command = DeleteTask::new(&id.0, expected(&id.0, &precondition));
    let key = key.with_input(&())?.of_command(command.name(), &id.0);
    Ok(deleted(executor.run(&user, command, key).await?))
}

/// Complete a task
///
/// A completed task remains unchanged, so the request can safely be repeated.
///
/// A task that repeats moves on to its next date instead: the answer has it open, with the new
/// `due`, and a completed task without a series remains as the record of the present date. To be
/// safe to repeat, such a request needs `If-Match` or an `Idempotency-Key`. When the series has
/// ended, the task itself is completed. The same holds for `completed` in other requests. Subtasks
/// that repeat are completed with their parent.
#[utoipa::path(put, path = "/api/v1/tasks/{id}/completion", tag = "Tasks",
    operation_id = "complete_task", security(("bearer" = []), ("api_token" = ["tasks:write"])),
    params(("id" = String, Path, description = "The task's id"),
        ("If-Match" = Option<String>, Header, description = "The ETag of the version you saw"),
        ("Idempotency-Key" = Option<String>, Header, pattern = "^[!-~]{1,255}$",
            description = "The same key with the same request gets the first answer again, \
                           for 24 h")),
    responses(
        (status = 200, body = Task, description = "The task, with its ETag"),
        (status = 401, body = Problem, description = "No valid token"),
        (status = 403, body = Problem, description = "You may only read this project, \
            or the API token does not have the scope"),
        (status = 404, body = Problem, description = "You have no such task"),
        (status = 412, body = Problem, description = "The task has been changed since")))]
#[put("/tasks/<id>/completion")]
pub async fn complete(
    executor: &State<Executor>,
    user: Scoped<TasksWrite>,
    precondition: Precondition,
    key: IdempotencyHeader,
    id: Id,
) -> Result<Answer<Task>, Error> {
    let expected = expected(&id.0, &precondition);
    let command = SetCompletion::new(&id.0, true, expected);
    let key = key.with_input(&())?.of_command(command.name(), &id.0);
    Ok(changed(executor.run(&user, command, key).await?))
}

/// Reopen a task
///
/// An open task remains unchanged, so the request can safely be repeated.
#[utoipa::path(delete, path = "/api/v1/tasks/{id}/completion", tag = "Tasks",
    operation_id = "reopen_task", security(("bearer" = []), ("api_token" = ["tasks:write"])),
    params(("id" = String, Path, description = "The task's id"),
        ("If-Match" = Option<String>, Header, description = "The ETag of the version you saw"),
        ("Idempotency-Key" = Option<String>, Header, pattern = "^[!-~]{1,255}$",
            description = "The same key with the same request gets the first answer again, \
                           for 24 h")),
    responses(
        (status = 200, body = Task, description = "The open task, with its ETag"),
        (status = 401, body = Problem, description = "No valid token"),
        (status = 403, body = Problem, description = "You may only read this project, \
            or the API token does not have the scope"),
        (status = 404, body = Problem, description = "You have no such task"),
        (status = 412, body = Problem, description = "The task has been changed since")))]
#[delete("/tasks/<id>/completion")]
pub async fn reopen(
    executor: &State<Executor>,
    user: Scoped<TasksWrite>,
    precondition: Precondition,
    key: IdempotencyHeader,
    id: Id,
) -> Result<Answer<Task>, Error> {
    let expected = expected(&id.0, &precondition);
    let command = SetCompletion::new(&id.0, false, expected);
    let key = key.with_input(&())?.of_command(command.name(), &id.0);
    Ok(changed(executor.run(&user, command, key).await?))
}

/// Toggle a task
///
/// Completes an open task or reopens a completed one. If you know the state that you want, set the
/// task's completion instead. A task that repeats moves on to its next date.
#[utoipa::path(post, path = "/api/v1/tasks/{id}/toggle", tag = "Tasks", operation_id = "toggle_task",
    security(("bearer" = []), ("api_token" = ["tasks:write"])),
    params(("id" = String, Path, description = "The task's id"),
        ("If-Match" = Option<String>, Header, description = "The ETag of the version you saw"),
        ("Idempotency-Key" = Option<String>, Header, pattern = "^[!-~]{1,255}$",
            description = "The same key with the same request gets the first answer again, \
                           for 24 h")),
    responses(
        (status = 200, body = Task, description = "The task, with its new ETag"),
        (status = 401, body = Problem, description = "No valid token"),
        (status = 403, body = Problem, description = "You may only read this project, \
            or the API token does not have the scope"),
        (status = 404, body = Problem, description = "You have no such task"),
        (status = 412, body = Problem, description = "The task has been changed since"),
        (status = 422, body = Problem, description = "The key belongs to another request")))]
#[post("/tasks/<id>/toggle")]
pub async fn toggle(
    executor: &State<Executor>,
    user: Scoped<TasksWrite>,
    precondition: Precondition,
    key: IdempotencyHeader,
    id: Id,
) -> Result<Answer<Task>, Error> {
    let command = ToggleTask::new(&id.0, expected(&id.0, &precondition));
    let key = key.with_input(&())?.of_command(command.name(), &id.0);
    Ok(changed(executor.run(&user, command, key).await?))
}

/// Move a task
///
/// Moves a task with its subtasks to another project, section or parent, and between two tasks.
/// Name the task that is to precede it in `after`, the one that is to follow it in `before`, or
/// both.
#[utoipa::path(post, path = "/api/v1/tasks/{id}/move", tag = "Tasks", operation_id = "move_task",
    security(("bearer" = []), ("api_token" = ["tasks:write"])),
    params(("id" = String, Path, description = "The task's id"),
        ("If-Match" = Option<String>, Header, description = "The ETag of the version you saw"),
        ("Idempotency-Key" = Option<String>, Header, pattern = "^[!-~]{1,255}$",
            description = "The same key with the same request gets the first answer again, \
                           for 24 h")),
    request_body = TaskMove,
    responses(
        (status = 200, body = Task, description = "The task, with its new ETag"),
        (status = 401, body = Problem, description = "No valid token"),
        (status = 403, body = Problem, description = "You may only read this project, \
            or the API token does not have the scope"),
        (status = 404, body = Problem, description = "You have no such task"),
        (status = 412, body = Problem, description = "The task has been changed since"),
        (status = 422, body = Problem, description = "A field breaks a rule")))]
#[post("/tasks/<id>/move", data = "<body>")]
pub async fn move_task(
    executor: &State<Executor>,
    user: Scoped<TasksWrite>,
    precondition: Precondition,
    key: IdempotencyHeader,
    id: Id,
    body: Json<TaskMove>,
) -> Result<Answer<Task>, Error> {
    let key = key.with_input(&body.0)?;
    let command = MoveTask::new(&id.0, &body.0, expected(&id.0, &precondition))?;
    let key = key.of_command(command.name(), &id.0);
    Ok(changed(executor.run(&user, command, key).await?))
}

/// Copy a task
///
/// Copies a task with its subtasks. The copies are open.
#[utoipa::path(post, path = "/api/v1/tasks/{id}/duplicate", tag = "Tasks",
    operation_id = "duplicate_task",
    security(("bearer" = []), ("api_token" = ["tasks:write"])),
    params(("id" = String, Path, description = "The task's id"),
        ("Idempotency-Key" = Option<String>, Header, pattern = "^[!-~]{1,255}$",
            description = "The same key with the same request gets the first answer again, \
                           for 24 h")),
    responses(
        (status = 201, body = Task, description = "The copy, with its ETag and Location"),
        (status = 401, body = Problem, description = "No valid token"),
        (status = 403, body = Problem, description = "You may only read this project, \
            or the API token does not have the scope"),
        (status = 404, body = Problem, description = "You have no such task"),
        (status = 422, body = Problem, description = "There would be too many tasks")))]
#[post("/tasks/<id>/duplicate")]
pub async fn duplicate(
    executor: &State<Executor>,
    user: Scoped<TasksWrite>,
    key: IdempotencyHeader,
    id: Id,
) -> Result<Answer<Task>, Error> {
    let command = DuplicateTask::new(&id.0);
    let key = key.with_input(&())?.of_command(command.name(), &id.0);
    Ok(created(executor.run(&user, command, key).await?))
}
