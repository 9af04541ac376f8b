//! Field errors: a code for programs and a message for people.

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

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
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema)]
pub struct FieldError {
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

/// A violated rule, independent of the field.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Violation {
    code: Code,
    message: String,
    limit: Option<usize>,
    position: Option<usize>,
}

impl Violation {
    /// Creates a violation. The message must be a sentence and must not repeat the value.
    pub fn new(code: Code, message: impl Into<String>) -> Violation {
        Violation {
            code,
            message: message.into(),
            limit: None,
            position: None,
        }
    }

    /// Creates a violation of a syntax at a character, counted from 1.
    pub fn at(position: usize, message: impl Into<String>) -> Violation {
        Violation {
            position: Some(position),
            ..Violation::new(Code::InvalidSyntax, message)
        }
    }

    /// Creates a violation of a rule with a bound.
    pub fn bounded(code: Code, limit: usize, message: impl Into<String>) -> Violation {
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

/// Checks the length of a text. `thing` describes the text, with its article.
///
/// # Errors
/// [`Code::TooLong`].
pub fn check_length(text: &str, limit: usize, thing: &str) -> Result<(), Violation> {
    let characters = text.chars().count();
    if characters <= limit {
        return Ok(());
    }
    let message = format!(
        "That's {} characters; {thing} can have {}.",
        grouped(characters),
        grouped(limit)
    );
    Err(Violation::bounded(Code::TooLong, limit, message))
}

/// Checks that a text contains no NUL, which some databases cannot store. `thing` describes the
/// text, with its article.
///
/// # Errors
/// [`Code::InvalidCharacters`].
pub fn check_no_nul(text: &str, thing: &str) -> Result<(), Violation> {
    if !text.contains('\0') {
        return Ok(());
    }
    let message = format!("{} can't contain the character NUL.", capitalised(thing));
    Err(Violation::new(Code::InvalidCharacters, message))
}

/// Checks that a text is a single line without control characters. `thing` describes the text, with
/// its article.
///
/// # Errors
/// [`Code::InvalidCharacters`].
pub fn check_no_controls(text: &str, thing: &str) -> Result<(), Violation> {
    if !text.chars().any(char::is_control) {
        return Ok(());
    }
    let thing = capitalised(thing);
    let message = format!("{thing} can't contain line breaks or other control characters.");
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
    let message = format!("A page can have 1 to {most} items.");
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
    check_length(text, SEARCH_CHARACTERS, "a search")?;
    check_no_nul(text, "a search")
}

fn capitalised(text: &str) -> String {
    let mut characters = text.chars();
    let first = characters.next().into_iter().flat_map(char::to_uppercase);
    first.chain(characters.clone()).collect()
}

/// Formats a number with commas between thousands.
fn grouped(number: usize) -> String {
    let digits = number.to_string();
    let mut text = String::new();
    for (place, digit) in digits.chars().enumerate() {
        if place > 0 && (digits.len() - place).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    text
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
                .unwrap_or_else(|_| Violation::new(Code::Invalid, "This value is not allowed."))
                .of(&path.to_string())
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lengths_are_counted_and_reported_in_characters() {
        assert_eq!(check_length("éé", 2, "a title"), Ok(()));
        let violation = check_length("ééé", 2, "a title").expect_err("too long");
        assert_eq!(
            violation.of("title"),
            FieldError {
                field: "title".into(),
                code: Code::TooLong,
                message: "That's 3 characters; a title can have 2.".into(),
                limit: Some(2),
                position: None,
            }
        );
    }

    #[test]
    fn numbers_have_a_comma_between_thousands() {
        for (number, text) in [
            (0, "0"),
            (999, "999"),
            (1_000, "1,000"),
            (50_001, "50,001"),
            (1_234_567, "1,234,567"),
        ] {
            assert_eq!(grouped(number), text);
        }
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
            check_no_nul("secret\0", "a title"),
            check_no_controls("secret\n", "a name"),
            check_length("secret", 5, "a name"),
        ] {
            let Err(Violation { message, .. }) = violation else {
                panic!("{violation:?}");
            };
            assert!(message.starts_with(char::is_uppercase), "{message}");
            assert!(message.ends_with('.'), "{message}");
            assert!(!message.contains("secret"), "{message}");
        }
    }

    #[test]
    fn a_violation_passes_through_garde() {
        let violation = Violation::bounded(Code::TooMany, 50, "Too \"many\".");
        let mut report = garde::Report::new();
        report.append(garde::Path::new("name"), violation.clone().into());
        assert_eq!(fields_of(&report), [violation.of("name")]);
    }
}
