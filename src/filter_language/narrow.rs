//! The dates that a condition requires, so that an index finds the candidates among open tasks.

use super::dates::Bound;
use super::sql::{Scope, day};
use super::tree::{Condition, DateColumn, Expression, Term};
use crate::access::visible_to;
use crate::db::Sql;
use crate::when::Date;

/// Maximum number of ranges. More cost as much as all tasks.
const MOST_RANGES: usize = 8;

/// A range of due dates or deadlines, with an end.
#[derive(Clone, Copy)]
struct Range<'c> {
    column: DateColumn,
    from: Option<&'c Bound>,
    before: &'c Bound,
}

impl Condition {
    /// Returns a condition on the ids of all open tasks that the condition selects, and of few
    /// others. `None` if the condition requires no date before another one.
    pub fn narrow(&self, scope: Scope<'_>) -> Option<Sql> {
        let ranges = ranges(&self.0).filter(|ranges| ranges.len() <= MOST_RANGES)?;
        let mut candidates = Sql::new("SELECT narrow.id FROM (");
        let parts = ranges.into_iter().flat_map(Range::parts);
        for (place, part) in parts.enumerate() {
            let operator = if place > 0 { " UNION ALL " } else { "" };
            candidates = candidates
                .push(operator)
                .push("SELECT id FROM tasks WHERE ")
                .append(visible_to(scope.engine, scope.user_id))
                .push(" AND completed_at IS NULL AND ")
                .append(part);
        }
        let candidates = candidates.push(") AS narrow");
        Some(Sql::new("id ").append(scope.engine.any_of(candidates)))
    }
}

/// Returns ranges of which every selected task is in at least one.
fn ranges(expression: &Expression<Bound>) -> Option<Vec<Range<'_>>> {
    match expression {
        Expression::Term(Term::Date {
            column: column @ (DateColumn::Due | DateColumn::DueOrDeadline | DateColumn::Deadline),
            from,
            // Most tasks can be after a date.
            before: Some(before),
        }) => Some(vec![Range {
            column: *column,
            from: from.as_ref(),
            before,
        }]),
        Expression::Term(_) | Expression::Not(_) => None,
        Expression::All(parts) => {
            let each = parts.iter().filter_map(ranges);
            each.min_by_key(|ranges| ranges.iter().filter(|range| range.from.is_none()).count())
        }
        Expression::Any(parts) => {
            let each: Option<Vec<_>> = parts.iter().map(ranges).collect();
            Some(each?.concat())
        }
    }
}

impl Range<'_> {
    /// Returns the condition for each column that has an index.
    fn parts(self) -> Vec<Sql> {
        let deadline = || day("deadline", (self.from, Some(self.before)));
        match self.column {
            DateColumn::Deadline => vec![deadline()],
            DateColumn::DueOrDeadline => {
                vec![self.due(), Sql::new("due IS NULL AND ").append(deadline())]
            }
            _ => vec![self.due()],
        }
    }

    /// Condition on the due date as it was entered. In another zone it is on another day, at most
    /// two away.
    fn due(self) -> Sql {
        let days_from = |bound: &Bound, days| Date::parse(&bound.day).map(|it| it.plus_days(days));
        let mut sql = Sql::new("due IS NOT NULL");
        if let Some(Ok(date)) = self.from.map(|bound| days_from(bound, -2)) {
            sql = sql.push(" AND due >= ").bind(date.to_string());
        }
        if let Ok(date) = days_from(self.before, 2) {
            // With every time of that day.
            sql = sql.push(" AND due < ").bind(format!("{date}T24:00"));
        }
        sql
    }
}
