//! The JSON API for numbers of tasks.

use rocket::{Route, State, get, routes};

use super::{Counts, queries};
use crate::api::Answer;
use crate::api::resource::list_tag;
use crate::auth::{Scoped, TasksRead};
use crate::db::{Db, Timestamp};
use crate::error::Error;
use crate::filters::{self, Counting};
use crate::http::{Problem, Validators};
use crate::when::today;

/// Returns the routes to mount under `/api/v1`.
pub fn routes() -> Vec<Route> {
    routes![read]
}

/// Count your open tasks
///
/// Returns the numbers of open tasks of each project, label, saved filter and view, on the present
/// day of your time zone. Archived projects are left out.
#[utoipa::path(get, path = "/api/v1/counts", tag = "Tasks", operation_id = "count_tasks",
    security(("bearer" = []), ("api_token" = ["tasks:read"])),
    params(
        ("If-None-Match" = Option<String>, Header, description = "The ETag of an earlier answer")),
    responses(
        (status = 200, body = Counts, description = "The numbers, with an ETag"),
        (status = 304, description = "The numbers are as they were"),
        (status = 401, body = Problem, description = "No valid token")))]
#[get("/counts")]
pub async fn read(
    db: &State<Db>,
    user: Scoped<TasksRead>,
    validators: Validators,
) -> Result<Answer<Counts>, Error> {
    let now = Timestamp::now();
    let today = today(now, user.preferences.time_zone);
    // A day in another zone can have other tasks.
    let day = format!("{today} {}", user.preferences.time_zone);
    let filters = filters::queries::list(db, &user.id).await?;
    let filters = Counting::new(&user, &filters, now);
    let etag = list_tag(&user, &["counts", &day, &filters.tag()]);
    if validators.have(&etag) {
        return Ok(Answer::known().tagged(etag));
    }
    let mut counts = queries::read(db, &user, today).await?;
    counts.filters = filters.counts(db, &user).await?;
    Ok(Answer::ok(counts).tagged(etag))
}
