//! The page of the trash and its forms.

use rocket::{Route, State, get, post, routes};
use serde::Serialize;

use super::{TrashFilter, TrashedItem, queries};
use crate::auth::{SameOrigin, User};
use crate::db::Db;
use crate::error::Error;
use crate::http::{Id, Query};
use crate::locale::message;
use crate::ui::{Cookies, Reply, lead_to, page, see_other};
use crate::work::{Executor, RestoreItem, TrashDays, empty_trash, purge_item};

const TRASH: &str = "/trash";

/// Returns the routes to mount at the root.
pub fn routes() -> Vec<Route> {
    let mut routes = routes![list, restore, purge, empty];
    // The browser may request the URL of a form's response with GET, for example on reload.
    let forms = ["/trash/<_>/restore", "/trash/<_>/purge", "/trash/empty"];
    routes.extend(lead_to(TRASH, &forms));
    routes
}

/// The values of the page.
#[derive(Serialize)]
struct ItemsPage<'a> {
    items: Vec<TrashedItem>,
    next_url: Option<String>,
    /// The days that an item is kept.
    days: u32,
    /// The words of the search, if there is one.
    text: Option<&'a str>,
}

#[get("/trash")]
async fn list(
    db: &State<Db>,
    days: &State<TrashDays>,
    user: User,
    filter: Query<TrashFilter>,
) -> Result<Reply, Error> {
    let found = queries::list(db, days.0, &user.id, &filter.0).await?;
    // A cursor has only characters that a URL can contain.
    let next_url = found
        .next_cursor
        .map(|cursor| format!("{TRASH}?cursor={cursor}"));
    let values = ItemsPage {
        items: found.items,
        next_url,
        days: days.0,
        text: filter.0.text(),
    };
    Ok(page("trash/list", &values))
}

#[post("/trash/<id>/restore")]
async fn restore(
    _origin: SameOrigin,
    db: &State<Db>,
    executor: &State<Executor>,
    user: User,
    cookies: Cookies<'_>,
    id: Id,
) -> Result<Reply, Error> {
    let command = RestoreItem::of(db, executor.types(), &user.id, &id.0).await?;
    let restored = executor.run(&user, command, None).await;
    cookies.flash_outcome(message!("done-restored"), restored)?;
    Ok(see_other(TRASH))
}

#[post("/trash/<id>/purge")]
async fn purge(
    _origin: SameOrigin,
    db: &State<Db>,
    executor: &State<Executor>,
    user: User,
    cookies: Cookies<'_>,
    id: Id,
) -> Result<Reply, Error> {
    purge_item(db, executor.types(), &user.id, &id.0).await?;
    cookies.flash_success(message!("done-purged"));
    Ok(see_other(TRASH))
}

#[post("/trash/empty")]
async fn empty(
    _origin: SameOrigin,
    db: &State<Db>,
    executor: &State<Executor>,
    user: User,
    cookies: Cookies<'_>,
) -> Result<Reply, Error> {
    empty_trash(db, executor.types(), &user.id).await?;
    cookies.flash_success(message!("done-trash-emptied"));
    Ok(see_other(TRASH))
}
