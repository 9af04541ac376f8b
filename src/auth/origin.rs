//! Cross-origin check (CSRF protection): pages of other sites must not act with the user's cookies.

use rocket::Request;
use rocket::request::{FromRequest, Outcome};

use super::Auth;
use crate::error::Error;
use crate::http::refuse;

/// Guard of unsafe requests. Rejects requests sent by pages of another origin.
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

/// OWASP CSRF Prevention: checks `Sec-Fetch-Site`, or `Origin` if it is absent. Every current
/// browser sends at least one of them, so a request without either does not come from a page.
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
