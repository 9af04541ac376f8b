//! Compressed responses. A coding is a property of a representation (RFC 9110, section 8.8.3.3), so
//! each coding of a resource has its own strong entity tag: the plain one and the name of the coding.
//! A condition of a write ignores the coding.

use std::ops::RangeInclusive;

use hyper::body::Bytes;
use rocket::fairing::{Fairing, Info, Kind};
use rocket::http::{ContentType, Header, Method, Status};
use rocket::{Request, Response};

use super::coding::Coding;
use super::{Handover, Validators};

/// The range of sizes of compressed responses, in bytes. A smaller one fits into a packet anyway, and
/// a larger one would take too long.
const COMPRESSED_BYTES: RangeInclusive<usize> = 1_000..=1 << 20;

/// Separates a coding from the rest of an entity tag. No other part of a tag has it.
const SEPARATOR: char = '.';

/// The coding of the response to a request. Computed once.
struct Chosen(Option<Coding>);

/// Returns the coding in which a response to this request is sent, if it can be compressed.
pub fn coding_of(request: &Request<'_>) -> Option<Coding> {
    request
        .local_cache(|| {
            // Several header lines form one list (RFC 9110, section 5.3).
            let lines: Vec<_> = request.headers().get("Accept-Encoding").collect();
            let offered = match is_static(request) {
                true => Coding::BEFOREHAND,
                false => &Coding::ALL,
            };
            Chosen(Coding::preferred(&lines.join(","), offered).filter(|_| is_safe(request)))
        })
        .0
}

/// Returns true if nobody learns a secret from the size of a compressed response. The response to a
/// form can have one, such as a new token, next to what the form sent. Other sites can make a browser
/// open a page of their choice, such as a search, and compare the sizes of its responses.
fn is_safe(request: &Request<'_>) -> bool {
    let site = request.headers().get_one("Sec-Fetch-Site");
    let is_own = site.is_none_or(|site| matches!(site, "same-origin" | "none"));
    reads(request) && (is_own || is_static(request))
}

fn reads(request: &Request<'_>) -> bool {
    matches!(request.method(), Method::Get | Method::Head)
}

fn is_static(request: &Request<'_>) -> bool {
    request.uri().path().starts_with("/static/")
}

/// Returns the entity tag of a resource in a coding.
pub(super) fn tag_in(coding: Coding, etag: &str) -> String {
    let opaque = etag.strip_suffix('"').unwrap_or(etag);
    format!("{opaque}{SEPARATOR}{}\"", coding.name())
}

/// Returns an entity tag without its coding.
pub(super) fn plain_tag(etag: &str) -> String {
    let plain = etag.strip_suffix('"').and_then(|opaque| {
        let (plain, name) = opaque.rsplit_once(SEPARATOR)?;
        let is_known = Coding::ALL.iter().any(|coding| coding.name() == name);
        is_known.then(|| format!("{plain}\""))
    });
    plain.unwrap_or_else(|| etag.to_owned())
}

/// Fairing that compresses responses in memory. Streams stay as they are.
pub struct Compressor;

#[rocket::async_trait]
impl Fairing for Compressor {
    fn info(&self) -> Info {
        Info {
            name: "Compressor",
            kind: Kind::Response,
        }
    }

    async fn on_response<'r>(&self, request: &'r Request<'_>, response: &mut Response<'r>) {
        let is_text = response.content_type().is_some_and(|kind| is_text(&kind));
        if !reads(request) || !is_text || response.headers().contains("Content-Range") {
            return;
        }
        response.adjoin_header(Header::new("Vary", "Accept-Encoding"));
        let Some(coding) = coding_of(request) else {
            return;
        };
        if response.status() == Status::NotModified {
            name_known_tag(request, response, coding);
            return;
        }
        // A static file is compressed already.
        if !response.headers().contains("Content-Encoding") {
            compress(request, response, coding).await;
        }
        let is_compressed = response.headers().contains("Content-Encoding");
        let etag = response.headers().get_one("ETag");
        if let Some(etag) = etag.filter(|_| is_compressed) {
            let etag = tag_in(coding, etag);
            response.set_header(Header::new("ETag", etag));
        }
    }
}

/// Returns true if a response of this type and size becomes smaller in a coding.
pub fn is_compressible(kind: &ContentType, size: usize) -> bool {
    is_text(kind) && COMPRESSED_BYTES.contains(&size)
}

fn is_text(kind: &ContentType) -> bool {
    let sub = kind.sub().as_str();
    match kind.top().as_str() {
        "text" => sub != "event-stream",
        "application" => sub == "json" || sub.ends_with("+json"),
        "image" => sub.ends_with("+xml"),
        _ => false,
    }
}

/// Compresses the body of a response, if it is in memory and becomes smaller.
async fn compress<'r>(request: &'r Request<'_>, response: &mut Response<'r>, coding: Coding) {
    let handover: &Handover = request.local_cache(Handover::default);
    let size = response.body().preset_size();
    if size.is_none_or(|size| !COMPRESSED_BYTES.contains(&size)) {
        return;
    }
    let text = match handover.take(size) {
        Some(text) => text,
        None => match response.body_mut().to_bytes().await {
            Ok(text) => Bytes::from(text).into(),
            Err(_) => return,
        },
    };
    let compressed = text.coded(coding);
    if compressed.len() < text.plain().len() {
        response.set_header(Header::new("Content-Encoding", coding.name()));
        handover.replace(response, compressed.into());
    } else {
        handover.replace(response, text);
    }
}

/// Gives a 304 the entity tag of the representation that the client has.
fn name_known_tag(request: &Request<'_>, response: &mut Response<'_>, coding: Coding) {
    let Some(etag) = response.headers().get_one("ETag") else {
        return;
    };
    let (known, coded) = (Validators::of(request), tag_in(coding, etag));
    if !known.list(etag) && known.list(&coded) {
        response.set_header(Header::new("ETag", coded));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_tag_has_a_form_for_each_coding() {
        for etag in ["\"a-7\"", "\"\"", "\"a.b\""] {
            assert_eq!(plain_tag(etag), etag);
            for coding in Coding::ALL {
                assert_eq!(plain_tag(&tag_in(coding, etag)), etag);
            }
        }
        assert_eq!(tag_in(Coding::Gzip, "\"a-7\""), "\"a-7.gzip\"");
        for other in ["", "\"", "a.gzip", "*", "\"a.compress\""] {
            assert_eq!(plain_tag(other), other);
        }
    }

    #[test]
    fn texts_are_compressed_and_pictures_are_not() {
        for kind in [
            ContentType::HTML,
            ContentType::CSS,
            ContentType::JSON,
            ContentType::SVG,
            ContentType::new("application", "problem+json"),
            ContentType::new("application", "manifest+json"),
        ] {
            assert!(is_text(&kind), "{kind}");
        }
        for kind in [
            ContentType::PNG,
            ContentType::GZIP,
            ContentType::Binary,
            ContentType::EventStream,
        ] {
            assert!(!is_text(&kind), "{kind}");
        }
    }
}
