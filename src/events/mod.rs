//! The route and the page of security events. Their rules are in [`auth::events`](crate::auth::events),
//! because signing in records them.

pub mod api;
pub mod pages;
