//! The sidebar of the pages of signed-in users.

use hyper::body::Bytes;
use rocket::futures::future::BoxFuture;
use rocket::route::{Handler, Outcome};
use rocket::{Data, Request, Route};
use serde_json::{Value, json};
use tera::Context;

use super::Templates;
use super::render::is_htmx;
use crate::auth::{User, authenticated, current};
use crate::db::{Db, Pool};
use crate::error::Error;
use crate::log;
use crate::rendered::RenderedCache;
use rocket_db_pools::Database;

/// Reads the values of the sidebar for a user.
type Read = for<'r> fn(&'r Pool, &'r User) -> BoxFuture<'r, Result<Value, Error>>;

/// The function that reads the values of the sidebar, which the modules above supply.
#[derive(Clone, Copy)]
pub struct Sidebar(pub Read);

/// The rendered sidebar of a request. `None` for a visitor.
struct Loaded(Option<Bytes>);

/// Wraps the routes of pages so that the sidebar is read before the handler runs: a page is
/// rendered where nothing can be awaited.
pub fn with_sidebar(routes: Vec<Route>) -> Vec<Route> {
    routes
        .into_iter()
        .map(|mut route| {
            route.handler = Box::new(WithSidebar(route.handler));
            route
        })
        .collect()
}

#[derive(Clone)]
struct WithSidebar(Box<dyn Handler>);

#[rocket::async_trait]
impl Handler for WithSidebar {
    async fn handle<'r>(&self, request: &'r Request<'_>, data: Data<'r>) -> Outcome<'r> {
        load(request).await;
        self.0.handle(request, data).await
    }
}

/// Reads the sidebar of a request. A failure is logged, and the page goes without.
pub(super) async fn load(request: &Request<'_>) {
    if is_htmx(request) {
        return;
    }
    request
        .local_cache_async(async {
            authenticated(request).await;
            let Some(user) = current(request) else {
                return Loaded(None);
            };
            match rendered(request, user).await {
                Ok(html) => Loaded(Some(html)),
                Err(error) => {
                    log::report(&error);
                    Loaded(None)
                }
            }
        })
        .await;
}

async fn rendered(request: &Request<'_>, user: &User) -> Result<Bytes, Error> {
    let rocket = request.rocket();
    let missing = || Error::Internal("the sidebar has no source".into());
    let read = rocket.state::<Sidebar>().ok_or_else(missing)?.0;
    let cache = rocket.state::<RenderedCache>().ok_or_else(missing)?;
    let templates = rocket.state::<Templates>().ok_or_else(missing)?;
    let db = Db::fetch(rocket).ok_or_else(missing)?;
    let write = async {
        let values = json!({ "sidebar": read(db, user).await?, "user": {
            "id": user.id, "display_name": user.display_name, "email": user.email } });
        let context = Context::from_serialize(&values)
            .map_err(|error| Error::Internal(format!("the values of the sidebar: {error}")))?;
        Ok(templates.render("partials/sidebar", &context)?.into_bytes())
    };
    cache.get(user, "sidebar", write).await
}

/// Returns the sidebar as HTML, with the link to this page marked. One text serves all pages of a
/// user, so the mark is added here.
pub(super) fn sidebar_of(request: &Request<'_>) -> Option<String> {
    let html = request.local_cache(|| Loaded(None)).0.as_ref()?;
    let html = std::str::from_utf8(html).ok()?;
    let link = format!("href=\"{}\"", request.uri().path());
    Some(html.replace(&link, &format!("{link} aria-current=\"page\"")))
}
