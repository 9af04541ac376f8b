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
        if request.accept().is_none_or(takes_json) {
            self.0.handle(request, data).await
        } else {
            let (status, ()) = refuse(request, Error::NotAcceptable);
            Outcome::Error(status)
        }
    }
}

/// The most specific range that covers JSON decides.
fn takes_json(accept: &Accept) -> bool {
    let specificity = |range: &MediaType| {
        if *range == MediaType::JSON {
            Some(2)
        } else if range.top() == "application" && range.sub() == "*" {
            Some(1)
        } else if range.top() == "*" {
            Some(0)
        } else {
            None
        }
    };
    accept
        .iter()
        .filter_map(|range| {
            let weight = range.weight().unwrap_or(1.0);
            Some((specificity(range.media_type())?, weight))
        })
        .max_by_key(|(specificity, _)| *specificity)
        .is_some_and(|(_, weight)| weight > 0.0)
}
