//! Templates, embedded in the program. Debug builds read them from disk at each use.

use percent_encoding::{NON_ALPHANUMERIC, utf8_percent_encode};
use rust_embed::RustEmbed;
use tera::{Context, Kwargs, State, Tera, TeraResult};
use time::OffsetDateTime;
use time::format_description::well_known::Rfc3339;
use time::macros::format_description;

use super::checklist::with_buttons;
use super::device::device_name;
use super::markdown::{to_html, to_preview};
use super::statics::asset_url;
use crate::error::Error;
use crate::when::zone_names;

const EXTENSION: &str = ".html.tera";

#[derive(RustEmbed)]
#[folder = "templates/"]
struct Files;

/// All templates, parsed.
pub struct Templates(Tera);

impl Templates {
    /// Parses all templates.
    ///
    /// # Errors
    /// [`Error::Internal`] if a template is invalid.
    pub fn new() -> Result<Templates, Error> {
        let mut tera = Tera::new();
        tera.autoescape_on(vec![EXTENSION]);
        tera.register_function(
            "asset",
            |arguments: Kwargs, _: &State| -> TeraResult<String> {
                let path: &str = arguments.must_get("path")?;
                asset_url(path).ok_or_else(|| tera::Error::message(format!("no file {path}")))
            },
        );
        tera.register_function("time_zones", |_: Kwargs, _: &State| zone_names().to_vec());
        tera.register_filter("device", |text: &str, _: Kwargs, _: &State| {
            device_name(text)
        });
        tera.register_filter("datetime", |text: &str, _: Kwargs, _: &State| {
            datetime(text)
        });
        tera.register_filter(
            "markdown",
            |text: &str, arguments: Kwargs, _: &State| -> TeraResult<String> {
                Ok(match arguments.get::<&str>("form")? {
                    Some(form) if !form.is_empty() => with_buttons(&to_html(text), form),
                    _ => to_html(text),
                })
            },
        );
        tera.register_filter("first_letter", |text: &str, _: Kwargs, _: &State| {
            first_letter(text)
        });
        tera.register_filter("preview", |text: &str, _: Kwargs, _: &State| {
            to_preview(text)
        });
        tera.register_filter("urlencode", |text: &str, _: Kwargs, _: &State| {
            utf8_percent_encode(text, NON_ALPHANUMERIC).to_string()
        });
        let mut sources = Vec::new();
        for name in Files::iter() {
            let file = Files::get(&name).map(|file| file.data.into_owned());
            let text = String::from_utf8(file.unwrap_or_default())
                .map_err(|_| broken(format!("{name} is not UTF-8")))?;
            sources.push((name.into_owned(), text));
        }
        tera.add_raw_templates(sources).map_err(broken)?;
        Ok(Templates(tera))
    }

    /// Renders a template. `name` excludes the file extension.
    ///
    /// # Errors
    /// [`Error::Internal`] if the template does not exist or fails to render.
    pub fn render(&self, name: &str, context: &Context) -> Result<String, Error> {
        let file = format!("{name}{EXTENSION}");
        if cfg!(debug_assertions) {
            return Templates::new()?.0.render(&file, context).map_err(broken);
        }
        self.0.render(&file, context).map_err(broken)
    }
}

fn broken(error: impl std::fmt::Display) -> Error {
    Error::Internal(format!("templates: {error}"))
}

/// Returns the first character of a name in upper case.
fn first_letter(text: &str) -> String {
    let first = text.trim_start().chars().next();
    first.into_iter().flat_map(char::to_uppercase).collect()
}

/// Formats an RFC 3339 date-time for people.
fn datetime(text: &str) -> String {
    let format =
        format_description!("[day padding:none] [month repr:short] [year], [hour]:[minute] UTC");
    OffsetDateTime::parse(text, &Rfc3339)
        .ok()
        .and_then(|instant| instant.format(format).ok())
        .unwrap_or_else(|| text.to_owned())
}
