//! The languages.

use super::Message;
use super::bundles::{format, format_markup, has};

/// A language of pages and messages.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum Language {
    /// English.
    #[default]
    English,
    /// German.
    German,
    /// English with accents, and longer: a text without accents is not translated. Only in debug
    /// builds.
    Pseudo,
    /// English from right to left. Only in debug builds.
    Mirrored,
}

impl Language {
    /// The languages that requests can ask for.
    pub const ALL: &[Language] = match cfg!(debug_assertions) {
        true => &[
            Language::English,
            Language::German,
            Language::Pseudo,
            Language::Mirrored,
        ],
        false => &[Language::English, Language::German],
    };

    /// Returns the tag (RFC 5646).
    pub fn tag(self) -> &'static str {
        match self {
            Language::English => "en",
            Language::German => "de",
            Language::Pseudo => "en-XA",
            Language::Mirrored => "ar-XB",
        }
    }

    /// Returns the direction of text, as in HTML.
    pub fn direction(self) -> &'static str {
        match self {
            Language::Mirrored => "rtl",
            _ => "ltr",
        }
    }

    /// Returns the text of a message without arguments.
    pub fn text(self, id: &str) -> String {
        format(self, id, &[])
    }

    /// Returns the text of a message.
    pub fn say(self, message: &Message) -> String {
        format(self, message.id(), message.arguments())
    }

    /// Returns the HTML of a message, whose text may contain elements. Arguments are escaped.
    pub fn markup(self, message: &Message) -> String {
        format_markup(self, message.id(), message.arguments())
    }

    /// Returns true if there is a message with this id that has all its arguments.
    pub fn knows(self, message: &Message) -> bool {
        has(self, message.id(), message.arguments())
    }

    /// Formats a number, with a sign between thousands.
    pub fn number(self, number: u64) -> String {
        let separator = match self {
            Language::German => '.',
            _ => ',',
        };
        let digits = number.to_string();
        let mut text = String::new();
        for (place, digit) in digits.chars().enumerate() {
            if place > 0 && (digits.len() - place).is_multiple_of(3) {
                text.push(separator);
            }
            text.push(digit);
        }
        text
    }
}
