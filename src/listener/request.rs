//! Request heads: validation by RFC 9110 and 9112, and conversion for Rocket.

use std::net::SocketAddr;

use hyper::Version;
use hyper::header::{
    AUTHORIZATION, CONTENT_TYPE, COOKIE, HOST, HeaderMap, HeaderName, HeaderValue, IF_MATCH, ORIGIN,
};
use hyper::http::request::Parts;
use hyper::http::uri::{Authority, PathAndQuery};
use percent_encoding::percent_decode_str;
use rocket::http::uri::Origin;
use rocket::http::{Cookie, Header, Method, Status};
use rocket::local::asynchronous::{Client, LocalRequest};
use rocket::{Orbit, Rocket, uri};

use crate::error::Error;
use crate::http::{
    Extension, STAND_IN, internal_uri, is_implemented, is_internal, methods_of, refuse,
};
use crate::locale::message;

/// Headers that must not be repeated. If one had two values, an intermediary might have used the
/// other one.
const SINGLE: [HeaderName; 4] = [
    AUTHORIZATION,
    CONTENT_TYPE,
    HeaderName::from_static("idempotency-key"),
    ORIGIN,
];

/// Creates the request for Rocket. A malformed request is routed to an error response. It passes
/// the fairings, so that the response has all standard headers.
pub(super) fn ask<'c>(rocket: &'c Client, head: &Parts, peer: SocketAddr) -> LocalRequest<'c> {
    let (target, extension) = understand(rocket.rocket(), head);
    let mut request = match target {
        Ok((method, origin)) => rocket.req(method, origin),
        Err(error) => {
            // Rocket cannot represent an unknown method.
            let method = match (&extension, method_of(head)) {
                (Some(_), _) => STAND_IN,
                (None, Some(method)) => method,
                (None, None) => Method::Trace,
            };
            let mut request = rocket.req(method, Origin::ROOT);
            lead_nowhere(&mut request, target_of(head), error);
            request
        }
    };
    if extension.is_some() {
        request.inner().local_cache(|| extension);
    }
    request = request.remote(peer);
    for cookie in cookies(&head.headers) {
        request = request.cookie(cookie);
    }
    for (name, value) in &head.headers {
        // Rocket represents header values as text.
        if let Ok(value) = std::str::from_utf8(value.as_bytes()) {
            request.add_header(Header::new(name.as_str().to_owned(), value.to_owned()));
        }
    }
    if let Some(authority) = authority_of(head) {
        // The target overrides the header (RFC 9112, section 3.2.2).
        request.replace_header(Header::new("Host", authority.as_str().to_owned()));
    }
    request
}

type Target = (Method, Origin<'static>);

/// Returns the method and the path for routing, and the original request if its method is an
/// extension.
fn understand(rocket: &Rocket<Orbit>, head: &Parts) -> (Result<Target, Error>, Option<Extension>) {
    let method = method_of(head);
    if method.is_none() && !is_implemented(rocket, head.method.as_str()) {
        return (Err(Error::Status(Status::NotImplemented.code)), None);
    }
    let uri = match check(head) {
        Ok(uri) => uri,
        Err(error) => return (Err(error), None),
    };
    if let Some(method) = method {
        return (Ok((method, uri)), None);
    }
    let extension = Extension {
        method: head.method.to_string(),
        uri,
    };
    (route_of(rocket, &extension), Some(extension))
}

/// Returns the route of an extension method, or the error that another unsupported method would
/// get at its path.
fn route_of(rocket: &Rocket<Orbit>, extension: &Extension) -> Result<Target, Error> {
    if let Some(uri) = internal_uri(rocket, extension) {
        return Ok((STAND_IN, uri));
    }
    let methods = methods_of(rocket, extension.uri.path());
    Err(if methods.is_empty() {
        Error::NotFound
    } else {
        Error::MethodNotAllowed(methods)
    })
}

fn check(head: &Parts) -> Result<Origin<'static>, Error> {
    check_host(head)?;
    check_values(&head.headers)?;
    let origin = origin_of(target_of(head))?;
    if is_internal(&origin) {
        return Err(Error::NotFound);
    }
    Ok(origin)
}

/// Returns the method. Method names are case-sensitive (RFC 9110, section 9.1), but Rocket ignores
/// case.
fn method_of(head: &Parts) -> Option<Method> {
    let name = head.method.as_str();
    let method: Method = name.parse().ok()?;
    (method.as_str() == name).then_some(method)
}

pub(super) fn target_of(head: &Parts) -> &str {
    head.uri.path_and_query().map_or("/", PathAndQuery::as_str)
}

/// Returns the authority of a target in absolute form. The authority of CONNECT is the
/// destination.
fn authority_of(head: &Parts) -> Option<&Authority> {
    let absolute = head.uri.scheme().is_some();
    head.uri.authority().filter(|_| absolute)
}

