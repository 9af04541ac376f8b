//! The cross-origin check: a page of another site must not act with the visitor's cookies.

use rocket::Request;
use rocket::request::{FromRequest, Outcome};

use super::Auth;
use crate::error::Error;
use crate::web::refuse;

/// Proof that a request which changes something comes from Docket's own pages, or from no page.
pub struct SameOrigin;

#[rocket::async_trait]
impl<'r> FromRequest<'r> for SameOrigin {
    type Error = ();

    async fn from_request(request: &'r Request<'_>) -> Outcome<SameOrigin, ()> {
        if is_same_origin(request) {
            Outcome::Success(SameOrigin)
        } else {
            Outcome::Error(refuse(request, Error::CrossSite))
        }
    }
}

/// OWASP CSRF Prevention: `Sec-Fetch-Site` where the browser sends it, else `Origin`. A client
/// that sends neither is no browser of today.
pub(super) fn is_same_origin(request: &Request<'_>) -> bool {
    let headers = request.headers();
    if let Some(site) = headers.get_one("Sec-Fetch-Site") {
        return matches!(site, "same-origin" | "none");
    }
    let Some(origin) = headers.get_one("Origin") else {
        return true;
    };
    let public_url = request
        .rocket()
        .state::<Auth>()
        .and_then(|auth| auth.public_url.as_deref());
    match (public_url, headers.get_one("Host")) {
        (Some(own), _) => origin.eq_ignore_ascii_case(own),
        (None, Some(host)) => origin
            .split_once("://")
            .is_some_and(|(_, authority)| authority.eq_ignore_ascii_case(host)),
        (None, None) => false,
    }
}
