//! Embedded static files, with URLs that contain a hash of the content.
//!
//! The files of `static/css` are one style sheet, `app.css`. Those of `static/js` are modules that
//! import each other by relative paths, so they share the hash, which is part of their folder.
//!
//! Scripts and the style sheet are sent without comments, and texts are compressed once, with the
//! greatest effort.

use std::borrow::Cow;
use std::collections::HashMap;
use std::path::PathBuf;
use std::sync::{LazyLock, PoisonError, RwLock};

use hyper::body::Bytes;
use rocket::get;
use rocket::http::{ContentType, Header, Status};
use rocket::request::Request;
use rocket::response::{self, Responder, Response};
use rust_embed::{EmbeddedFile, RustEmbed};

use super::slim;
use crate::error::Error;
use crate::http::{Coding, Effort, Validators, coding_of, digest_of, is_compressible, whole_body};

/// Number of hexadecimal digits of the SHA-256 in a URL.
const HASH_DIGITS: usize = 16;

/// The order of the layers of the style sheet. Each of its files belongs to one.
const LAYERS: &str = "@layer tokens, base, components, layout, pages, helpers;\n";

const STYLE: &str = "app.css";
/// The script of the service worker, which is served at the root.
const WORKER: &str = "sw.js";
const STYLES: &str = "css/";
const SCRIPTS: &str = "js/";
const VENDOR: &str = "vendor/";
/// Modules that others import when they are needed.
const LATER: &str = "js/later/";

#[derive(RustEmbed)]
#[folder = "static/"]
struct Files;

/// The content of a file and the hash in its URL.
#[derive(Clone)]
struct Content {
    data: Cow<'static, [u8]>,
    hash: String,
}

/// A static file. `immutable` is true if its URL contains the hash.
pub struct StaticFile {
    name: String,
    content: Content,
    content_type: ContentType,
    immutable: bool,
}

impl<'r> Responder<'r, 'static> for StaticFile {
    fn respond_to(self, request: &'r Request<'_>) -> response::Result<'static> {
        let Content { data, hash } = self.content;
        let compressed = coding_of(request)
            .filter(|_| is_compressible(&self.content_type, data.len()))
            .and_then(|coding| compressed(&self.name, &hash, &data, coding));
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

/// Serves a static file by its plain URL or the one with its hash.
#[get("/static/<path..>")]
pub fn file(path: PathBuf) -> Result<StaticFile, Error> {
    let path = path.to_str().ok_or(Error::NotFound)?;
    let content_type = content_type(path);
    let (name, hash) = plain_name(path);
    let content = content_of(&name).ok_or(Error::NotFound)?;
    if hash.as_ref().is_some_and(|hash| *hash != content.hash) {
        return Err(Error::NotFound);
    }
    Ok(StaticFile {
        name,
        content,
        content_type,
        immutable: hash.is_some(),
    })
}

/// Serves the service worker. Its scope is all of the server, because it is at the root.
#[get("/sw.js")]
pub fn worker() -> Result<StaticFile, Error> {
    Ok(StaticFile {
        name: WORKER.to_owned(),
        content: content_of(WORKER).ok_or(Error::NotFound)?,
        content_type: content_type(WORKER),
        immutable: false,
    })
}

/// Returns the URL of a static file that can be cached permanently.
pub(super) fn asset_url(path: &str) -> Option<String> {
    let hash = hash_of(path)?;
    if let Some(name) = path.strip_prefix(SCRIPTS) {
        return Some(format!("/static/js-{hash}/{name}"));
    }
    let (stem, extension) = path.rsplit_once('.')?;
    Some(format!("/static/{stem}.{hash}.{extension}"))
}

/// Modules that a page names itself. The others are imported by `main.js`.
const ENTRIES: [&str; 2] = ["js/main.js", "js/reference.js"];

