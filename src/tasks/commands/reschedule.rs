//! New due dates of several tasks.

use crate::error::Error;
use crate::items::TaskRow;
use crate::when::{Date, Due, Zone};
use crate::work::{Change, Command, Context, Decision, Item, Loads, World};

/// Moves the due dates of open tasks that are before a day to that day. Times of day stay. Tasks
/// that the user cannot change are left as they are. The outcome is the number of changed tasks.
pub struct RescheduleTasks {
    ids: Vec<String>,
    day: Date,
    zone: Zone,
}

impl RescheduleTasks {
    /// Creates a command for the tasks with these ids. The day is that of a user in this zone.
    pub fn new(ids: Vec<String>, day: Date, zone: Zone) -> RescheduleTasks {
        RescheduleTasks { ids, day, zone }
    }

    /// Returns the new due date. `None` if it stays.
    fn moved(&self, task: &TaskRow) -> Option<Due> {
        let due = Due::from_columns(task.due.as_deref()?, task.due_zone.as_deref())?;
        let is_late = task.completed_at.is_none() && due.day_in(self.zone) < self.day;
        is_late.then(|| due.on(self.day, self.zone))
    }
}

impl Command for RescheduleTasks {
    type Outcome = usize;

    fn name(&self) -> &'static str {
        "reschedule_tasks"
    }

    fn loads(&self) -> Loads {
        let ids = self.ids.iter();
        ids.fold(Loads::default(), |loads, id| loads.item::<TaskRow>(id))
    }

    fn decide(&self, world: &World, context: &Context<'_>) -> Result<Decision<usize>, Error> {
        let mut changes = Vec::new();
        for id in &self.ids {
            let task = match world.item::<TaskRow>(context.user_id, id) {
                Ok(task) => task,
                Err(Error::NotFound | Error::ReadOnly) => continue,
                Err(error) => return Err(error),
            };
            let Some(due) = self.moved(&task) else {
                continue;
            };
            let mut after = task.clone();
            after.set_due(Some(&due));
            let version = world.next_version(&after.project_id, context)?;
            after.stamp(context.now, version, context.id);
            changes.push(Change::update(&task, &after)?);
        }
        Ok(Decision {
            outcome: changes.len(),
            changes,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::access::Role;
    use crate::work::testing::context;

    fn task(id: &str, project_id: &str, due: Option<&str>) -> TaskRow {
        TaskRow {
            due: due.map(str::to_owned),
            ..TaskRow::example(project_id, id)
        }
    }

    #[test]
    fn a_time_stays_and_the_day_is_that_of_the_user() {
        let day = Date::new(2026, 11, 27).expect("a date");
        let zone = |name| Zone::parse(name).expect("a zone");
        for name in ["Pacific/Kiritimati", "Pacific/Pago_Pago", "Europe/Berlin"] {
            for own in ["Pacific/Honolulu", "Pacific/Kiritimati", "UTC"] {
                for time in ["00:00", "12:00", "23:59"] {
                    let late = format!("2026-06-30T{time}");
                    let due = Due::from_columns(&late, Some(own)).expect("a due date");
                    let moved = due.on(day, zone(name));
                    assert_eq!(moved.day_in(zone(name)), day, "{own} {time} in {name}");
                    assert_eq!(moved.to_columns().0[11..], *time);
                }
            }
        }
    }

    #[test]
    fn only_tasks_that_are_late_and_can_be_changed_move() {
        let mut world = World::default();
        world.with_project("ada", "own", Role::Owner, 1);
        world.with_project("ada", "read", Role::Viewer, 1);
        let mut done = task("done", "own", Some("2026-11-01"));
        done.completed_at = Some(crate::db::Timestamp(1));
        for task in [
            task("late", "own", Some("2026-11-26T09:00")),
            task("today", "own", Some("2026-11-27T00:00")),
            task("none", "own", None),
            task("shared", "read", Some("2026-11-01")),
            done,
        ] {
            world.with_item(&task);
        }
        let ids = ["late", "today", "none", "shared", "done", "gone"];
        let day = Date::new(2026, 11, 27).expect("a date");
        let command = RescheduleTasks::new(ids.map(str::to_owned).to_vec(), day, Zone::UTC);
        let context = context("ada", "change", 100);
        let (count, changes) = world.run(&context, &command).expect("a decision");
        assert_eq!((count, changes.len()), (1, 1));
        let late: TaskRow = world.item("ada", "late").expect("a task");
        assert_eq!(late.due.as_deref(), Some("2026-11-27T09:00"));
    }
}
