//! The words of a line that remain as the title, and the way to keep more of them.

use super::Span;
use super::token::{Kind, Token};

/// A title that grows.
#[derive(Default)]
pub(super) struct Title {
    text: String,
    /// The end of the last token in the line.
    end: usize,
    /// True after a part of the line that is not in the title.
    has_gap: bool,
    /// Punctuation that follows a part that is not in the title.
    pending: String,
}

const DASHES: [&str; 4] = ["-", "\u{2013}", "\u{2014}", "|"];

impl Title {
    pub(super) fn keep(&mut self, line: &str, token: &Token) {
        let text = match token.kind {
            Kind::Literal(start) => &line[start..token.end],
            _ => &line[token.start..token.end],
        };
        // A dash between the title and a date separates them.
        if self.text.is_empty() && self.has_gap && DASHES.contains(&text) {
            self.end = token.end;
            return;
        }
        let ends = |text: &str| text.ends_with(|end: char| end.is_ascii_punctuation());
        if !self.text.is_empty() && !ends(&self.text) {
            self.text.push_str(&self.pending);
        }
        self.pending.clear();
        if !self.text.is_empty() && (token.start > self.end || self.has_gap) {
            self.text.push(' ');
        }
        self.text.push_str(text);
        (self.end, self.has_gap) = (token.end, false);
    }

    /// Leaves out a token that ends at a place, except for the punctuation after it.
    pub(super) fn leave_out(&mut self, punctuation: &str, end: usize) {
        self.pending.push_str(punctuation);
        (self.end, self.has_gap) = (end, true);
    }

    pub(super) fn finish(mut self) -> String {
        if self.has_gap {
            while let Some(rest) = DASHES.iter().find_map(|dash| self.text.strip_suffix(dash)) {
                if !rest.ends_with(' ') {
                    break;
                }
                let length = rest.trim_end().len();
                self.text.truncate(length);
            }
            let length = self.text.trim_end_matches([',', ';', ':', ' ']).len();
            self.text.truncate(length);
        }
        let end = self.pending.trim_end_matches([',', ';', ':']);
        if !self.text.is_empty() && !self.text.ends_with(['.', '!', '?']) {
            self.text.push_str(end);
        }
        self.text
    }
}

/// Returns the length of the sign of a list before a line, such as `- ` or `* [ ] `.
pub(super) fn bullet(line: &str) -> usize {
    let trimmed = line.trim_start();
    let signs = ["* ", "- ", "+ ", "\u{2022} "];
    let Some(rest) = signs.iter().find_map(|sign| trimmed.strip_prefix(sign)) else {
        return 0;
    };
    let rest = rest.trim_start();
    let rest = rest.strip_prefix("[ ] ").unwrap_or(rest);
    match rest.trim().is_empty() {
        true => 0,
        false => line.len() - rest.len(),
    }
}

/// Returns the line with a backslash before each word of a span, which keeps them as text.
pub fn keep_as_text(line: &str, span: Span) -> String {
    let mut text = String::with_capacity(line.len() + 8);
    let mut follows_blank = true;
    for (place, character) in line.chars().enumerate() {
        let is_start = follows_blank || place == span.start;
        if is_start && (span.start..span.end).contains(&place) && !character.is_whitespace() {
            text.push('\\');
        }
        text.push(character);
        follows_blank = character.is_whitespace();
    }
    text
}
