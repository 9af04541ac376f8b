//! HTML forms of quick add.

use serde::{Deserialize, Serialize};

use super::input::{LINE_CHARACTERS, QuickInput};
use super::kept::KeptText;
use super::plan::Defaults;
use crate::quick_add::{Span, SpanKind, keep_as_text};
use crate::when::Date;

/// The form of quick add.
#[derive(Clone, Default, Serialize, Deserialize)]
#[serde(default)]
pub(super) struct QuickForm {
    pub text: String,
    pub project_id: String,
    pub section_id: String,
    pub parent_id: String,
    /// The name of a label.
    pub label: String,
    /// The due date of the lines that name none.
    pub due_date: String,
    /// The page to return to.
    pub next: String,
    /// `true` if missing projects and sections are to be created.
    pub create_missing: String,
    /// A part of a line that becomes text again: the line, the start and the end, from 0.
    pub keep: String,
}

/// The query of the page of quick add: the place and the text to begin with.
#[derive(Default, Serialize, Deserialize)]
#[serde(default)]
pub(super) struct QuickQuery {
    pub text: String,
    /// The title of what another program shares.
    pub title: String,
    /// The text of what another program shares.
    pub shared: String,
    /// The address of what another program shares.
    pub url: String,
    pub project: String,
    pub section: String,
    pub parent: String,
    pub label: String,
    pub due: String,
    pub next: String,
}

impl From<QuickQuery> for QuickForm {
    fn from(query: QuickQuery) -> QuickForm {
        QuickForm {
            text: match query.text.is_empty() {
                true => shared(&[&query.title, &query.shared, &query.url]),
                false => query.text,
            },
            project_id: query.project,
            section_id: query.section,
            parent_id: query.parent,
            label: query.label,
            due_date: query.due,
            next: query.next,
            ..QuickForm::default()
        }
    }
}

impl QuickForm {
    /// Returns the form after the part of a line that it names has become text again. Browsers submit
    /// line breaks as CR LF.
    pub fn normal(mut self) -> QuickForm {
        self.text = self.text.replace("\r\n", "\n");
        if let Some((line, span)) = span_of(&self.keep) {
            let lines = self.text.split('\n').enumerate();
            let lines: Vec<_> = lines
                .map(|(number, text)| match number == line {
                    true => keep_as_text(text, span),
                    false => text.to_owned(),
                })
                .collect();
            self.text = lines.join("\n");
        }
        self
    }

    /// Returns the input.
    pub fn input(&self) -> QuickInput {
        QuickInput {
            text: self.text.clone(),
            create_missing: self.create_missing == "true",
            ..QuickInput::default()
        }
    }

    /// Returns what the tasks have unless their lines say otherwise.
    pub fn defaults(&self) -> Defaults {
        let id = |text: &str| (!text.is_empty()).then(|| text.to_owned());
        Defaults {
            project_id: id(&self.project_id),
            section_id: id(&self.section_id),
            parent_id: id(&self.parent_id),
            label: id(&self.label),
            // Docket's pages send only valid dates.
            due: Date::parse(&self.due_date).ok(),
        }
    }

    /// Returns the fields that survive a sign-in.
    pub fn into_kept(self) -> KeptText {
        KeptText {
            text: self.text,
            project_id: self.project_id,
            section_id: self.section_id,
            parent_id: self.parent_id,
            label: self.label,
            due_date: self.due_date,
        }
    }
}

/// Returns what another program shares as one line: a task is more likely than one for each line.
/// Some programs repeat the title or the address in the text.
fn shared(parts: &[&str]) -> String {
    let mut line = String::new();
    for part in parts {
        let words: Vec<_> = part.split_whitespace().collect();
        let words = words.join(" ");
        if words.contains(&line) {
            line = words;
        } else if !line.contains(&words) {
            line = format!("{line} {words}");
        }
    }
    line.chars().take(LINE_CHARACTERS).collect()
}

/// Returns the text that names a part of a line, which [`span_of`] reads.
pub(super) fn name_of(line: usize, span: Span) -> String {
    format!("{line}:{}:{}", span.start, span.end)
}

fn span_of(name: &str) -> Option<(usize, Span)> {
    let mut numbers = name.split(':').map(|number| number.parse().ok());
    let (line, start, end) = (numbers.next()??, numbers.next()??, numbers.next()??);
    // The kind does not matter to the words.
    let kind = SpanKind::Due;
    Some((line, Span { start, end, kind }))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_shared_is_one_line() {
        for (title, text, url, line) in [
            ("", "", "", ""),
            ("", "Call\n home ", "", "Call home"),
            (
                "A page",
                "",
                "https://a.example/",
                "A page https://a.example/",
            ),
            (
                "A page",
                "See https://a.example/",
                "https://a.example/",
                "A page See https://a.example/",
            ),
            (
                "A page",
                "A page: https://a.example/",
                "",
                "A page: https://a.example/",
            ),
        ] {
            assert_eq!(shared(&[title, text, url]), line, "{title} {text} {url}");
        }
        let long = shared(&["\u{e9}".repeat(2_000).as_str()]);
        assert_eq!(long.chars().count(), LINE_CHARACTERS);
    }

    #[test]
    fn a_part_of_a_line_becomes_text() {
        let normal = |keep: &str| {
            let form = QuickForm {
                text: "Call today\r\n  Write \u{fc} next week".into(),
                keep: keep.into(),
                ..QuickForm::default()
            };
            form.normal().text
        };
        let unchanged = "Call today\n  Write \u{fc} next week";
        for (keep, text) in [
            ("0:5:10", "Call \\today\n  Write \u{fc} next week"),
            ("1:10:19", "Call today\n  Write \u{fc} \\next \\week"),
            ("", unchanged),
            ("2:0:1", unchanged),
            ("0:7", unchanged),
            ("0:9:5", unchanged),
            ("0:-1:5", unchanged),
            ("99999999999999999999:0:1", unchanged),
        ] {
            assert_eq!(normal(keep), text, "{keep}");
        }
    }
}
