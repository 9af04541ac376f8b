//! The pages of activity, and the form that reverses a change.

use rocket::{Route, State, get, post, routes};
use serde::Serialize;

use super::activity::Source;
use super::sentences::Line;
use super::{ActivityFilter, ActivityPage};
use crate::api::Representations;
use crate::auth::{SameOrigin, User};
use crate::db::Db;
use crate::error::Error;
use crate::http::{Form, Id, Query, ReturnTo};
use crate::locale::message;
use crate::tasks::pages::LIST;
use crate::ui::{Cookies, Reply, lead_to, page, see_other};
use crate::work::{Executor, Undo};

/// Returns the routes to mount at the root.
pub fn routes() -> Vec<Route> {
    let mut routes = routes![undo, of_task, of_project];
    // The browser may request the URL of a form's response with GET, for example on reload.
    routes.extend(lead_to(LIST, &["/changes/<_>/undo"]));
    routes
}

/// The values of a page of activity.
#[derive(Serialize)]
struct LinesPage<'a> {
    lines: Vec<Line>,
    /// The path of the page of the item.
    back: &'a str,
    next_url: Option<String>,
}

#[post("/changes/<id>/undo", data = "<form>")]
async fn undo(
    _origin: SameOrigin,
    db: &State<Db>,
    executor: &State<Executor>,
    user: User,
    cookies: Cookies<'_>,
    id: Id,
    form: Form<ReturnTo>,
) -> Result<Reply, Error> {
    let command = Undo::of(db, executor.types(), &user.id, &id.0).await?;
    match executor.run(&user, command, None).await {
        Ok(_) => cookies.flash_success(message!("done-undone")),
        Err(error) => cookies.flash_refusal(error)?,
    }
    Ok(see_other(form.0.or(LIST)))
}

#[get("/tasks/<id>/activity")]
async fn of_task(
    db: &State<Db>,
    executor: &State<Executor>,
    representations: &State<Representations>,
    user: User,
    id: Id,
    filter: Query<ActivityFilter>,
) -> Result<Reply, Error> {
    let source = Source::new(db, executor.types(), representations, &user.id);
    let found = source.of_item("task", &id.0, &filter.0).await?;
    Ok(activity(&user, &format!("{LIST}/{}", id.0), found))
}

#[get("/projects/<id>/activity")]
async fn of_project(
    db: &State<Db>,
    executor: &State<Executor>,
    representations: &State<Representations>,
    user: User,
    id: Id,
    filter: Query<ActivityFilter>,
) -> Result<Reply, Error> {
    let source = Source::new(db, executor.types(), representations, &user.id);
    let found = source.of_project(&id.0, &filter.0).await?;
    Ok(activity(&user, &format!("/projects/{}", id.0), found))
}

/// Renders a page of the activity of what has the page `path`.
fn activity(user: &User, path: &str, found: ActivityPage) -> Reply {
    let ActivityPage { items, next_cursor } = found;
    let lines = items.iter().map(|item| Line::of(item, &user.preferences));
    let values = LinesPage {
        lines: lines.collect(),
        back: path,
        // A cursor has only characters that a URL can contain.
        next_url: next_cursor.map(|cursor| format!("{path}/activity?cursor={cursor}")),
    };
    page("history/activity", &values)
}
