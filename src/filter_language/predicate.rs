//! Conditions as tests of tasks in memory. The SQL of a condition selects the same tasks.

use super::dates::Bound;
use super::places::Places;
use super::tree::{Condition, DateColumn, Expression, Term};
use crate::db::{Timestamp, sort_key};
use crate::items::{TaskRow, label_key, labels_of};

/// The length of a due date without a time.
const DATE_LENGTH: usize = 10;

impl Condition {
    /// Returns true if the condition selects the task.
    pub fn matches(&self, task: &TaskRow, places: &Places) -> bool {
        self.0.matches(task, places)
    }
}

impl Expression<Bound> {
    fn matches(&self, task: &TaskRow, places: &Places) -> bool {
        match self {
            Expression::Term(term) => term.matches(task, places),
            Expression::Not(part) => !part.matches(task, places),
            Expression::All(parts) => parts.iter().all(|part| part.matches(task, places)),
            Expression::Any(parts) => parts.iter().any(|part| part.matches(task, places)),
        }
    }
}

impl Term<Bound> {
    fn matches(&self, task: &TaskRow, places: &Places) -> bool {
        match self {
            Term::Constant(value) => *value,
            Term::Completed => task.completed_at.is_some(),
            Term::Subtask => task.parent_id.is_some(),
            Term::Recurring => task.recurrence.is_some(),
            Term::Timeless => match &task.due {
                Some(due) => due.len() == DATE_LENGTH,
                None => task.deadline.is_some(),
            },
            Term::Priority(those) => {
                let priorities = (1..).zip(those);
                let mut those = priorities.filter(|(_, selected)| **selected);
                those.any(|(priority, _)| priority == task.priority)
            }
            Term::Label(name) => labels_of(task.labels.as_deref())
                .iter()
                .any(|label| name.matches(&label_key(label))),
            Term::Title(text) => text.matches(&sort_key(&task.title)),
            Term::Section(name) => {
                let section = task.section_id.as_deref();
                section.is_some_and(|id| name.is_any() || places.section_matches(id, name))
            }
            Term::Project { name, descendants } => {
                places.project_matches(&task.project_id, name, *descendants)
            }
            Term::Date {
                column,
                from,
                before,
            } => {
                let range = (from.as_ref(), before.as_ref());
                is_within(range, date(task, *column))
            }
        }
    }
}

/// A date of a task.
enum Date<'t> {
    /// A date alone, which counts as the end of its day.
    Day(&'t str),
    /// A time on the user's clock.
    Local(&'t str),
    Instant(Timestamp),
}

fn date(task: &TaskRow, column: DateColumn) -> Option<Date<'_>> {
    match column {
        DateColumn::Due => {
            let due = task.due.as_deref()?;
            Some(match task.due_at {
                Some(instant) => Date::Instant(instant),
                None if due.len() == DATE_LENGTH => Date::Day(due),
                None => Date::Local(due),
            })
        }
        DateColumn::DueOrDeadline => {
            date(task, DateColumn::Due).or_else(|| date(task, DateColumn::Deadline))
        }
        DateColumn::Deadline => task.deadline.as_deref().map(Date::Day),
        DateColumn::Start => task.start_date.as_deref().map(Date::Day),
        DateColumn::Created => Some(Date::Instant(task.created_at)),
        DateColumn::Updated => Some(Date::Instant(task.updated_at)),
        DateColumn::Completed => task.completed_at.map(Date::Instant),
    }
}

fn is_within((from, before): (Option<&Bound>, Option<&Bound>), date: Option<Date<'_>>) -> bool {
    date.is_some_and(|date| {
        from.is_none_or(|bound| !is_before(&date, bound))
            && before.is_none_or(|bound| is_before(&date, bound))
    })
}

fn is_before(date: &Date<'_>, bound: &Bound) -> bool {
    match date {
        Date::Day(day) => *day < bound.day.as_str(),
        Date::Local(local) => *local < bound.local.as_str(),
        Date::Instant(instant) => *instant < bound.at,
    }
}
