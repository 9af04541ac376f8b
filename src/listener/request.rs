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
use rocket::uri;

use crate::error::Error;
use crate::web::refuse;

/// Headers that decide about a request and have one value: of two, a program on the way may have
/// read the other one.
const SINGLE: [HeaderName; 4] = [
    AUTHORIZATION,
    CONTENT_TYPE,
    HeaderName::from_static("idempotency-key"),
    ORIGIN,
];

/// The request as Rocket has it. A malformed one is routed nowhere, and answered with the reason: it
/// passes the fairings, so that the refusal has the headers of any answer.
pub(super) fn ask<'c>(rocket: &'c Client, head: &Parts, peer: SocketAddr) -> LocalRequest<'c> {
    let mut request = match understand(head) {
        Ok((method, origin)) => rocket.req(method, origin),
        Err(error) => {
            // Rocket has no value for a method that it does not know.
            let method = method_of(head).unwrap_or(Method::Trace);
            let mut request = rocket.req(method, Origin::ROOT);
            lead_nowhere(&mut request, target_of(head), error);
            request
        }
    };
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

fn understand(head: &Parts) -> Result<(Method, Origin<'static>), Error> {
    let method = method_of(head).ok_or(Error::Status(Status::NotImplemented))?;
    check_host(head)?;
    check_values(&head.headers)?;
    Ok((method, origin_of(target_of(head))?))
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
    request.set_uri(nowhere(target));
    refuse(request.inner(), error);
}

/// A path that no route has, on the same side of the API.
fn nowhere(target: &str) -> Origin<'static> {
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
mod tests {
    use super::*;

    /// Unicode's White_Space, and characters that others take for blanks.
    const BLANKS: [char; 29] = [
        '\t', '\n', '\u{b}', '\u{c}', '\r', ' ', '\u{85}', '\u{a0}', '\u{1680}', '\u{2000}',
        '\u{2001}', '\u{2002}', '\u{2003}', '\u{2004}', '\u{2005}', '\u{2006}', '\u{2007}',
        '\u{2008}', '\u{2009}', '\u{200a}', '\u{2028}', '\u{2029}', '\u{202f}', '\u{205f}',
        '\u{3000}', '\u{180e}', '\u{200b}', '\u{2060}', '\u{feff}',
    ];

    fn read(header: &str) -> Vec<(String, String)> {
        let mut headers = HeaderMap::new();
        let Ok(value) = HeaderValue::from_bytes(header.as_bytes()) else {
            return Vec::new();
        };
        headers.append(COOKIE, value);
        cookies(&headers)
            .map(|cookie| (cookie.name().to_owned(), cookie.value().to_owned()))
            .collect()
    }

    #[test]
    fn space_and_tab_alone_are_no_part_of_a_name() {
        let found = [("__Host-a".to_owned(), "b".to_owned())];
        for blank in BLANKS {
            let is_blank = matches!(blank, ' ' | '\t');
            for header in [
                format!("{blank}__Host-a=b"),
                format!("x=y;{blank}__Host-a=b"),
                format!("{blank}{blank}__Host-a=b"),
                format!(" {blank} __Host-a=b"),
                format!("__Host-a{blank}=b"),
                format!("__Host-a {blank} =b"),
            ] {
                let read = read(&header);
                assert_eq!(read.ends_with(&found), is_blank, "{header:?}: {read:?}");
                let named = read.iter().any(|(name, _)| name.contains("Host"));
                assert_eq!(named, is_blank, "{header:?}: {read:?}");
            }
            assert!(read(&format!("__Host-{blank}a=b")).is_empty(), "{blank:?}");
        }
    }

    #[test]
    fn a_name_is_a_token_and_a_value_is_as_it_was_sent() {
        for dropped in [
            "=b",
            " =b",
            "b",
            "",
            "a b=c",
            "\"a\"=b",
            "a,=b",
            "a@=b",
            "(a)=b",
            "\u{e9}=b",
            "a=\u{85}b",
            "a=b\tc",
        ] {
            assert_eq!(read(dropped), [], "{dropped:?}");
        }
        for (header, name, value) in [
            ("a=", "a", ""),
            ("a=b=c", "a", "b=c"),
            ("%5F%5FHost-a=b", "%5F%5FHost-a", "b"),
            ("a=\"b, c\"", "a", "\"b, c\""),
            ("a=\u{e9}", "a", "\u{e9}"),
            ("a=\u{a0}b\u{a0}", "a", "\u{a0}b\u{a0}"),
            (" \t a \t = \t b \t ", "a", "b"),
        ] {
            assert_eq!(read(header), [(name.into(), value.into())], "{header:?}");
        }
    }

    #[test]
    fn what_is_no_text_drops_one_cookie_alone() {
        let mut headers = HeaderMap::new();
        let value = HeaderValue::from_bytes(b"x=\xff; \xa0a=1; a=2").expect("a header");
        headers.append(COOKIE, value);
        let read: Vec<_> = cookies(&headers).map(|cookie| cookie.to_string()).collect();
        assert_eq!(read, ["a=2"]);
    }

    #[test]
    fn a_path_is_taken_in_its_normal_form_alone() {
        for path in [
            "/",
            "/api/v1/me",
            "/api/v1/me/",
            "/%ff",
            "/a%2fb",
            "/%e2%82%ac",
            "/a%20b",
            "/%zz",
            "/.env",
            "/...",
        ] {
            assert!(is_normal(path), "{path}");
        }
        for path in [
            "//",
            "//api",
            "/api//v1",
            "/api//",
            "/%61pi",
            "/ap%49",
            "/a%7Eb",
            "/a%2Db",
            "/.",
            "/./api",
            "/api/..",
            "/api/../x",
            "/%2e/api",
        ] {
            assert!(!is_normal(path), "{path}");
        }
    }

    #[test]
    fn a_malformed_path_is_answered_on_its_side() {
        for target in [
            "/api/{x}",
            "//api/v1/me",
            "/%61pi/v1/me",
            "/./api/v1/me",
            "/api?x",
            "/%2Fapi/v1",
        ] {
            assert_eq!(nowhere(target), "/api/-", "{target}");
        }
        for target in ["/", "//", "/apis/v1", "/login/api", "*"] {
            assert_eq!(nowhere(target), "/-", "{target}");
        }
    }

    #[test]
    fn a_host_is_a_name_or_an_address_with_or_without_a_port() {
        let valid = |text: &str| text.parse::<Authority>().is_ok_and(|host| is_host(&host));
        for host in [
            "x",
            "x:80",
            "x:",
            "docket.example.org:8443",
            "[::1]:80",
            "127.0.0.1",
        ] {
            assert!(valid(host), "{host}");
        }
        for host in [
            "", ":80", "a@b", "a:b@c", "x:99999", "x:8x", "<script>", "a b", "a/b", "a,b@", "x:1:2",
        ] {
            assert!(!valid(host), "{host}");
        }
    }
}
