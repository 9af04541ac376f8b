//! The dialect of Todoist: `today & p1 | #Work & !@waiting`.

mod phrase;

use super::cursor::{Cursor, SyntaxError};
use super::dates::{Base, Direction, Edge, Moment, Precision, Step, Unit};
use super::pattern::Pattern;
use super::tree::{DateColumn, Dialect, Expression, Filter, Term};
use crate::locale::{Message, message};
use phrase::{Word, words};

type Parsed = Result<Expression<Edge>, SyntaxError>;

const A_TERM: Message = message!("filter-expected-term");
const AN_OPERATOR: Message = message!("filter-expected-operator");

/// Parses a filter.
pub(super) fn parse(text: &str) -> Result<Filter, SyntaxError> {
    let mut cursor = Cursor::new(text);
    let root = list(&mut cursor)?;
    if !cursor.rest().is_empty() {
        return Err(cursor.expected(AN_OPERATOR));
    }
    Ok(Filter {
        dialect: Dialect::Todoist,
        // Completed tasks are in none of Todoist's filters.
        root: Expression::All(vec![Term::Completed.negated(), root]),
    })
}

/// Filters with commas between them, which Todoist shows one below the other.
fn list(cursor: &mut Cursor<'_>) -> Parsed {
    parts(cursor, ",", either).map(Expression::any)
}

fn either(cursor: &mut Cursor<'_>) -> Parsed {
    parts(cursor, "|", both).map(Expression::any)
}

fn both(cursor: &mut Cursor<'_>) -> Parsed {
    parts(cursor, "&", factor).map(Expression::all)
}

