//! The series of a task.

use std::collections::HashSet;

use super::reminders::move_reminders;
use super::tree::Tree;
use crate::error::{Code, Error};
use crate::items::TaskRow;
use crate::locale::{Message, message};
use crate::tasks::TaskPatch;
use crate::when::recurrence::Recurrence;
use crate::when::{Date, Due};
use crate::work::Context;

/// Sets the series that a patch contains, after the fields that it replaces. A series belongs to a
/// due date: it sets the first one if there is none, and ends if the date is removed.
///
/// # Errors
/// [`Error::Invalid`] that names the wrong member, or if the series has no date.
pub(super) fn set_recurrence(
    task: &mut TaskRow,
    patch: &TaskPatch,
    context: &Context<'_>,
) -> Result<(), Error> {
    match &patch.recurrence {
        Some(Some(input)) => {
            let resolved = input.resolve(task.due(), context.now, context.zone);
            let (due, series) = resolved.map_err(|error| error.within("recurrence"))?;
            task.set_due(Some(&due));
            task.set_recurrence(Some(&series));
        }
        Some(None) => task.set_recurrence(None),
        None if task.due.is_none() => task.set_recurrence(None),
        None => {}
    }
    Ok(())
}

/// The next date of a task that repeats.
struct Next {
    due: Due,
    series: Recurrence,
    /// The days by which the due date moves.
    days: i64,
}

impl Next {
    /// Returns the next date, which `find` finds. `None` if the task does not repeat or its series
    /// has ended.
    fn of(
        task: &TaskRow,
        find: impl FnOnce(Recurrence, Due) -> Option<(Due, Recurrence)>,
    ) -> Option<Next> {
        let due = task.due()?;
        let (next, series) = find(task.recurrence()?, due)?;
        Some(Next {
            due: next,
            series,
            days: next.date().days_since(due.date()),
        })
    }
}

impl Tree {
    /// Completes the present date of a task that repeats and moves it on to the next one. Returns
    /// the record of the completion. `None` if the task does not repeat or its series has ended.
    ///
    /// # Errors
    /// [`Error::Internal`].
    pub(super) fn complete_date(
        &mut self,
        context: &Context<'_>,
    ) -> Result<Option<TaskRow>, Error> {
        let next = Next::of(self.root(), |series, due| {
            series.next(due, context.now, context.zone)
        });
        let Some(next) = next else {
            return Ok(None);
        };
        let record = record(self.root(), context);
        self.move_on(&next, context)?;
        Ok(Some(record))
    }

    /// Moves a task that repeats on to the next date.
    ///
    /// # Errors
    /// [`Error::Invalid`] if it is completed, does not repeat, or its series has ended.
    pub(super) fn skip_date(&mut self, context: &Context<'_>) -> Result<(), Error> {
        let task = self.root();
        let refused = |message: Message| Err(Error::invalid("recurrence", Code::Invalid, message));
        if task.completed_at.is_some() {
            return refused(message!("series-completed"));
        }
        if task.recurrence.is_none() {
            return refused(message!("series-none"));
        }
        let next = Next::of(task, |series, due| {
            series.following(due, context.now, context.zone)
        });
        let Some(next) = next else {
            return refused(message!("series-last"));
        };
        self.move_on(&next, context)
    }

    /// Moves the task to its next date, and opens its subtasks again. A subtask that repeats has
    /// dates of its own, so it stays as it is, with those below it.
    fn move_on(&mut self, next: &Next, context: &Context<'_>) -> Result<(), Error> {
        let task = self.root();
        task.set_due(Some(&next.due));
        task.set_recurrence(Some(&next.series));
        move_start(task, next.days);
        move_reminders(task, next.days, context)?;
        let mut others = HashSet::new();
        for task in self.descendants() {
            let is_below = |parent| others.contains(parent);
            if task.recurrence.is_some() || task.parent_id.as_ref().is_some_and(is_below) {
                others.insert(task.id.clone());
                continue;
            }
            task.completed_at = None;
            let due = task.due().map(|due| due.plus_days(next.days));
            task.set_due(due.as_ref());
            move_start(task, next.days);
            move_reminders(task, next.days, context)?;
        }
        Ok(())
    }
}

/// Returns the record of the completion of a date: a completed task with the fields of the one that
/// repeats, next to it. It has no parent, so that nothing that happens to the series changes what has
/// been done.
fn record(task: &TaskRow, context: &Context<'_>) -> TaskRow {
    let is_own = task.project_id == context.user_id;
    let position = task.position.as_ref().unwrap_or(&task.id);
    TaskRow {
        id: context.new_id(),
        parent_id: None,
        position: Some(position.clone()),
        recurrence: None,
        reminders: None,
        completed_at: Some(context.now),
        created_by: (!is_own).then(|| context.user_id.to_owned()),
        change_id: None,
        created_at: context.now,
        updated_at: context.now,
        ..task.clone()
    }
}

/// Moves the start by the same distance as the due date. A deadline is no date of the series and
/// stays.
fn move_start(task: &mut TaskRow, days: i64) {
    let start = task.start_date.as_deref();
    let start = start.and_then(|start| Date::parse(start).ok());
    task.start_date = start.map(|start| start.plus_days(days).to_string());
}
