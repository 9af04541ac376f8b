//! Creation of a task.

use garde::Validate;

use super::place::Requested;
use super::recurrence::set_recurrence;
use super::reminders::set_reminders;
use super::{merge, set_labels, with_labels};
use crate::error::Error;
use crate::items::TaskRow;
use crate::tasks::{NewTask, Task, TaskPatch};
use crate::work::{Change, Command, Context, Decision, Loads, World};

/// Creates a task.
pub struct CreateTask {
    inbox: String,
    place: Requested,
    fields: TaskPatch,
}

impl CreateTask {
    /// Creates a command that creates a task of a user, in the Inbox if the input names no other
    /// place.
    ///
    /// # Errors
    /// [`Error::Invalid`] if the input breaks a rule.
    pub fn new(user_id: &str, new: NewTask) -> Result<CreateTask, Error> {
        new.validate()?;
        let fields = TaskPatch::from(new);
        Ok(CreateTask {
            inbox: user_id.to_owned(),
            place: Requested::of_patch(&fields, user_id),
            fields,
        })
    }
}

impl Command for CreateTask {
    type Outcome = Task;

    fn name(&self) -> &'static str {
        "create_task"
    }

    fn loads(&self) -> Loads {
        let loads = self.place.loads(Loads::default().quota());
        let loads = if self.place.project_id.is_none() {
            loads.project(&self.inbox)
        } else {
            loads
        };
        with_labels(loads, &self.inbox, self.fields.labels.as_deref())
    }

    fn weight(&self) -> usize {
        self.fields.weight()
    }

    fn decide(&self, world: &World, context: &Context<'_>) -> Result<Decision<Task>, Error> {
        let place = self
            .place
            .resolve(world, context.user_id, None, &self.inbox)?;
        place.check_depth(world, context.item_id, 0)?;
        let completed = self.fields.completed.unwrap_or_default();
        let more = (1, usize::from(!completed));
        world.check_task_quota(context, &place.project_id, "project_id", more)?;
        let is_own = place.project_id == context.user_id;
        let mut task = TaskRow {
            project_id: String::new(),
            id: context.item_id.to_owned(),
            section_id: None,
            parent_id: None,
            position: None,
            title: String::new(),
            title_folded: None,
            description: String::new(),
            priority: crate::tasks::NO_PRIORITY,
            labels: None,
            due: None,
            due_zone: None,
            due_at: None,
            recurrence: None,
            reminders: None,
            deadline: None,
            start_date: None,
            duration_minutes: None,
            completed_at: completed.then_some(context.now),
            created_by: (!is_own).then(|| context.user_id.to_owned()),
            change_id: None,
            created_at: context.now,
            updated_at: context.now,
            version: world.next_version(&place.project_id, context)?,
        };
        place.set(&mut task);
        merge(&mut task, &self.fields);
        set_recurrence(&mut task, &self.fields, context)?;
        set_reminders(&mut task, &self.fields)?;
        let labels = self.fields.labels.as_deref().unwrap_or_default();
        let mut changes = set_labels(world, context, &mut task, labels)?;
        changes.push(Change::create(&task)?);
        Ok(Decision {
            changes,
            outcome: task.into(),
        })
    }
}
