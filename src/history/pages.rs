//! The form that reverses a change.

use rocket::{Route, State, post, routes};
use serde::Deserialize;

use crate::auth::{SameOrigin, User};
use crate::db::Db;
use crate::error::Error;
use crate::http::{Form, Id, local_path};
use crate::tasks::pages::LIST;
use crate::ui::{Cookies, Reply, lead_to, see_other};
use crate::work::{Executor, Undo};

/// Returns the routes to mount at the root.
pub fn routes() -> Vec<Route> {
    let mut routes = routes![undo];
    // The browser may request the URL of a form's response with GET, for example on reload.
    routes.extend(lead_to(LIST, &["/changes/<_>/undo"]));
    routes
}

/// The page that has the button.
#[derive(Default, Deserialize)]
#[serde(default)]
struct UndoForm {
    next: String,
}

#[post("/changes/<id>/undo", data = "<form>")]
async fn undo(
    _origin: SameOrigin,
    db: &State<Db>,
    executor: &State<Executor>,
    user: User,
    cookies: Cookies<'_>,
    id: Id,
    form: Form<UndoForm>,
) -> Result<Reply, Error> {
    let command = Undo::of(db, executor.types(), &user.id, &id.0).await?;
    match executor.run(&user.id, command, None).await {
        Ok(_) => cookies.flash_success("Undone"),
        Err(error @ (Error::Conflict(_) | Error::Invalid(_))) => {
            cookies.flash_error(&error.detail());
        }
        Err(error) => return Err(error),
    }
    Ok(see_other(local_path(&form.0.next).unwrap_or(LIST)))
}
