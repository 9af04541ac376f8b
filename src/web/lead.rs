//! Addresses that only take forms. A browser asks for one of them when its user reloads what a form
//! has led to, and gets the page that the form is in.

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

/// Routes that lead whoever asks for one of the paths to the page.
pub fn lead_to(page: &'static str, paths: &[&str]) -> Vec<Route> {
    paths
        .iter()
        .map(|path| Route::new(Method::Get, path, LeadTo(page)))
        .collect()
}
