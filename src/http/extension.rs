//! Methods that Rocket does not know, such as PROPFIND of WebDAV (RFC 4918).
//!
//! The listener dispatches `PROPFIND /dav/a` as CONNECT of the path `/-/PROPFIND/dav/a`. No request from
//! outside reaches a route there: the listener refuses every path below `/-/`, and CONNECT has no other
//! routes. So a method that somebody makes up never reaches a route of another method, not even one
//! that takes all paths, and a request by cookie has to pass the check of its origin, as CONNECT is not a
//! safe method.

use rocket::http::uri::{self, Origin};
use rocket::http::{Method, Status};
use rocket::request::{FromRequest, Outcome};
use rocket::{Orbit, Request, Rocket, Route};

use super::routing::covers;

/// The path below which the routes of extension methods are.
const PREFIX: &str = "/-/";

/// The method that stands for all extension methods in Rocket.
pub const STAND_IN: Method = Method::Connect;

/// A request with an extension method, as it was sent.
pub struct Extension {
    /// The name of the method.
    pub method: String,
    /// The path and the query.
    pub uri: Origin<'static>,
}

/// The routes, for an extension method and below a base path, to be mounted at `/`. The method that
/// their attributes name has no effect; it decides whether they may have a body, so `post` fits.
///
/// # Errors
/// If the name or the base cannot be a part of a path.
pub fn extension_routes(
    method: &str,
    base: &str,
    routes: Vec<Route>,
) -> Result<Vec<Route>, uri::Error<'static>> {
    let of_method = |mut route: Route| {
        route.method = STAND_IN;
        route.map_base(|_| format!("{PREFIX}{method}{base}"))
    };
    routes.into_iter().map(of_method).collect()
}

/// The request as it was sent, if its method is an extension.
pub fn extension<'r>(request: &'r Request<'_>) -> Option<&'r Extension> {
    if request.method() != STAND_IN {
        return None;
    }
    request.local_cache(|| None::<Extension>).as_ref()
}

#[rocket::async_trait]
impl<'r> FromRequest<'r> for &'r Extension {
    type Error = ();

    async fn from_request(request: &'r Request<'_>) -> Outcome<&'r Extension, ()> {
        match extension(request) {
            Some(extension) => Outcome::Success(extension),
            None => Outcome::Forward(Status::NotFound),
        }
    }
}

/// The path and the query that a client has asked for.
pub fn requested_uri<'r>(request: &'r Request<'_>) -> &'r Origin<'r> {
    match extension(request) {
        Some(extension) => &extension.uri,
        None => request.uri(),
    }
}

/// True for a path that only the listener may ask for.
pub fn is_internal(origin: &Origin<'_>) -> bool {
    origin.path().starts_with(PREFIX)
}

/// True if the server has a route for an extension method, at any path.
pub fn is_implemented(rocket: &Rocket<Orbit>, method: &str) -> bool {
    rocket
        .routes()
        .filter_map(split)
        .any(|(name, _)| name == method)
}

/// The path and the query by which Rocket finds the route of an extension method, if there is one.
pub fn internal_uri(rocket: &Rocket<Orbit>, extension: &Extension) -> Option<Origin<'static>> {
    let Extension { method, uri } = extension;
    let covers = |(name, pattern)| name == method && covers(pattern, uri.path());
    if !rocket.routes().filter_map(split).any(covers) {
        return None;
    }
    Origin::parse_owned(format!("{PREFIX}{method}{uri}")).ok()
}

/// The extension method of a route, and its pattern without the prefix.
pub(super) fn split(route: &Route) -> Option<(&str, &str)> {
    let rest = route.uri.path().strip_prefix(PREFIX)?;
    let slash = rest.find('/').unwrap_or(rest.len());
    (route.method == STAND_IN).then(|| rest.split_at(slash))
}
