//! The input of quick add, and its lines.

use garde::Validate;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::db::Timestamp;
use crate::error::{Code, Error, Violation, check_length, check_no_nul};
use crate::http::input::check_id;
use crate::locale::message;
use crate::quick_add::{EnglishRepeats, Item, SpanKind, parse_lines};
use crate::when::Preferences;
use crate::when::words::{Reader, Style};
use crate::work::MOST_LEVELS;

const MOST_LINES: usize = 200;
/// A title with its signs and dates.
pub(super) const LINE_CHARACTERS: usize = 1_000;

/// 9999-12-31T23:59:59Z.
const LAST_SECOND: i64 = 253_402_300_799;

/// Text that becomes tasks.
#[derive(Clone, Debug, Default, Serialize, Deserialize, Validate, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct QuickInput {
    /// A task in each line, of up to 1,000 characters each. An indented line is a subtask of the
    /// line above it. Up to 200 lines.
    #[garde(custom(check_text))]
    #[schema(
        example = "Pay rent every month on the 1st p1 @bills",
        pattern = r"^[^\x00]*[^\s\x00][^\x00]*$"
    )]
    pub text: String,
    /// True if nothing is to be created: the answer is the meaning of each line.
    #[garde(skip)]
    #[serde(default)]
    pub dry_run: bool,
    /// Style of signs and dates; that of your profile if omitted.
    #[garde(skip)]
    #[serde(default)]
    pub style: Option<Style>,
    /// True if projects and sections that do not exist are to be created. An API token needs the
    /// scope `projects:write`, too.
    #[garde(skip)]
    #[serde(default)]
    pub create_missing: bool,
    /// Id of the project of the lines that name none; the Inbox if omitted.
    #[garde(custom(check_id))]
    #[serde(default)]
    #[schema(format = "uuid")]
    pub project_id: Option<String>,
    /// Id of the section of the lines that name no project.
    #[garde(custom(check_id))]
    #[serde(default)]
    #[schema(format = "uuid")]
    pub section_id: Option<String>,
    /// Id of the task of which the lines that name no project become subtasks.
    #[garde(custom(check_id))]
    #[serde(default)]
    #[schema(format = "uuid")]
    pub parent_id: Option<String>,
    /// Time at which the text was written, from which its dates count; now if omitted.
    #[garde(custom(check_written_at))]
    #[serde(default)]
    #[schema(value_type = Option<String>, format = DateTime)]
    pub written_at: Option<Timestamp>,
}

impl QuickInput {
    /// Parses the lines for a user with these preferences. Parts of the kinds `kept` remain in the
    /// titles.
    ///
    /// # Errors
    /// [`Error::Invalid`] if the input breaks a rule.
    pub fn lines(&self, preferences: &Preferences, kept: &[SpanKind]) -> Result<Vec<Item>, Error> {
        self.validate()?;
        let reader = self.reader(preferences);
        let repeats = &EnglishRepeats;
        Ok(parse_lines(&self.text, MOST_LEVELS, kept, &reader, repeats))
    }

    fn reader(&self, preferences: &Preferences) -> Reader {
        let written_at = self.written_at.unwrap_or_else(Timestamp::now);
        let reader = preferences.reader(written_at);
        Reader {
            style: self.style.unwrap_or(reader.style),
            ..reader
        }
    }
}

fn check_written_at(instant: &Option<Timestamp>, _: &()) -> garde::Result {
    if instant.is_none_or(|instant| (0..=LAST_SECOND).contains(&instant.unix_seconds())) {
        return Ok(());
    }
    let message = message!("quick-written-at");
    Err(Violation::new(Code::OutOfRange, message).into())
}

fn check_text(text: &str, _: &()) -> garde::Result {
    Ok(check_lines(text)?)
}

fn check_lines(text: &str) -> Result<(), Violation> {
    check_no_nul(text, message!("thing-text"))?;
    let mut lines = 0;
    for line in text.lines().filter(|line| !line.trim().is_empty()) {
        check_length(line, LINE_CHARACTERS, message!("thing-line"))?;
        lines += 1;
    }
    match lines {
        0 => Err(Violation::new(Code::Required, message!("quick-required"))),
        1..=MOST_LINES => Ok(()),
        _ => {
            let message = message!("quick-too-many-lines", count = lines, most = MOST_LINES);
            Err(Violation::bounded(Code::TooMany, MOST_LINES, message))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_are_counted_without_blank_ones() {
        let many = "a\n\n".repeat(MOST_LINES);
        assert_eq!(check_lines(&many), Ok(()));
        for (text, code) in [
            (String::new(), Code::Required),
            (" \n\t\n".to_owned(), Code::Required),
            (format!("{many}b"), Code::TooMany),
            ("\u{e9}".repeat(LINE_CHARACTERS + 1), Code::TooLong),
            ("a\0".to_owned(), Code::InvalidCharacters),
        ] {
            let violation = check_lines(&text).expect_err("a violation");
            assert_eq!(violation.of("text").code, code);
        }
        assert_eq!(check_lines(&"\u{e9}".repeat(LINE_CHARACTERS)), Ok(()));
    }
}
