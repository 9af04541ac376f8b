//! Headers set on every response.

use rocket::fairing::{Fairing, Info, Kind};
use rocket::http::{Header, Status};
use rocket::{Request, Response};

use super::Draining;
use super::cookies::{has_signed_out, pending};
use super::is_api;
use super::quotas;

const PAGE_POLICY: &str = "default-src 'none'; script-src 'self'; style-src 'self'; \
    img-src 'self' data:; font-src 'self'; connect-src 'self'; form-action 'self'; \
    object-src 'none'; base-uri 'none'; frame-ancestors 'none'; manifest-src 'self'; \
    worker-src 'self'";

/// Even if a browser is tricked into treating an API response as a page, nothing in it runs.
const API_POLICY: &str = "default-src 'none'; object-src 'none'; base-uri 'none'; \
    form-action 'none'; frame-ancestors 'none'; sandbox";

const YEAR_AND_SUBDOMAINS: &str = "max-age=31536000; includeSubDomains";

/// Fairing that sets the OWASP Secure Headers and the pending cookies.
pub struct Headers {
    /// True if browsers connect over https.
    pub https: bool,
}

#[rocket::async_trait]
impl Fairing for Headers {
    fn info(&self) -> Info {
        Info {
            name: "Headers",
            kind: Kind::Response,
        }
    }

    async fn on_response<'r>(&self, request: &'r Request<'_>, response: &mut Response<'r>) {
        let is_page = response
            .content_type()
            .is_some_and(|content_type| content_type.is_html());
        let policy = if is_page || !is_api(request) {
            PAGE_POLICY
        } else {
            API_POLICY
        };
        let mut set = |name: &'static str, value: &'static str| {
            response.set_header(Header::new(name, value));
        };
        set("Content-Security-Policy", policy);
        set("X-Content-Type-Options", "nosniff");
        set("X-Frame-Options", "DENY");
        set("Referrer-Policy", "same-origin");
        set("Cross-Origin-Opener-Policy", "same-origin");
        set("Cross-Origin-Resource-Policy", "same-origin");
        set(
            "Permissions-Policy",
            "camera=(), geolocation=(), microphone=()",
        );
        if self.https {
            set("Strict-Transport-Security", YEAR_AND_SUBDOMAINS);
        }
        if has_signed_out(request) {
            set("Clear-Site-Data", "\"cache\", \"storage\"");
        }
        if !response.headers().contains("Cache-Control") {
            response.set_header(Header::new("Cache-Control", "no-store"));
        }
        if is_api(request)
            && let Some((policy, limit)) = quotas(request).headers()
        {
            response.set_header(Header::new("RateLimit-Policy", policy));
            response.set_header(Header::new("RateLimit", limit));
        }
        let draining = request.rocket().state::<Draining>();
        if draining.is_some_and(Draining::has_begun) {
            // The client's next request must open a new connection, which the load balancer sends
            // to another server.
            response.set_header(Header::new("Connection", "close"));
        }
        // RFC 9110, section 9.3.7: the response to OPTIONS has no content.
        if response.status() == Status::NoContent {
            response.remove_header("Content-Type");
        }
        for cookie in pending(request) {
            response.adjoin_header(Header::new("Set-Cookie", cookie.to_string()));
        }
    }
}
