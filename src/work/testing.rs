//! Worlds and contexts for the unit tests of commands.

use super::world::{Account, Project};
use super::{Change, Command, Context, Item, Quotas, Tombstone, World};
use crate::access::Role;
use crate::db::Timestamp;
use crate::error::Error;
use crate::when::Zone;

/// Small limits.
pub const QUOTAS: Quotas = Quotas {
    projects: 4,
    tasks: 20,
    labels: 4,
    filters: 3,
    open_tasks: 10,
};

/// Returns the context of a command of a user in UTC.
pub fn context<'c>(user_id: &'c str, id: &'c str, now: i64) -> Context<'c> {
    Context {
        id,
        item_id: id,
        user_id,
        zone: Zone::UTC,
        now: Timestamp(now),
        quotas: &QUOTAS,
    }
}

impl World {
    /// Adds a project of the owner `owner_id`, in which a user has a role.
    pub fn with_project(&mut self, user_id: &str, id: &str, role: Role, version: i64) {
        let owner_id = if role == Role::Owner {
            user_id
        } else {
            "other"
        };
        let project = Project {
            owner_id: owner_id.to_owned(),
            version,
            ..Project::default()
        };
        self.add_project(user_id, id, role, project);
        self.add_account(owner_id, Account::default());
    }

    /// Adds an item.
    pub fn with_item<T: Item>(&mut self, item: &T) {
        let row = item.to_values();
        let id = T::TYPE.id(&row).expect("an id").to_owned();
        self.add_item(T::TYPE, &id, row);
    }

    /// Decides a command, applies its changes, and returns its outcome and its changes.
    ///
    /// # Errors
    /// Errors of the command.
    pub fn run<C: Command>(
        &mut self,
        context: &Context<'_>,
        command: &C,
    ) -> Result<(C::Outcome, Vec<Change>), Error> {
        let decision = command.decide(self, context)?;
        self.apply(context, &decision.changes)?;
        Ok((decision.outcome, decision.changes))
    }

    /// Returns the items in the trash that were deleted with an item.
    pub fn trash_of(&self, user_id: &str, root_id: &str) -> Vec<Tombstone> {
        let tombstones = self.trash(user_id, root_id);
        let mut tombstones: Vec<_> = tombstones.into_iter().cloned().collect();
        tombstones.sort_unstable_by(|one, other| one.id.cmp(&other.id));
        tombstones
    }

    /// Returns the number of open tasks and of all tasks of a project.
    pub fn tally(&self, project_id: &str) -> (i64, i64) {
        let project = self.project(project_id).expect("a project");
        (project.open_tasks, project.total_tasks)
    }
}
