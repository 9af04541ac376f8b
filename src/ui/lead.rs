//! Redirects for paths that accept only POST. A browser sends a GET to such a path when the user
//! reloads a rejected form.

use rocket::http::Method;
use rocket::route::{Handler, Outcome};
use rocket::{Data, Request, Route};

use super::see_other;

#[derive(Clone)]
struct LeadTo(&'static str);

#[rocket::async_trait]
impl Handler for LeadTo {
    async fn handle<'r>(&self, request: &'r Request<'_>, _: Data<'r>) -> Outcome<'r> {
        Outcome::from(request, see_other(self.0))
    }
}

/// Creates routes that redirect GET requests for `paths` to `page`.
pub fn lead_to(page: &'static str, paths: &[&str]) -> Vec<Route> {
    paths
        .iter()
        .map(|path| Route::new(Method::Get, path, LeadTo(page)))
        .collect()
}
