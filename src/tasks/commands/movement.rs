//! Moves of a task to another place, or within its place.

use garde::Validate;

use super::expected;
use super::place::{Place, Requested};
use super::tree::Tree;
use super::update::move_tree;
use crate::db::Pool;
use crate::error::{Code, Error};
use crate::items::TaskRow;
use crate::locale::message;
use crate::position;
use crate::tasks::{Task, TaskMove, queries};
use crate::work::{Command, Context, Decision, Expected, Loads, World};

/// Moves a task with its subtasks to another project, section or parent, or between two tasks.
pub struct MoveTask {
    id: String,
    place: Requested,
    moved: TaskMove,
    /// The task that is next to `after` or `before` at present, if only one of them is requested.
    neighbour: Option<String>,
    expected: Expected,
}

impl MoveTask {
    /// Creates a command that moves a task of an expected version.
    ///
    /// # Errors
    /// [`Error::Invalid`] if the input breaks a rule.
    pub fn new(id: &str, moved: &TaskMove, expected: Expected) -> Result<MoveTask, Error> {
        moved.validate()?;
        Ok(MoveTask {
            id: id.to_owned(),
            place: Requested::of_move(moved),
            moved: moved.clone(),
            neighbour: None,
            expected,
        })
    }

    /// Returns the position between the requested neighbours. `None` if none are requested.
    fn position(
        &self,
        world: &World,
        user_id: &str,
        place: &Place,
    ) -> Result<Option<String>, Error> {
        let of = |id: &Option<String>, field: &str| -> Result<Option<String>, Error> {
            let Some(id) = id else {
                return Ok(None);
            };
            let found = world.read::<TaskRow>(user_id, id).ok();
            let found = found.filter(|task| task.project_id == place.project_id);
            let Some(task) = found else {
                let message = message!("task-unknown");
                return Err(Error::invalid(field, Code::UnknownValue, message));
            };
            Ok(Some(task.position.unwrap_or(task.id)))
        };
        let mut lower = of(&self.moved.after, "after")?;
        let mut upper = of(&self.moved.before, "before")?;
        if lower.is_none() && upper.is_none() {
            return Ok(None);
        }
        // A neighbour that another command of the transaction moves has left no gap that is of use,
        // and one that it has moved here is a bound.
        let others = world.versions_of::<TaskRow>(&place.project_id)?;
        let others = others.into_iter().filter(|task| task.id != self.id);
        let others = others.map(|task| task.position.unwrap_or(task.id));
        if lower.is_none() {
            lower = others.filter(|other| Some(other) < upper.as_ref()).max();
        } else if upper.is_none() {
            upper = others.filter(|other| Some(other) > lower.as_ref()).min();
        }
        let between = position::between(lower.as_deref(), upper.as_deref());
        let position = between.or_else(|| position::between(lower.as_deref(), None));
        position.map(Some).ok_or_else(|| {
            let message = message!("task-no-position");
            Error::invalid("after", Code::Invalid, message)
        })
    }
}

impl Command for MoveTask {
    type Outcome = Task;

    fn name(&self) -> &'static str {
        "move_task"
    }

    async fn prepare(&mut self, pool: &Pool, user_id: &str) -> Result<(), Error> {
        self.neighbour = queries::neighbour(pool, user_id, &self.id, &self.moved).await?;
        Ok(())
    }

    fn loads(&self) -> Loads {
        let loads = Loads::default().tree::<TaskRow>(&self.id).quota();
        let neighbours = [&self.moved.after, &self.moved.before, &self.neighbour];
        let neighbours = neighbours.into_iter().flatten();
        let loads = neighbours.fold(loads, |loads, id| loads.item::<TaskRow>(id));
        self.place.loads_of(&self.id, loads)
    }

    fn decide(&self, world: &World, context: &Context<'_>) -> Result<Decision<Task>, Error> {
        let task = expected(world, context, &self.id, &self.expected)?;
        let user_id = context.user_id;
        let current = Place::of(&task);
        let mut tree = Tree::of(world, task)?;
        let place = self
            .place
            .resolve(world, user_id, Some(&current), user_id)?;
        let position = self.position(world, user_id, &place)?;
        move_tree(world, context, &mut tree, &current, place)?;
        if let Some(position) = position {
            tree.root().position = Some(position);
        }
        let (task, changes) = tree.changes(world, context)?;
        Ok(Decision {
            outcome: task.into(),
            changes,
        })
    }
}
