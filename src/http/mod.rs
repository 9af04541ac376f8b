//! HTTP: parts of requests and responses that the API and the pages share. Nothing here knows a user,
//! a page or a noun.

pub(crate) mod body;
mod body_forms;
mod client;
mod coding;
mod compression;
mod conditional;
mod cookies;
mod cors;
mod event_stream;
mod extension;
mod handover;
mod headers;
mod health;
pub mod input;
mod language;
mod outflow;
mod problem;
mod refusal;
mod routing;
mod shutdown;
mod trace;
mod upload;

pub use body::{ANYONES_BYTES, Form, Json, MOST_BYTES, MergePatch, Query, TOO_LARGE, Withheld};
pub(crate) use body::{from_json, urlencoded};
pub use body_forms::BodyForms;
pub use client::{Client, client_key, note_user, quotas, user_id};
pub use coding::Coding;
pub use compression::{Compressor, coding_of, is_compressible};
pub use conditional::{IdempotencyHeader, Precondition, Validators, digest_of, tag_of};
pub use cookies::{note_sign_out, set_cookie};
pub use cors::Cors;
pub use event_stream::EventStream;
pub use extension::{Extension, extension, extension_routes};
pub(crate) use extension::{STAND_IN, internal_uri, is_implemented, is_internal, requested_uri};
pub use handover::{Handover, whole_body};
pub use headers::Headers;
pub use health::Draining;
pub use input::{Id, ReturnTo, local_path};
pub use language::{accepted_language, language_of, note_language, set_language};
pub use outflow::Outflow;
pub(crate) use outflow::reserve;
pub use problem::{ErrorPages, Problem, is_api, reference, said};
pub use refusal::{refuse, take_refusal};
pub use routing::encoded;
pub(crate) use routing::methods_of;
pub use shutdown::listen;
pub use trace::{RequestLog, request_id};
pub use upload::{Upload, Uploads};

use rocket::{Route, routes};

/// Returns the routes of the health checks.
pub fn routes() -> Vec<Route> {
    routes![health::live, health::ready]
}
