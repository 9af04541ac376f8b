//! The JSON API for saved filters.

use rocket::{Route, State, delete, get, patch, post, put, routes};

use super::commands::{CreateFilter, DeleteFilter, MoveFilter, UpdateFilter};
use super::{Filter, FilterList, FilterMove, FilterPatch, FilterTasks, NewFilter, queries};
use crate::api::Answer;
use crate::api::resource::{changed, created, deleted, expected, found, list_tag};
use crate::auth::{FiltersRead, FiltersWrite, Scoped, TasksRead};
use crate::db::{Db, Timestamp};
use crate::error::Error;
use crate::http::{
    Id, IdempotencyHeader, Json, MergePatch, Precondition, Problem, Query, Validators,
};
use crate::rendered::RenderedCache;
use crate::tasks::api::selected;
use crate::tasks::{Selection, TaskPage};
use crate::work::{Command, Executor};

/// Returns the routes to mount under `/api/v1`.
pub fn routes() -> Vec<Route> {
    routes![
        list,
        create,
        read,
        replace,
        update,
        remove,
        move_filter,
        tasks
    ]
}

/// List your filters
///
/// An account has at most 100 filters, so the list has a single page. The numbers of their open
/// tasks are among those of `GET /api/v1/counts`.
#[utoipa::path(get, path = "/api/v1/filters", tag = "Filters", operation_id = "list_filters",
    security(("bearer" = []), ("api_token" = ["filters:read"])),
    params(
        ("If-None-Match" = Option<String>, Header, description = "The ETag of an earlier answer")),
    responses(
        (status = 200, body = FilterList, description = "The filters, with an ETag"),
        (status = 304, description = "The list is as it was"),
        (status = 401, body = Problem, description = "No valid token")))]
#[get("/filters")]
pub async fn list(
    db: &State<Db>,
    user: Scoped<FiltersRead>,
    validators: Validators,
) -> Result<Answer<FilterList>, Error> {
    let etag = list_tag(&user, &["filters"]);
    if validators.have(&etag) {
        return Ok(Answer::known().tagged(etag));
    }
    let list = FilterList {
        items: queries::list(db, &user.id).await?,
        next_cursor: None,
    };
    Ok(Answer::ok(list).tagged(etag))
}

/// Add a filter
///
/// A mistake in the expression is an error of the field `expression`, with the `position` of the
/// character.
#[utoipa::path(post, path = "/api/v1/filters", tag = "Filters", operation_id = "create_filter",
    security(("bearer" = []), ("api_token" = ["filters:write"])),
    params(("Idempotency-Key" = Option<String>, Header, pattern = "^[!-~]{1,255}$",
        description = "The same key with the same request gets the first answer again, for 24 h")),
    request_body = NewFilter,
    responses(
        (status = 201, body = Filter, description = "The filter, with its ETag and Location"),
        (status = 401, body = Problem, description = "No valid token"),
        (status = 422, body = Problem, description = "A field breaks a rule")))]
#[post("/filters", data = "<body>")]
pub async fn create(
    executor: &State<Executor>,
    user: Scoped<FiltersWrite>,
    key: IdempotencyHeader,
    body: Json<NewFilter>,
) -> Result<Answer<Filter>, Error> {
    let key = key.with_input(&body.0)?;
    let command = CreateFilter::new(&user.id, body.0)?;
    let key = key.of_command(command.name(), &user.id);
    Ok(created(executor.run(&user, command, key).await?))
}

/// Read a filter
#[utoipa::path(get, path = "/api/v1/filters/{id}", tag = "Filters", operation_id = "read_filter",
    security(("bearer" = []), ("api_token" = ["filters:read"])),
    params(("id" = String, Path, description = "The filter's id"),
        ("If-None-Match" = Option<String>, Header, description = "The ETag of an earlier answer")),
    responses(
        (status = 200, body = Filter, description = "The filter, with its ETag"),
        (status = 304, description = "The filter is as it was"),
        (status = 401, body = Problem, description = "No valid token"),
        (status = 404, body = Problem, description = "You have no such filter")))]
