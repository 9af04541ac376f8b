//! Static files, with URLs that contain a hash of the content. A release embeds them, plain and
//! compressed.

use std::collections::BTreeMap;
use std::convert::Infallible;
use std::path::PathBuf;
use std::sync::Arc;

use hyper::body::Bytes;
use rocket::get;
use rocket::http::{ContentType, Header, Status};
use rocket::request::Request;
use rocket::response::{self, Responder, Response};

use super::bundle::{SCRIPTS, WORKER, hash_of, url_of};
use super::latest::Latest;
use crate::error::Error;
use crate::http::{Coding, Validators, coding_of, is_compressible, whole_body};

/// A file of the table that the build script writes. A coding that makes the file no smaller is
/// empty.
#[cfg(embedded)]
struct Embedded {
    name: &'static str,
    hash: &'static str,
    data: &'static [u8],
    brotli: &'static [u8],
    gzip: &'static [u8],
}

#[cfg(embedded)]
const EMBEDDED: &[Embedded] = include!(concat!(env!("OUT_DIR"), "/assets.rs"));

/// The content of a file, the hash in its URL and its compressed forms.
#[derive(Clone)]
struct Content {
    data: Bytes,
    hash: String,
    /// None if a request compresses the file.
    coded: Option<Vec<(Coding, Bytes)>>,
}

type Contents = BTreeMap<String, Content>;

/// A static file. `immutable` is true if its URL contains the hash.
pub struct StaticFile {
    content: Content,
    content_type: ContentType,
    immutable: bool,
}

impl<'r> Responder<'r, 'static> for StaticFile {
    fn respond_to(self, request: &'r Request<'_>) -> response::Result<'static> {
        let compressed = coding_of(request).and_then(|coding| {
            let body = self.content.in_coding(coding, &self.content_type)?;
            Some((coding, body))
        });
        let Content { data, hash, .. } = self.content;
        let etag = format!("\"{hash}\"");
        let caching = if self.immutable {
            "public, max-age=31536000, immutable"
        } else {
            "public, no-cache"
        };
        let mut response = Response::build();
        response
            .header(self.content_type)
            .header(Header::new("Cache-Control", caching))
            .header(Header::new("ETag", etag.clone()));
        if Validators::of(request).have(&etag) {
            return Ok(response.status(Status::NotModified).finalize());
        }
        if let Some((coding, body)) = compressed {
            response.header(Header::new("Content-Encoding", coding.name()));
            return Ok(whole_body(request, &mut response, body).finalize());
        }
        Ok(response
            .sized_body(data.len(), std::io::Cursor::new(data))
            .finalize())
    }
}

impl StaticFile {
    /// Creates a file that caches revalidate by its entity tag.
    pub fn revalidated(data: Vec<u8>, content_type: ContentType) -> StaticFile {
        StaticFile {
            content: Content {
                hash: hash_of(&data),
                data: Bytes::from(data),
                coded: None,
            },
            content_type,
            immutable: false,
        }
    }
}

/// Serves a static file by its plain URL or the one with its hash.
#[get("/static/<path..>")]
pub fn file(path: PathBuf) -> Result<StaticFile, Error> {
    let path = path.to_str().ok_or(Error::NotFound)?;
    let content_type = content_type(path);
    let (name, hash) = plain_name(path);
    let content = contents().get(&name).cloned().ok_or(Error::NotFound)?;
    if hash.as_ref().is_some_and(|hash| *hash != content.hash) {
        return Err(Error::NotFound);
    }
    Ok(StaticFile {
        content,
        content_type,
        immutable: hash.is_some(),
    })
}

/// Serves the service worker. Its scope is all of the server, because it is at the root.
#[get("/sw.js")]
pub fn worker() -> Result<StaticFile, Error> {
    Ok(StaticFile {
        content: contents().get(WORKER).cloned().ok_or(Error::NotFound)?,
        content_type: content_type(WORKER),
        immutable: false,
    })
}

/// Returns the URL of a static file that can be cached permanently.
pub(super) fn asset_url(name: &str) -> Option<String> {
    Some(url_of(name, &contents().get(name)?.hash))
}

/// Splits a path into the name of the file and the hash, if the path has one.
fn plain_name(path: &str) -> (String, Option<String>) {
    let unhashed = || (path.to_owned(), None);
    if let Some((hash, name)) = path
        .strip_prefix("js-")
        .and_then(|path| path.split_once('/'))
    {
        return (format!("{SCRIPTS}{name}"), Some(hash.to_owned()));
    }
    if contents().contains_key(path) {
        return unhashed();
    }
    let Some((stem, extension)) = path.rsplit_once('.') else {
        return unhashed();
    };
    match stem.rsplit_once('.') {
        Some((stem, hash)) => (format!("{stem}.{extension}"), Some(hash.to_owned())),
        None => unhashed(),
    }
}

impl Content {
    /// Returns the file in a coding. `None` if the coding makes it no smaller.
    fn in_coding(&self, coding: Coding, content_type: &ContentType) -> Option<Bytes> {
        if !is_compressible(content_type, self.data.len()) {
            return None;
        }
        match &self.coded {
            Some(coded) => {
                let known = coded.iter().find(|(known, _)| *known == coding);
                known.map(|(_, body)| body.clone())
            }
            None => Some(coding.compress(&self.data)).filter(|body| body.len() < self.data.len()),
        }
    }
}

fn contents() -> Arc<Contents> {
    static ALL: Latest<Contents> = Latest::of("static");
    let Ok(contents) = ALL.get(|| Ok::<_, Infallible>(read()));
    contents
}

/// Returns the embedded files.
#[cfg(embedded)]
fn read() -> Contents {
    let content = |file: &Embedded| {
        let codings = [(Coding::Brotli, file.brotli), (Coding::Gzip, file.gzip)];
        let smaller = codings.into_iter().filter(|(_, body)| !body.is_empty());
        let coded = smaller.map(|(coding, body)| (coding, Bytes::from_static(body)));
        let content = Content {
            data: Bytes::from_static(file.data),
            hash: file.hash.to_owned(),
            coded: Some(coded.collect()),
        };
        (file.name.to_owned(), content)
    };
    EMBEDDED.iter().map(content).collect()
}

/// Returns the files on disk. A file that cannot be read is missing.
#[cfg(not(embedded))]
fn read() -> Contents {
    let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/static");
    let assets = super::bundle::assets(std::path::Path::new(folder)).unwrap_or_default();
    let content = |(name, asset): (String, super::bundle::Asset)| {
        let content = Content {
            data: Bytes::from(asset.data),
            hash: asset.hash,
            coded: None,
        };
        (name, content)
    };
    assets.into_iter().map(content).collect()
}

fn content_type(path: &str) -> ContentType {
    let extension = path.rsplit_once('.').map(|(_, extension)| extension);
    let known = match extension.unwrap_or_default() {
        // Rocket's content type has no charset.
        "js" => Some(ContentType::new("text", "javascript").with_params(("charset", "utf-8"))),
        other => ContentType::from_extension(other),
    };
    known.unwrap_or(ContentType::Binary)
}
