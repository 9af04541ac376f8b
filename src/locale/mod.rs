//! Languages, and the messages in them. The texts are in `locales/`, in the format of Fluent.

mod bundles;
mod language;
mod message;
#[cfg(debug_assertions)]
mod pseudo;
#[cfg(test)]
mod tests;

pub use language::Language;
pub use message::{Argument, Message};
pub(crate) use message::{key, message};
