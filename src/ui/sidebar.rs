//! The sidebar of the pages of signed-in users, and the first steps that one of them suggests.

use rocket::futures::future::BoxFuture;
use rocket::route::{Handler, Outcome};
use rocket::{Data, Request, Route};
use serde::Serialize;
use serde_json::Value;
use tera::Context;

use super::render::is_htmx;
use super::{Destinations, Templates};
use crate::auth::{User, authenticated, current};
use crate::db::{Db, Pool};
use crate::error::Error;
use crate::http::BodyForms;
use crate::log;
use crate::rendered::RenderedCache;
use rocket_db_pools::Database;

/// Reads the values of the sidebar for a user.
type Read = for<'r> fn(&'r Pool, &'r User) -> BoxFuture<'r, Result<Value, Error>>;

/// The function that reads the values of the sidebar, which the modules above supply.
#[derive(Clone, Copy)]
pub struct Sidebar(pub Read);

/// Reads the values of the first steps for a user, if there are any to suggest.
type ReadSteps = for<'r> fn(&'r Pool, &'r User) -> BoxFuture<'r, Result<Option<Value>, Error>>;

/// The function that reads the first steps, which the modules above supply. The page after sign-in
/// shows them.
#[derive(Clone, Copy)]
pub struct FirstSteps(pub ReadSteps);

/// The parts of a page that are read before its handler runs.
#[derive(Default)]
struct Loaded {
    /// The rendered sidebar. `None` for a visitor.
    sidebar: Option<BodyForms>,
    first_steps: Option<Value>,
}

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

/// Reads the sidebar and the first steps of a request. A failure is logged, and the page goes without.
pub(super) async fn load(request: &Request<'_>) {
    if is_htmx(request) {
        return;
    }
    request
        .local_cache_async(async {
            authenticated(request).await;
            match current(request) {
                Some(user) => Loaded {
                    sidebar: reported(rendered(request, user).await),
                    first_steps: reported(first_steps(request, user).await).flatten(),
                },
                None => Loaded::default(),
            }
        })
        .await;
}

fn reported<T>(read: Result<T, Error>) -> Option<T> {
    read.inspect_err(log::report).ok()
}

async fn first_steps(request: &Request<'_>, user: &User) -> Result<Option<Value>, Error> {
    let rocket = request.rocket();
    let home = rocket.state::<Destinations>().map(|pages| pages.home);
    if home.is_none_or(|home| request.uri().path() != home) {
        return Ok(None);
    }
    match (rocket.state::<FirstSteps>(), Db::fetch(rocket)) {
        (Some(FirstSteps(read)), Some(db)) => read(db, user).await,
        _ => Ok(None),
    }
}

/// Returns the first steps that the page suggests.
pub(super) fn first_steps_of<'r>(request: &'r Request<'_>) -> Option<&'r Value> {
    request.local_cache(Loaded::default).first_steps.as_ref()
}

/// The values of the template of the sidebar.
#[derive(Serialize)]
struct SidebarPart<'a> {
    sidebar: Value,
    user: SidebarUser<'a>,
}

#[derive(Serialize)]
struct SidebarUser<'a> {
    id: &'a str,
    /// The e-mail address if the user has no name.
    display_name: &'a str,
    email: &'a str,
}

async fn rendered(request: &Request<'_>, user: &User) -> Result<BodyForms, Error> {
    let rocket = request.rocket();
    let missing = || Error::Internal("the sidebar has no source".into());
    let read = rocket.state::<Sidebar>().ok_or_else(missing)?.0;
    let cache = rocket.state::<RenderedCache>().ok_or_else(missing)?;
    let templates = rocket.state::<Templates>().ok_or_else(missing)?;
    let db = Db::fetch(rocket).ok_or_else(missing)?;
    let write = async {
        let values = SidebarPart {
            sidebar: read(db, user).await?,
            user: SidebarUser {
                id: &user.id,
                display_name: match user.display_name.is_empty() {
                    true => &user.email,
                    false => &user.display_name,
                },
                email: &user.email,
            },
        };
        let context = Context::from_serialize(&values)
            .map_err(|error| Error::Internal(format!("the values of the sidebar: {error}")))?;
        Ok(templates
            .render("partials/sidebar", &context, user.language())?
            .into_bytes())
    };
    cache.get(user, "sidebar", write).await
}

/// Returns the sidebar as HTML, with the link to this page marked. One text serves all pages of a
/// user, so the mark is added here.
pub(super) fn sidebar_of(request: &Request<'_>) -> Option<String> {
    let html = request.local_cache(Loaded::default).sidebar.as_ref()?;
    let html = std::str::from_utf8(html.plain()).ok()?;
    let link = format!("href=\"{}\"", request.uri().path());
    Some(html.replace(&link, &format!("{link} aria-current=\"page\"")))
}
