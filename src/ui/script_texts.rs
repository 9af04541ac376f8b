//! The texts that scripts show. A page has them as JSON; `js/texts.js` reads them.

use serde_json::{Map, Value, json};

use crate::locale::{Language, Message, key};

/// The messages, by the names that scripts use, with the names of their arguments.
const TEXTS: [(&str, &str, &[&str]); 25] = [
    ("copied", key!("script-copied"), &[]),
    ("month-before", key!("script-month-before"), &[]),
    ("month-after", key!("script-month-after"), &[]),
    ("days", key!("script-days"), &[]),
    ("picked-up", key!("script-picked-up"), &["text"]),
    ("stays", key!("script-stays"), &["text"]),
    ("moving", key!("script-moving"), &["text", "place"]),
    ("server-error", key!("script-server-error"), &["status"]),
    ("still-signed-in", key!("script-still-signed-in"), &[]),
    ("unreachable", key!("script-unreachable"), &[]),
    ("one-more", key!("script-one-more"), &[]),
    ("more", key!("script-more"), &["count"]),
    ("add-several", key!("script-add-several"), &["count"]),
    ("add-one", key!("script-add-one"), &[]),
    ("selected", key!("script-selected"), &["count"]),
    ("select-tasks", key!("script-select-tasks"), &[]),
    ("shortcuts", key!("script-shortcuts"), &[]),
    ("add-tasks", key!("script-add-tasks"), &[]),
    ("view-changed", key!("script-view-changed"), &[]),
    ("moved-back", key!("script-moved-back"), &[]),
    ("not-moved", key!("script-not-moved"), &[]),
    ("carrying", key!("script-carrying"), &[]),
    ("tasks", key!("script-tasks"), &["count"]),
    ("place", key!("script-place"), &["at", "count", "name"]),
    ("nothing-found", key!("script-nothing-found"), &[]),
];

/// Returns the texts as a JSON object that is safe within an element. Arguments are names in braces,
/// which the script replaces.
pub(super) fn script_texts(language: Language) -> String {
    let texts = TEXTS.iter().map(|(name, id, arguments)| {
        let message = arguments
            .iter()
            .fold(Message::new(id), |message, argument| {
                message.with(argument, format!("{{{argument}}}"))
            });
        ((*name).to_owned(), json!(language.say(&message)))
    });
    let json = Value::Object(texts.collect::<Map<String, Value>>()).to_string();
    json.replace('<', "\\u003c")
}
