//! The messages of each language, parsed, and their formatting by Fluent.

use std::borrow::Cow;
use std::sync::LazyLock;

use fluent_bundle::concurrent::FluentBundle;
use fluent_bundle::{FluentArgs, FluentResource, FluentValue};
use rust_embed::RustEmbed;
use unic_langid::LanguageIdentifier;

use super::{Argument, Language};

type Bundle = FluentBundle<FluentResource>;

#[derive(RustEmbed)]
#[folder = "locales/"]
struct Files;

static ENGLISH: LazyLock<Bundle> = LazyLock::new(|| bundle(Language::English));
static GERMAN: LazyLock<Bundle> = LazyLock::new(|| bundle(Language::German));
#[cfg(debug_assertions)]
static PSEUDO: LazyLock<Bundle> = LazyLock::new(|| bundle(Language::Pseudo));
#[cfg(debug_assertions)]
static MIRRORED: LazyLock<Bundle> = LazyLock::new(|| bundle(Language::Mirrored));

fn bundle_of(language: Language) -> &'static Bundle {
    match language {
        Language::German => &GERMAN,
        #[cfg(debug_assertions)]
        Language::Pseudo => &PSEUDO,
        #[cfg(debug_assertions)]
        Language::Mirrored => &MIRRORED,
        _ => &ENGLISH,
    }
}

/// Returns the name of the folder below `locales/`.
fn folder_of(language: Language) -> &'static str {
    match language {
        Language::German => "de/",
        _ => "en/",
    }
}

/// Parses the messages of a language. A mistake in a file costs its own messages only; the tests
/// find it.
fn bundle(language: Language) -> Bundle {
    let tag: LanguageIdentifier = match language {
        Language::Pseudo | Language::Mirrored => Language::English.tag(),
        other => other.tag(),
    }
    .parse()
    .unwrap_or_default();
    let mut bundle = FluentBundle::new_concurrent(vec![tag]);
    // Marks around arguments matter only where the direction of text can change.
    bundle.set_use_isolating(language.direction() == "rtl");
    bundle.set_formatter(Some(match language {
        Language::German => german,
        _ => english,
    }));
    #[cfg(debug_assertions)]
    match language {
        Language::Pseudo => bundle.set_transform(Some(super::pseudo::accented)),
        Language::Mirrored => bundle.set_transform(Some(super::pseudo::mirrored)),
        _ => {}
    }
    let added = bundle.add_function("CAPITAL", |values, _| match values {
        [FluentValue::String(text)] => capitalised(text).into(),
        _ => FluentValue::Error,
    });
    debug_assert!(added.is_ok());
    for name in Files::iter().filter(|name| name.starts_with(folder_of(language))) {
        let file = Files::get(&name).map(|file| file.data.into_owned());
        let source = String::from_utf8(file.unwrap_or_default()).unwrap_or_default();
        let resource = FluentResource::try_new(source).unwrap_or_else(|(parsed, mistakes)| {
            debug_assert!(false, "{name}: {mistakes:?}");
            parsed
        });
        let added = bundle.add_resource(resource);
        debug_assert!(added.is_ok(), "{name}: {added:?}");
    }
    bundle
}

fn capitalised(text: &str) -> String {
    let mut characters = text.chars();
    let first = characters.next().into_iter().flat_map(char::to_uppercase);
    first.chain(characters.clone()).collect()
}

fn english<M>(value: &FluentValue<'_>, _: &M) -> Option<String> {
    grouped(value, Language::English)
}

fn german<M>(value: &FluentValue<'_>, _: &M) -> Option<String> {
    grouped(value, Language::German)
}

fn grouped(value: &FluentValue<'_>, language: Language) -> Option<String> {
    match value {
        FluentValue::Number(number) if number.value >= 1_000.0 => {
            Some(language.number(number.value as u64))
        }
        _ => None,
    }
}

type Arguments<'a> = &'a [(Cow<'static, str>, Argument)];

/// Formats a message.
pub(super) fn format(language: Language, id: &str, arguments: Arguments<'_>) -> String {
    found(id, formatted(language, id, arguments, &|text| text.into()))
}

/// Formats a message as HTML.
pub(super) fn format_markup(language: Language, id: &str, arguments: Arguments<'_>) -> String {
    found(id, formatted(language, id, arguments, &escaped))
}

/// Returns true if a message exists and has all its arguments.
pub(super) fn has(language: Language, id: &str, arguments: Arguments<'_>) -> bool {
    formatted(language, id, arguments, &|text| text.into()).is_ok()
}

/// The tests find a missing message and a missing argument. A user would see the id.
fn found(id: &str, text: Result<String, String>) -> String {
    debug_assert!(text.is_ok(), "{id}: {text:?}");
    text.unwrap_or_else(|_| id.to_owned())
}

fn formatted(
    language: Language,
    id: &str,
    arguments: Arguments<'_>,
    escape: &dyn for<'t> Fn(&'t str) -> Cow<'t, str>,
) -> Result<String, String> {
    let bundle = bundle_of(language);
    let message = bundle.get_message(id);
    let pattern = message
        .and_then(|message| message.value())
        .ok_or("no such message")?;
    let mut values = FluentArgs::with_capacity(arguments.len());
    for (name, argument) in arguments {
        let value = match argument {
            Argument::Number(number) => FluentValue::from(*number),
            Argument::Text(text) => FluentValue::String(escape(text)),
            Argument::Message(message) => {
                formatted(language, message.id(), message.arguments(), escape)?.into()
            }
        };
        values.set(name.as_ref(), value);
    }
    let mut mistakes = Vec::new();
    let text = bundle.format_pattern(pattern, Some(&values), &mut mistakes);
    match mistakes.is_empty() {
        true => Ok(text.into_owned()),
        false => Err(format!("{mistakes:?}")),
    }
}

/// Escapes a text for HTML, also within attributes.
fn escaped(text: &str) -> Cow<'_, str> {
    if !text.contains(['&', '<', '>', '"', '\'']) {
        return text.into();
    }
    let mut html = String::with_capacity(text.len() + 16);
    for character in text.chars() {
        match character {
            '&' => html.push_str("&amp;"),
            '<' => html.push_str("&lt;"),
            '>' => html.push_str("&gt;"),
            '"' => html.push_str("&quot;"),
            '\'' => html.push_str("&#39;"),
            other => html.push(other),
        }
    }
    html.into()
}
