//! Field errors: a code for programs and a message for people.

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::locale::{Argument, Language, Message, message};

/// Declares [`Code`] and [`CODES`] from one list. The API reference shows the doc comment of a code
/// as its description.
macro_rules! codes {
    ($(#[doc = $description:literal] $name:ident,)+) => {
        /// The violated rule of a field. Codes are stable; later versions may add new ones.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
        #[serde(rename_all = "snake_case")]
        #[schema(as = FieldErrorCode)]
        pub enum Code {
            $(#[doc = $description] $name,)+
        }

        /// Every code, with its description.
        pub const CODES: &[(Code, &str)] = &[$((Code::$name, $description)),+];
    };
}

codes! {
    /// The field is missing or empty.
    Required,
    /// The text has more characters than `limit`.
    TooLong,
    /// The text has fewer characters than `limit`.
    TooShort,
    /// The number is out of range; `limit` is the exceeded bound.
    OutOfRange,
    /// The account already has `limit` items.
    TooMany,
    /// The value has another JSON type, or cannot be parsed as the type of the field.
    WrongType,
    /// The value is not among the allowed ones.
    UnknownValue,
    /// The request has no such field or parameter.
    UnknownField,
    /// The field occurs more than once.
    DuplicateField,
    /// The text contains a character that is not allowed, such as NUL.
    InvalidCharacters,
    /// The text is not an e-mail address.
    InvalidEmail,
    /// The text does not have the syntax of the field; `position` is the character.
    InvalidSyntax,
    /// The cursor is malformed or belongs to another list.
    InvalidCursor,
    /// The password is easy to guess.
    WeakPassword,
    /// The value is not the current password.
    WrongPassword,
    /// Another account, or another item of this account, has this value.
    Taken,
    /// The idempotency key was used for a different request.
    KeyReused,
    /// The value violates a rule without a code of its own.
    Invalid,
}

/// Maximum length of the text of a search, in characters.
const SEARCH_CHARACTERS: usize = 200;

/// A field of the input and the rule it violates.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct FieldError {
    /// Name of the field, parameter or header.
    pub field: String,
    /// The violated rule, for programs.
    pub code: Code,
    /// Advice for people.
    pub message: Message,
    /// The bound the value exceeds, if the rule has one.
    pub limit: Option<usize>,
    /// The character at which the text is wrong, from 1, if the text has a syntax.
    pub position: Option<usize>,
}

/// A field of the input and the rule it violates, in a language.
#[derive(Clone, Debug, Serialize, ToSchema)]
#[schema(as = FieldError)]
pub struct FieldProblem {
    /// Name of the field, parameter or header.
    #[schema(example = "title")]
    pub field: String,
    /// The violated rule, for programs.
    #[schema(example = "too_long")]
    pub code: Code,
    /// Advice for people.
    #[schema(example = "That's 501 characters; a title can have 500.")]
    pub message: String,
    /// The bound the value exceeds, if the rule has one.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = i64, required = false, example = 500)]
    pub limit: Option<usize>,
    /// The character at which the text is wrong, from 1, if the text has a syntax.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = i64, required = false, example = 9)]
    pub position: Option<usize>,
}

impl FieldError {
    /// Returns the error in a language.
    pub fn say(&self, language: Language) -> FieldProblem {
        FieldProblem {
            field: self.field.clone(),
            code: self.code,
            message: language.say(&self.message),
            limit: self.limit,
            position: self.position,
        }
    }
}

/// A violated rule, independent of the field.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Violation {
    code: Code,
    message: Message,
    limit: Option<usize>,
    position: Option<usize>,
}

impl Violation {
    /// Creates a violation. The message must be a sentence and must not repeat the value.
    pub fn new(code: Code, message: Message) -> Violation {
        Violation {
            code,
            message,
            limit: None,
            position: None,
        }
    }

    /// Creates a violation of a syntax at a character, counted from 1.
    pub fn at(position: usize, message: Message) -> Violation {
        Violation {
            position: Some(position),
            ..Violation::new(Code::InvalidSyntax, message)
        }
    }

    /// Creates a violation of a rule with a bound.
    pub fn bounded(code: Code, limit: usize, message: Message) -> Violation {
        Violation {
            limit: Some(limit),
            ..Violation::new(code, message)
        }
    }

    /// Attaches the name of the field.
    pub fn of(self, field: &str) -> FieldError {
        FieldError {
            field: field.to_owned(),
            code: self.code,
            message: self.message,
            limit: self.limit,
            position: self.position,
        }
    }
}

