//! The forms that skip a date of a task that repeats, and that end its series.

use rocket::{Route, State, post, routes};

use super::commands::{SkipDate, UpdateTask};
use super::kept::LIST;
use super::task_pages::changed_in_place;
use super::{Task, TaskPatch};
use crate::auth::{SameOrigin, User};
use crate::db::Db;
use crate::error::Error;
use crate::http::Id;
use crate::locale::{Message, message};
use crate::ui::{Cookies, Htmx, Reply, see_other};
use crate::work::{Executed, Executor, Expected};

/// Returns the routes to mount at the root.
pub(super) fn routes() -> Vec<Route> {
    routes![skip, end]
}

#[post("/tasks/<id>/skip")]
async fn skip(
    _origin: SameOrigin,
    db: &State<Db>,
    executor: &State<Executor>,
    user: User,
    cookies: Cookies<'_>,
    htmx: Htmx,
    id: Id,
) -> Result<Reply, Error> {
    let command = SkipDate::new(&id.0, Expected::Any);
    let skipped = executor.run(&user, command, None).await;
    respond(
        db,
        &user,
        &cookies,
        &htmx,
        &id,
        message!("done-date-skipped"),
        skipped,
    )
    .await
}

#[post("/tasks/<id>/end-series")]
async fn end(
    _origin: SameOrigin,
    db: &State<Db>,
    executor: &State<Executor>,
    user: User,
    cookies: Cookies<'_>,
    htmx: Htmx,
    id: Id,
) -> Result<Reply, Error> {
    let patch = TaskPatch {
        recurrence: Some(None),
        ..TaskPatch::default()
    };
    let command = UpdateTask::new(&user.id, &id.0, patch, Expected::Any);
    let ended = executor.submit(&user, command).await;
    let message = message!("done-series-ended");
    respond(db, &user, &cookies, &htmx, &id, message, ended).await
}

/// Shows the task with a message.
async fn respond(
    db: &Db,
    user: &User,
    cookies: &Cookies<'_>,
    htmx: &Htmx,
    id: &Id,
    message: Message,
    done: Result<Executed<Task>, Error>,
) -> Result<Reply, Error> {
    if htmx.0 {
        let executed = done?;
        let change_id = executed.change_id;
        return changed_in_place(db, user, executed.outcome, message, change_id).await;
    }
    cookies.flash_outcome(message, done)?;
    Ok(see_other(&format!("{LIST}/{}", id.0)))
}
