//! Code shared by all pages and the JSON API.

pub(crate) mod body;
mod catcher;
mod conditional;
pub(crate) mod cookies;
mod docs;
mod extension;
mod handover;
mod headers;
mod health;
pub mod input;
mod jwks;
mod kept;
mod lead;
pub(crate) mod markdown;
pub(crate) mod negotiation;
pub mod openapi;
mod outflow;
mod page;
mod problem;
mod routing;
mod statics;
mod templates;
mod trace;
mod upload;

pub use body::{ANYONES_BYTES, Form, Json, MOST_BYTES, MergePatch, Query, TOO_LARGE, Withheld};
pub use catcher::{fallback, refuse};
pub use conditional::{Answer, IdempotencyHeader, Precondition, Validators, digest_of, tag_of};
pub use cookies::{Cookies, set_cookie};
pub use extension::{Extension, extension, extension_routes};
pub(crate) use extension::{STAND_IN, internal_uri, is_implemented, is_internal};
pub use handover::Handover;
pub use headers::Headers;
pub use health::Draining;
pub use input::{Id, local_path};
pub use kept::{Kept, SIGN_IN};
pub use lead::lead_to;
pub use negotiation::json_only;
pub use outflow::Outflow;
pub(crate) use outflow::reserve;
pub use page::{Frame, Htmx, Reply, fragment, page, rejected, see_other};
pub use problem::Problem;
pub(crate) use routing::methods_of;
pub use templates::Templates;
pub use trace::{RequestLog, request_id};
pub use upload::{Upload, Uploads};

use rocket::{Route, routes};

/// Returns the routes outside the slices: static files, API reference, health checks, public keys.
pub fn routes() -> Vec<Route> {
    routes![
        statics::file,
        docs::document,
        docs::reference,
        health::live,
        health::ready,
        jwks::published
    ]
}
