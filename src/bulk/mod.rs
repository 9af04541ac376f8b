//! Forms that change several tasks at once: the tasks that a user has selected in a list, or drops
//! somewhere. They become the commands of one batch.

mod changes;
mod forms;
pub mod pages;
mod places;