/// Parses expressions with an operator between each two.
fn parts(
    cursor: &mut Cursor<'_>,
    operator: &str,
    parse: fn(&mut Cursor<'_>) -> Parsed,
) -> Result<Vec<Expression<Edge>>, SyntaxError> {
    let mut parts = vec![parse(cursor)?];
    while cursor.take(operator) {
        parts.push(parse(cursor)?);
    }
    Ok(parts)
}

fn factor(cursor: &mut Cursor<'_>) -> Parsed {
    if cursor.take("!") {
        let negated = cursor.deeper(factor)?;
        return Ok(Expression::Not(Box::new(negated)));
    }
    if !cursor.take("(") {
        return term(cursor);
    }
    let inner = cursor.deeper(list)?;
    match cursor.take(")") {
        true => Ok(inner),
        false => Err(cursor.expected(message!("filter-expected-operator-close"))),
    }
}

fn term(cursor: &mut Cursor<'_>) -> Parsed {
    cursor.skip_blanks();
    let place = cursor.place();
    let text = &cursor.rest()[..length(cursor.rest())];
    cursor.skip(text.len());
    let text = trimmed(text);
    if text.is_empty() {
        return Err(cursor.expected_at(place, A_TERM));
    }
    cursor.count_term(place)?;
    let source = Source { cursor, place };
    source.term(text)
}

/// Returns the length of the term at the start of a text, in bytes. A backslash takes the meaning
/// away from the next character.
fn length(text: &str) -> usize {
    let mut escaped = false;
    let end = text.find(|letter| {
        let is_operator = !escaped && matches!(letter, '&' | '|' | ',' | '(' | ')');
        escaped = letter == '\\' && !escaped;
        is_operator
    });
    end.unwrap_or(text.len())
}

/// Returns the text without blanks at its ends. An escaped blank stays.
fn trimmed(text: &str) -> &str {
    let short = text.trim();
    let escapes = short.len() - short.trim_end_matches('\\').len();
    let blank = text.trim_start()[short.len()..].chars().next();
    match blank {
        Some(blank) if escapes % 2 == 1 => &text.trim_start()[..short.len() + blank.len_utf8()],
        _ => short,
    }
}

/// A term in the text of a filter.
struct Source<'c, 't> {
    cursor: &'c Cursor<'t>,
    /// The start of the term in bytes.
    place: usize,
}

impl Source<'_, '_> {
    fn term(&self, text: &str) -> Parsed {
        for (sign, thing) in [
            ("##", message!("filter-expected-project")),
            ("#", message!("filter-expected-project")),
            ("/", message!("filter-expected-section")),
            ("@", message!("filter-expected-label")),
        ] {
            if let Some(name) = text.strip_prefix(sign) {
                let name = self.pattern(unquoted(name), self.place + sign.len(), thing)?;
                let term = match sign {
                    "@" => Term::Label(name),
                    "/" => Term::Section(name),
                    _ => Term::Project {
                        name,
                        descendants: sign == "##",
                    },
                };
                return Ok(term.alone());
            }
        }
        if let Some((key, value)) = text.split_once(':') {
            let key_words = words(key, self.place);
            if key_words.iter().all(Word::is_letters) {
                let value_place = self.place + key.len() + 1;
                return self.keyed(&joined(&key_words), value, value_place);
            }
        }
        let words = words(text, self.place);
        if let Some(expression) = keyword(&joined(&words)).or_else(|| days(&words)) {
            return Ok(expression);
        }
        let day = self.moment(&words, Direction::Future, A_TERM)?;
        Ok(on(DateColumn::DueOrDeadline, day))
    }

    /// Returns the pattern of a name with `*` as the wildcard.
    fn pattern(&self, text: &str, place: usize, thing: Message) -> Result<Pattern, SyntaxError> {
        let mut parts = vec![String::new()];
        let mut letters = text.trim_start().chars();
        while let Some(letter) = letters.next() {
            match (letter, parts.last_mut()) {
                ('*', _) => parts.push(String::new()),
                ('\\', Some(part)) => part.push(letters.next().unwrap_or('\\')),
                (letter, Some(part)) => part.push(letter),
                (_, None) => {}
            }
        }
        if parts.iter().all(String::is_empty) && parts.len() == 1 {
            return Err(self.cursor.expected_at(place, thing));
        }
        Ok(Pattern::of(parts.iter().map(String::as_str)))
    }

    /// Parses a term with a colon.
    fn keyed(&self, key: &str, value: &str, place: usize) -> Parsed {
        let (noun, relation) = match key.rsplit_once(' ') {
            Some((noun, relation @ ("before" | "after"))) => (noun, relation),
            _ => (key, ""),
        };
        let column = match noun {
            "search" if relation.is_empty() => {
                let text = self.pattern(value, place, message!("filter-expected-search"))?;
                return Ok(Term::Title(text.within()).alone());
            }
            "assigned to" | "assigned by" | "added by" | "workspace" if relation.is_empty() => {
                self.pattern(value, place, message!("filter-expected-person"))?;
                return Ok(Term::Constant(is_mine(noun, value)).alone());
            }
            "date" => DateColumn::Due,
            "due" => DateColumn::DueOrDeadline,
            "deadline" => DateColumn::Deadline,
            "start" => DateColumn::Start,
            "created" => DateColumn::Created,
            _ => {
                let expected = message!("filter-expected-key");
                return Err(self.cursor.expected_at(self.place, expected));
            }
        };
        // Nothing was created in the future.
        let direction = match column {
            DateColumn::Created => Direction::Past,
            _ => Direction::Future,
        };
        let mut words = words(value, place);
        if words.is_empty() {
            words = vec![Word::end(place)];
        }
        let moment = self.moment(&words, direction, message!("filter-expected-date"))?;
        let (from, before) = match relation {
            "before" => (None, Some(Edge::Start(moment))),
            "after" => (Some(Edge::End(moment)), None),
            _ => return Ok(on(column, moment)),
        };
        let term = Term::Date {
            column,
            from,
            before,
        };
        Ok(term.alone())
    }

    fn moment(
        &self,
        words: &[Word<'_>],
        direction: Direction,
        expected: Message,
    ) -> Result<Moment, SyntaxError> {
        phrase::parse(words, direction).map_err(|place| match words.first() {
            Some(first) if first.place < place => self
                .cursor
                .expected_at(place, message!("filter-expected-date-end")),
            _ => self.cursor.expected_at(place, expected),
        })
    }
}

/// Returns a name without the quotes around it.
fn unquoted(name: &str) -> &str {
    let inner = name.strip_prefix('"');
    let inner = inner.and_then(|name| name.strip_suffix('"'));
    inner.filter(|name| !name.is_empty()).unwrap_or(name)
}

fn joined(words: &[Word<'_>]) -> String {
    let texts: Vec<&str> = words.iter().map(|word| &*word.text).collect();
    texts.join(" ")
}

/// Returns the answer to questions about people: an account works alone.
fn is_mine(noun: &str, value: &str) -> bool {
    noun == "added by" && value.trim().eq_ignore_ascii_case("me")
}

fn on(column: DateColumn, moment: Moment) -> Expression<Edge> {
    let moment = moment.at_least_a_minute();
    let term = Term::Date {
        column,
        from: Some(Edge::Start(moment.clone())),
        before: Some(Edge::End(moment)),
    };
    term.alone()
}

fn has(column: DateColumn) -> Term<Edge> {
    Term::Date {
        column,
        from: None,
        before: None,
    }
}

fn keyword(text: &str) -> Option<Expression<Edge>> {
    let now = Moment {
        base: Base::Now,
        steps: Vec::new(),
        precision: Precision::Instant,
    };
    let priority = |number: usize| {
        let mut those = [false; 4];
        those[number - 1] = true;
        Term::Priority(those).alone()
    };
    Some(match text {
        "all" | "view all" => Term::Constant(true).alone(),
        "overdue" | "over due" | "od" => Term::Date {
            column: DateColumn::DueOrDeadline,
            from: None,
            before: Some(Edge::Start(now)),
        }
        .alone(),
        "no date" | "no due date" => has(DateColumn::DueOrDeadline).negated(),
        "no start" => has(DateColumn::Start).negated(),
        "no deadline" => has(DateColumn::Deadline).negated(),
        "no time" => Term::Timeless.alone(),
        "no label" | "no labels" => Term::Label(Pattern::of(["", ""])).negated(),
        "no priority" | "p4" => priority(4),
        "p1" => priority(1),
        "p2" => priority(2),
        "p3" => priority(3),
        "subtask" => Term::Subtask.alone(),
        // Tasks have none of these yet.
        "recurring" => Term::Recurring.alone(),
        "uncompletable" | "shared" | "assigned" => Term::Constant(false).alone(),
        "no assignee" => Term::Constant(false).negated(),
        _ => return None,
    })
}

/// Parses the days around today: `5 days`, `next 5 days` or `-3 days`.
fn days(words: &[Word<'_>]) -> Option<Expression<Edge>> {
    let words = match words {
        [next, rest @ ..] if next.text == "next" => rest,
        other => other,
    };
    let (count, unit, 2) = phrase::amount(words)? else {
        return None;
    };
    if words.len() != 2 || matches!(unit, Unit::Minute | Unit::Hour) {
        return None;
    }
    let today = Moment::day(Base::Today, Vec::new());
    let end = Moment::day(Base::Today, vec![Step::Add(count, unit)]);
    let (from, before) = if count < 0 {
        (end, today)
    } else {
        (today, end)
    };
    let term = Term::Date {
        column: DateColumn::DueOrDeadline,
        from: Some(Edge::Start(from)),
        before: Some(Edge::Start(before)),
    };
    Some(term.alone())
}
