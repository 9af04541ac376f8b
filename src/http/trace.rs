//! Request ids and the request log.

use std::time::Instant;

use rocket::fairing::{Fairing, Info, Kind};
use rocket::http::{Header, Method};
use rocket::{Data, Request, Response};

use super::{extension, user_id};
use crate::db::new_id;
use crate::log::{self, Answered};

const NAME: &str = "X-Request-Id";

const MOST_CHARACTERS: usize = 64;

/// State stored at the start of a request.
struct RequestStart {
    id: String,
    at: Instant,
    /// The original method. Rocket routes HEAD as GET.
    method: Method,
}

impl RequestStart {
    fn of<'r>(request: &'r Request<'_>) -> &'r RequestStart {
        request.local_cache(|| RequestStart {
            id: sent_id(request).map_or_else(new_id, str::to_owned),
            at: Instant::now(),
            method: request.method(),
        })
    }
}

/// Returns the id sent by a proxy or client, if it is safe in a log and a header.
fn sent_id<'r>(request: &'r Request<'_>) -> Option<&'r str> {
    let plain = |byte: u8| byte.is_ascii_alphanumeric() || b"-_.".contains(&byte);
    request
        .headers()
        .get_one(NAME)
        .filter(|id| (1..=MOST_CHARACTERS).contains(&id.len()) && id.bytes().all(plain))
}

/// Returns the id of the request in the log.
pub fn request_id<'r>(request: &'r Request<'_>) -> &'r str {
    &RequestStart::of(request).id
}

/// Fairing that adds the request id to each response and logs each request.
pub struct RequestLog;

#[rocket::async_trait]
impl Fairing for RequestLog {
    fn info(&self) -> Info {
        Info {
            name: "Request log",
            kind: Kind::Request | Kind::Response,
        }
    }

    async fn on_request(&self, request: &mut Request<'_>, _data: &mut Data<'_>) {
        // Rocket has replaced the method if the first field of a form is `_method`. This restores
        // it.
        let method = RequestStart::of(request).method;
        request.set_method(method);
    }

    async fn on_response<'r>(&self, request: &'r Request<'_>, response: &mut Response<'r>) {
        let start = RequestStart::of(request);
        response.set_header(Header::new(NAME, start.id.clone()));
        let route = request.route().map(|route| route.uri.as_str());
        log::request(&Answered {
            request_id: &start.id,
            method: extension(request)
                .map_or(start.method.as_str(), |extension| extension.method.as_str()),
            route,
            status: response.status().code,
            duration: start.at.elapsed(),
            user_id: user_id(request),
        });
    }
}
