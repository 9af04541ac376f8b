//! A text that is not yet in a language.

use std::borrow::Cow;

use serde::{Deserialize, Serialize};

/// A text for people: the id of a message in `locales/`, and its arguments. It becomes text where
/// the language is known: in the response.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Message {
    id: Cow<'static, str>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    arguments: Vec<(Cow<'static, str>, Argument)>,
}

/// An argument of a message.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(untagged)]
pub enum Argument {
    /// A number, which selects between singular and plural.
    Number(i64),
    /// A text that is the same in every language, such as a name.
    Text(String),
    /// Another message.
    Message(Box<Message>),
}

impl Message {
    /// Creates a message without arguments.
    pub const fn new(id: &'static str) -> Message {
        Message {
            id: Cow::Borrowed(id),
            arguments: Vec::new(),
        }
    }

    /// Creates a message whose id is computed.
    pub fn named(id: String) -> Message {
        Message {
            id: Cow::Owned(id),
            arguments: Vec::new(),
        }
    }

    /// Adds an argument.
    #[must_use]
    pub fn with(mut self, name: &'static str, value: impl Into<Argument>) -> Message {
        self.arguments.push((Cow::Borrowed(name), value.into()));
        self
    }

    /// Adds an argument whose name is computed.
    #[must_use]
    pub fn with_named(mut self, name: String, value: Argument) -> Message {
        self.arguments.push((Cow::Owned(name), value));
        self
    }

    /// Returns the id.
    pub fn id(&self) -> &str {
        &self.id
    }

    pub(super) fn arguments(&self) -> &[(Cow<'static, str>, Argument)] {
        &self.arguments
    }
}

/// Creates a [`Message`]: `message!("task-count", count = 3)`. A test finds the id in the source,
/// and looks for it in every language.
macro_rules! message {
    ($id:literal $(, $name:ident = $value:expr)* $(,)?) => {
        $crate::locale::Message::new($id)$(.with(stringify!($name), $value))*
    };
}

/// Marks the id of a message without arguments, so that a test finds it in the source.
macro_rules! key {
    ($id:literal) => {
        $id
    };
}

pub(crate) use {key, message};

impl From<&str> for Argument {
    fn from(text: &str) -> Argument {
        Argument::Text(text.to_owned())
    }
}

impl From<String> for Argument {
    fn from(text: String) -> Argument {
        Argument::Text(text)
    }
}

impl From<&String> for Argument {
    fn from(text: &String) -> Argument {
        Argument::Text(text.clone())
    }
}

impl From<Message> for Argument {
    fn from(message: Message) -> Argument {
        Argument::Message(Box::new(message))
    }
}

/// A number beyond the range of an argument is shown as the greatest one.
macro_rules! numbers {
    ($($type:ty),+) => {
        $(impl From<$type> for Argument {
            fn from(number: $type) -> Argument {
                Argument::Number(i64::try_from(number).unwrap_or(i64::MAX))
            }
        })+
    };
}

numbers!(i8, i16, i32, i64, u8, u16, u32, u64, usize);
