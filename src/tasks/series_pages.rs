//! The forms that skip a date of a task that repeats, and that end its series.

use rocket::{Route, State, post, routes};

use super::TaskPatch;
use super::commands::{SkipDate, UpdateTask};
use super::kept::LIST;
use crate::auth::{SameOrigin, User};
use crate::error::Error;
use crate::http::Id;
use crate::ui::{Cookies, Reply, see_other};
use crate::work::{Executor, Expected};

/// Returns the routes to mount at the root.
pub(super) fn routes() -> Vec<Route> {
    routes![skip, end]
}

#[post("/tasks/<id>/skip")]
async fn skip(
    _origin: SameOrigin,
    executor: &State<Executor>,
    user: User,
    cookies: Cookies<'_>,
    id: Id,
) -> Result<Reply, Error> {
    let command = SkipDate::new(&id.0, Expected::Any);
    let skipped = executor.run(&user, command, None).await;
    cookies.flash_outcome("Date skipped", skipped)?;
    Ok(see_other(&format!("{LIST}/{}", id.0)))
}

#[post("/tasks/<id>/end-series")]
async fn end(
    _origin: SameOrigin,
    executor: &State<Executor>,
    user: User,
    cookies: Cookies<'_>,
    id: Id,
) -> Result<Reply, Error> {
    let patch = TaskPatch {
        recurrence: Some(None),
        ..TaskPatch::default()
    };
    let command = UpdateTask::new(&user.id, &id.0, patch, Expected::Any);
    let ended = executor.submit(&user, command).await;
    cookies.flash_outcome("The task does not repeat any more", ended)?;
    Ok(see_other(&format!("{LIST}/{}", id.0)))
}
