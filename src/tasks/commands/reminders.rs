//! The reminders of a task.

use crate::error::{Code, Error};
use crate::items::TaskRow;
use crate::locale::message;
use crate::tasks::TaskPatch;
use crate::when::ReminderInput;
use crate::work::Context;

/// Sets the reminders that a patch contains, after the due date and the series. A reminder that
/// counts from the due date needs one, and goes with it.
///
/// # Errors
/// [`Error::Invalid`] if there is no due date for a reminder.
pub(super) fn set_reminders(task: &mut TaskRow, patch: &TaskPatch) -> Result<(), Error> {
    let counts = |reminder: &ReminderInput| reminder.minutes_before.is_some();
    match &patch.reminders {
        Some(reminders) if task.due.is_none() && reminders.iter().any(counts) => {
            let message = message!("reminder-needs-due");
            Err(Error::invalid("reminders", Code::Invalid, message))
        }
        Some(reminders) => task.set_reminders(reminders),
        None if task.due.is_none() && task.reminders.is_some() => {
            let mut reminders = task.reminders();
            reminders.retain(|reminder| !counts(reminder));
            task.set_reminders(&reminders)
        }
        None => Ok(()),
    }
}

/// Moves the reminders along with a task, by a number of days.
///
/// # Errors
/// [`Error::Internal`].
pub(super) fn move_reminders(
    task: &mut TaskRow,
    days: i64,
    context: &Context<'_>,
) -> Result<(), Error> {
    if task.reminders.is_none() {
        return Ok(());
    }
    let reminders = task.reminders();
    let moved = reminders
        .iter()
        .map(|reminder| reminder.moved(days, context.now, context.zone));
    task.set_reminders(&moved.collect::<Vec<_>>())
}
