//! The static files as browsers load them. The build script of a release embeds them; a debug build
//! reads them from disk while it runs. Both compile this file, so it uses nothing of the crate.

use std::collections::BTreeMap;
use std::fs;
use std::io;
use std::path::Path;

use sha2::{Digest, Sha256};

use super::{modules, slim};

/// Number of hexadecimal digits of the SHA-256 in a URL.
const HASH_DIGITS: usize = 16;

/// The order of the layers of the style sheet. Each of its files belongs to one.
const LAYERS: &str = "@layer tokens, base, components, layout, pages, helpers;\n";

/// The style sheet: all files of `static/css`.
pub const STYLE: &str = "app.css";
/// The folder of scripts, which import each other by relative paths. They share a hash, which is
/// part of the folder's name in URLs.
pub const SCRIPTS: &str = "js/";
/// The script of the service worker.
pub const WORKER: &str = "sw.js";
const STYLES: &str = "css/";
/// Scripts of others.
const VENDOR: &str = "vendor/";
/// The icon, which pages name without a hash.
const ICON: &str = "/static/icon.svg";

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
    let mut scripts = BTreeMap::new();
    for (name, data) in files {
        if name.starts_with(STYLES) {
            style.push_str(&slim::style(&String::from_utf8_lossy(&data)));
        } else if let Some(module) = name.strip_prefix(SCRIPTS) {
            let text = slim::script(&String::from_utf8_lossy(&data));
            scripts.insert(module.to_owned(), text);
        } else {
            contents.insert(name, data);
        }
    }
    contents.insert(STYLE.to_owned(), style.into_bytes());
    let mut of_scripts = Sha256::new();
    for (name, text) in modules::bundled(&scripts) {
        of_scripts.update(&name);
        of_scripts.update(&text);
        contents.insert(format!("{SCRIPTS}{name}"), text.into_bytes());
    }
    let of_scripts = digits(&of_scripts.finalize());
    let asset = |(name, data): (String, Vec<u8>)| {
        let hash = match name.starts_with(SCRIPTS) {
            true => of_scripts.clone(),
            false => hash_of(&data),
        };
        (name, Asset { data, hash })
    };
    let mut assets: BTreeMap<String, Asset> = contents.into_iter().map(asset).collect();
    if let Some(script) = assets.remove(WORKER) {
        let worker = worker(&String::from_utf8_lossy(&script.data), &assets);
        assets.insert(WORKER.to_owned(), worker);
    }
    Ok(assets)
}

/// Returns the script of the service worker, after its version and the URLs of the files that pages
/// need. Each change of a file is another version.
fn worker(script: &str, assets: &BTreeMap<String, Asset>) -> Asset {
    let is_needed = |name: &str| {
        let is_script = name.starts_with(SCRIPTS) || name.starts_with(VENDOR);
        name == STYLE || is_script && name.ends_with(".js")
    };
    let needed = assets.iter().filter(|(name, _)| is_needed(name));
    let mut urls: Vec<_> = needed
        .map(|(name, asset)| url_of(name, &asset.hash))
        .collect();
    urls.push(ICON.to_owned());
    let mut version = Sha256::new();
    for (name, asset) in assets {
        version.update(name);
        version.update(&asset.hash);
    }
    let version = digits(&version.finalize());
    let script = slim::script(script);
    let data = format!("const VERSION = {version:?};\nconst ASSETS = {urls:?};\n{script}");
    let hash = hash_of(data.as_bytes());
    Asset {
        data: data.into_bytes(),
        hash,
    }
}

/// Returns the hash in the URL of a file.
pub fn hash_of(data: &[u8]) -> String {
    digits(&Sha256::digest(data))
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
