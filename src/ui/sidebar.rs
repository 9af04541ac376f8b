//! The sidebar of the pages of signed-in users, and the first steps that one of them suggests.

use rocket::futures::future::BoxFuture;
use rocket::route::{Handler, Outcome};
use rocket::{Data, Request, Route};
use serde::Serialize;
use serde_json::Value;
use tera::Context;
use tokio::join;
use tokio::sync::OnceCell;

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

/// The parts of a page that are not its handler's.
#[derive(Default)]
struct Loaded {
    /// The rendered sidebar. `None` for a visitor.
    sidebar: OnceCell<Option<BodyForms>>,
    first_steps: OnceCell<Option<Value>>,
}

impl Loaded {
    fn of<'r>(request: &'r Request<'_>) -> &'r Loaded {
        request.local_cache(Loaded::default)
    }
}

/// Wraps the routes of pages so that the sidebar is read before the handler runs: a response is
/// rendered where nothing can be awaited. Handlers that render by a [`Frame`](super::Frame) need it
/// not.
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
    // Before both, or each would read the session.
    authenticated(request).await;
    let read = || async { reported(rendered(request, current(request)?).await) };
    let sidebar = Loaded::of(request).sidebar.get_or_init(read);
    join!(sidebar, load_first_steps(request));
}

/// Reads the first steps of a request whose user is known.
pub(super) async fn load_first_steps(request: &Request<'_>) {
    let read = || async { reported(first_steps(request, current(request)?).await)? };
    Loaded::of(request).first_steps.get_or_init(read).await;
}

/// Has the pages of a request go without what has not been read.
pub(super) fn go_without(request: &Request<'_>) {
    // Fails if it has been read.
    let _ = Loaded::of(request).sidebar.set(None);
}

/// Returns true if a page has its sidebar, or needs none. Otherwise the catcher, which can wait, reads
/// it for the page of an error.
pub fn has_sidebar(request: &Request<'_>) -> bool {
    let is_read = || Loaded::of(request).sidebar.initialized();
    is_htmx(request) || current(request).is_none() || is_read()
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
    Loaded::of(request).first_steps.get()?.as_ref()
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
    let html = Loaded::of(request).sidebar.get()?.as_ref()?;
    let html = std::str::from_utf8(html.plain()).ok()?;
    let link = format!("href=\"{}\"", request.uri().path());
    Some(html.replace(&link, &format!("{link} aria-current=\"page\"")))
}
