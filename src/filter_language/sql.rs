//! Conditions as SQL. Each fragment is true or false and never NULL, so that NOT selects the tasks
//! that lack an attribute.

use super::dates::Bound;
use super::pattern::Pattern;
use super::places::Places;
use super::tree::{Condition, DateColumn, Expression, Term};
use crate::access::visible_to;
use crate::db::{Engine, Sql, Timestamp};
use crate::items::TITLE_KEY;

/// The statement that a condition is part of.
#[derive(Clone, Copy)]
pub struct Scope<'s> {
    /// The engine.
    pub engine: Engine,
    /// The user whose tasks are read.
    pub user_id: &'s str,
    /// The projects and sections of the user.
    pub places: &'s Places,
    /// The state of all tasks that the condition is tested for. `None` if they have both.
    pub completed: Option<bool>,
    /// True if all of them have a due date, and false if none has. `None` if it is not known.
    pub has_due: Option<bool>,
    /// The key of a label that all of them have. `None` if it is not known.
    pub label: Option<&'s str>,
}

type Range<'b> = (Option<&'b Bound>, Option<&'b Bound>);

impl Condition {
    /// Returns the condition on a row of `tasks`.
    pub fn sql(&self, scope: Scope<'_>) -> Sql {
        self.0.sql(scope)
    }
}

impl Expression<Bound> {
    fn sql(&self, scope: Scope<'_>) -> Sql {
        let joined = |parts: &[Expression<Bound>], operator: &'static str| {
            let mut sql = Sql::new("(");
            for (place, part) in parts.iter().enumerate() {
                sql = sql.push(if place > 0 { operator } else { "" });
                sql = sql.append(part.sql(scope));
            }
            sql.push(")")
        };
        match self {
            Expression::Term(term) => term.sql(scope),
            Expression::Not(part) => Sql::new("NOT ").append(part.sql(scope)),
            Expression::All(parts) => joined(parts, " AND "),
            Expression::Any(parts) => joined(parts, " OR "),
        }
    }
}

impl Term<Bound> {
    fn sql(&self, scope: Scope<'_>) -> Sql {
        match self {
            Term::Constant(value) => constant(*value),
            // The statement has the condition already. PostgreSQL would count it twice in its
            // estimate, and then expect hardly any tasks.
            Term::Completed => match scope.completed {
                Some(completed) => constant(completed),
                None => Sql::new("(completed_at IS NOT NULL)"),
            },
            Term::Subtask => Sql::new("(parent_id IS NOT NULL)"),
            Term::Recurring => Sql::new("(recurrence IS NOT NULL)"),
            Term::Timeless => Sql::new(
                "(due IS NULL AND deadline IS NOT NULL OR due IS NOT NULL AND LENGTH(due) = 10)",
            ),
            Term::Priority(those) => priority(those),
            Term::Label(name) => label(name, scope),
            Term::Title(text) => Sql::new("(").append(like(TITLE_KEY, text)).push(")"),
            Term::Section(name) if name.is_any() => Sql::new("(section_id IS NOT NULL)"),
            Term::Section(name) => {
                let ids = scope.places.sections(name);
                Sql::new("(section_id IS NOT NULL AND ")
                    .append(one_of("section_id", &ids, scope.engine))
                    .push(")")
            }
            Term::Project { name, descendants } => {
                let ids = scope.places.projects(name, *descendants);
                one_of("project_id", &ids, scope.engine)
            }
            Term::Date {
                column,
                from,
                before,
            } => date(*column, (from.as_ref(), before.as_ref()), scope.has_due),
        }
    }
}

fn constant(value: bool) -> Sql {
    Sql::new(if value { "(1 = 1)" } else { "(1 = 0)" })
}

fn priority(those: &[bool; 4]) -> Sql {
    let mut sql = Sql::new("(1 = 0");
    for (priority, _) in (1_i64..).zip(those).filter(|(_, selected)| **selected) {
        sql = sql.push(" OR priority = ").bind(priority);
    }
    sql.push(")")
}

