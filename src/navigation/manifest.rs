//! The manifest by which a browser installs Docket as an app (W3C Web Application Manifest).

use rocket::http::ContentType;
use rocket::{Route, get, routes};
use serde_json::{Value, json};

use crate::error::Error;
use crate::locale::{Language, key};
use crate::ui::StaticFile;

/// The manifest without its texts.
const MANIFEST: &str = include_str!("site.webmanifest");

/// The messages of the shortcuts, in their order.
const SHORTCUTS: [&str; 4] = [
    key!("task-add"),
    key!("nav-today"),
    key!("nav-inbox"),
    key!("search"),
];

/// Returns the route to mount at the root.
pub fn routes() -> Vec<Route> {
    routes![manifest]
}

/// Serves the manifest in a language, or in English if the language is unknown. Browsers ask for it
/// without cookies, so its URL names the language of the page.
#[get("/site.webmanifest?<language>")]
fn manifest(language: Option<&str>) -> Result<StaticFile, Error> {
    let known = Language::ALL
        .iter()
        .find(|known| Some(known.tag()) == language);
    let data = in_language(known.copied().unwrap_or_default())?;
    let content_type = ContentType::new("application", "manifest+json");
    Ok(StaticFile::revalidated(data, content_type))
}

fn in_language(language: Language) -> Result<Vec<u8>, Error> {
    let internal = |error: serde_json::Error| Error::Internal(format!("the manifest: {error}"));
    let mut manifest: Value = serde_json::from_str(MANIFEST).map_err(internal)?;
    manifest["lang"] = json!(language.tag());
    manifest["dir"] = json!(language.direction());
    manifest["description"] = json!(language.text(key!("about-docket")));
    for (at, id) in SHORTCUTS.into_iter().enumerate() {
        manifest["shortcuts"][at]["name"] = json!(language.text(id));
    }
    serde_json::to_vec(&manifest).map_err(internal)
}
