//! Templates, embedded in the program. Debug builds read them from disk.

use rust_embed::RustEmbed;
use tera::{Context, Kwargs, State, Tera, TeraResult, Value};
use time::OffsetDateTime;
use time::format_description::well_known::Rfc3339;

use super::checklist::with_buttons;
use super::device::device_name;
use super::latest::Latest;
use super::markdown::{to_html, to_preview};
use super::part::{PART, Parts};
use super::script_texts::script_texts;
use super::statics::asset_url;
use super::translate::{FUNCTION, call, translated};
use crate::error::Error;
use crate::http::encoded;
use crate::items::Colour;
use crate::locale::{Language, key, message};
use crate::rendered::RenderedCache;
use crate::when::{Date, short_month, zone_names};

const EXTENSION: &str = ".html.tera";

#[derive(RustEmbed)]
#[folder = "templates/"]
struct Files;

/// All templates, parsed, in each language.
pub struct Templates {
    parsed: Vec<(Language, Latest<Tera>)>,
    /// Keeps rendered parts of pages.
    parts: RenderedCache,
}

impl Templates {
    /// Parses all templates. Debug builds parse those of the other languages when they need them.
    /// `parts` keeps rendered parts of pages.
    ///
    /// # Errors
    /// [`Error::Internal`] if a template is invalid.
    pub fn new(parts: RenderedCache) -> Result<Templates, Error> {
        let languages = Language::ALL.iter();
        let parsed = languages.map(|language| {
            let templates = Latest::of("templates");
            if cfg!(embedded) || *language == Language::English {
                templates.get(|| Templates::in_language(*language, &parts))?;
            }
            Ok((*language, templates))
        });
        let parsed = parsed.collect::<Result<_, Error>>()?;
        Ok(Templates { parsed, parts })
    }

    fn in_language(language: Language, parts: &RenderedCache) -> Result<Tera, Error> {
        let mut tera = Templates::without_files(language);
        let (mut pages, mut of_parts) = (Vec::new(), Vec::new());
        for name in Files::iter() {
            let file = Files::get(&name).map(|file| file.data.into_owned());
            let text = String::from_utf8(file.unwrap_or_default())
                .map_err(|_| broken(format!("{name} is not UTF-8")))?;
            let source = (name.into_owned(), translated(&text, language));
            match source.0.ends_with(PART) {
                true => of_parts.push(source),
                false => pages.push(source),
            }
        }
        let own = Templates::without_files(language);
        let parts = Parts::new(own, language, of_parts, parts.clone()).map_err(broken)?;
        tera.register_function("part", move |arguments: Kwargs, _: &State| {
            parts.call(&arguments)
        });
        tera.add_raw_templates(pages).map_err(broken)?;
        Ok(tera)
    }

    /// Returns the functions and filters of all templates.
    fn without_files(language: Language) -> Tera {
        let mut tera = Tera::new();
        tera.autoescape_on(vec![EXTENSION]);
        tera.register_function(
            "asset",
            |arguments: Kwargs, _: &State| -> TeraResult<String> {
                let path: &str = arguments.must_get("path")?;
                asset_url(path).ok_or_else(|| tera::Error::message(format!("no file {path}")))
            },
        );
        tera.register_function(FUNCTION, move |arguments: Kwargs, _: &State| {
            call(language, &arguments)
        });
        tera.register_function("script_texts", move |_: Kwargs, _: &State| {
            Value::safe_string(&script_texts(language))
        });
        tera.register_function("colours", move |_: Kwargs, _: &State| colours(language));
        tera.register_function("time_zones", |_: Kwargs, _: &State| zone_names().to_vec());
        tera.register_filter("device", move |text: &str, _: Kwargs, _: &State| {
            device_name(text, language)
        });
        tera.register_filter("datetime", move |text: &str, _: Kwargs, _: &State| {
            datetime(text, language)
        });
        tera.register_filter(
            "markdown",
            move |text: &str, arguments: Kwargs, _: &State| -> TeraResult<String> {
                Ok(match arguments.get::<&str>("form")? {
                    Some(form) if !form.is_empty() => {
                        let done = language.text(key!("task-done"));
                        with_buttons(&to_html(text), form, &done)
                    }
                    _ => to_html(text),
                })
            },
        );
        tera.register_filter("text", move |id: &str, _: Kwargs, _: &State| {
            language.text(id)
        });
        tera.register_filter("first_letter", |text: &str, _: Kwargs, _: &State| {
            first_letter(text)
        });
        tera.register_filter("preview", |text: &str, _: Kwargs, _: &State| {
            to_preview(text)
        });
        tera.register_filter("urlencode", |text: &str, _: Kwargs, _: &State| {
            encoded(text)
        });
        tera
    }

    /// Renders a template in a language. `name` excludes the file extension.
    ///
    /// # Errors
    /// [`Error::Internal`] if the template does not exist or fails to render.
    pub fn render(
        &self,
        name: &str,
        context: &Context,
        language: Language,
    ) -> Result<String, Error> {
        let file = format!("{name}{EXTENSION}");
        let found = self.parsed.iter().find(|(other, _)| *other == language);
        let (_, templates) = found.ok_or_else(|| broken("no such language"))?;
        let tera = templates.get(|| Templates::in_language(language, &self.parts))?;
        tera.render(&file, context).map_err(broken)
    }
}

/// Returns the names of colours, each with its name in a language.
fn colours(language: Language) -> Vec<Vec<String>> {
    let named = |colour: &Colour| {
        let name = colour.name();
        vec![name.to_owned(), language.text(&format!("colour-{name}"))]
    };
    Colour::ALL.iter().map(named).collect()
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
fn datetime(text: &str, language: Language) -> String {
    let Ok(instant) = OffsetDateTime::parse(text, &Rfc3339) else {
        return text.to_owned();
    };
    let date = Date::new(
        i16::try_from(instant.year()).unwrap_or_default(),
        u8::from(instant.month()).cast_signed(),
        instant.day().cast_signed(),
    );
    let Some(date) = date else {
        return text.to_owned();
    };
    let date = message!(
        "date-day-month-year",
        day = date.day(),
        month = short_month(date, language),
        year = date.year().to_string()
    );
    let time = format!("{:02}:{:02}", instant.hour(), instant.minute());
    language.say(&message!("date-utc", date = date, time = time))
}
