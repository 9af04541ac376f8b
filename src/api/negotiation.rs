//! Content negotiation (RFC 9110, section 12.5.1) for routes that respond in JSON only.

use rocket::http::{Accept, MediaType};
use rocket::outcome::Outcome;
use rocket::route::{Handler, Outcome as RouteOutcome};
use rocket::{Data, Request, Route};

use crate::error::Error;
use crate::http::refuse;

/// Wraps routes so that they respond with 406, before they do anything, if `Accept` excludes JSON.
pub fn json_only(routes: Vec<Route>) -> Vec<Route> {
    routes
        .into_iter()
        .map(|mut route| {
            route.handler = Box::new(JsonOnly(route.handler));
            route
        })
        .collect()
}

#[derive(Clone)]
struct JsonOnly(Box<dyn Handler>);

#[rocket::async_trait]
impl Handler for JsonOnly {
    async fn handle<'r>(&self, request: &'r Request<'_>, data: Data<'r>) -> RouteOutcome<'r> {
        // Several header lines form one list (RFC 9110, section 5.3); Rocket reads only the first.
        let lines: Vec<_> = request.headers().get("Accept").collect();
        if takes_json(&lines.join(",")) {
            self.0.handle(request, data).await
        } else {
            let (status, ()) = refuse(request, Error::NotAcceptable);
            Outcome::Error(status)
        }
    }
}

/// Returns true if an `Accept` header includes JSON. The most specific matching range decides. A
/// malformed header is ignored.
pub(crate) fn takes_json(header: &str) -> bool {
    let Ok(accept) = header.parse::<Accept>() else {
        return true;
    };
    accept
        .iter()
        .filter_map(|range| Some((specificity(range)?, weight(range))))
        .max_by_key(|(specificity, _)| *specificity)
        .is_some_and(|(_, weight)| weight > 0.0)
}

fn specificity(range: &MediaType) -> Option<u8> {
    if *range == MediaType::JSON {
        Some(2)
    } else if range.top() == "application" && range.sub() == "*" {
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
