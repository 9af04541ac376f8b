//! Code shared by the pages of all nouns: layout, templates, Markdown, static files and kept forms.

#[cfg_attr(embedded, allow(dead_code))]
mod bundle;
mod catcher;
mod checklist;
mod device;
mod errors;
mod flash;
mod kept;
mod latest;
mod lead;
pub(crate) mod markdown;
#[cfg_attr(embedded, allow(dead_code))]
mod modules;
mod offline;
mod page;
mod part;
mod render;
mod script_texts;
mod sidebar;
#[cfg_attr(embedded, allow(dead_code))]
mod slim;
mod statics;
mod templates;
mod translate;

pub use catcher::fallback;
pub use checklist::{ticked, unticked};
pub use device::device_name;
pub use errors::{Destinations, error_response};
pub use flash::Cookies;
#[cfg(fuzzing)]
pub(crate) use flash::Flash;
pub use kept::{Kept, KeptForm, KeptForms};
pub use lead::lead_to;
pub use markdown::progress;
pub use offline::Delivery;
pub use page::{Announced, NoValues, Reply, fragment, gone, page, rejected, see_other};
pub use part::Part;
pub use render::{Frame, Htmx};
pub use sidebar::{FirstSteps, Sidebar, has_sidebar, with_sidebar};
pub use statics::StaticFile;
pub use templates::Templates;

use rocket::{Route, routes};

/// Returns the routes of the static files, of the service worker and of its page, mounted at the root.
pub fn routes() -> Vec<Route> {
    let mut routes = routes![statics::file, statics::worker];
    routes.extend(offline::routes());
    routes
}