fn label(name: &Pattern, scope: Scope<'_>) -> Sql {
    if name.is_any() {
        return Sql::new("(labels IS NOT NULL)");
    }
    if scope.label.is_some() && name.exact() == scope.label {
        return constant(true);
    }
    let state = match scope.completed {
        Some(false) => " AND completed = 0",
        Some(true) => " AND completed = 1",
        None => " AND completed IN (0, 1)",
    };
    match name.exact() {
        // A look-up for each task that meets the other conditions.
        Some(text) => Sql::new("(labels IS NOT NULL AND EXISTS (SELECT 1 FROM task_labels")
            .push(" WHERE task_labels.project_id = tasks.project_id AND label = ")
            .bind(text)
            .push(state)
            .push(" AND task_id = tasks.id))"),
        None => Sql::new("(id IN (SELECT task_id FROM task_labels WHERE ")
            .append(visible_to(scope.engine, scope.user_id))
            .push(" AND ")
            .append(like("label", name))
            .push(state)
            .push("))"),
    }
}

/// Condition that a folded text matches.
fn like(column: &'static str, pattern: &Pattern) -> Sql {
    match pattern.exact() {
        Some(text) => Sql::new(column).push(" = ").bind(text),
        None => Sql::new(column)
            .push(" LIKE ")
            .bind(pattern.like())
            .push(" ESCAPE '!'"),
    }
}

fn one_of(column: &'static str, ids: &[String], engine: Engine) -> Sql {
    let sql = Sql::new("(").push(column);
    match ids {
        [] => return constant(false),
        [id] => sql.push(" = ").bind(id.clone()),
        ids => sql.push(" ").append(engine.one_of(ids)),
    }
    .push(")")
}

fn date(column: DateColumn, range: Range<'_>, has_due: Option<bool>) -> Sql {
    match column {
        DateColumn::Due | DateColumn::DueOrDeadline if has_due == Some(true) => due(range),
        DateColumn::Due if has_due == Some(false) => constant(false),
        DateColumn::DueOrDeadline if has_due == Some(false) => day("deadline", range),
        DateColumn::Due => due(range),
        DateColumn::DueOrDeadline => Sql::new("(")
            .append(due(range))
            .push(" OR due IS NULL AND ")
            .append(day("deadline", range))
            .push(")"),
        DateColumn::Deadline => day("deadline", range),
        DateColumn::Start => day("start_date", range),
        DateColumn::Created => instant("created_at", range),
        DateColumn::Updated => instant("updated_at", range),
        DateColumn::Completed => instant("completed_at", range),
    }
}

/// Condition on the due date. A time in a zone is compared as an instant, and others as texts: an
/// all-day date counts as the end of its day, but sorts before it.
fn due((from, before): Range<'_>) -> Sql {
    let sql = Sql::new("(due IS NOT NULL");
    if from.is_none() && before.is_none() {
        return sql.push(")");
    }
    let mut local = Sql::new("1 = 1");
    if let Some(Bound {
        local: time, day, ..
    }) = from
    {
        let from = local.push(" AND (due >= ").bind(time.clone());
        local = from.push(" OR due = ").bind(day.clone()).push(")");
    }
    if let Some(Bound {
        local: time, day, ..
    }) = before
    {
        let before = local.push(" AND due < ").bind(time.clone());
        local = before.push(" AND due <> ").bind(day.clone());
    }
    sql.push(" AND CASE WHEN due_at IS NULL THEN ")
        .append(local)
        .push(" ELSE ")
        .append(instant("due_at", (from, before)))
        .push(" END)")
}

pub(super) fn day(column: &'static str, (from, before): Range<'_>) -> Sql {
    let day = |bound: &Bound| bound.day.clone();
    compared(column, from.map(day), before.map(day))
}

fn instant(column: &'static str, (from, before): Range<'_>) -> Sql {
    let instant = |bound: &Bound| -> Timestamp { bound.at };
    compared(column, from.map(instant), before.map(instant))
}

fn compared<T: crate::db::Bind>(column: &'static str, from: Option<T>, before: Option<T>) -> Sql {
    let mut sql = Sql::new("(").push(column).push(" IS NOT NULL");
    for (operator, end) in [(" >= ", from), (" < ", before)] {
        if let Some(end) = end {
            sql = sql.push(" AND ").push(column).push(operator).bind(end);
        }
    }
    sql.push(")")
}
