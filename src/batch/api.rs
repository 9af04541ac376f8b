//! The JSON API for batches.

use rocket::{Route, State, post, routes};
use serde::Serialize;
use serde_json::Value;
use utoipa::ToSchema;

use super::Operations;
use super::parse::BatchInput;
use crate::api::Answer;
use crate::auth::{Scoped, TasksWrite};
use crate::error::Error;
use crate::http::{IdempotencyHeader, Json, Problem, said};
use crate::locale::Language;
use crate::work::{Command, Executed, Executor, StepResult};

/// Returns the routes to mount under `/api/v1`.
pub fn routes() -> Vec<Route> {
    routes![batch]
}

/// The results of a batch.
#[derive(Serialize, ToSchema)]
pub struct BatchResults {
    /// One result for each command, in order.
    pub results: Vec<CommandResult>,
}

/// The result of a command.
#[derive(Serialize, ToSchema)]
pub struct CommandResult {
    /// The HTTP status that the command would have had alone.
    #[schema(example = 201)]
    pub status: u16,
    /// The resulting item.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<Object>, required = false)]
    pub object: Option<Value>,
    /// The reason of a rejection, as a problem document (RFC 9457).
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<Object>, required = false)]
    pub problem: Option<Value>,
}

impl CommandResult {
    fn of(result: StepResult, language: Language) -> CommandResult {
        let status = result.status;
        let problem = result.error.map(|rejection| {
            serde_json::json!({
                "type": rejection.kind,
                "title": language.say(&rejection.title),
                "status": status,
                "detail": rejection.sentences(language),
                "errors": said(&rejection.errors, language),
            })
        });
        CommandResult {
            status,
            object: result.outcome,
            problem,
        }
    }
}

/// Execute several commands
///
/// The commands are executed in order, in one transaction. In an atomic batch, a rejected command
/// rejects the batch: the answer is its problem, and its detail names the command. Otherwise each
/// command has its own result. One undo reverses the whole batch.
#[utoipa::path(post, path = "/api/v1/batch", tag = "Batch", operation_id = "batch",
    security(("bearer" = []), ("api_token" = ["tasks:write"])),
    params(("Idempotency-Key" = Option<String>, Header, pattern = "^[!-~]{1,255}$",
        description = "The same key with the same request gets the first answer again, for 24 h")),
    request_body = BatchInput,
    responses(
        (status = 200, body = BatchResults, description = "The results"),
        (status = 401, body = Problem, description = "No valid token"),
        (status = 403, body = Problem, description = "A command of an atomic batch is not permitted"),
        (status = 404, body = Problem, description = "An item of an atomic batch does not exist"),
        (status = 409, body = Problem, description = "A command of an atomic batch has a conflict"),
        (status = 412, body = Problem, description = "An item of an atomic batch has been changed"),
        (status = 422, body = Problem, description = "A field breaks a rule")))]
#[post("/batch", data = "<body>")]
pub async fn batch(
    executor: &State<Executor>,
    operations: &State<Operations>,
    user: Scoped<TasksWrite>,
    key: IdempotencyHeader,
    body: Json<BatchInput>,
) -> Result<Answer<BatchResults>, Error> {
    let key = key.with_input(&body.0)?;
    let command = operations.parse(&user.id, body.0)?;
    let key = key.of_command(command.name(), &user.id);
    let Executed {
        outcome,
        change_id,
        replayed,
    } = executor.run(&user, command, key).await?;
    let of = |result| CommandResult::of(result, user.language());
    let results = outcome.into_iter().map(of).collect();
    Ok(Answer::ok(BatchResults { results })
        .replayed(replayed)
        .changed(change_id))
}
