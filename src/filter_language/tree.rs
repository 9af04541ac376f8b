//! The syntax tree of a filter.

use super::dates::{Bound, Edge, Viewpoint};
use super::pattern::Pattern;

/// Maximum number of terms of a filter.
pub const MOST_TERMS: usize = 64;

/// Maximum number of levels of parentheses and negations.
pub const MOST_LEVELS: usize = 16;

/// The dialect of a filter.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Dialect {
    /// `today & p1 | #Work & !@waiting`. It selects open tasks only.
    Todoist,
    /// `done = false && dueDate < now+7d`.
    Vikunja,
}

/// A parsed filter. Its dates are relative to the moment at which it is used.
#[derive(Clone, Debug, PartialEq)]
pub struct Filter {
    /// The dialect of the text.
    pub dialect: Dialect,
    pub(super) root: Expression<Edge>,
}

/// A filter whose dates are those of a moment. Its text form tells apart conditions that select
/// different tasks.
#[derive(Clone, Debug, PartialEq)]
pub struct Condition(pub(super) Expression<Bound>);

/// An expression. `E` is the type of the ends of ranges of dates.
#[derive(Clone, Debug, PartialEq)]
pub enum Expression<E> {
    Term(Term<E>),
    Not(Box<Expression<E>>),
    All(Vec<Expression<E>>),
    Any(Vec<Expression<E>>),
}

/// A test of one attribute. A task without the attribute fails it, and so passes its negation.
#[derive(Clone, Debug, PartialEq)]
pub enum Term<E> {
    Constant(bool),
    Completed,
    Subtask,
    Recurring,
    /// The due date has no time, or the task has only a deadline.
    Timeless,
    /// One element for each priority, from 1.
    Priority([bool; 4]),
    Label(Pattern),
    Title(Pattern),
    Section(Pattern),
    Project {
        name: Pattern,
        /// True if projects below those with the name are included.
        descendants: bool,
    },
    /// The date is in the range. Without ends, the task has the date.
    Date {
        column: DateColumn,
        from: Option<E>,
        before: Option<E>,
    },
}

/// A date of a task.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum DateColumn {
    Due,
    /// The due date, or the deadline of a task without one.
    DueOrDeadline,
    Deadline,
    Start,
    Created,
    Updated,
    Completed,
}

impl Filter {
    /// Returns the condition of the filter at a moment.
    pub fn at(&self, viewpoint: &Viewpoint) -> Condition {
        Condition(self.root.resolve(viewpoint))
    }

    /// Returns true if every task that it selects is completed.
    pub fn is_of_completed_tasks(&self) -> bool {
        let completed = Expression::Term(Term::Completed);
        self.root == completed
            || matches!(&self.root, Expression::All(parts) if parts.contains(&completed))
    }

    /// Returns true if every task that it selects is open.
    pub fn is_of_open_tasks(&self) -> bool {
        let open = Term::Completed.negated();
        self.root == open || matches!(&self.root, Expression::All(parts) if parts.contains(&open))
    }
}

impl Condition {
    /// Returns the number of terms.
    pub fn terms(&self) -> usize {
        self.0.terms()
    }

    /// Returns true if the condition depends on the names of projects.
    pub fn needs_projects(&self) -> bool {
        self.0.has(|term| matches!(term, Term::Project { .. }))
    }

    /// Returns true if the condition depends on the names of sections.
    pub fn needs_sections(&self) -> bool {
        self.0.has(|term| matches!(term, Term::Section(_)))
    }

    /// Returns true if the condition searches titles.
    pub fn searches(&self) -> bool {
        self.0.has(|term| matches!(term, Term::Title(_)))
    }
}

impl<E> Term<E> {
    /// Returns the expression that consists of this term.
    pub fn alone(self) -> Expression<E> {
        Expression::Term(self)
    }

    /// Returns the negation of this term.
    pub fn negated(self) -> Expression<E> {
        Expression::Not(Box::new(Expression::Term(self)))
    }
}

impl<E> Expression<E> {
    /// Returns the disjunction of expressions, or the only one.
    pub fn any(mut parts: Vec<Expression<E>>) -> Expression<E> {
        match parts.len() {
            1 => parts.remove(0),
            _ => Expression::Any(parts),
        }
    }

    /// Returns the conjunction of expressions, or the only one.
    pub fn all(mut parts: Vec<Expression<E>>) -> Expression<E> {
        match parts.len() {
            1 => parts.remove(0),
            _ => Expression::All(parts),
        }
    }

    fn terms(&self) -> usize {
        match self {
            Expression::Term(_) => 1,
            Expression::Not(part) => part.terms(),
            Expression::All(parts) | Expression::Any(parts) => {
                parts.iter().map(Expression::terms).sum()
            }
        }
    }

    fn has(&self, test: impl Fn(&Term<E>) -> bool + Copy) -> bool {
        match self {
            Expression::Term(term) => test(term),
            Expression::Not(part) => part.has(test),
            Expression::All(parts) | Expression::Any(parts) => {
                parts.iter().any(|part| part.has(test))
            }
        }
    }
}

impl Expression<Edge> {
    fn resolve(&self, viewpoint: &Viewpoint) -> Expression<Bound> {
        let each = |parts: &[Expression<Edge>]| {
            let parts = parts.iter().map(|part| part.resolve(viewpoint));
            parts.collect::<Vec<_>>()
        };
        match self {
            Expression::Term(term) => Expression::Term(term.resolve(viewpoint)),
            Expression::Not(part) => Expression::Not(Box::new(part.resolve(viewpoint))),
            Expression::All(parts) => Expression::All(each(parts)),
            Expression::Any(parts) => Expression::Any(each(parts)),
        }
    }
}

impl Term<Edge> {
    fn resolve(&self, viewpoint: &Viewpoint) -> Term<Bound> {
        let bound = |edge: &Option<Edge>, column: DateColumn| {
            let bound = edge.as_ref()?.resolve(viewpoint);
            Some(match column {
                DateColumn::Created | DateColumn::Updated | DateColumn::Completed => bound,
                // The others have no seconds, and the condition stays the same for a minute.
                _ => bound.rounded_up(),
            })
        };
        match self {
            Term::Constant(value) => Term::Constant(*value),
            Term::Completed => Term::Completed,
            Term::Subtask => Term::Subtask,
            Term::Recurring => Term::Recurring,
            Term::Timeless => Term::Timeless,
            Term::Priority(those) => Term::Priority(*those),
            Term::Label(name) => Term::Label(name.clone()),
            Term::Title(text) => Term::Title(text.clone()),
            Term::Section(name) => Term::Section(name.clone()),
            Term::Project { name, descendants } => Term::Project {
                name: name.clone(),
                descendants: *descendants,
            },
            Term::Date {
                column,
                from,
                before,
            } => Term::Date {
                column: *column,
                from: bound(from, *column),
                before: bound(before, *column),
            },
        }
    }
}
