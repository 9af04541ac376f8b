//! Splits a line into words, names, and what is kept literally.

use crate::when::words::{Lexicon, Sense, Style, Word};

const QUOTES: [(char, char); 3] = [('"', '"'), ('\'', '\''), ('\u{201c}', '\u{201d}')];
const ENDS: [char; 6] = [',', ';', ':', '.', '!', '?'];

/// A piece of a line, without blanks around it.
#[derive(Debug)]
pub(super) struct Token<'line> {
    /// The place of its first byte.
    pub start: usize,
    /// The place after its last byte.
    pub end: usize,
    /// The place after the part that a span covers: punctuation at the end belongs to the title.
    pub core_end: usize,
    pub kind: Kind<'line>,
}

#[derive(Debug)]
pub(super) enum Kind<'line> {
    /// A word that can be part of a phrase.
    Word(Word<'line>),
    /// Text of the title, which begins at this byte.
    Literal(usize),
    Priority(i8),
    Label(&'line str),
    Project(&'line str),
    Section(&'line str),
    Assignee(&'line str),
    /// The sign before a reminder.
    Reminder,
    /// The text between braces.
    Braces(&'line str),
}

/// The signs before names.
struct Signs {
    label: char,
    project: char,
    section: Option<char>,
    assignee: char,
}

impl Signs {
    fn of(style: Style) -> Signs {
        match style {
            Style::Todoist => Signs {
                label: '@',
                project: '#',
                section: Some('/'),
                assignee: '+',
            },
            Style::Vikunja => Signs {
                label: '*',
                project: '+',
                section: None,
                assignee: '@',
            },
        }
    }
}

struct Tokenizer<'line> {
    line: &'line str,
    lexicon: &'static Lexicon,
    style: Style,
    signs: Signs,
    /// Closing signs that do not occur again, so that nothing searches for them twice.
    missing: Vec<char>,
    has_project: bool,
}

/// Splits a line from this byte on.
pub(super) fn tokens<'line>(
    line: &'line str,
    start: usize,
    lexicon: &'static Lexicon,
    style: Style,
) -> Vec<Token<'line>> {
    let signs = Signs::of(style);
    let missing = Vec::new();
    let mut tokenizer = Tokenizer {
        line,
        lexicon,
        style,
        signs,
        missing,
        has_project: false,
    };
    let mut tokens = Vec::with_capacity(line.len() / 5 + 1);
    let mut place = start;
    while let Some(blanks) = line[place..].find(|character: char| !character.is_whitespace()) {
        let token = tokenizer.token(place + blanks);
        place = token.end;
        tokens.push(token);
    }
    tokens
}

/// Returns the title of a line that is quoted as a whole.
pub(super) fn quoted(line: &str) -> Option<&str> {
    QUOTES.iter().find_map(|(open, close)| {
        let inner = line.strip_prefix(*open)?.strip_suffix(*close)?;
        (!inner.contains([*open, *close])).then_some(inner)
    })
}

impl<'line> Tokenizer<'line> {
    fn token(&mut self, start: usize) -> Token<'line> {
        let rest = &self.line[start..];
        let mut characters = rest.chars();
        let first = characters.next().unwrap_or_default();
        let second = characters.next().filter(|second| !second.is_whitespace());
        let end = start + rest.find(char::is_whitespace).unwrap_or(rest.len());
        if first == '\\' && second.is_some() {
            return literal(start, end, start + 1);
        }
        if first == '"' || first == '\u{201c}' {
            if let Some(end) = self.quoted(start) {
                return literal(start, self.word_end(end), start);
            }
        } else if first == '{' {
            if let Some(token) = self.braces(start) {
                return token;
            }
        } else if self.style == Style::Todoist && first == '!' && second.is_some() {
            let end = start + 1;
            return Token {
                start,
                end,
                core_end: end,
                kind: Kind::Reminder,
            };
        } else if let Some(token) = self.marked(start, end, first) {
            return token;
        }
        let is_at = first == '@' && end > start + 1;
        if is_at
            && matches!(
                self.lexicon.word(&self.line[start + 1..end]).sense,
                Some(Sense::Clock { .. })
            )
        {
            let end = start + 1;
            let kind = Kind::Word(self.lexicon.word("@"));
            return Token {
                start,
                end,
                core_end: end,
                kind,
            };
        }
        let word = self.lexicon.word(&self.line[start..end]);
        Token {
            start,
            end,
            core_end: end - word.end.len(),
            kind: Kind::Word(word),
        }
    }

    /// Reads a priority or a name with its sign.
    fn marked(&mut self, start: usize, end: usize, first: char) -> Option<Token<'line>> {
        let core = self.line[start..end].trim_end_matches(ENDS);
        if let Some(priority) = self.priority(core) {
            let kind = Kind::Priority(priority);
            return Some(Token {
                start,
                end,
                core_end: start + core.len(),
                kind,
            });
        }
        let Signs {
            label,
            project,
            section,
            assignee,
        } = self.signs;
        if ![label, project, assignee].contains(&first) && section != Some(first) {
            return None;
        }
        let (name, core_end) = self.name(start + first.len_utf8(), end, first)?;
        let kind = match first {
            sign if sign == label => Kind::Label(name),
            sign if sign == project => Kind::Project(name),
            sign if sign == assignee => Kind::Assignee(name),
            _ if self.has_project => Kind::Section(name),
            _ => return None,
        };
        self.has_project |= matches!(kind, Kind::Project(_));
        let end = self.word_end(core_end);
        let is_punctuation = self.line[core_end..end]
            .chars()
            .all(|end| ENDS.contains(&end) || end == ')');
        is_punctuation.then_some(Token {
            start,
            end,
            core_end,
            kind,
        })
    }

    fn priority(&self, core: &str) -> Option<i8> {
        let (sign, number) = match core.as_bytes() {
            [sign, number @ b'0'..=b'5'] => (sign.to_ascii_lowercase(), number - b'0'),
            _ => return None,
        };
        match (self.style, sign, number) {
            (Style::Todoist, b'p', 1..=4) => i8::try_from(number).ok(),
            (Style::Vikunja, b'!', 4..=5) => i8::try_from(6 - number).ok(),
            (Style::Vikunja, b'!', 1..=3) => Some(3),
            (Style::Vikunja, b'!', _) => Some(4),
            _ => None,
        }
    }

    /// Reads a name, in quotes or up to the next blank.
    fn name(&mut self, start: usize, end: usize, sign: char) -> Option<(&'line str, usize)> {
        if self.line[start..].starts_with(['"', '\'', '\u{201c}']) {
            return self.quoted_name(start);
        }
        let name = self.line[start..end].trim_end_matches(|end| ENDS.contains(&end) || end == ')');
        let first = name.chars().next()?;
        // Digits alone are a number of something, such as #123 or +1.
        let is_name = (first.is_alphanumeric() || !first.is_ascii())
            && name.contains(|character: char| !character.is_ascii_digit())
            && !name.ends_with(sign)
            && !(sign == '@' && matches!(self.lexicon.word(name).sense, Some(Sense::Clock { .. })))
            && !(sign == '+' && first.is_ascii_digit());
        is_name.then_some((name, start + name.len()))
    }

    /// Reads a name in quotes, which contains none of them.
    fn quoted_name(&mut self, start: usize) -> Option<(&'line str, usize)> {
        let (inner, close) = self.closing(start)?;
        let rest = &self.line[inner..];
        let Some(length) = rest.find(close) else {
            self.missing.push(close);
            return None;
        };
        let end = inner + length + close.len_utf8();
        let name = rest[..length].trim();
        (!name.is_empty() && is_end(&self.line[end..])).then_some((name, end))
    }

    /// Returns the end of a text in quotes, if a quote at the end of a word closes it.
    fn quoted(&mut self, start: usize) -> Option<usize> {
        let (inner, close) = self.closing(start)?;
        let rest = &self.line[inner..];
        let mut closing = rest.match_indices(close);
        let found = closing.find(|(place, close)| is_end(&rest[place + close.len()..]));
        if found.is_none() {
            self.missing.push(close);
        }
        found.map(|(place, close)| inner + place + close.len())
    }

    /// Returns the place after a quote, and the quote that can close it.
    fn closing(&self, start: usize) -> Option<(usize, char)> {
        let first = self.line[start..].chars().next()?;
        let (_, close) = QUOTES.iter().find(|(open, _)| *open == first)?;
        (!self.missing.contains(close)).then_some((start + first.len_utf8(), *close))
    }

    fn braces(&mut self, start: usize) -> Option<Token<'line>> {
        if self.missing.contains(&'}') {
            return None;
        }
        let Some(length) = self.line[start..].find('}') else {
            self.missing.push('}');
            return None;
        };
        let core_end = start + length + 1;
        let end = self.word_end(core_end);
        let is_punctuation = self.line[core_end..end]
            .chars()
            .all(|end| ENDS.contains(&end));
        Some(match is_punctuation {
            true => {
                let kind = Kind::Braces(&self.line[start + 1..core_end - 1]);
                Token {
                    start,
                    end,
                    core_end,
                    kind,
                }
            }
            false => literal(start, end, start),
        })
    }

    /// Returns the end of the word that contains this place.
    fn word_end(&self, place: usize) -> usize {
        let rest = &self.line[place..];
        place + rest.find(char::is_whitespace).unwrap_or(rest.len())
    }
}

/// Returns true if this can follow a closing quote.
fn is_end(rest: &str) -> bool {
    let next = rest.chars().next();
    next.is_none_or(|next| next.is_whitespace() || ENDS.contains(&next) || next == ')')
}

fn literal<'line>(start: usize, end: usize, from: usize) -> Token<'line> {
    Token {
        start,
        end,
        core_end: end,
        kind: Kind::Literal(from),
    }
}
