//! The static files as browsers load them. The build script of a release embeds them; a debug build
//! reads them from disk while it runs. Both compile this file, so it uses nothing of the crate.

use std::collections::BTreeMap;
use std::fs;
use std::io;
use std::path::Path;

use sha2::{Digest, Sha256};

use super::slim;

/// Number of hexadecimal digits of the SHA-256 in a URL.
const HASH_DIGITS: usize = 16;

/// The order of the layers of the style sheet. Each of its files belongs to one.
const LAYERS: &str = "@layer tokens, base, components, layout, pages, helpers;\n";

/// The style sheet: all files of `static/css`.
pub const STYLE: &str = "app.css";
/// The folder of modules, which import each other by relative paths. They share a hash, which is
/// part of the folder's name in URLs.
pub const SCRIPTS: &str = "js/";
const STYLES: &str = "css/";
/// The script of the service worker.
pub const WORKER: &str = "sw.js";
/// A file that pages name without its hash.
const ICON: &str = "icon.svg";

/// The content of a file and the hash in its URL.
pub struct Asset {
    pub data: Vec<u8>,
    pub hash: String,
}

/// Returns the files of a folder by name, with the style sheet in place of its parts, and without
/// what only people read.
///
/// # Errors
/// Errors of the file system.
pub fn assets(folder: &Path) -> io::Result<BTreeMap<String, Asset>> {
    let mut files = BTreeMap::new();
    read_folder(folder, "", &mut files)?;
    let mut style = LAYERS.to_owned();
    let mut contents = BTreeMap::new();
    for (name, data) in files {
        if name.starts_with(STYLES) {
            style.push_str(&slim::style(&String::from_utf8_lossy(&data)));
        } else if name.starts_with(SCRIPTS) {
            let script = slim::script(&String::from_utf8_lossy(&data));
            contents.insert(name, script.into_bytes());
        } else {
            contents.insert(name, data);
        }
    }
    contents.insert(STYLE.to_owned(), style.into_bytes());
    let mut scripts = Sha256::new();
    for (name, data) in &contents {
        if name.starts_with(SCRIPTS) {
            scripts.update(name);
            scripts.update(data);
        }
    }
    let scripts = digits(&scripts.finalize());
    let asset = |(name, data): (String, Vec<u8>)| {
        let hash = match name.starts_with(SCRIPTS) {
            true => scripts.clone(),
            false => digits(&Sha256::digest(&data)),
        };
        (name, Asset { data, hash })
    };
    let mut assets: BTreeMap<String, Asset> = contents.into_iter().map(asset).collect();
    let worker = worker_of(&assets);
    let hash = digits(&Sha256::digest(&worker));
    let data = worker.into_bytes();
    assets.insert(WORKER.to_owned(), Asset { data, hash });
    Ok(assets)
}

/// Returns the script of the service worker after its version and the URLs of the files that pages
/// need. Each change of a file is another version.
fn worker_of(assets: &BTreeMap<String, Asset>) -> String {
    let mut version = Sha256::new();
    let mut urls = vec![format!("/static/{ICON}")];
    for (name, Asset { hash, .. }) in assets {
        version.update(name);
        version.update(hash);
        if name == STYLE || (name.ends_with(".js") && name != WORKER) {
            urls.push(url_of(name, hash));
        }
    }
    let version = digits(&version.finalize());
    let script = assets.get(WORKER).map(|asset| asset.data.as_slice());
    let script = slim::script(&String::from_utf8_lossy(script.unwrap_or_default()));
    format!("const VERSION = {version:?};\nconst ASSETS = {urls:?};\n{script}")
}

/// Returns the URL of a file that can be cached permanently.
pub fn url_of(name: &str, hash: &str) -> String {
    if let Some(module) = name.strip_prefix(SCRIPTS) {
        return format!("/static/js-{hash}/{module}");
    }
    let (stem, extension) = name.rsplit_once('.').unwrap_or((name, ""));
    format!("/static/{stem}.{hash}.{extension}")
}

fn read_folder(
    folder: &Path,
    prefix: &str,
    files: &mut BTreeMap<String, Vec<u8>>,
) -> io::Result<()> {
    for entry in fs::read_dir(folder)? {
        let entry = entry?;
        let name = format!("{prefix}{}", entry.file_name().to_string_lossy());
        if entry.file_type()?.is_dir() {
            read_folder(&entry.path(), &format!("{name}/"), files)?;
        } else {
            files.insert(name, fs::read(entry.path())?);
        }
    }
    Ok(())
}

fn digits(digest: &[u8]) -> String {
    let bytes = digest.iter().take(HASH_DIGITS / 2);
    bytes.map(|byte| format!("{byte:02x}")).collect()
}
