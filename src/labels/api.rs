//! The JSON API for labels.

use rocket::{Route, State, delete, get, patch, post, routes};

use super::commands::{CreateLabel, DeleteLabel, MergeLabel, MoveLabel, UpdateLabel};
use super::{Label, LabelList, LabelMerge, LabelMove, LabelPatch, NewLabel, Tags, queries};
use crate::api::Answer;
use crate::api::resource::{deleted, list_tag};
use crate::auth::{LabelsRead, LabelsWrite, Scoped};
use crate::db::Db;
use crate::error::Error;
use crate::http::{
    IdempotencyHeader, Json, MergePatch, Precondition, Problem, Validators, encoded,
};
use crate::items::label_key;
use crate::work::{Command, Executed, Executor};

/// Returns the routes to mount under `/api/v1`.
pub fn routes() -> Vec<Route> {
    routes![list, create, read, update, remove, move_label, merge]
}

/// List your labels
///
/// An account has at most 500 labels, so the list has a single page.
#[utoipa::path(get, path = "/api/v1/labels", tag = "Labels", operation_id = "list_labels",
    security(("bearer" = []), ("api_token" = ["labels:read"])),
    params(
        ("If-None-Match" = Option<String>, Header, description = "The ETag of an earlier answer")),
    responses(
        (status = 200, body = LabelList, description = "The labels, with an ETag"),
        (status = 304, description = "The list is as it was"),
        (status = 401, body = Problem, description = "No valid token")))]
#[get("/labels")]
pub async fn list(
    db: &State<Db>,
    user: Scoped<LabelsRead>,
    validators: Validators,
) -> Result<Answer<LabelList>, Error> {
    let etag = list_tag(&user, &["labels"]);
    if validators.have(&etag) {
        return Ok(Answer::known().tagged(etag));
    }
    let list = queries::list(db, &user.id).await?;
    Ok(Answer::ok(list).tagged(etag))
}

/// Add a label
#[utoipa::path(post, path = "/api/v1/labels", tag = "Labels", operation_id = "create_label",
    security(("bearer" = []), ("api_token" = ["labels:write"])),
    params(("Idempotency-Key" = Option<String>, Header, pattern = "^[!-~]{1,255}$",
        description = "The same key with the same request gets the first answer again, for 24 h")),
    request_body = NewLabel,
    responses(
        (status = 201, body = Label, description = "The label, with its ETag and Location"),
        (status = 401, body = Problem, description = "No valid token"),
        (status = 409, body = Problem, description = "You already have a label with this name"),
        (status = 422, body = Problem, description = "A field breaks a rule")))]
#[post("/labels", data = "<body>")]
pub async fn create(
    db: &State<Db>,
    executor: &State<Executor>,
    user: Scoped<LabelsWrite>,
    key: IdempotencyHeader,
    body: Json<NewLabel>,
) -> Result<Answer<Label>, Error> {
    let key = key.with_input(&body.0)?;
    let command = CreateLabel::new(&user.id, body.0)?;
    let key = key.of_command(command.name(), &user.id);
    let executed = executor.run(&user, command, key).await?;
    let label = queries::counted(db, &user.id, executed.outcome).await?;
    let etag = label.etag();
    Ok(Answer::created(path_of(&label), label)
        .tagged(etag)
        .replayed(executed.replayed)
        .changed(executed.change_id))
}

/// Read a label
#[utoipa::path(get, path = "/api/v1/labels/{name}", tag = "Labels", operation_id = "read_label",
    security(("bearer" = []), ("api_token" = ["labels:read"])),
    params(("name" = String, Path, description = "The label's name, in any case"),
        ("If-None-Match" = Option<String>, Header, description = "The ETag of an earlier answer")),
    responses(
        (status = 200, body = Label, description = "The label, with its ETag"),
        (status = 304, description = "The label is as it was"),
        (status = 401, body = Problem, description = "No valid token"),
        (status = 404, body = Problem, description = "You have no such label")))]
#[get("/labels/<name>")]
pub async fn read(
    db: &State<Db>,
    user: Scoped<LabelsRead>,
    name: &str,
) -> Result<Answer<Label>, Error> {
    let label = queries::read(db, &user.id, name).await?;
    let etag = label.etag();
    Ok(Answer::ok(label).tagged(etag))
}

/// Change a label
///
/// The body is a JSON merge patch (RFC 7396): omitted fields keep their values. A new name replaces
/// the old one in all tasks that you can change.
#[utoipa::path(patch, path = "/api/v1/labels/{name}", tag = "Labels",
    operation_id = "update_label", security(("bearer" = []), ("api_token" = ["labels:write"])),
    params(("name" = String, Path, description = "The label's name, in any case"),
        ("If-Match" = Option<String>, Header, description = "The ETag of the version you saw"),
        ("Idempotency-Key" = Option<String>, Header, pattern = "^[!-~]{1,255}$",
            description = "The same key with the same request gets the first answer again, \
                           for 24 h")),
    request_body(content(
        (LabelPatch = "application/merge-patch+json"), (LabelPatch = "application/json"))),
    responses(
        (status = 200, body = Label, description = "The label, with its new ETag"),
        (status = 401, body = Problem, description = "No valid token"),
        (status = 404, body = Problem, description = "You have no such label"),
        (status = 409, body = Problem, description = "You already have a label with this name"),
        (status = 412, body = Problem, description = "The label has been changed since"),
        (status = 422, body = Problem, description = "A field breaks a rule")))]
