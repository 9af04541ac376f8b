//! The JSON API of quick add.

use rocket::{Route, State, post, routes};
use serde::Serialize;
use utoipa::ToSchema;

use super::command::QuickAdd;
use super::input::QuickInput;
use super::meaning::Meanings;
use super::plan::Defaults;
use crate::api::Answer;
use crate::auth::{HasScope, ProjectsWrite, Scoped, TasksWrite};
use crate::error::Error;
use crate::http::{IdempotencyHeader, Json, Problem};
use crate::tasks::Task;
use crate::work::{Command, Executor};

/// Returns the routes to mount under `/api/v1`.
pub fn routes() -> Vec<Route> {
    routes![quick]
}

/// The tasks of a text.
#[derive(Serialize, ToSchema)]
pub struct QuickTasks {
    /// The created tasks, in the order of the lines.
    pub items: Vec<Task>,
}

/// The result of quick add.
#[derive(Serialize)]
#[serde(untagged)]
pub enum QuickResult {
    /// The tasks.
    Created(QuickTasks),
    /// The meaning of the lines, of a dry run.
    Meant(Meanings),
}

/// Add tasks as text
///
/// Each line is a task with its dates, labels, priority and place, and an indented line is a subtask
/// of the line above it. One undo reverses all of them. A line that names a project or a section
/// that does not exist is rejected, unless `create_missing` is true. A dry run creates nothing and
/// answers with the meaning of each line.
#[utoipa::path(post, path = "/api/v1/tasks/quick", tag = "Tasks", operation_id = "quick_add",
    security(("bearer" = []), ("api_token" = ["tasks:write"])),
    params(("Idempotency-Key" = Option<String>, Header, pattern = "^[!-~]{1,255}$",
        description = "The same key with the same request gets the first answer again, for 24 h")),
    request_body = QuickInput,
    responses(
        (status = 200, body = Meanings, description = "The meaning of each line, of a dry run"),
        (status = 201, body = QuickTasks, description = "The tasks"),
        (status = 401, body = Problem, description = "No valid token"),
        (status = 403, body = Problem, description = "You may only read a project, \
            or the API token does not have the scope"),
        (status = 422, body = Problem, description = "A field or a line breaks a rule")))]
#[post("/tasks/quick", data = "<body>")]
pub async fn quick(
    executor: &State<Executor>,
    user: Scoped<TasksWrite>,
    may_create: HasScope<ProjectsWrite>,
    key: IdempotencyHeader,
    body: Json<QuickInput>,
) -> Result<Answer<QuickResult>, Error> {
    let input = body.0;
    if input.create_missing {
        may_create.check()?;
    }
    if input.dry_run {
        let items = input.lines(&user.preferences, &[])?;
        let items = items.into_iter().map(Into::into).collect();
        return Ok(Answer::ok(QuickResult::Meant(Meanings { items })));
    }
    let key = key.with_input(&input)?;
    let defaults = Defaults {
        project_id: input.project_id.clone(),
        section_id: input.section_id.clone(),
        parent_id: input.parent_id.clone(),
        ..Defaults::default()
    };
    let command = QuickAdd::new(&user.id, &user.preferences, &input, defaults)?;
    let key = key.of_command(command.name(), &user.id);
    let executed = executor.run(&user, command, key).await?;
    let items = executed.outcome;
    Ok(
        Answer::created_together(QuickResult::Created(QuickTasks { items }))
            .replayed(executed.replayed)
            .changed(executed.change_id),
    )
}
