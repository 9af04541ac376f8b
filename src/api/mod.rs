//! Code shared by the JSON routes of all nouns.

mod answer;
mod changed;
mod jwks;
mod negotiation;
mod openapi;
pub mod resource;

pub use answer::Answer;
pub use changed::{ChangedObject, ChangedObjects, Represent, Representations};
#[cfg(fuzzing)]
pub(crate) use negotiation::takes_json;
pub use negotiation::{events_only, json_only};
pub use openapi::Problems;

use rocket::{Route, routes};

/// Base path of the JSON API.
pub const BASE: &str = "/api/v1";

/// Returns the route of the public keys, mounted at the root.
pub fn routes() -> Vec<Route> {
    routes![jwks::published]
}
