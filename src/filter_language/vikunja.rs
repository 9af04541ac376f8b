//! The dialect of Vikunja: `done = false && dueDate < now+7d`.

mod fields;
mod moment;

use super::cursor::{Cursor, SyntaxError};
use super::dates::Edge;
use super::tree::{Dialect, Expression, Filter};
use crate::locale::{Message, message};
use fields::Field;

type Parsed = Result<Expression<Edge>, SyntaxError>;

const OPERATORS: Message = message!("filter-expected-relation");

/// The relation of a field and a value.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Relation {
    Equal,
    NotEqual,
    Less,
    LessOrEqual,
    Greater,
    GreaterOrEqual,
    In,
    NotIn,
    Like,
}

/// A value, and its position in bytes.
struct Value {
    text: String,
    place: usize,
    is_quoted: bool,
}

/// Returns true if a text begins with a comparison.
pub(super) fn begins(text: &str) -> bool {
    let mut cursor = Cursor::new(text);
    while cursor.take("(") {}
    cursor.skip_blanks();
    let name = name(cursor.rest());
    cursor.skip(name.len());
    !name.is_empty() && (relation(&mut cursor).is_some() || is_wrong_operator(cursor.rest()))
}

/// Returns true for what looks like an operator.
fn is_wrong_operator(text: &str) -> bool {
    text.starts_with(['=', '<', '>', '~', '?'])
}

/// Parses a filter.
pub(super) fn parse(text: &str) -> Result<Filter, SyntaxError> {
    let mut cursor = Cursor::new(text);
    let root = either(&mut cursor)?;
    cursor.skip_blanks();
    if !cursor.rest().is_empty() {
        return Err(cursor.expected(message!("filter-expected-and-or-end")));
    }
    let dialect = Dialect::Vikunja;
    Ok(Filter { dialect, root })
}

fn either(cursor: &mut Cursor<'_>) -> Parsed {
    let mut parts = vec![both(cursor)?];
    while cursor.take("||") {
        parts.push(both(cursor)?);
    }
    Ok(Expression::any(parts))
}

fn both(cursor: &mut Cursor<'_>) -> Parsed {
    let mut parts = vec![factor(cursor)?];
    while cursor.take("&&") {
        parts.push(factor(cursor)?);
    }
    Ok(Expression::all(parts))
}

fn factor(cursor: &mut Cursor<'_>) -> Parsed {
    if !cursor.take("(") {
        return comparison(cursor);
    }
    let inner = cursor.deeper(either)?;
    match cursor.take(")") {
        true => Ok(inner),
        false => Err(cursor.expected(message!("filter-expected-and-or-close"))),
    }
}

fn comparison(cursor: &mut Cursor<'_>) -> Parsed {
    cursor.skip_blanks();
    let place = cursor.place();
    let name = name(cursor.rest());
    if name.is_empty() {
        return Err(cursor.expected(message!("filter-expected-field")));
    }
    let Some(field) = Field::of_name(name) else {
        let message = message!("filter-mistake-field", name = name, names = fields::NAMES);
        return Err(cursor.error_at(place, message));
    };
    cursor.skip(name.len());
    cursor.skip_blanks();
    let at = cursor.place();
    let relation = relation(cursor).ok_or_else(|| cursor.expected_at(at, OPERATORS))?;
    if !field.takes(relation) {
        let expected = field.relations();
        return Err(cursor.expected_at(at, expected));
    }
    let values = values(cursor, relation, field)?;
    let mut parts = Vec::new();
    for value in &values {
        cursor.count_term(value.place)?;
        let part = field.compare(relation, value, cursor)?;
        parts.push(part);
    }
    let matching = Expression::any(parts);
    Ok(match relation {
        Relation::NotEqual | Relation::NotIn => Expression::Not(Box::new(matching)),
        _ => matching,
    })
}

fn name(text: &str) -> &str {
    let end = text.find(|letter: char| !letter.is_ascii_alphanumeric() && letter != '_');
    &text[..end.unwrap_or(text.len())]
}