#[get("/filters/<id>")]
pub async fn read(
    db: &State<Db>,
    user: Scoped<FiltersRead>,
    id: Id,
) -> Result<Answer<Filter>, Error> {
    Ok(found(queries::read(db, &user.id, &id.0).await?))
}

/// Replace a filter
///
/// Omitted fields get their default values.
#[utoipa::path(put, path = "/api/v1/filters/{id}", tag = "Filters",
    operation_id = "replace_filter",
    security(("bearer" = []), ("api_token" = ["filters:write"])),
    params(("id" = String, Path, description = "The filter's id"),
        ("If-Match" = Option<String>, Header, description = "The ETag of the version you saw"),
        ("Idempotency-Key" = Option<String>, Header, pattern = "^[!-~]{1,255}$",
            description = "The same key with the same request gets the first answer again, \
                           for 24 h")),
    request_body = NewFilter,
    responses(
        (status = 200, body = Filter, description = "The filter, with its new ETag"),
        (status = 401, body = Problem, description = "No valid token"),
        (status = 404, body = Problem, description = "You have no such filter"),
        (status = 412, body = Problem, description = "The filter has been changed since"),
        (status = 422, body = Problem, description = "A field breaks a rule")))]
#[put("/filters/<id>", data = "<body>")]
pub async fn replace(
    executor: &State<Executor>,
    user: Scoped<FiltersWrite>,
    precondition: Precondition,
    key: IdempotencyHeader,
    id: Id,
    body: Json<NewFilter>,
) -> Result<Answer<Filter>, Error> {
    let key = key.with_input(&body.0)?;
    let command = UpdateFilter::replace(&id.0, body.0, expected(&id.0, &precondition))?;
    let key = key.of_command(command.name(), &id.0);
    Ok(changed(executor.run(&user, command, key).await?))
}

/// Change a filter
///
/// The body is a JSON merge patch (RFC 7396): omitted fields keep their values.
#[utoipa::path(patch, path = "/api/v1/filters/{id}", tag = "Filters",
    operation_id = "update_filter",
    security(("bearer" = []), ("api_token" = ["filters:write"])),
    params(("id" = String, Path, description = "The filter's id"),
        ("If-Match" = Option<String>, Header, description = "The ETag of the version you saw"),
        ("Idempotency-Key" = Option<String>, Header, pattern = "^[!-~]{1,255}$",
            description = "The same key with the same request gets the first answer again, \
                           for 24 h")),
    request_body(content(
        (FilterPatch = "application/merge-patch+json"), (FilterPatch = "application/json"))),
    responses(
        (status = 200, body = Filter, description = "The filter, with its new ETag"),
        (status = 401, body = Problem, description = "No valid token"),
        (status = 404, body = Problem, description = "You have no such filter"),
        (status = 412, body = Problem, description = "The filter has been changed since"),
        (status = 422, body = Problem, description = "A field breaks a rule")))]
#[patch("/filters/<id>", data = "<body>")]
pub async fn update(
    executor: &State<Executor>,
    user: Scoped<FiltersWrite>,
    precondition: Precondition,
    key: IdempotencyHeader,
    id: Id,
    body: MergePatch<FilterPatch>,
) -> Result<Answer<Filter>, Error> {
    let key = key.with_input(&body.0)?;
    let command = UpdateFilter::new(&id.0, body.0, expected(&id.0, &precondition))?;
    let key = key.of_command(command.name(), &id.0);
    Ok(changed(executor.run(&user, command, key).await?))
}

/// Delete a filter
///
/// Moves the filter to the trash. Its tasks stay as they are.
#[utoipa::path(delete, path = "/api/v1/filters/{id}", tag = "Filters",
    operation_id = "delete_filter",
    security(("bearer" = []), ("api_token" = ["filters:write"])),
    params(("id" = String, Path, description = "The filter's id"),
        ("If-Match" = Option<String>, Header, description = "The ETag of the version you saw"),
        ("Idempotency-Key" = Option<String>, Header, pattern = "^[!-~]{1,255}$",
            description = "The same key with the same request gets the first answer again, \
                           for 24 h")),
    responses(
        (status = 204, description = "Deleted"),
        (status = 401, body = Problem, description = "No valid token"),
        (status = 404, body = Problem, description = "You have no such filter"),
        (status = 412, body = Problem, description = "The filter has been changed since")))]
