//! The write path of everything that people organise: commands, and the executor that runs them.
//!
//! A command names the rows that it needs and decides, as a pure function of those rows, what
//! changes. The executor loads the rows, asks the commands one after another, and writes the
//! difference, all in one transaction for the commands of many requests.

mod changes;
mod command;
mod executor;
mod idempotency;
mod load;
mod projects;
mod save;
mod world;

pub use changes::{CHANGES, delete_erased, delete_old};
pub use command::{Change, Command, Context, Decision, Expected, Item, Loads};
pub use executor::{Executed, Executor};
pub use idempotency::{IDEMPOTENCY_KEYS, IdempotencyKey, delete_expired_keys};
pub use projects::{ERASED_PROJECTS, MEMBERS, PROJECTS, create_inbox, erase_projects};
pub use world::World;
