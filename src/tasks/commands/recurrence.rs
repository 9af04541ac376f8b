//! The series of a task.

use crate::error::Error;
use crate::items::TaskRow;
use crate::tasks::TaskPatch;
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
