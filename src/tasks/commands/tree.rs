//! A task with its subtasks, which change together.

use crate::error::Error;
use crate::items::TaskRow;
use crate::work::{Change, Context, Item, World};

/// A task and its descendants, before and after a command.
pub(super) struct Tree {
    /// The task, then its descendants, each after its parent.
    rows: Vec<(TaskRow, TaskRow)>,
    /// The record of a date that the command completes.
    record: Option<TaskRow>,
}

impl Tree {
    /// Returns the loaded tree of a task.
    ///
    /// # Errors
    /// [`Error::Internal`].
    pub fn of(world: &World, task: TaskRow) -> Result<Tree, Error> {
        let descendants = world.descendants::<TaskRow>(&task.id)?;
        let rows = std::iter::once(task).chain(descendants);
        Ok(Tree {
            rows: rows.map(|row| (row.clone(), row)).collect(),
            record: None,
        })
    }

    /// Returns the task itself as it is to be.
    pub fn root(&mut self) -> &mut TaskRow {
        &mut self.rows[0].1
    }

    /// Returns the rows of the descendants as they are to be.
    pub fn descendants(&mut self) -> impl Iterator<Item = &mut TaskRow> {
        self.rows.iter_mut().skip(1).map(|(_, after)| after)
    }

    /// Returns true if a task belongs to the tree.
    pub fn contains(&self, id: &str) -> bool {
        self.rows.iter().any(|(before, _)| before.id == id)
    }

    /// Returns the number of tasks, and of those that are open afterwards.
    pub fn count(&self) -> (usize, usize) {
        let open = self
            .rows
            .iter()
            .filter(|(_, after)| after.completed_at.is_none());
        (self.rows.len(), open.count())
    }

    /// Moves the descendants to the project and the section of the task.
    pub fn follow(&mut self) {
        let root = self.rows[0].1.clone();
        for task in self.descendants() {
            task.project_id.clone_from(&root.project_id);
            task.section_id.clone_from(&root.section_id);
        }
    }

    /// Completes or reopens the task. A task that repeats is not completed before its series ends:
    /// it moves on to its next date, and a record of the completion is made. Open subtasks are
    /// completed with a task, also those that repeat, while reopening it leaves them as they are.
    ///
    /// # Errors
    /// [`Error::Internal`].
    pub fn set_completed(&mut self, completed: bool, context: &Context<'_>) -> Result<(), Error> {
        let root = self.root();
        if root.completed_at.is_some() == completed {
            return Ok(());
        }
        if completed {
            self.record = self.complete_date(context)?;
            if self.record.is_some() {
                return Ok(());
            }
        }
        let now = context.now;
        super::set_completed(self.root(), completed, now);
        if completed {
            for task in self.descendants() {
                super::set_completed(task, true, now);
            }
        }
        Ok(())
    }

    /// Returns the changes and the task as it is then.
    ///
    /// # Errors
    /// [`Error::NotFound`] if a project is not loaded, or [`Error::Invalid`] if there is no room
    /// for the record of a completion.
    pub fn changes(
        self,
        world: &World,
        context: &Context<'_>,
    ) -> Result<(TaskRow, Vec<Change>), Error> {
        let mut changes = Vec::new();
        let mut root = None;
        if let Some(mut record) = self.record {
            world.check_task_quota(context, &record.project_id, "id", (1, 0))?;
            record.version = world.next_version(&record.project_id, context)?;
            changes.push(Change::create(&record)?);
        }
        for (before, mut after) in self.rows {
            if before != after {
                let version = world.next_version(&after.project_id, context)?;
                after.stamp(context.now, version, context.id);
                let mut change = Change::update(&before, &after)?;
                if before.project_id != after.project_id {
                    change = change.leaving(world.next_version(&before.project_id, context)?);
                }
                changes.push(change);
            }
            root.get_or_insert(after);
        }
        let root = root.ok_or_else(|| Error::Internal("a tree has no task".into()))?;
        Ok((root, changes))
    }
}
