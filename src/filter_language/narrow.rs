//! The dates and labels that a condition requires, so that an index finds the candidates among open
//! tasks.

use super::dates::Bound;
use super::sql::day;
use super::tree::{Condition, DateColumn, Expression, Term};
use crate::db::Sql;
use crate::when::Date;

/// Maximum cost of candidates. Those that cost more are as many as all tasks.
const MOST_COST: usize = 32;

/// Open tasks that an index finds.
#[derive(Clone)]
pub enum Candidates {
    /// Those with a due date that meets the condition.
    Due(Sql),
    /// Those with a deadline that meets the condition.
    Deadline(Sql),
    /// Those with the label of this key.
    Label(String),
}

/// Tasks of which every selected task is one.
#[derive(Clone, Copy)]
enum Required<'c> {
    /// Those of a range of due dates or deadlines, with an end.
    Range {
        column: DateColumn,
        from: Option<&'c Bound>,
        before: &'c Bound,
    },
    Label(&'c str),
}

impl Condition {
    /// Returns candidates that include all open tasks that the condition selects, and few others.
    /// `None` if the condition requires neither a date before another one nor a label.
    pub fn narrow(&self) -> Option<Vec<Candidates>> {
        let required = required(&self.0).filter(|required| cost(required) <= MOST_COST)?;
        let candidates = required.into_iter().flat_map(Required::candidates);
        Some(candidates.collect())
    }
}

/// Returns tasks of which every selected task is in at least one.
fn required(expression: &Expression<Bound>) -> Option<Vec<Required<'_>>> {
    match expression {
        Expression::Term(Term::Date {
            column: column @ (DateColumn::Due | DateColumn::DueOrDeadline | DateColumn::Deadline),
            from,
            // Most tasks can be after a date.
            before: Some(before),
        }) => Some(vec![Required::Range {
            column: *column,
            from: from.as_ref(),
            before,
        }]),
        Expression::Term(Term::Label(name)) => Some(vec![Required::Label(name.exact()?)]),
        Expression::Term(_) | Expression::Not(_) => None,
        Expression::All(parts) => parts
            .iter()
            .filter_map(required)
            .min_by_key(|required| cost(required)),
        Expression::Any(parts) => {
            let each: Option<Vec<_>> = parts.iter().map(required).collect();
            Some(each?.concat())
        }
    }
}

/// Returns an estimate of the number of candidates, in few steps.
fn cost(required: &[Required<'_>]) -> usize {
    let each = required.iter().map(|required| match required {
        Required::Range { from: Some(_), .. } => 1,
        Required::Label(_) => 2,
        Required::Range { from: None, .. } => 4,
    });
    each.sum()
}

impl Required<'_> {
    /// Returns the candidates of each index.
    fn candidates(self) -> Vec<Candidates> {
        let (column, from, before) = match self {
            Required::Label(name) => return vec![Candidates::Label(name.to_owned())],
            Required::Range {
                column,
                from,
                before,
            } => (column, from, before),
        };
        let due = || Candidates::Due(due(from, before));
        let deadline = || Candidates::Deadline(day("deadline", (from, Some(before))));
        match column {
            DateColumn::Deadline => vec![deadline()],
            DateColumn::DueOrDeadline => vec![due(), deadline()],
            _ => vec![due()],
        }
    }
}

/// Condition on the due date as it was entered. In another zone it is on another day, at most two
/// away.
fn due(from: Option<&Bound>, before: &Bound) -> Sql {
    let days_from = |bound: &Bound, days| Date::parse(&bound.day).map(|it| it.plus_days(days));
    let mut sql = Sql::new("due IS NOT NULL");
    if let Some(Ok(date)) = from.map(|bound| days_from(bound, -2)) {
        sql = sql.push(" AND due >= ").bind(date.to_string());
    }
    if let Ok(date) = days_from(before, 2) {
        // With every time of that day.
        sql = sql.push(" AND due < ").bind(format!("{date}T24:00"));
    }
    sql
}
