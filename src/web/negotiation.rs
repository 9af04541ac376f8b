//! Content negotiation (RFC 9110, section 12.5.1) for routes that answer JSON and nothing else.

use rocket::http::{Accept, MediaType};
use rocket::outcome::Outcome;
use rocket::route::{Handler, Outcome as RouteOutcome};
use rocket::{Data, Request, Route};

use super::refuse;
use crate::error::Error;

/// The same routes, which do nothing for a client that would not read the answer.
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
        // Several lines are one list (RFC 9110, section 5.3); Rocket reads the first one.
        let lines: Vec<_> = request.headers().get("Accept").collect();
        if takes_json(&lines.join(",")) {
            self.0.handle(request, data).await
        } else {
            let (status, ()) = refuse(request, Error::NotAcceptable);
            Outcome::Error(status)
        }
    }
}

/// Whether a client that sends this reads JSON: the most specific range that covers it decides.
/// What cannot be read says nothing.
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

/// Rocket finds a weight in the first parameter alone.
fn weight(range: &MediaType) -> f32 {
    range
        .params()
        .find(|(name, _)| *name == "q")
        .and_then(|(_, value)| value.parse().ok())
        .unwrap_or(1.0)
}
