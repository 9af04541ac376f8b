//! The write path for projects and their items: commands and their executor.
//!
//! A command names the rows that it needs and decides its changes as a pure function of those
//! rows. The executor loads the rows, runs the commands in sequence, and saves the difference, in
//! one transaction for the commands of several requests.

mod announce;
mod batch;
mod changes;
mod command;
mod executor;
mod idempotency;
mod item;
mod load;
mod projects;
mod purge;
mod quotas;
mod reversal;
mod save;
#[cfg(test)]
pub(crate) mod testing;
mod tombstones;
mod trash;
mod undo;
mod world;

pub use batch::{
    Batch, BatchStep, OnItem, Operation, Parameters, Step, StepResult, expected, step,
};
pub use changes::{CHANGES, CREATE, DELETE, delete_erased, delete_old};
pub use command::{Change, Command, Context, Decision, Expected, Loads};
pub use executor::{Executed, Executor};
pub use idempotency::{IDEMPOTENCY_KEYS, IdempotencyKey, delete_expired_keys};
pub(crate) use item::item;
pub use item::{Index, Item, ItemType, MOST_LEVELS, Part, Tally, no_tally};
pub use projects::{
    ERASED_PROJECTS, MEMBERS, PROJECT, PROJECTS, ProjectRow, create_inbox, erase_projects,
};
pub use purge::{TrashDays, empty_trash, purge_item, purge_old};
pub use quotas::{Quotas, check as check_quota};
pub use reversal::ChangedItem;
pub use tombstones::{TOMBSTONES, Tombstone};
pub use trash::RestoreItem;
pub use undo::Undo;
pub use world::World;
