//! The fields of Vikunja's filters, and those that Docket adds.

use super::moment;
use super::{Relation, Value};
use crate::filter_language::cursor::{Cursor, SyntaxError};
use crate::filter_language::dates::{Edge, Moment, Precision};
use crate::filter_language::pattern::Pattern;
use crate::filter_language::tree::{DateColumn, Expression, Term};
use crate::locale::{Message, message};

/// The names of the fields, for messages.
pub(super) const NAMES: &str = "assignees, created, deadline, done, doneAt, dueDate, endDate, \
                                labels, percentDone, priority, project, recurring, reminders, \
                                startDate, title and updated";

/// Priorities of Vikunja, for ours from 1: a task with ours has this one.
const PRIORITIES: [i64; 4] = [5, 4, 3, 0];

/// A field.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Field {
    Done,
    Recurring,
    Priority,
    PercentDone,
    Labels,
    Project,
    Title,
    /// Tasks have no assignees yet.
    Assignees,
    Date(DateColumn),
    /// A date that tasks do not have.
    NoDate,
}

impl Field {
    /// Returns the field with this name. Case and underscores do not matter.
    pub fn of_name(name: &str) -> Option<Field> {
        let name = name.replace('_', "").to_ascii_lowercase();
        Some(match name.as_str() {
            "done" => Field::Done,
            "recurring" => Field::Recurring,
            "priority" => Field::Priority,
            "percentdone" => Field::PercentDone,
            "labels" | "label" => Field::Labels,
            "project" => Field::Project,
            "title" => Field::Title,
            "assignees" => Field::Assignees,
            "duedate" => Field::Date(DateColumn::Due),
            "startdate" => Field::Date(DateColumn::Start),
            "deadline" => Field::Date(DateColumn::Deadline),
            "doneat" => Field::Date(DateColumn::Completed),
            "created" => Field::Date(DateColumn::Created),
            "updated" => Field::Date(DateColumn::Updated),
            "enddate" | "reminders" => Field::NoDate,
            _ => return None,
        })
    }

    /// Returns true if the field can be compared in this way.
    pub fn takes(self, relation: Relation) -> bool {
        use Relation::{Equal, In, Like, NotEqual, NotIn};
        match self {
            Field::Done | Field::Recurring => matches!(relation, Equal | NotEqual),
            Field::Priority | Field::PercentDone => relation != Like,
            Field::Date(_) | Field::NoDate => !matches!(relation, In | NotIn | Like),
            Field::Labels | Field::Project | Field::Title | Field::Assignees => {
                matches!(relation, Equal | NotEqual | In | NotIn | Like)
            }
        }
    }

    /// Returns true if the field has names or texts.
    pub fn is_text(self) -> bool {
        self.takes(Relation::Like)
    }

    /// Returns the operators that the field takes.
    pub fn relations(self) -> Message {
        match self {
            Field::Done | Field::Recurring => message!("filter-relations-equal"),
            Field::Priority | Field::PercentDone => message!("filter-relations-number"),
            Field::Date(_) | Field::NoDate => message!("filter-relations-date"),
            Field::Labels | Field::Project | Field::Title | Field::Assignees => {
                message!("filter-relations-text")
            }
        }
    }

    /// Returns the comparison with one value. Those with `!=` and `not in` are as with `=`, for
    /// the caller to negate.
    pub fn compare(
        self,
        relation: Relation,
        value: &Value,
        cursor: &Cursor<'_>,
    ) -> Result<Expression<Edge>, SyntaxError> {
        Ok(match self {
            Field::Done => truth(Term::Completed, value, cursor)?,
            Field::Recurring => truth(Term::Recurring, value, cursor)?,
            Field::Priority => priority(relation, number(value, cursor)?),
            Field::PercentDone => percent(relation, number(value, cursor)?),
            Field::Labels => Term::Label(pattern(relation, &value.text)).alone(),
            Field::Title => Term::Title(pattern(relation, &value.text)).alone(),
            Field::Project => {
                let name = pattern(relation, &value.text);
                let descendants = false;
                Term::Project { name, descendants }.alone()
            }
            Field::Assignees => Term::Constant(false).alone(),
            Field::Date(column) => date(column, relation, value, cursor)?,
            Field::NoDate => {
                date(DateColumn::Due, relation, value, cursor)?;
                Term::Constant(false).alone()
            }
        })
    }
}

/// Returns the term if the value is true, and its negation if it is false.
fn truth(
    term: Term<Edge>,
    value: &Value,
    cursor: &Cursor<'_>,
) -> Result<Expression<Edge>, SyntaxError> {
    match value.text.to_ascii_lowercase().as_str() {
        "true" | "1" => Ok(term.alone()),
        "false" | "0" => Ok(term.negated()),
        _ => Err(cursor.expected_at(value.place, message!("filter-expected-boolean"))),
    }
}

fn number(value: &Value, cursor: &Cursor<'_>) -> Result<i64, SyntaxError> {
    let number = value.text.parse();
    number.map_err(|_| cursor.expected_at(value.place, message!("filter-expected-number")))
}

fn holds(relation: Relation, one: i64, other: i64) -> bool {
    match relation {
        Relation::Less => one < other,
        Relation::LessOrEqual => one <= other,
        Relation::Greater => one > other,
        Relation::GreaterOrEqual => one >= other,
        _ => one == other,
    }
}

fn priority(relation: Relation, value: i64) -> Expression<Edge> {
    let is_equality = !matches!(
        relation,
        Relation::Less | Relation::LessOrEqual | Relation::Greater | Relation::GreaterOrEqual
    );
    // Three priorities of Vikunja are one of ours.
    let value = if is_equality && (1..=3).contains(&value) {
        3
    } else {
        value
    };
    Term::Priority(PRIORITIES.map(|own| holds(relation, own, value))).alone()
}

/// An open task has 0 percent, and a completed one 100.
fn percent(relation: Relation, value: i64) -> Expression<Edge> {
    match (holds(relation, 0, value), holds(relation, 100, value)) {
        (false, true) => Term::Completed.alone(),
        (true, false) => Term::Completed.negated(),
        (both, _) => Term::Constant(both).alone(),
    }
}

/// Returns the pattern of a value. With `like`, `%` is the wildcard, and a text without one can be
/// anywhere.
fn pattern(relation: Relation, text: &str) -> Pattern {
    if relation != Relation::Like {
        return Pattern::of([text.trim()]);
    }
    let pattern = Pattern::of(text.split('%'));
    match text.contains('%') {
        true => pattern,
        false => pattern.within(),
    }
}

fn date(
    column: DateColumn,
    relation: Relation,
    value: &Value,
    cursor: &Cursor<'_>,
) -> Result<Expression<Edge>, SyntaxError> {
    let (moment, is_day) = moment::parse(&value.text).ok_or_else(|| {
        let expected = message!("filter-expected-date-or-now");
        cursor.expected_at(value.place, expected)
    })?;
    let (from, before) = match relation {
        Relation::Less => (None, Some(Edge::Start(moment))),
        Relation::LessOrEqual => (None, Some(Edge::End(moment))),
        Relation::Greater => (Some(Edge::End(moment)), None),
        Relation::GreaterOrEqual => (Some(Edge::Start(moment)), None),
        _ => {
            let precision = match is_day {
                true => Precision::Day,
                false => Precision::Minute,
            };
            let moment = Moment {
                precision,
                ..moment
            };
            (Some(Edge::Start(moment.clone())), Some(Edge::End(moment)))
        }
    };
    let term = Term::Date {
        column,
        from,
        before,
    };
    Ok(term.alone())
}
