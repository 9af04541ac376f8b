//! Content negotiation (RFC 9110, section 12.5.1) for routes that respond in one media type only.

use rocket::http::{Accept, MediaType};
use rocket::outcome::Outcome;
use rocket::route::{Handler, Outcome as RouteOutcome};
use rocket::{Data, Request, Route};

use crate::error::Error;
use crate::http::refuse;

/// Wraps routes so that they respond with 406, before they do anything, if `Accept` excludes JSON.
pub fn json_only(routes: Vec<Route>) -> Vec<Route> {
    only(MediaType::JSON, routes)
}

/// Wraps routes so that they respond with 406, before they do anything, if `Accept` excludes event
/// streams.
pub fn events_only(routes: Vec<Route>) -> Vec<Route> {
    only(MediaType::EventStream, routes)
}

fn only(kind: MediaType, routes: Vec<Route>) -> Vec<Route> {
    routes
        .into_iter()
        .map(|mut route| {
            route.handler = Box::new(Only(kind.clone(), route.handler));
            route
        })
        .collect()
}

#[derive(Clone)]
struct Only(MediaType, Box<dyn Handler>);

#[rocket::async_trait]
impl Handler for Only {
    async fn handle<'r>(&self, request: &'r Request<'_>, data: Data<'r>) -> RouteOutcome<'r> {
        // Several header lines form one list (RFC 9110, section 5.3); Rocket reads only the first.
        let lines: Vec<_> = request.headers().get("Accept").collect();
        if takes(&lines.join(","), &self.0) {
            self.1.handle(request, data).await
        } else {
            let (status, ()) = refuse(request, Error::NotAcceptable);
            Outcome::Error(status)
        }
    }
}

/// Returns true if an `Accept` header includes JSON.
#[cfg(fuzzing)]
pub(crate) fn takes_json(header: &str) -> bool {
    takes(header, &MediaType::JSON)
}

/// Returns true if an `Accept` header includes a media type. The most specific matching range
/// decides. A malformed header is ignored.
fn takes(header: &str, kind: &MediaType) -> bool {
    let Ok(accept) = header.parse::<Accept>() else {
        return true;
    };
    accept
        .iter()
        .filter_map(|range| Some((specificity(range, kind)?, weight(range))))
        .max_by_key(|(specificity, _)| *specificity)
        .is_some_and(|(_, weight)| weight > 0.0)
}

fn specificity(range: &MediaType, kind: &MediaType) -> Option<u8> {
    if range == kind {
        Some(2)
    } else if range.top() == kind.top() && range.sub() == "*" {
        Some(1)
    } else if range.top() == "*" {
        Some(0)
    } else {
        None
    }
}

/// Rocket finds a weight only in the first parameter.
fn weight(range: &MediaType) -> f32 {
    range
        .params()
        .find(|(name, _)| *name == "q")
        .and_then(|(_, value)| value.parse().ok())
        .unwrap_or(1.0)
}
