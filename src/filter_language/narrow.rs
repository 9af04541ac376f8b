//! The dates and labels that a condition requires, so that an index finds the candidates among open
//! tasks.

use super::dates::Bound;
use super::sql::{Scope, day};
use super::tree::{Condition, DateColumn, Expression, Term};
use crate::db::Sql;
use crate::when::{Date, Zone};

/// Maximum cost of candidates. Those that cost more are as many as all tasks.
const MOST_COST: usize = 32;

/// Seconds by which no clock differs more from UTC.
const MOST_OFFSET: i64 = 16 * 3_600;

/// Open tasks that indexes find.
#[derive(Clone)]
pub struct Candidates {
    /// The tasks of each index.
    pub each: Vec<Candidate>,
    /// True if no task is found by two of them.
    pub are_disjoint: bool,
}

/// Open tasks that an index finds.
#[derive(Clone)]
pub struct Candidate {
    /// The index.
    pub source: Source,
    /// Condition that a task is in the range of the index, and that the filter selects it.
    pub condition: Sql,
}

/// An index of open tasks.
#[derive(Clone)]
pub enum Source {
    /// That of due dates.
    Due,
    /// That of deadlines.
    Deadline,
    /// That of the label with this key.
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
    pub fn narrow(&self, scope: Scope<'_>) -> Option<Candidates> {
        let required = required(&self.0).filter(|required| cost(required) <= MOST_COST)?;
        Some(Candidates {
            // A task has one due date, or none and a deadline.
            are_disjoint: required.len() == 1,
            each: required
                .into_iter()
                .flat_map(|required| self.candidates(required, scope))
                .collect(),
        })
    }

    /// Returns the candidates of each index.
    fn candidates(&self, required: Required<'_>, scope: Scope<'_>) -> Vec<Candidate> {
        let candidate = |source, range: Sql, has_due| Candidate {
            source,
            condition: range.append(self.sql(Scope { has_due, ..scope })),
        };
        let (column, from, before) = match required {
            Required::Label(name) => {
                let label = Some(name);
                return vec![Candidate {
                    source: Source::Label(name.to_owned()),
                    condition: self.sql(Scope { label, ..scope }),
                }];
            }
            Required::Range {
                column,
                from,
                before,
            } => (column, from, before),
        };
        let due = || candidate(Source::Due, due(from, before).push(" AND "), Some(true));
        let deadline = || day("deadline", (from, Some(before)));
        match column {
            DateColumn::Deadline => {
                vec![candidate(Source::Deadline, deadline().push(" AND "), None)]
            }
            DateColumn::DueOrDeadline => {
                let range = deadline().push(" AND due IS NULL AND ");
                vec![due(), candidate(Source::Deadline, range, Some(false))]
            }
            _ => vec![due()],
        }
    }

    /// Returns the only priority that every selected task has. `None` if there is none.
    pub fn priority(&self) -> Option<i64> {
        fn of(expression: &Expression<Bound>) -> Option<i64> {
            match expression {
                Expression::Term(Term::Priority(those)) => {
                    let mut selected = (1..).zip(those).filter(|(_, selected)| **selected);
                    let (only, _) = selected.next()?;
                    selected.next().is_none().then_some(only)
                }
                Expression::All(parts) => parts.iter().find_map(of),
                Expression::Term(_) | Expression::Not(_) | Expression::Any(_) => None,
            }
        }
        of(&self.0)
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

/// Condition on the due date as it was entered, on the clock of any zone.
fn due(from: Option<&Bound>, before: &Bound) -> Sql {
    let mut sql = Sql::new("due IS NOT NULL");
    if let Some(bound) = from {
        sql = sql.push(" AND due >= ").bind(earliest(bound));
    }
    sql.push(" AND due < ").bind(latest(before))
}

/// Returns a text before those of all due dates that are not before the bound.
fn earliest(bound: &Bound) -> String {
    let (date, time) = Zone::UTC.local(bound.at.plus_seconds(-MOST_OFFSET));
    let text = match date {
        Date::MIN => date.to_string(),
        _ => format!("{date}T{time}"),
    };
    text.min(bound.day.clone())
}

/// Returns a text after those of all due dates that are before the bound.
fn latest(bound: &Bound) -> String {
    let (date, time) = Zone::UTC.local(bound.at.plus_seconds(MOST_OFFSET));
    let text = match date {
        Date::MAX => format!("{date}T24:00"),
        _ => format!("{date}T{time}"),
    };
    text.max(bound.local.clone())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::db::Timestamp;
    use crate::when::zone_names;

    #[test]
    fn no_clock_is_outside_the_range_of_its_instant() {
        for name in zone_names() {
            let zone = Zone::parse(name).expect(name);
            for days in [-70_000, -30_000, 0, 20_000, 40_000] {
                let at = Timestamp(days * 86_400_000_000);
                let (date, time) = zone.local(at);
                let text = format!("{date}T{time}");
                // The local time of a user whose clock differs most in the other direction.
                let bound = |at, local: &str| Bound {
                    at,
                    local: local.to_owned(),
                    day: local.chars().take(10).collect(),
                };
                let from = bound(at, "9999-12-31T00:00");
                let before = bound(at.plus_seconds(60), "0001-01-01T00:00");
                assert!(earliest(&from) <= text, "{name} {text}");
                assert!(text < latest(&before), "{name} {text}");
            }
        }
    }

    #[test]
    fn the_first_and_the_last_day_are_whole() {
        let bound = |date: Date| Bound {
            at: crate::when::day_bounds(date, Zone::UTC).start,
            local: format!("{date}T00:00"),
            day: date.to_string(),
        };
        assert_eq!(earliest(&bound(Date::MIN)), "0001-01-01");
        let last = Bound {
            at: bound(Date::MAX).at.plus_seconds(86_399),
            ..bound(Date::MAX)
        };
        assert_eq!(latest(&last), "9999-12-31T24:00");
    }
}
