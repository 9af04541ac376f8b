//! The head of a request: checked against RFC 9110 and 9112, and handed to Rocket.

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

/// Headers that decide about a request and have one value: of two, a program on the way may have
/// read the other one.
const SINGLE: [HeaderName; 4] = [
    AUTHORIZATION,
    CONTENT_TYPE,
    HeaderName::from_static("idempotency-key"),
    ORIGIN,
];

/// The request for Rocket. A malformed one has no route, and is answered with the reason: it passes
/// the fairings, so that the refusal has the headers of any response.
pub(super) fn ask<'c>(rocket: &'c Client, head: &Parts, peer: SocketAddr) -> LocalRequest<'c> {
    let (target, extension) = understand(rocket.rocket(), head);
    let mut request = match target {
        Ok((method, origin)) => rocket.req(method, origin),
        Err(error) => {
            // Rocket has no value for a method that it does not know.
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
        // Rocket's headers are text.
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

/// The method and the path to route by, and the request as it was sent if its method is an extension.
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

/// The route of an extension method, or the refusal that another method would get at its path.
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

/// The method. Its name is case-sensitive (RFC 9110, section 9.1), which it is not for Rocket.
fn method_of(head: &Parts) -> Option<Method> {
    let name = head.method.as_str();
    let method: Method = name.parse().ok()?;
    (method.as_str() == name).then_some(method)
}

pub(super) fn target_of(head: &Parts) -> &str {
    head.uri.path_and_query().map_or("/", PathAndQuery::as_str)
}

/// The authority of a target in absolute form. That of CONNECT names a host to connect to.
fn authority_of(head: &Parts) -> Option<&Authority> {
    let absolute = head.uri.scheme().is_some();
    head.uri.authority().filter(|_| absolute)
}

/// RFC 9112, section 3.2.
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
    let detail = "The request must have one Host header, with a host and perhaps a port.";
    Err(Error::Malformed(detail.into()))
}

/// True for a host, with or without a port.
fn is_host(authority: &Authority) -> bool {
    let text = authority.as_str();
    let port = text.strip_prefix(authority.host());
    let valid = |port: &str| port.is_empty() || port == ":" || authority.port_u16().is_some();
    !authority.host().is_empty() && port.is_some_and(valid)
}

/// Refuses values that would be read in more than one way, or be dropped as if they were not there.
fn check_values(headers: &HeaderMap) -> Result<(), Error> {
    let is_text = |value: &HeaderValue| std::str::from_utf8(value.as_bytes()).is_ok();
    for name in SINGLE {
        let mut values = headers.get_all(&name).iter();
        let first = values.next();
        if values.next().is_some() || !first.is_none_or(is_text) {
            let detail = format!("The request must have one {name} header at most, in UTF-8.");
            return Err(Error::Malformed(detail));
        }
    }
    if !headers.get_all(IF_MATCH).iter().all(is_text) {
        let detail = "The if-match headers must be in UTF-8.";
        return Err(Error::Malformed(detail.into()));
    }
    Ok(())
}

fn origin_of(target: &str) -> Result<Origin<'static>, Error> {
    let Ok(origin) = Origin::parse_owned(target.to_owned()) else {
        let detail = "The address has characters that must be percent-encoded.";
        return Err(Error::Malformed(detail.into()));
    };
    if !is_normal(origin.path().as_str()) {
        let detail = "The path must have no empty or dot segments, \
                      and nothing percent-encoded that need not be.";
        return Err(Error::Malformed(detail.into()));
    }
    Ok(origin)
}

/// True if a path is in its normal form (RFC 3986, section 6.2.2). Rocket routes by the normal form,
/// and a proxy that has rules for paths may not.
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

/// True if an unreserved character is percent-encoded.
fn has_needless_escape(segment: &str) -> bool {
    segment.split('%').skip(1).any(|rest| {
        let byte = rest
            .get(..2)
            .and_then(|digits| u8::from_str_radix(digits, 16).ok());
        byte.is_some_and(|byte| byte.is_ascii_alphanumeric() || b"-._~".contains(&byte))
    })
}

/// Has a request answered with an error in place of its route.
pub(super) fn lead_nowhere(request: &mut LocalRequest<'_>, target: &str, error: Error) {
    request.set_uri(fallback_uri(target));
    refuse(request.inner(), error);
}

/// A path that no route has, on the same side of the API.
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

/// The cookies of a request (RFC 6265, section 4.2.1), as they stand there: blanks around a name or
/// value are space and tab, and what has no token for a name is dropped. A browser takes U+00A0
/// before `__Host-` for a part of the name, and `%5F%5FHost-` too: read as `__Host-`, any host of the
/// domain could set what that prefix keeps for this one. Values may have more characters than the
/// RFC allows: other programs of the host set them.
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

/// RFC 9110, section 5.6.2.
fn is_token(text: &str) -> bool {
    let is_tchar = |byte: u8| byte.is_ascii_alphanumeric() || b"!#$%&'*+-.^_`|~".contains(&byte);
    !text.is_empty() && text.bytes().all(is_tchar)
}

#[cfg(test)]
mod tests;
