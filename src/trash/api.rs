//! JSON routes of the trash.

use rocket::{Route, State, delete, get, post, routes};

use super::{TrashFilter, TrashPage, queries};
use crate::api::{Answer, ChangedObjects, Representations};
use crate::auth::{Scoped, TasksRead, TasksWrite};
use crate::db::Db;
use crate::error::Error;
use crate::http::{Id, IdempotencyHeader, Problem, Query};
use crate::work::{Executed, Executor, RestoreItem, TrashDays, empty_trash, purge_item};

/// Returns the routes to mount under `/api/v1`.
pub fn routes() -> Vec<Route> {
    routes![list, restore, purge, empty]
}

/// List the trash
///
/// The items and projects that were deleted, newest first. Items that were deleted with another
/// one are counted there. With `q`, those that match a search.
#[utoipa::path(get, path = "/api/v1/trash", tag = "Trash", operation_id = "list_trash",
    security(("bearer" = []), ("api_token" = ["tasks:read"])),
    params(TrashFilter),
    responses(
        (status = 200, body = TrashPage, description = "A page of the trash"),
        (status = 401, body = Problem, description = "No valid token"),
        (status = 422, body = Problem, description = "A parameter is unknown or out of range")))]
#[get("/trash")]
pub async fn list(
    db: &State<Db>,
    days: &State<TrashDays>,
    user: Scoped<TasksRead>,
    filter: Query<TrashFilter>,
) -> Result<Answer<TrashPage>, Error> {
    let page = queries::list(db, days.0, &user.id, &filter.0).await?;
    Ok(Answer::ok(page))
}

/// Restore an item
///
/// Restores an item or a project where it was, with everything that was deleted with it. If its
/// section or its parent is gone, the item has none.
#[utoipa::path(post, path = "/api/v1/trash/{id}/restore", tag = "Trash",
    operation_id = "restore_item",
    security(("bearer" = []), ("api_token" = ["tasks:write"])),
    params(("id" = String, Path, description = "The id of the item"),
        ("Idempotency-Key" = Option<String>, Header, pattern = "^[!-~]{1,255}$",
            description = "The same key with the same request gets the first answer again, \
                           for 24 h")),
    responses(
        (status = 200, body = ChangedObjects, description = "The restored items"),
        (status = 401, body = Problem, description = "No valid token"),
        (status = 403, body = Problem, description = "You may only read this project, \
            or the API token does not have the scope"),
        (status = 404, body = Problem, description = "You have no such item in the trash"),
        (status = 409, body = Problem, description = "The project of the item is in the trash"),
        (status = 422, body = Problem, description = "A quota is exhausted")))]
#[post("/trash/<id>/restore")]
pub async fn restore(
    db: &State<Db>,
    executor: &State<Executor>,
    representations: &State<Representations>,
    user: Scoped<TasksWrite>,
    key: IdempotencyHeader,
    id: Id,
) -> Result<Answer<ChangedObjects>, Error> {
    let key = key.with_input(&())?.of_command("restore_item", &id.0);
    let command = RestoreItem::of(db, executor.types(), &user.id, &id.0).await?;
    let Executed {
        outcome,
        change_id,
        replayed,
    } = executor.run(&user, command, key).await?;
    Ok(Answer::ok(representations.of_items(&outcome))
        .replayed(replayed)
        .changed(change_id))
}

/// Erase an item
///
/// Erases an item or a project in the trash for good, with everything that was deleted with it.
#[utoipa::path(delete, path = "/api/v1/trash/{id}", tag = "Trash", operation_id = "purge_item",
    security(("bearer" = []), ("api_token" = ["tasks:write"])),
    params(("id" = String, Path, description = "The id of the item")),
    responses(
        (status = 204, description = "The item is gone"),
        (status = 401, body = Problem, description = "No valid token"),
        (status = 403, body = Problem, description = "You may only read this project, \
            or the API token does not have the scope"),
        (status = 404, body = Problem, description = "You have no such item in the trash")))]
#[delete("/trash/<id>")]
pub async fn purge(
    db: &State<Db>,
    executor: &State<Executor>,
    user: Scoped<TasksWrite>,
    id: Id,
) -> Result<Answer<()>, Error> {
    purge_item(db, executor.types(), &user.id, &id.0).await?;
    Ok(Answer::no_content())
}

/// Empty the trash
///
/// Erases everything in the trash that you may change, for good.
#[utoipa::path(delete, path = "/api/v1/trash", tag = "Trash", operation_id = "empty_trash",
    security(("bearer" = []), ("api_token" = ["tasks:write"])),
    responses(
        (status = 204, description = "The trash is empty"),
        (status = 401, body = Problem, description = "No valid token")))]
#[delete("/trash")]
pub async fn empty(
    db: &State<Db>,
    executor: &State<Executor>,
    user: Scoped<TasksWrite>,
) -> Result<Answer<()>, Error> {
    empty_trash(db, executor.types(), &user.id).await?;
    Ok(Answer::no_content())
}
