//! Messages in the sources of templates. `t("id")` becomes a text before a template is parsed, so it
//! costs nothing while a page is rendered. `t("id", count=n)` becomes a call of the function
//! [`FUNCTION`] of the language's templates.

use std::borrow::Cow;

use tera::{Error, Kwargs, TeraResult, Value};

use crate::locale::{Argument, Language, Message};

/// The function that formats a message with arguments.
pub(super) const FUNCTION: &str = "translated";

/// End of the ids of messages that are HTML.
const MARKUP: &str = "-html";

/// Replaces the references to messages in the source of a template.
pub(super) fn translated(source: &str, language: Language) -> String {
    let mut out = String::with_capacity(source.len() * 5 / 4);
    let mut rest = source;
    while let Some(reference) = Reference::find(rest) {
        let before = &rest[..reference.start];
        let after = &rest[reference.end..];
        let is_output = before.ends_with("{{ ") && after.starts_with(" }}");
        if reference.has_arguments {
            out.push_str(before);
            out.push_str(&format!("{FUNCTION}(id=\"{}\", ", reference.id));
            rest = after;
        } else if is_output {
            out.push_str(&before[..before.len() - "{{ ".len()]);
            out.push_str(&html(reference.id, language));
            rest = &after[" }}".len()..];
        } else {
            out.push_str(before);
            let text = language.text(reference.id);
            out.push('"');
            out.push_str(&text.replace('\\', "\\\\").replace('"', "\\\""));
            out.push('"');
            rest = after;
        }
    }
    out.push_str(rest);
    out
}

/// A reference to a message in the source of a template.
struct Reference<'s> {
    id: &'s str,
    start: usize,
    /// The place after `t("id")`, or after `t("id", `.
    end: usize,
    has_arguments: bool,
}

impl<'s> Reference<'s> {
    const START: &'static str = "t(\"";

    /// Returns the first reference in the source.
    fn find(source: &'s str) -> Option<Reference<'s>> {
        let is_start =
            |at: &usize| !source[..*at].ends_with(|c: char| c.is_alphanumeric() || c == '_');
        let mut places = source.match_indices(Reference::START).map(|(at, _)| at);
        let start = places.find(is_start)?;
        let id_start = start + Reference::START.len();
        let id_end = id_start + source[id_start..].find('"')?;
        let after = id_end + 1;
        let has_arguments = source[after..].starts_with(',');
        let rest = source[after + 1..].trim_start();
        Some(Reference {
            id: &source[id_start..id_end],
            start,
            end: match has_arguments {
                true => source.len() - rest.len(),
                false => after + 1,
            },
            has_arguments,
        })
    }
}

fn html(id: &str, language: Language) -> String {
    let text = language.text(id);
    if id.ends_with(MARKUP) || !text.contains(['&', '<', '>', '"']) {
        return text;
    }
    let mut html = Vec::with_capacity(text.len() + 16);
    // Writing to memory cannot fail.
    let _ = tera::escape_html(&text, &mut html);
    String::from_utf8(html).unwrap_or_default()
}

/// Formats a message with the arguments of a call in a template.
pub(super) fn call(language: Language, arguments: &Kwargs) -> TeraResult<Value> {
    let mut message = Message::named(arguments.must_get::<String>("id")?);
    let is_markup = message.id().ends_with(MARKUP);
    for (name, value) in arguments.iter() {
        let name = name.as_str().unwrap_or_default();
        if name == "id" {
            continue;
        }
        let argument = match value.as_i64() {
            Some(number) => Argument::Number(number),
            None => Argument::Text(text_of(value)),
        };
        message = message.with_named(name.to_owned(), argument);
    }
    if !language.knows(&message) {
        return Err(Error::message(format!("no message {message:?}")));
    }
    Ok(match is_markup {
        true => Value::safe_string(&language.markup(&message)),
        false => Value::normal_string(&language.say(&message)),
    })
}

fn text_of(value: &Value) -> String {
    value
        .as_str()
        .map_or_else(|| Cow::from(value.to_string()), Cow::from)
        .into_owned()
}

#[cfg(test)]
mod tests {
    use super::translated;
    use crate::locale::Language;

    #[test]
    fn a_reference_becomes_a_text_or_a_call() {
        for (source, expected) in [
            ("<p>{{ t(\"field-title\") }}</p>", "<p>Title</p>"),
            ("label={t(\"field-title\")}", "label={\"Title\"}"),
            (
                "[[\"title\", t(\"field-title\")]]",
                "[[\"title\", \"Title\"]]",
            ),
            (
                "{{ t(\"plain\", text=name) }}",
                "{{ translated(id=\"plain\", text=name) }}",
            ),
            ("{{ set(\"field-title\") }}", "{{ set(\"field-title\") }}"),
        ] {
            assert_eq!(translated(source, Language::English), expected);
        }
    }
}
