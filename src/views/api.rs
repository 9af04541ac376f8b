//! The JSON API for views.

use rocket::{Route, State, get, routes};

use super::ViewPage;
use super::definition::View;
use super::list::{Shown, ViewQuery};
use crate::api::Answer;
use crate::auth::{Scoped, TasksRead};
use crate::db::{Db, Timestamp};
use crate::error::Error;
use crate::http::{Problem, Query, Validators};
use crate::rendered::RenderedCache;
use crate::tasks::Format;

/// Returns the routes to mount under `/api/v1`.
pub fn routes() -> Vec<Route> {
    routes![read]
}

/// List the tasks of a view
///
/// `inbox` has the tasks of the Inbox in manual order, `today` those of today and of the days before
/// it, `upcoming` those of the days after it, `completed` the completed ones, the last one first, and
/// `all` all open ones, the newest first. The day of a task is the earlier one of its due date and
/// its deadline, in your time zone; within a day, tasks are sorted by time, priority and manual
/// order. `inbox` and `today` leave out tasks that start later.
#[utoipa::path(get, path = "/api/v1/views/{view}", tag = "Tasks", operation_id = "list_view",
    security(("bearer" = []), ("api_token" = ["tasks:read"])),
    params(("view" = String, Path, pattern = "^(inbox|today|upcoming|completed|all)$",
            description = "`inbox`, `today`, `upcoming`, `completed` or `all`"),
        ViewQuery,
        ("If-None-Match" = Option<String>, Header, description = "The ETag of an earlier answer")),
    responses(
        (status = 200, body = ViewPage, description = "A page of tasks, with its ETag"),
        (status = 304, description = "The page is as it was"),
        (status = 401, body = Problem, description = "No valid token"),
        (status = 404, body = Problem, description = "There is no such view"),
        (status = 422, body = Problem, description = "A parameter is unknown or out of range")))]
#[get("/views/<view>")]
pub async fn read(
    db: &State<Db>,
    lists: &State<RenderedCache>,
    user: Scoped<TasksRead>,
    validators: Validators,
    view: View,
    query: Query<ViewQuery>,
) -> Result<Answer<ViewPage>, Error> {
    let shown = Shown::new(&user, view, query.0, Timestamp::now())?;
    let etag = shown.tag(&user);
    if validators.have(&etag) {
        return Ok(Answer::known().tagged(etag));
    }
    let written = async {
        let page = shown.page(shown.read(db, &user.id).await?);
        serde_json::to_vec(&page)
            .map_err(|error| Error::Internal(format!("a view cannot be written: {error}")))
    };
    let json = lists.get(&user, &shown.name(Format::Json), written).await?;
    Ok(Answer::written(json).tagged(etag))
}
