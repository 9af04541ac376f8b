//! The id of each request, and its line in the log.

use std::time::Instant;

use rocket::fairing::{Fairing, Info, Kind};
use rocket::http::{Header, Method};
use rocket::{Data, Request, Response};

use super::extension;
use crate::auth::user_id;
use crate::db::new_id;
use crate::log::{self, Answered};

const NAME: &str = "X-Request-Id";

const MOST_CHARACTERS: usize = 64;

/// What is kept of a request from its beginning.
struct Begun {
    id: String,
    at: Instant,
    /// HEAD is routed as GET.
    method: Method,
}

impl Begun {
    fn of<'r>(request: &'r Request<'_>) -> &'r Begun {
        request.local_cache(|| Begun {
            id: sent_id(request).map_or_else(new_id, str::to_owned),
            at: Instant::now(),
            method: request.method(),
        })
    }
}

/// The id that a proxy or client has given, if it can stand in a log and in a header.
fn sent_id<'r>(request: &'r Request<'_>) -> Option<&'r str> {
    let plain = |byte: u8| byte.is_ascii_alphanumeric() || b"-_.".contains(&byte);
    request
        .headers()
        .get_one(NAME)
        .filter(|id| (1..=MOST_CHARACTERS).contains(&id.len()) && id.bytes().all(plain))
}

/// The id by which the log names this request.
pub fn request_id<'r>(request: &'r Request<'_>) -> &'r str {
    &Begun::of(request).id
}

/// Gives each answer the id of its request, and the log a line about it.
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
        // Rocket has read another one from a form whose first field is `_method`.
        let method = Begun::of(request).method;
        request.set_method(method);
    }

    async fn on_response<'r>(&self, request: &'r Request<'_>, response: &mut Response<'r>) {
        let begun = Begun::of(request);
        response.set_header(Header::new(NAME, begun.id.clone()));
        let route = request.route().map(|route| route.uri.as_str());
        log::request(&Answered {
            request_id: &begun.id,
            method: extension(request)
                .map_or(begun.method.as_str(), |extension| extension.method.as_str()),
            route,
            status: response.status().code,
            duration: begun.at.elapsed(),
            user_id: user_id(request),
        });
    }
}
