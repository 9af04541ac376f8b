//! Questions about the routes of the server that Rocket itself does not answer.

use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};
use rocket::http::Method;
use rocket::http::uri::Path;
use rocket::{Orbit, Rocket, Route};

use super::extension;

/// The characters that a path encodes (RFC 3986, section 2.3).
const RESERVED: &AsciiSet = &NON_ALPHANUMERIC
    .remove(b'-')
    .remove(b'.')
    .remove(b'_')
    .remove(b'~');

/// Returns a text as a segment of a path or a value of a query.
pub fn encoded(text: &str) -> String {
    utf8_percent_encode(text, RESERVED).to_string()
}

/// Names of the methods that the routes of a path take, in alphabetical order. `/tasks/quick` is not
/// the path of an item, though the pattern `/tasks/<id>` covers it.
pub fn methods_of(rocket: &Rocket<Orbit>, path: Path<'_>) -> Vec<String> {
    let routes = rocket.routes().filter_map(|route| {
        let (method, pattern) = method_and_pattern(route);
        covers(pattern, path).then(|| (literals(pattern), method, route))
    });
    let routes: Vec<_> = routes.collect();
    let most = routes.iter().map(|(literals, ..)| *literals).max();
    let mut methods = Vec::new();
    for (_, method, route) in routes
        .iter()
        .filter(|(literals, ..)| Some(*literals) == most)
    {
        methods.push((*method).to_owned());
        if route.method == Method::Get {
            methods.push(Method::Head.to_string());
        }
    }
    if !methods.is_empty() {
        methods.push(Method::Options.to_string());
    }
    methods.sort();
    methods.dedup();
    methods
}

fn method_and_pattern(route: &Route) -> (&str, &str) {
    let pattern = route.uri.path();
    extension::split(route).unwrap_or((route.method.as_str(), pattern))
}

/// Returns the number of the segments of a pattern that are no parameters.
fn literals(pattern: &str) -> usize {
    let parts = pattern.split('/').filter(|part| !part.is_empty());
    parts.filter(|part| !part.starts_with('<')).count()
}

/// True if a pattern with parameters, such as `/tasks/<id>`, covers a path.
pub(super) fn covers(pattern: &str, path: Path<'_>) -> bool {
    let mut segments = path.segments();
    for part in pattern.split('/').filter(|part| !part.is_empty()) {
        if part.ends_with("..>") {
            return true;
        }
        match segments.next() {
            Some(segment) if part.starts_with('<') || part == segment => {}
            _ => return false,
        }
    }
    segments.next().is_none()
}
