//! The page of shortcuts, and the entries of the palette for its script.

use rocket::{Route, State, get, routes};
use serde::Deserialize;

use super::entries::{self, Entry, entries};
use crate::api::Answer;
use crate::api::resource::list_tag;
use crate::auth::User;
use crate::db::Db;
use crate::error::Error;
use crate::http::{Query, Validators};
use crate::ui::{NoValues, Reply, page, with_sidebar};

/// The text to search for.
#[derive(Deserialize)]
struct Search {
    q: String,
}

/// Returns the routes to mount at the root.
pub fn routes() -> Vec<Route> {
    let mut routes = with_sidebar(routes![shortcuts]);
    routes.extend(routes![palette, tasks]);
    routes
}

/// Shows the shortcuts, which a script shows in a dialog, too.
#[get("/shortcuts")]
fn shortcuts(_user: User) -> Reply {
    page("palette/shortcuts", &NoValues {})
}

#[get("/palette")]
async fn palette(
    db: &State<Db>,
    user: User,
    validators: Validators,
) -> Result<Answer<Vec<Entry>>, Error> {
    let etag = list_tag(&user, &["palette", user.language().tag()]);
    if validators.have(&etag) {
        return Ok(Answer::known().tagged(etag));
    }
    Ok(Answer::ok(entries(db, &user).await?).tagged(etag))
}

#[get("/palette/tasks")]
async fn tasks(
    db: &State<Db>,
    user: User,
    query: Query<Search>,
) -> Result<Answer<Vec<Entry>>, Error> {
    Ok(Answer::ok(entries::tasks(db, &user, query.0.q).await?))
}
