//! Commands by keyboard: what the palette can open, and the page of shortcuts.

mod entries;
pub mod pages;