/// Returns the URLs of the modules that `main.js` imports, for the browser to load at once.
pub(super) fn module_urls() -> Vec<String> {
    names_below(SCRIPTS)
        .iter()
        .filter(|name| !ENTRIES.contains(&name.as_str()) && !name.starts_with(LATER))
        .filter_map(|name| asset_url(name))
        .collect()
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
    if path == STYLE || Files::get(path).is_some() {
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

fn content_of(name: &str) -> Option<Content> {
    let data = match name {
        STYLE => style().data,
        WORKER => return Some(worker_script()),
        name if name.starts_with(SCRIPTS) => script(name)?,
        name => Files::get(name)?.data,
    };
    let hash = hash_of(name)?;
    Some(Content { data, hash })
}

/// Returns the hash in the URL of a file, without a copy of the file: each page has several.
fn hash_of(name: &str) -> Option<String> {
    if name == STYLE {
        return Some(style().hash);
    }
    let file = Files::get(name)?;
    Some(match name.starts_with(SCRIPTS) {
        true => script_hash(),
        false => digits(&file.metadata.sha256_hash()),
    })
}

/// Returns the style sheet. A debug build reads its files at each use, as it does all static files.
fn style() -> Content {
    static BUNDLE: LazyLock<(Vec<u8>, String)> = LazyLock::new(read_style);
    if cfg!(debug_assertions) {
        let (data, hash) = read_style();
        let data = Cow::Owned(data);
        return Content { data, hash };
    }
    let (data, hash) = &*BUNDLE;
    Content {
        data: Cow::Borrowed(data),
        hash: hash.clone(),
    }
}

fn read_style() -> (Vec<u8>, String) {
    let mut data = LAYERS.as_bytes().to_vec();
    for name in names_below(STYLES) {
        let file = Files::get(&name).map(|file| file.data).unwrap_or_default();
        data.extend_from_slice(slim::style(&String::from_utf8_lossy(&file)).as_bytes());
    }
    let hash = digits(&digest_of(&[&data]));
    (data, hash)
}

/// Returns the script of the service worker, after its version and the URLs of the files that pages
/// need. Each change of a file is another version.
fn worker_script() -> Content {
    static SCRIPT: LazyLock<(Vec<u8>, String)> = LazyLock::new(read_worker);
    if cfg!(debug_assertions) {
        let (data, hash) = read_worker();
        let data = Cow::Owned(data);
        return Content { data, hash };
    }
    let (data, hash) = &*SCRIPT;
    Content {
        data: Cow::Borrowed(data),
        hash: hash.clone(),
    }
}

fn read_worker() -> (Vec<u8>, String) {
    let mut urls: Vec<String> = [STYLE.to_owned()]
        .into_iter()
        .chain(names_below(SCRIPTS))
        .chain(
            names_below(VENDOR)
                .into_iter()
                .filter(|name| name.ends_with(".js")),
        )
        .filter_map(|name| asset_url(&name))
        .collect();
    // Pages name it without a hash.
    urls.push("/static/icon.svg".to_owned());
    let files: Vec<[u8; 32]> = names_below("")
        .iter()
        .filter_map(|name| Files::get(name))
        .map(|file| file.metadata.sha256_hash())
        .collect();
    let version = digits(&digest_of(
        &files.iter().map(<[u8; 32]>::as_slice).collect::<Vec<_>>(),
    ));
    let script = Files::get(WORKER).map(|file| file.data).unwrap_or_default();
    let script = slim::script(&String::from_utf8_lossy(&script));
    let data = format!("const VERSION = {version:?};\nconst ASSETS = {urls:?};\n{script}");
    let hash = digits(&digest_of(&[data.as_bytes()]));
    (data.into_bytes(), hash)
}

/// Returns a module. A debug build reads it at each use.
fn script(name: &str) -> Option<Cow<'static, [u8]>> {
    static ALL: LazyLock<HashMap<String, Vec<u8>>> = LazyLock::new(|| {
        let names = names_below(SCRIPTS).into_iter();
        names
            .filter_map(|name| Some((name.clone(), read_script(&name)?)))
            .collect()
    });
    match cfg!(debug_assertions) {
        true => read_script(name).map(Cow::Owned),
        false => ALL.get(name).map(|data| Cow::Borrowed(data.as_slice())),
    }
}

fn read_script(name: &str) -> Option<Vec<u8>> {
    let data = Files::get(name)?.data;
    Some(slim::script(&String::from_utf8_lossy(&data)).into_bytes())
}

/// Returns the hash of all modules together.
fn script_hash() -> String {
    static HASH: LazyLock<String> = LazyLock::new(read_script_hash);
    match cfg!(debug_assertions) {
        true => read_script_hash(),
        false => HASH.clone(),
    }
}

fn read_script_hash() -> String {
    let files: Vec<EmbeddedFile> = names_below(SCRIPTS)
        .iter()
        .filter_map(|name| Files::get(name))
        .collect();
    let hashes: Vec<[u8; 32]> = files
        .iter()
        .map(|file| file.metadata.sha256_hash())
        .collect();
    digits(&digest_of(
        &hashes.iter().map(<[u8; 32]>::as_slice).collect::<Vec<_>>(),
    ))
}

/// Returns the names of the files in a folder, sorted.
fn names_below(folder: &str) -> Vec<String> {
    let mut names: Vec<String> = Files::iter()
        .filter(|name| name.starts_with(folder))
        .map(|name| name.into_owned())
        .collect();
    names.sort_unstable();
    names
}

fn digits(bytes: &[u8]) -> String {
    let digits: String = bytes.iter().map(|byte| format!("{byte:02x}")).collect();
    digits[..HASH_DIGITS].to_owned()
}

fn content_type(path: &str) -> ContentType {
    let extension = path.rsplit_once('.').map(|(_, extension)| extension);
    let known = match extension.unwrap_or_default() {
        "webmanifest" => Some(ContentType::new("application", "manifest+json")),
        // Rocket's content type has no charset.
        "js" => Some(ContentType::new("text", "javascript").with_params(("charset", "utf-8"))),
        other => ContentType::from_extension(other),
    };
    known.unwrap_or(ContentType::Binary)
}

/// Compresses all files, so that no request waits for it. A debug build compresses a file when it is
/// requested, as it reads it from disk.
pub fn compress_all() {
    if cfg!(debug_assertions) {
        return;
    }
    for name in Files::iter().map(Cow::into_owned).chain([STYLE.to_owned()]) {
        let Some(Content { data, hash }) = content_of(&name) else {
            continue;
        };
        let is_sent = name == STYLE || !name.starts_with(STYLES);
        if is_sent && is_compressible(&content_type(&name), data.len()) {
            for coding in Coding::ALL {
                compressed(&name, &hash, &data, coding);
            }
        }
    }
}

/// Returns a file in a coding. `None` if the coding makes it no smaller.
fn compressed(name: &str, hash: &str, data: &[u8], coding: Coding) -> Option<(Coding, Bytes)> {
    type Key = (String, String, Coding);
    static ALL: LazyLock<RwLock<HashMap<Key, Bytes>>> = LazyLock::new(RwLock::default);
    // An optimized build of the encoder takes 50 ms for a file, another one seconds.
    let effort = match cfg!(debug_assertions) {
        true => Effort::Fast,
        false => Effort::Best,
    };
    let key = (name.to_owned(), hash.to_owned(), coding);
    let known = ALL
        .read()
        .unwrap_or_else(PoisonError::into_inner)
        .get(&key)
        .cloned();
    let body = known.unwrap_or_else(|| {
        let body = coding.compress(data, effort);
        let mut all = ALL.write().unwrap_or_else(PoisonError::into_inner);
        all.insert(key, body.clone());
        body
    });
    (body.len() < data.len()).then_some((coding, body))
}
