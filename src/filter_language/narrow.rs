//! The dates or labels that a condition requires, so that an index finds the candidates among open
//! tasks.

use super::dates::Bound;
use super::pattern::Pattern;
use super::sql::{Scope, day};
use super::tree::{Condition, DateColumn, Expression, Term};
use crate::access::visible_to;
use crate::db::{Engine, Sql};
use crate::when::Date;

/// Maximum number of sets of candidates. More cost as much as all tasks.
const MOST_SETS: usize = 8;

/// A set of tasks that an index finds.
#[derive(Clone, Copy)]
enum Candidates<'c> {
    Dated(Range<'c>),
    /// The label has exactly this name.
    Labelled(&'c Pattern),
}

/// A range of due dates or deadlines, with an end.
#[derive(Clone, Copy)]
struct Range<'c> {
    column: DateColumn,
    from: Option<&'c Bound>,
    before: &'c Bound,
}

impl Condition {
    /// Returns a condition on the ids of all open tasks that the condition selects, and of few
    /// others. `None` if the condition requires neither a date before another one nor a label.
    pub fn narrow(&self, scope: Scope<'_>) -> Option<Sql> {
        let sets = candidates(&self.0).filter(|sets| sets.len() <= MOST_SETS)?;
        let mut union = Sql::new("SELECT narrow.id FROM (");
        let parts = sets.into_iter().flat_map(|set| set.parts(scope));
        for (place, part) in parts.enumerate() {
            let operator = if place > 0 { " UNION ALL " } else { "" };
            union = union.push(operator).append(part);
        }
        let union = union.push(") AS narrow");
        Some(Sql::new("id ").append(scope.engine.any_of(union)))
    }
}

/// Returns sets of which every selected task is in at least one.
fn candidates(expression: &Expression<Bound>) -> Option<Vec<Candidates<'_>>> {
    match expression {
        Expression::Term(Term::Date {
            column: column @ (DateColumn::Due | DateColumn::DueOrDeadline | DateColumn::Deadline),
            from,
            // Most tasks can be after a date.
            before: Some(before),
        }) => Some(vec![Candidates::Dated(Range {
            column: *column,
            from: from.as_ref(),
            before,
        })]),
        Expression::Term(Term::Label(name)) if name.exact().is_some() => {
            Some(vec![Candidates::Labelled(name)])
        }
        Expression::Term(_) | Expression::Not(_) => None,
        Expression::All(parts) => {
            let each = parts.iter().filter_map(candidates);
            each.min_by_key(|sets| sets.iter().map(Candidates::cost).sum::<usize>())
        }
        Expression::Any(parts) => {
            let each: Option<Vec<_>> = parts.iter().map(candidates).collect();
            Some(each?.concat())
        }
    }
}

impl Candidates<'_> {
    /// Returns an estimate of the number of tasks: a range without a start has more than a label,
    /// and that more than some days.
    fn cost(&self) -> usize {
        match self {
            Candidates::Dated(Range { from: Some(_), .. }) => 1,
            Candidates::Labelled(_) => 2,
            Candidates::Dated(Range { from: None, .. }) => 3,
        }
    }

    /// Returns the statements for the ids.
    fn parts(self, scope: Scope<'_>) -> Vec<Sql> {
        let visible = || visible_to(scope.engine, scope.user_id);
        match self {
            Candidates::Dated(range) => range.parts(scope),
            Candidates::Labelled(name) => vec![
                Sql::new("SELECT task_id AS id FROM task_labels WHERE ")
                    .append(visible())
                    .push(" AND label = ")
                    .bind(name.exact().unwrap_or_default())
                    .push(" AND completed = 0"),
            ],
        }
    }
}

impl Range<'_> {
    /// Returns the statement for each column that has an index.
    fn parts(self, scope: Scope<'_>) -> Vec<Sql> {
        let of_tasks = |condition: Sql| {
            Sql::new("SELECT id FROM tasks WHERE ")
                .append(visible_to(scope.engine, scope.user_id))
                .push(" AND completed_at IS NULL AND ")
                .append(condition)
        };
        let range = (self.from, Some(self.before));
        match (self.column, scope.engine) {
            // MySQL has no index of deadlines. The day of a task is not after its deadline.
            (DateColumn::Deadline, Engine::Mysql) => vec![by_day((None, self.before), scope)],
            (DateColumn::Deadline, _) => vec![of_tasks(day("deadline", range))],
            (DateColumn::DueOrDeadline, Engine::Mysql) => {
                vec![
                    of_tasks(self.due()),
                    by_day((self.from, self.before), scope),
                ]
            }
            (DateColumn::DueOrDeadline, _) => {
                let deadline = Sql::new("due IS NULL AND ").append(day("deadline", range));
                vec![of_tasks(self.due()), of_tasks(deadline)]
            }
            _ => vec![of_tasks(self.due())],
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

/// Returns the statement for the tasks whose due date or deadline is in a range, and no other date
/// before it.
fn by_day((from, before): (Option<&Bound>, &Bound), scope: Scope<'_>) -> Sql {
    let sql = Sql::new("SELECT task_id AS id FROM task_days WHERE ")
        .append(visible_to(scope.engine, scope.user_id))
        .push(" AND day_key < ")
        .bind(before.day.clone());
    match from {
        Some(from) => sql.push(" AND day_key >= ").bind(from.day.clone()),
        None => sql,
    }
}
