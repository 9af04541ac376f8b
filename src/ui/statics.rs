//! Embedded static files, with names that contain a hash of the content.

use std::path::PathBuf;

use rocket::get;
use rocket::http::{ContentType, Header, Status};
use rocket::request::Request;
use rocket::response::{self, Responder, Response};
use rust_embed::{EmbeddedFile, RustEmbed};

use crate::error::Error;

/// Number of hexadecimal digits of the SHA-256 in a name.
const HASH_DIGITS: usize = 16;

#[derive(RustEmbed)]
#[folder = "static/"]
struct Files;

/// A static file. `immutable` is true if its name contains the hash.
pub struct StaticFile {
    file: EmbeddedFile,
    content_type: ContentType,
    immutable: bool,
}

impl<'r> Responder<'r, 'static> for StaticFile {
    fn respond_to(self, request: &'r Request<'_>) -> response::Result<'static> {
        let etag = format!("\"{}\"", hash(&self.file));
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
        if request.headers().get_one("If-None-Match") == Some(&etag) {
            return Ok(response.status(Status::NotModified).finalize());
        }
        let data = self.file.data.into_owned();
        Ok(response
            .sized_body(data.len(), std::io::Cursor::new(data))
            .finalize())
    }
}

/// Serves a static file by its plain name or its hashed name.
#[get("/static/<path..>")]
pub fn file(path: PathBuf) -> Result<StaticFile, Error> {
    let path = path.to_str().ok_or(Error::NotFound)?;
    let content_type = path
        .rsplit_once('.')
        .and_then(|(_, extension)| content_type(extension))
        .unwrap_or(ContentType::Binary);
    if let Some(file) = Files::get(path) {
        return Ok(StaticFile {
            file,
            content_type,
            immutable: false,
        });
    }
    let (stem, extension) = path.rsplit_once('.').ok_or(Error::NotFound)?;
    let (stem, wanted) = stem.rsplit_once('.').ok_or(Error::NotFound)?;
    let file = Files::get(&format!("{stem}.{extension}")).ok_or(Error::NotFound)?;
    if hash(&file) != wanted {
        return Err(Error::NotFound);
    }
    Ok(StaticFile {
        file,
        content_type,
        immutable: true,
    })
}

/// Returns the URL of a static file that can be cached permanently.
pub(super) fn asset_url(path: &str) -> Option<String> {
    let file = Files::get(path)?;
    let (stem, extension) = path.rsplit_once('.')?;
    Some(format!("/static/{stem}.{}.{extension}", hash(&file)))
}

fn hash(file: &EmbeddedFile) -> String {
    let bytes = file.metadata.sha256_hash();
    let digits: String = bytes.iter().map(|byte| format!("{byte:02x}")).collect();
    digits[..HASH_DIGITS].to_owned()
}

fn content_type(extension: &str) -> Option<ContentType> {
    match extension {
        "webmanifest" => Some(ContentType::new("application", "manifest+json")),
        // Rocket's content type has no charset.
        "js" => Some(ContentType::new("text", "javascript").with_params(("charset", "utf-8"))),
        other => ContentType::from_extension(other),
    }
}