#[delete("/filters/<id>")]
pub async fn remove(
    executor: &State<Executor>,
    user: Scoped<FiltersWrite>,
    precondition: Precondition,
    key: IdempotencyHeader,
    id: Id,
) -> Result<Answer<()>, Error> {
    let command = DeleteFilter::new(&id.0, expected(&id.0, &precondition));
    let key = key.with_input(&())?.of_command(command.name(), &id.0);
    Ok(deleted(executor.run(&user, command, key).await?))
}

/// Move a filter
///
/// Moves a filter between two others. Name the filter that is to precede it in `after`, the one
/// that is to follow it in `before`, or both.
#[utoipa::path(post, path = "/api/v1/filters/{id}/move", tag = "Filters",
    operation_id = "move_filter",
    security(("bearer" = []), ("api_token" = ["filters:write"])),
    params(("id" = String, Path, description = "The filter's id"),
        ("If-Match" = Option<String>, Header, description = "The ETag of the version you saw"),
        ("Idempotency-Key" = Option<String>, Header, pattern = "^[!-~]{1,255}$",
            description = "The same key with the same request gets the first answer again, \
                           for 24 h")),
    request_body = FilterMove,
    responses(
        (status = 200, body = Filter, description = "The filter, with its new ETag"),
        (status = 401, body = Problem, description = "No valid token"),
        (status = 404, body = Problem, description = "You have no such filter"),
        (status = 412, body = Problem, description = "The filter has been changed since"),
        (status = 422, body = Problem, description = "A field breaks a rule")))]
#[post("/filters/<id>/move", data = "<body>")]
pub async fn move_filter(
    executor: &State<Executor>,
    user: Scoped<FiltersWrite>,
    precondition: Precondition,
    key: IdempotencyHeader,
    id: Id,
    body: Json<FilterMove>,
) -> Result<Answer<Filter>, Error> {
    let key = key.with_input(&body.0)?;
    let command = MoveFilter::new(&user.id, &id.0, body.0, expected(&id.0, &precondition))?;
    let key = key.of_command(command.name(), &id.0);
    Ok(changed(executor.run(&user, command, key).await?))
}

/// List the tasks of a filter
///
/// The same as `GET /api/v1/tasks` with the expression of the filter.
#[utoipa::path(get, path = "/api/v1/filters/{id}/tasks", tag = "Filters",
    operation_id = "list_filter_tasks",
    security(("bearer" = []), ("api_token" = ["tasks:read"])),
    params(("id" = String, Path, description = "The filter's id"), FilterTasks,
        ("If-None-Match" = Option<String>, Header, description = "The ETag of an earlier answer")),
    responses(
        (status = 200, body = TaskPage, description = "A page of tasks, with its ETag"),
        (status = 304, description = "The page is as it was"),
        (status = 401, body = Problem, description = "No valid token"),
        (status = 404, body = Problem, description = "You have no such filter"),
        (status = 409, body = Problem, description = "The expression is not valid any more"),
        (status = 422, body = Problem, description = "A parameter is unknown or out of range")))]
#[get("/filters/<id>/tasks")]
pub async fn tasks(
    db: &State<Db>,
    lists: &State<RenderedCache>,
    user: Scoped<TasksRead>,
    validators: Validators,
    id: Id,
    parameters: Query<FilterTasks>,
) -> Result<Answer<TaskPage>, Error> {
    let filter = queries::read(db, &user.id, &id.0).await?;
    filter.check()?;
    let selection = parameters.0.with(&filter.expression);
    let selection = Selection::new(&user, selection, Timestamp::now())?;
    selected(db, lists, &user, &validators, &selection).await
}
