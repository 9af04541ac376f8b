//! The commands that a change of several tasks consists of.

use crate::db::new_id;
use crate::error::Error;
use crate::items::label_key;
use crate::locale::{Message, message};
use crate::tasks::commands::{DeleteTask, MoveTask, SetCompletion, UpdateTask};
use crate::tasks::queries::Chosen;
use crate::tasks::{TaskMove, TaskPatch};
use crate::when::{Due, Preferences, Zone};
use crate::work::{Batch, BatchStep, Expected, Step, step};

/// A change of several tasks.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Change {
    /// Completes or reopens them.
    Completion(bool),
    /// Moves them to the trash.
    Deletion,
    /// Changes fields.
    Edit(Edit),
}

/// New values of fields.
#[derive(Clone, Debug, Default, PartialEq)]
pub(super) struct Edit {
    pub due: Option<Option<Due>>,
    pub priority: Option<i64>,
    pub place: Option<Place>,
    pub beside: Option<Beside>,
    pub added_labels: Vec<String>,
    pub removed_labels: Vec<String>,
    /// True if the task loses all labels that it has.
    pub clears_labels: bool,
}

/// A project, one of its sections, or one of the project of the task.
#[derive(Clone, Debug, Default, PartialEq)]
pub(super) struct Place {
    pub project_id: Option<String>,
    pub section_id: Option<String>,
}

/// The tasks between which the others are put, in their order.
#[derive(Clone, Debug, Default, PartialEq)]
pub(super) struct Beside {
    pub after: Option<String>,
    pub before: Option<String>,
}

/// The commands of a change, each with the task that it is about.
pub(super) struct Plan<'t> {
    steps: Vec<BatchStep>,
    tasks: Vec<&'t Chosen>,
}

impl Place {
    /// Parses the id of a project, that of a section after a slash, or both.
    pub fn parse(text: &str) -> Place {
        let (project, section) = text.split_once('/').unwrap_or((text, ""));
        let id = |text: &str| (!text.is_empty()).then(|| text.to_owned());
        Place {
            project_id: id(project),
            section_id: id(section),
        }
    }
}

impl Edit {
    /// Returns the labels of a task afterwards. `None` if they stay.
    fn labels_of(&self, task: &Chosen) -> Option<Vec<String>> {
        let has = |names: &[String], name: &str| {
            let key = label_key(name);
            names.iter().any(|other| label_key(other) == key)
        };
        let mut labels = task.labels.clone();
        labels.retain(|name| !self.clears_labels && !has(&self.removed_labels, name));
        let added = self.added_labels.iter();
        labels.extend(added.filter(|name| !has(&task.labels, name)).cloned());
        (labels != task.labels).then_some(labels)
    }

    /// Returns the changes of a task but for its labels and its place. `None` if there are none. A
    /// date without a time leaves the time of day as it is.
    fn patch_of(&self, task: &Chosen, zone: Zone) -> Option<TaskPatch> {
        if self.due.is_none() && self.priority.is_none() {
            return None;
        }
        let due = self.due.map(|due| match (due, task.due) {
            (Some(Due::Day(day)), Some(present)) => Some(present.on(day, zone)),
            (due, _) => due,
        });
        Some(TaskPatch {
            priority: self.priority.map(Some),
            due: due.map(|due| due.map(Into::into)),
            ..TaskPatch::default()
        })
    }

    /// Returns the move of a task, which follows another one of them. `None` if it stays. A task below
    /// another one that moves goes along.
    fn move_of(&self, task: &Chosen, previous: Option<&str>) -> Option<TaskMove> {
        if task.is_below || (self.place.is_none() && self.beside.is_none()) {
            return None;
        }
        let mut moved = TaskMove::default();
        if let Some(place) = &self.place {
            moved.project_id.clone_from(&place.project_id);
            moved.section_id = Some(place.section_id.clone());
            moved.parent_id = Some(None);
        }
        if let Some(beside) = &self.beside {
            let previous = previous.map(str::to_owned);
            moved.after = previous.or_else(|| beside.after.clone());
            moved.before.clone_from(&beside.before);
        }
        Some(moved)
    }
}

impl<'t> Plan<'t> {
    /// Returns the commands that change these tasks of a user.
    ///
    /// # Errors
    /// [`Error::Invalid`] if a field breaks a rule.
    pub fn new(
        user_id: &str,
        preferences: &Preferences,
        tasks: &'t [Chosen],
        change: &Change,
    ) -> Result<Plan<'t>, Error> {
        let mut plan = Plan {
            steps: Vec::new(),
            tasks: Vec::new(),
        };
        match change {
            Change::Completion(completed) => {
                for task in tasks {
                    let command = SetCompletion::new(&task.id, *completed, Expected::Any);
                    plan.push(task, step(command, 204));
                }
            }
            Change::Deletion => {
                // A task takes those below it along.
                for task in tasks.iter().filter(|task| !task.is_below) {
                    plan.push(task, step(DeleteTask::new(&task.id, Expected::Any), 204));
                }
            }
            Change::Edit(edit) => plan.edit(user_id, preferences.time_zone, tasks, edit)?,
        }
        Ok(plan)
    }

    fn edit(
        &mut self,
        user_id: &str,
        zone: Zone,
        tasks: &'t [Chosen],
        edit: &Edit,
    ) -> Result<(), Error> {
        let mut previous = None;
        for task in tasks {
            if let Some(moved) = edit.move_of(task, previous) {
                let command = MoveTask::new(&task.id, &moved, Expected::Any)?;
                self.push(task, step(command, 204));
                previous = Some(task.id.as_str());
            }
            let mut patch = edit.patch_of(task, zone);
            if let Some(labels) = edit.labels_of(task) {
                patch.get_or_insert_default().labels = Some(labels);
            }
            if let Some(patch) = patch {
                let command = UpdateTask::new(user_id, &task.id, patch, Expected::Any)?;
                self.push(task, step(command, 204));
            }
        }
        Ok(())
    }

    fn push(&mut self, task: &'t Chosen, command: Box<dyn Step>) {
        self.tasks.push(task);
        self.steps.push(BatchStep {
            item_id: new_id(),
            step: Ok(command),
        });
    }

    /// Returns the batch, and the task of each of its commands.
    pub fn into_batch(self) -> (Batch, Vec<&'t Chosen>) {
        (Batch::new(true, self.steps), self.tasks)
    }
}

