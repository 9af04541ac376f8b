//! Cross-origin resource sharing (WHATWG Fetch, section 3.3): pages of the configured origins can
//! call the API. They send a token, never the cookies: no response allows credentials.

use rocket::fairing::{Fairing, Info, Kind};
use rocket::http::{Header, Method, Status};
use rocket::{Request, Response};

use super::is_api;

/// Request headers of the API that a page may not send without permission.
const ALLOWED: &str = "Authorization, Content-Type, Docket-Client, If-Match, If-None-Match, \
    Idempotency-Key, Last-Event-ID";

/// Response headers of the API that a page may not read without permission.
const EXPOSED: &str = "ETag, Location, Docket-Change, Idempotency-Replayed, RateLimit, \
    RateLimit-Policy, Retry-After, WWW-Authenticate";

/// Time for which a browser may keep the permission, in seconds. Browsers keep none for longer.
const MAX_AGE: &str = "7200";

/// Fairing that allows pages of other origins to call the API.
pub struct Cors(pub Vec<String>);

impl Cors {
    /// Returns the origin of a request if it may call the API.
    fn allowed<'r>(&self, request: &'r Request<'_>) -> Option<&'r str> {
        let origin = request.headers().get_one("Origin")?;
        self.0.iter().any(|own| own == origin).then_some(origin)
    }
}

#[rocket::async_trait]
impl Fairing for Cors {
    fn info(&self) -> Info {
        Info {
            name: "CORS",
            kind: Kind::Response,
        }
    }

    async fn on_response<'r>(&self, request: &'r Request<'_>, response: &mut Response<'r>) {
        if self.0.is_empty() || !is_api(request) {
            return;
        }
        // Caches must not give the response for one origin to another.
        response.adjoin_header(Header::new("Vary", "Origin"));
        let Some(origin) = self.allowed(request) else {
            return;
        };
        let is_preflight = request.method() == Method::Options
            && request.headers().contains("Access-Control-Request-Method")
            && response.status() == Status::NoContent;
        let methods = response.headers().get_one("Allow").unwrap_or_default();
        let methods = methods.to_owned();
        let mut set = |name: &'static str, value: &str| {
            response.set_header(Header::new(name, value.to_owned()));
        };
        set("Access-Control-Allow-Origin", origin);
        set("Access-Control-Expose-Headers", EXPOSED);
        if is_preflight {
            set("Access-Control-Allow-Methods", &methods);
            set("Access-Control-Allow-Headers", ALLOWED);
            set("Access-Control-Max-Age", MAX_AGE);
        }
    }
}
