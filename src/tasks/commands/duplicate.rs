//! Copies of a task with its subtasks.

use crate::error::Error;
use crate::items::{Sibling, TaskRow, ids_in_order};
use crate::tasks::Task;
use crate::work::{Change, Command, Context, Decision, Loads, World};

/// Copies a task with its subtasks. The copies are open. The outcome is the copy of the task.
pub struct DuplicateTask {
    id: String,
}

impl DuplicateTask {
    /// Creates a command that copies a task.
    pub fn new(id: &str) -> DuplicateTask {
        DuplicateTask { id: id.to_owned() }
    }
}

impl Command for DuplicateTask {
    type Outcome = Task;

    fn name(&self) -> &'static str {
        "duplicate_task"
    }

    fn loads(&self) -> Loads {
        Loads::default().tree::<TaskRow>(&self.id).quota()
    }

    fn decide(&self, world: &World, context: &Context<'_>) -> Result<Decision<Task>, Error> {
        let task: TaskRow = world.item(context.user_id, &self.id)?;
        let version = world.next_version(&task.project_id, context)?;
        let mut rows = vec![task.clone()];
        rows.extend(world.descendants::<TaskRow>(&task.id)?);
        world.check_task_quota(context, &task.project_id, "id", (rows.len(), rows.len()))?;
        let subtasks = rows.iter().skip(1);
        let subtasks = subtasks.map(|row| Sibling::new(&row.id, row.position.as_deref()));
        let mut ids = ids_in_order(context, subtasks.collect());
        ids.insert(task.id.clone(), context.item_id.to_owned());
        let mut changes = Vec::new();
        let mut first = None;
        for row in rows {
            let id = ids.get(&row.id).ok_or(Error::NotFound)?.clone();
            let parent_id = row.parent_id.clone();
            let is_own = task.project_id == context.user_id;
            let copy = TaskRow {
                id,
                parent_id: parent_id.map(|parent| ids.get(&parent).cloned().unwrap_or(parent)),
                position: None,
                completed_at: None,
                created_by: (!is_own).then(|| context.user_id.to_owned()),
                change_id: None,
                created_at: context.now,
                updated_at: context.now,
                version,
                ..row
            };
            changes.push(Change::create(&copy)?);
            first.get_or_insert(copy);
        }
        let first = first.ok_or(Error::NotFound)?;
        Ok(Decision {
            outcome: first.into(),
            changes,
        })
    }
}