impl Change {
    /// Returns the message about tasks that have changed.
    pub fn message(&self, preferences: &Preferences, tasks: &[Chosen]) -> Message {
        let subject = match tasks {
            [task] => message!("done-quoted", name = &task.title),
            tasks => message!("done-tasks", count = tasks.len()),
        };
        let edit = match self {
            Change::Completion(true) => return message!("done-completed", title = subject),
            Change::Completion(false) => return message!("done-reopened", title = subject),
            Change::Deletion => return message!("done-deleted-several", what = subject),
            Change::Edit(edit) => edit,
        };
        let due = edit.due.map(|due| match due {
            Some(due) => {
                let date = preferences.format(&due);
                message!("done-due", date = date, what = subject.clone())
            }
            None => message!("done-no-due", what = subject.clone()),
        });
        let priority = edit.priority;
        let priority = priority
            .map(|number| message!("done-priority", number = number, what = subject.clone()));
        let moves = edit.place.is_some() || edit.beside.is_some();
        let place = moves.then(|| message!("done-moved", what = subject.clone()));
        let mut messages = [due, priority, place].into_iter().flatten();
        let has_labels =
            edit.clears_labels || !edit.added_labels.is_empty() || !edit.removed_labels.is_empty();
        match (messages.next(), messages.next()) {
            (Some(message), None) if !has_labels => message,
            _ => message!("done-changed", what = subject),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::when::{Date, Time};

    fn task() -> Chosen {
        Chosen {
            id: "task".into(),
            labels: vec!["Home".into(), "errand".into()],
            ..Chosen::default()
        }
    }

    #[test]
    fn labels_are_added_and_removed_whatever_their_case() {
        let labels = |added: &[&str], removed: &[&str]| {
            let owned = |names: &[&str]| names.iter().map(|&name| name.to_owned()).collect();
            let edit = Edit {
                added_labels: owned(added),
                removed_labels: owned(removed),
                ..Edit::default()
            };
            edit.labels_of(&task()).map(|labels| labels.join(","))
        };
        assert_eq!(labels(&["home"], &["none"]), None);
        assert_eq!(labels(&["work"], &[]).as_deref(), Some("Home,errand,work"));
        assert_eq!(labels(&[], &["HOME"]).as_deref(), Some("errand"));
        let none = Edit {
            clears_labels: true,
            ..Edit::default()
        };
        assert_eq!(none.labels_of(&task()), Some(Vec::new()));
        assert_eq!(none.labels_of(&Chosen::default()), None);
    }

    #[test]
    fn a_day_leaves_the_time_and_a_subtask_follows_its_task() {
        let day = Date::new(2026, 12, 1).expect("a date");
        let nine = Time::parse("09:00").expect("a time");
        let edit = Edit {
            due: Some(Some(Due::Day(day))),
            place: Some(Place::parse("project/section")),
            ..Edit::default()
        };
        let timed = Chosen {
            due: Some(Due::Local(day.plus_days(-3), nine)),
            ..task()
        };
        let patch = edit.patch_of(&timed, Zone::UTC).expect("a patch");
        assert_eq!(patch.due, Some(Some(Due::Local(day, nine).into())));
        let moved = edit.move_of(&timed, None).expect("a move");
        assert_eq!(moved.project_id.as_deref(), Some("project"));
        assert_eq!(moved.section_id, Some(Some("section".into())));
        assert_eq!(moved.parent_id, Some(None));
        let below = Chosen {
            is_below: true,
            ..task()
        };
        assert!(edit.move_of(&below, None).is_none());
        let patch = edit.patch_of(&below, Zone::UTC).expect("a patch");
        assert_eq!(patch.due, Some(Some(Due::Day(day).into())));
        let plan = Plan::new(
            "ada",
            &Preferences::default(),
            std::slice::from_ref(&below),
            &Change::Deletion,
        );
        assert!(plan.expect("a plan").steps.is_empty());
    }

    #[test]
    fn tasks_keep_their_order_beside_another_one() {
        let edit = Edit {
            beside: Some(Beside {
                after: Some("above".into()),
                before: Some("below".into()),
            }),
            ..Edit::default()
        };
        let first = edit.move_of(&task(), None).expect("a move");
        assert_eq!(first.after.as_deref(), Some("above"));
        let second = edit.move_of(&task(), Some("first")).expect("a move");
        assert_eq!(second.after.as_deref(), Some("first"));
        assert_eq!(second.before.as_deref(), Some("below"));
        assert_eq!((second.project_id, second.section_id), (None, None));
        for (text, project, section) in [
            ("p", Some("p"), None),
            ("p/s", Some("p"), Some("s")),
            ("/s", None, Some("s")),
            ("/", None, None),
        ] {
            let place = Place::parse(text);
            let found = (place.project_id.as_deref(), place.section_id.as_deref());
            assert_eq!(found, (project, section), "{text}");
        }
    }
}