/// Checks the length of a text. `thing` is the message that names the text, with its article.
///
/// # Errors
/// [`Code::TooLong`].
pub fn check_length(text: &str, limit: usize, thing: impl Into<Argument>) -> Result<(), Violation> {
    let characters = text.chars().count();
    if characters <= limit {
        return Ok(());
    }
    let message = message!(
        "error-too-long",
        count = characters,
        thing = thing,
        limit = limit
    );
    Err(Violation::bounded(Code::TooLong, limit, message))
}

/// Checks that a text contains no NUL, which some databases cannot store. `thing` is the message
/// that names the text, with its article.
///
/// # Errors
/// [`Code::InvalidCharacters`].
pub fn check_no_nul(text: &str, thing: impl Into<Argument>) -> Result<(), Violation> {
    if !text.contains('\0') {
        return Ok(());
    }
    let message = message!("error-no-nul", thing = thing);
    Err(Violation::new(Code::InvalidCharacters, message))
}

/// Checks that a text is a single line without control characters. `thing` is the message that names
/// the text, with its article.
///
/// # Errors
/// [`Code::InvalidCharacters`].
pub fn check_no_controls(text: &str, thing: impl Into<Argument>) -> Result<(), Violation> {
    if !text.chars().any(char::is_control) {
        return Ok(());
    }
    let message = message!("error-no-controls", thing = thing);
    Err(Violation::new(Code::InvalidCharacters, message))
}

/// Checks the page size of a list.
///
/// # Errors
/// [`Code::OutOfRange`] unless the count is from 1 to `most`.
pub fn check_page_size(count: u32, most: u32) -> Result<(), Violation> {
    if (1..=most).contains(&count) {
        return Ok(());
    }
    let limit = if count < 1 { 1 } else { most };
    let message = message!("error-page-size", most = most);
    Err(Violation::bounded(
        Code::OutOfRange,
        limit as usize,
        message,
    ))
}

/// Checks the text of a search.
///
/// # Errors
/// [`Code::TooLong`] or [`Code::InvalidCharacters`].
pub fn check_search(text: &str) -> Result<(), Violation> {
    check_length(text, SEARCH_CHARACTERS, message!("thing-search"))?;
    check_no_nul(text, message!("thing-search"))
}

/// garde's errors carry only a text, so the violation is encoded as JSON.
impl From<Violation> for garde::Error {
    fn from(violation: Violation) -> garde::Error {
        garde::Error::new(serde_json::to_string(&violation).unwrap_or_default())
    }
}

/// Decodes the violations of garde's report, with their fields.
pub(super) fn fields_of(report: &garde::Report) -> Vec<FieldError> {
    report
        .iter()
        .map(|(path, error)| {
            serde_json::from_str(error.message())
                .unwrap_or_else(|_| Violation::new(Code::Invalid, message!("error-not-allowed")))
                .of(&path.to_string())
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lengths_are_counted_and_reported_in_characters() {
        assert_eq!(check_length("éé", 2, message!("thing-title")), Ok(()));
        let violation = check_length("ééé", 2, message!("thing-title")).expect_err("too long");
        assert_eq!(
            violation.of("title"),
            FieldError {
                field: "title".into(),
                code: Code::TooLong,
                message: message!(
                    "error-too-long",
                    count = 3,
                    thing = message!("thing-title"),
                    limit = 2
                ),
                limit: Some(2),
                position: None,
            }
        );
    }

    #[test]
    fn a_page_size_names_the_bound_that_it_exceeds() {
        assert_eq!(check_page_size(1, 200), Ok(()));
        assert_eq!(check_page_size(200, 200), Ok(()));
        for (count, limit) in [(0, 1), (201, 200), (u32::MAX, 200)] {
            let violation = check_page_size(count, 200).expect_err("out of range");
            let error = violation.of("limit");
            assert_eq!((error.code, error.limit), (Code::OutOfRange, Some(limit)));
        }
    }

    #[test]
    fn messages_are_sentences_without_the_value() {
        for violation in [
            check_no_nul("secret\0", message!("thing-title")),
            check_no_controls("secret\n", message!("thing-name")),
            check_length("secret", 5, message!("thing-name")),
        ] {
            let Err(Violation { message, .. }) = violation else {
                panic!("{violation:?}");
            };
            let message = Language::English.say(&message);
            assert!(message.starts_with(char::is_uppercase), "{message}");
            assert!(message.ends_with('.'), "{message}");
            assert!(!message.contains("secret"), "{message}");
        }
    }

    #[test]
    fn a_violation_passes_through_garde() {
        let violation =
            Violation::bounded(Code::TooMany, 50, message!("error-page-size", most = 50));
        let mut report = garde::Report::new();
        report.append(garde::Path::new("name"), violation.clone().into());
        assert_eq!(fields_of(&report), [violation.of("name")]);
    }
}