#[patch("/labels/<name>", data = "<body>")]
pub async fn update(
    db: &State<Db>,
    executor: &State<Executor>,
    user: Scoped<LabelsWrite>,
    precondition: Precondition,
    key: IdempotencyHeader,
    name: &str,
    body: MergePatch<LabelPatch>,
) -> Result<Answer<Label>, Error> {
    let key = key.with_input(&body.0)?;
    let command = UpdateLabel::new(&user.id, name, body.0, tags(&precondition))?;
    let key = key.of_command(command.name(), &label_key(name));
    respond(db, &user.id, executor.run(&user, command, key).await?).await
}

/// Delete a label
///
/// Removes the label from all tasks that you can change.
#[utoipa::path(delete, path = "/api/v1/labels/{name}", tag = "Labels",
    operation_id = "delete_label", security(("bearer" = []), ("api_token" = ["labels:write"])),
    params(("name" = String, Path, description = "The label's name, in any case"),
        ("If-Match" = Option<String>, Header, description = "The ETag of the version you saw"),
        ("Idempotency-Key" = Option<String>, Header, pattern = "^[!-~]{1,255}$",
            description = "The same key with the same request gets the first answer again, \
                           for 24 h")),
    responses(
        (status = 204, description = "Deleted"),
        (status = 401, body = Problem, description = "No valid token"),
        (status = 404, body = Problem, description = "You have no such label"),
        (status = 412, body = Problem, description = "The label has been changed since")))]
#[delete("/labels/<name>")]
pub async fn remove(
    executor: &State<Executor>,
    user: Scoped<LabelsWrite>,
    precondition: Precondition,
    key: IdempotencyHeader,
    name: &str,
) -> Result<Answer<()>, Error> {
    let command = DeleteLabel::new(&user.id, name, tags(&precondition));
    let key = key.with_input(&())?;
    let key = key.of_command(command.name(), &label_key(name));
    Ok(deleted(executor.run(&user, command, key).await?))
}

/// Move a label
///
/// Moves a label between two others. Name the label that is to precede it in `after`, the one that
/// is to follow it in `before`, or both.
#[utoipa::path(post, path = "/api/v1/labels/{name}/move", tag = "Labels",
    operation_id = "move_label", security(("bearer" = []), ("api_token" = ["labels:write"])),
    params(("name" = String, Path, description = "The label's name, in any case"),
        ("If-Match" = Option<String>, Header, description = "The ETag of the version you saw"),
        ("Idempotency-Key" = Option<String>, Header, pattern = "^[!-~]{1,255}$",
            description = "The same key with the same request gets the first answer again, \
                           for 24 h")),
    request_body = LabelMove,
    responses(
        (status = 200, body = Label, description = "The label, with its new ETag"),
        (status = 401, body = Problem, description = "No valid token"),
        (status = 404, body = Problem, description = "You have no such label"),
        (status = 412, body = Problem, description = "The label has been changed since"),
        (status = 422, body = Problem, description = "A field breaks a rule")))]
#[post("/labels/<name>/move", data = "<body>")]
pub async fn move_label(
    db: &State<Db>,
    executor: &State<Executor>,
    user: Scoped<LabelsWrite>,
    precondition: Precondition,
    key: IdempotencyHeader,
    name: &str,
    body: Json<LabelMove>,
) -> Result<Answer<Label>, Error> {
    let key = key.with_input(&body.0)?;
    let command = MoveLabel::new(&user.id, name, &body.0, tags(&precondition))?;
    let key = key.of_command(command.name(), &label_key(name));
    respond(db, &user.id, executor.run(&user, command, key).await?).await
}

/// Merge a label into another
///
/// Replaces the label by another one in all tasks that you can change, and deletes it.
#[utoipa::path(post, path = "/api/v1/labels/{name}/merge", tag = "Labels",
    operation_id = "merge_label", security(("bearer" = []), ("api_token" = ["labels:write"])),
    params(("name" = String, Path, description = "The label's name, in any case"),
        ("If-Match" = Option<String>, Header, description = "The ETag of the version you saw"),
        ("Idempotency-Key" = Option<String>, Header, pattern = "^[!-~]{1,255}$",
            description = "The same key with the same request gets the first answer again, \
                           for 24 h")),
    request_body = LabelMerge,
    responses(
        (status = 200, body = Label, description = "The label that remains, with its ETag"),
        (status = 401, body = Problem, description = "No valid token"),
        (status = 404, body = Problem, description = "You have no such label"),
        (status = 412, body = Problem, description = "The label has been changed since"),
        (status = 422, body = Problem, description = "A field breaks a rule")))]
#[post("/labels/<name>/merge", data = "<body>")]
pub async fn merge(
    db: &State<Db>,
    executor: &State<Executor>,
    user: Scoped<LabelsWrite>,
    precondition: Precondition,
    key: IdempotencyHeader,
    name: &str,
    body: Json<LabelMerge>,
) -> Result<Answer<Label>, Error> {
    let key = key.with_input(&body.0)?;
    let command = MergeLabel::new(&user.id, name, &body.0, tags(&precondition))?;
    let key = key.of_command(command.name(), &label_key(name));
    respond(db, &user.id, executor.run(&user, command, key).await?).await
}

/// Responds with a changed label and the present number of its tasks.
async fn respond(
    db: &Db,
    user_id: &str,
    executed: Executed<Label>,
) -> Result<Answer<Label>, Error> {
    let label = queries::counted(db, user_id, executed.outcome).await?;
    let etag = label.etag();
    Ok(Answer::ok(label)
        .tagged(etag)
        .replayed(executed.replayed)
        .changed(executed.change_id))
}

fn tags(precondition: &Precondition) -> Tags {
    Tags(precondition.tags().map(<[String]>::to_vec))
}

/// Returns the path of a label.
fn path_of(label: &Label) -> String {
    format!("/api/v1/labels/{}", encoded(&label.name))
}