/// Reads an operator. Symbols take the longest match; words end at a blank or a quote.
fn relation(cursor: &mut Cursor<'_>) -> Option<Relation> {
    cursor.skip_blanks();
    for (symbol, relation) in [
        ("?!=", Relation::NotIn),
        ("?=", Relation::In),
        ("!=", Relation::NotEqual),
        ("<=", Relation::LessOrEqual),
        (">=", Relation::GreaterOrEqual),
        ("=", Relation::Equal),
        ("<", Relation::Less),
        (">", Relation::Greater),
        ("~", Relation::Like),
    ] {
        if let Some(rest) = cursor.rest().strip_prefix(symbol) {
            let ends = !rest.starts_with(['=', '<', '>', '~', '!', '?']);
            if ends {
                cursor.skip(symbol.len());
            }
            return ends.then_some(relation);
        }
    }
    let mut words = words(cursor.rest());
    let (first, end) = words.next()?;
    let (relation, end) = match (first.to_ascii_lowercase().as_str(), words.next()) {
        ("in", _) => (Relation::In, end),
        ("like", _) => (Relation::Like, end),
        ("not", Some((second, end))) if second.eq_ignore_ascii_case("in") => (Relation::NotIn, end),
        _ => return None,
    };
    cursor.skip(end);
    Some(relation)
}

/// Returns the words of a text, each with its end in bytes.
fn words(text: &str) -> impl Iterator<Item = (&str, usize)> {
    let mut at = 0;
    std::iter::from_fn(move || {
        let start = text.len() - text[at..].trim_start().len();
        let end = text[start..].find(|letter: char| !letter.is_ascii_alphabetic());
        at = end.map_or(text.len(), |end| start + end);
        (at > start).then(|| (&text[start..at], at))
    })
}

fn values(
    cursor: &mut Cursor<'_>,
    relation: Relation,
    field: Field,
) -> Result<Vec<Value>, SyntaxError> {
    let is_list = matches!(relation, Relation::In | Relation::NotIn);
    let mut values = vec![value(cursor, is_list)?];
    while is_list && cursor.take(",") {
        values.push(value(cursor, is_list)?);
    }
    if is_list {
        values = values
            .into_iter()
            .flat_map(|value| value.listed(field))
            .collect();
    }
    Ok(values)
}

impl Value {
    /// Returns the values of a list in one pair of quotes. It can also be a name with commas.
    fn listed(self, field: Field) -> Vec<Value> {
        if !self.is_quoted || !self.text.contains(',') {
            return vec![self];
        }
        let part = |text: &str| Value {
            text: text.trim().to_owned(),
            ..self
        };
        let mut parts: Vec<_> = self.text.split(',').map(part).collect();
        if field.is_text() {
            parts.push(self);
        }
        parts
    }
}

fn value(cursor: &mut Cursor<'_>, is_list: bool) -> Result<Value, SyntaxError> {
    cursor.skip_blanks();
    let place = cursor.place();
    let rest = cursor.rest();
    if let Some(quote) = rest.chars().next().filter(|quote| "'\"".contains(*quote)) {
        return quoted(cursor, quote);
    }
    let text = &rest[..bare_length(rest, is_list)];
    cursor.skip(text.len());
    let text = text.trim_end().to_owned();
    if text.is_empty() {
        return Err(cursor.expected_at(place, message!("filter-expected-value")));
    }
    Ok(Value {
        text,
        place,
        is_quoted: false,
    })
}

/// Reads a value in quotes. A backslash takes the meaning away from the next character.
fn quoted(cursor: &mut Cursor<'_>, quote: char) -> Result<Value, SyntaxError> {
    let place = cursor.place();
    let mut text = String::new();
    let mut letters = cursor.rest()[1..].char_indices();
    while let Some((at, letter)) = letters.next() {
        if letter == quote {
            cursor.skip(at + 2);
            return Ok(Value {
                text,
                place,
                is_quoted: true,
            });
        }
        match letter {
            '\\' => text.extend(letters.next().map(|(_, letter)| letter)),
            letter => text.push(letter),
        }
    }
    let end = place + cursor.rest().len();
    let expected = match quote {
        '"' => message!("filter-expected-double-quote"),
        _ => message!("filter-expected-quote"),
    };
    Err(cursor.expected_at(end, expected))
}

/// Returns the length of a value without quotes in bytes. The bars of a date such as
/// `2026-03-11||+1w` are part of it.
fn bare_length(text: &str, is_list: bool) -> usize {
    let mut after = 0;
    for (at, letter) in text.char_indices() {
        if at < after {
            continue;
        }
        let rest = &text[at..];
        if let Some(math) = rest.strip_prefix("||") {
            if !math.starts_with(['+', '-', '/']) {
                return at;
            }
            after = at + 2;
        } else if rest.starts_with("&&") || letter == ')' || (is_list && letter == ',') {
            return at;
        }
    }
    text.len()
}