/// Checks the Host header (RFC 9112, section 3.2).
fn check_host(head: &Parts) -> Result<(), Error> {
    let mut hosts = head.headers.get_all(HOST).iter();
    let named = match (hosts.next(), hosts.next()) {
        (Some(host), None) => Authority::try_from(host.as_bytes()).is_ok_and(|host| is_host(&host)),
        (None, _) => head.version < Version::HTTP_11,
        _ => false,
    };
    if named && authority_of(head).is_none_or(is_host) {
        return Ok(());
    }
    let detail = message!("request-host");
    Err(Error::Malformed(detail))
}

/// Returns true if the authority is a host with an optional port.
fn is_host(authority: &Authority) -> bool {
    let text = authority.as_str();
    let port = text.strip_prefix(authority.host());
    let valid = |port: &str| port.is_empty() || port == ":" || authority.port_u16().is_some();
    !authority.host().is_empty() && port.is_some_and(valid)
}

/// Rejects values that are ambiguous or that Rocket would silently drop.
fn check_values(headers: &HeaderMap) -> Result<(), Error> {
    let is_text = |value: &HeaderValue| std::str::from_utf8(value.as_bytes()).is_ok();
    for name in SINGLE {
        let mut values = headers.get_all(&name).iter();
        let first = values.next();
        if values.next().is_some() || !first.is_none_or(is_text) {
            let detail = message!("request-header", name = name.as_str());
            return Err(Error::Malformed(detail));
        }
    }
    if !headers.get_all(IF_MATCH).iter().all(is_text) {
        let detail = message!("request-if-match");
        return Err(Error::Malformed(detail));
    }
    Ok(())
}

fn origin_of(target: &str) -> Result<Origin<'static>, Error> {
    let Ok(origin) = Origin::parse_owned(target.to_owned()) else {
        let detail = message!("request-characters");
        return Err(Error::Malformed(detail));
    };
    if !is_normal(origin.path().as_str()) {
        let detail = message!("request-path");
        return Err(Error::Malformed(detail));
    }
    Ok(origin)
}

/// Returns true if a path is in normal form (RFC 3986, section 6.2.2). Rocket routes by the normal
/// form, but a proxy with rules for paths might not.
fn is_normal(path: &str) -> bool {
    let mut segments = path.split('/').skip(1).peekable();
    while let Some(segment) = segments.next() {
        let is_last = segments.peek().is_none();
        let is_dots = matches!(segment, "." | "..");
        if segment.is_empty() && !is_last || is_dots || has_needless_escape(segment) {
            return false;
        }
    }
    true
}

/// Returns true if an unreserved character is percent-encoded.
fn has_needless_escape(segment: &str) -> bool {
    segment.split('%').skip(1).any(|rest| {
        let byte = rest
            .get(..2)
            .and_then(|digits| u8::from_str_radix(digits, 16).ok());
        byte.is_some_and(|byte| byte.is_ascii_alphanumeric() || b"-._~".contains(&byte))
    })
}

/// Routes a request to an error response.
pub(super) fn lead_nowhere(request: &mut LocalRequest<'_>, target: &str, error: Error) {
    request.set_uri(fallback_uri(target));
    refuse(request.inner(), error);
}

/// Returns a path without a route, under `/api` if the target is.
fn fallback_uri(target: &str) -> Origin<'static> {
    let target = percent_decode_str(target).decode_utf8_lossy();
    let first = target
        .split(['/', '?'])
        .find(|segment| !matches!(*segment, "" | "." | ".."));
    match first {
        Some("api") => uri!("/api/-"),
        _ => uri!("/-"),
    }
}

/// Parses the cookies of a request (RFC 6265, section 4.2.1). Only space and tab are trimmed
/// around names and values, and cookies whose name is not a token are dropped. Browsers treat
/// U+00A0 before `__Host-` as part of the name, and do not decode `%5F%5FHost-`. If either were
/// parsed as `__Host-`, another host of the domain could set a cookie that the prefix reserves for
/// this host. Values may contain characters outside the RFC, because other programs on the host
/// set cookies too.
pub(crate) fn cookies(headers: &HeaderMap) -> impl Iterator<Item = Cookie<'static>> {
    headers
        .get_all(COOKIE)
        .iter()
        .flat_map(|header| header.as_bytes().split(|byte| *byte == b';'))
        .filter_map(cookie)
}

fn cookie(pair: &[u8]) -> Option<Cookie<'static>> {
    let (name, value) = std::str::from_utf8(pair).ok()?.split_once('=')?;
    let [name, value] = [name, value].map(|text| text.trim_matches([' ', '\t']));
    let valid = is_token(name) && !value.contains(char::is_control);
    valid.then(|| Cookie::new(name.to_owned(), value.to_owned()))
}

/// Returns true if the text is a token (RFC 9110, section 5.6.2).
fn is_token(text: &str) -> bool {
    let is_tchar = |byte: u8| byte.is_ascii_alphanumeric() || b"!#$%&'*+-.^_`|~".contains(&byte);
    !text.is_empty() && text.bytes().all(is_tchar)
}

#[cfg(test)]
mod tests;
