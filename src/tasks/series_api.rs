//! The JSON API for the dates of tasks that repeat.

use garde::Validate;
use rocket::{Route, State, get, post, routes};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

use super::commands::SkipDate;
use super::{Task, queries};
use crate::api::Answer;
use crate::api::resource::{changed, expected};
use crate::auth::{Scoped, TasksRead, TasksWrite};
use crate::db::{Db, Timestamp};
use crate::error::{Error, check_page_size};
use crate::http::input::present;
use crate::http::{Id, IdempotencyHeader, Precondition, Problem, Query};
use crate::when::Due;
use crate::work::{Command, Executor};

/// Default and maximum number of dates of a preview.
const DEFAULT_LIMIT: u32 = 10;
const MOST_DATES: u32 = 50;

/// Returns the routes to mount under `/api/v1`.
pub(super) fn routes() -> Vec<Route> {
    routes![occurrences, skip]
}

/// Selects the dates to return.
#[derive(Clone, Debug, Default, Deserialize, Validate, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct OccurrenceFilter {
    /// Maximum number of dates; 10 if omitted.
    #[garde(inner(custom(check_limit)))]
    #[param(required = false, minimum = 1, maximum = 50)]
    #[serde(default, deserialize_with = "present")]
    pub limit: Option<u32>,
}

fn check_limit(limit: &u32, _: &()) -> garde::Result {
    Ok(check_page_size(*limit, MOST_DATES)?)
}

/// The next dates of a task.
#[derive(Serialize, ToSchema)]
pub struct Occurrences {
    /// The dates, in their order.
    pub items: Vec<Due>,
}

/// Preview the dates of a task that repeats
///
/// The due dates after the present one, if you complete the task on each of them. They are not in
/// the past. Empty if the task does not repeat.
#[utoipa::path(get, path = "/api/v1/tasks/{id}/occurrences", tag = "Tasks",
    operation_id = "list_occurrences",
    security(("bearer" = []), ("api_token" = ["tasks:read"])),
    params(("id" = String, Path, description = "The task's id"), OccurrenceFilter),
    responses(
        (status = 200, body = Occurrences, description = "The dates"),
        (status = 401, body = Problem, description = "No valid token"),
        (status = 404, body = Problem, description = "You have no such task"),
        (status = 422, body = Problem, description = "A parameter is unknown or out of range")))]
#[get("/tasks/<id>/occurrences")]
pub async fn occurrences(
    db: &State<Db>,
    user: Scoped<TasksRead>,
    id: Id,
    filter: Query<OccurrenceFilter>,
) -> Result<Answer<Occurrences>, Error> {
    filter.0.validate()?;
    let most = filter.0.limit.unwrap_or(DEFAULT_LIMIT);
    let task = queries::read(db, &user.id, &id.0).await?;
    let dates = task.next_dates(Timestamp::now(), user.preferences.time_zone);
    let items = dates.take(most as usize).collect();
    Ok(Answer::ok(Occurrences { items }))
}

/// Skip a date of a task that repeats
///
/// Moves the task on to its next date, without a record of the present one. To end the series, set
/// `recurrence` to null.
#[utoipa::path(post, path = "/api/v1/tasks/{id}/skip", tag = "Tasks", operation_id = "skip_task",
    security(("bearer" = []), ("api_token" = ["tasks:write"])),
    params(("id" = String, Path, description = "The task's id"),
        ("If-Match" = Option<String>, Header, description = "The ETag of the version you saw"),
        ("Idempotency-Key" = Option<String>, Header, pattern = "^[!-~]{1,255}$",
            description = "The same key with the same request gets the first answer again, \
                           for 24 h")),
    responses(
        (status = 200, body = Task, description = "The task with its next due date, with its ETag"),
        (status = 401, body = Problem, description = "No valid token"),
        (status = 403, body = Problem, description = "You may only read this project, \
            or the API token does not have the scope"),
        (status = 404, body = Problem, description = "You have no such task"),
        (status = 412, body = Problem, description = "The task has been changed since"),
        (status = 422, body = Problem,
            description = "The task does not repeat, is completed, or has its last date")))]
#[post("/tasks/<id>/skip")]
pub async fn skip(
    executor: &State<Executor>,
    user: Scoped<TasksWrite>,
    precondition: Precondition,
    key: IdempotencyHeader,
    id: Id,
) -> Result<Answer<Task>, Error> {
    let command = SkipDate::new(&id.0, expected(&id.0, &precondition));
    let key = key.with_input(&())?.of_command(command.name(), &id.0);
    Ok(changed(executor.run(&user, command, key).await?))
}
