//! The OpenAPI document, assembled from the handlers, and a page generated from it.

mod example;
mod operation;
mod parts;
mod reference;

use rocket::{Route, routes};
use utoipa::openapi::security::{HttpAuthScheme, HttpBuilder, SecurityScheme};
use utoipa::{Modify, OpenApi};

use crate::api::Problems;
use crate::{
    accounts, api_tokens, batch, counts, events, filters, history, labels, projects, quick_tasks,
    sections, tasks, trash, views,
};

/// Description of the API.
#[derive(OpenApi)]
#[openapi(
    info(
        title = "Docket",
        description = "A self-hosted task manager. Errors are problem documents (RFC 9457); \
                       their types and the codes of field errors are described at /api/docs. \
                       Times are RFC 3339 in UTC. Send the access token of a sign-in, or an \
                       API token that has the scope, in the header Authorization, after the \
                       word Bearer. RateLimit-Policy is the quota; RateLimit is what remains of it.",
        license(name = "MIT", identifier = "MIT")
    ),
    paths(
        accounts::api::register,
        accounts::api::login,
        accounts::api::refresh,
        accounts::api::logout,
        accounts::api::me,
        accounts::api::update,
        accounts::api::change_password,
        accounts::api::delete_account,
        accounts::api::sessions,
        accounts::api::end_session,
        accounts::api::end_other_sessions,
        api_tokens::api::list,
        api_tokens::api::create,
        api_tokens::api::read,
        api_tokens::api::revoke,
        tasks::api::list,
        tasks::api::create,
        tasks::api::read,
        tasks::api::replace,
        tasks::api::update,
        tasks::api::remove,
        tasks::api::complete,
        tasks::api::reopen,
        tasks::api::toggle,
        tasks::api::move_task,
        tasks::api::duplicate,
        quick_tasks::api::quick,
        tasks::series_api::occurrences,
        tasks::series_api::skip,
        projects::api::list,
        projects::api::create,
        projects::api::read,
        projects::api::update,
        projects::api::remove,
        projects::api::move_project,
        projects::api::duplicate,
        sections::api::list,
        sections::api::create,
        sections::api::read,
        sections::api::update,
        sections::api::remove,
        sections::api::move_section,
        labels::api::list,
        labels::api::create,
        labels::api::read,
        labels::api::update,
        labels::api::remove,
        labels::api::move_label,
        labels::api::merge,
        filters::api::list,
        filters::api::create,
        filters::api::read,
        filters::api::replace,
        filters::api::update,
        filters::api::remove,
        filters::api::move_filter,
        filters::api::tasks,
        counts::api::read,
        views::api::read,
        batch::api::batch,
        history::api::undo,
        history::api::changes,
        history::events::events,
        history::api::task_activity,
        history::api::project_activity,
        trash::api::list,
        trash::api::restore,
        trash::api::purge,
        trash::api::empty,
        events::api::list,
        reference::document,
        reference::reference
    ),
    tags(
        (name = "Signing in", description = "Registration, sign-in and tokens"),
        (name = "Tasks", description = "Your tasks"),
        (name = "Projects", description = "Your projects, which contain the tasks"),
        (name = "Sections", description = "Parts of a project, and columns of its board"),
        (name = "Labels", description = "Names that you give to tasks in any project"),
        (name = "Filters", description = "Saved filters, each a view of tasks"),
        (name = "Batch", description = "Several commands at once"),
        (name = "Changes", description = "Undo and synchronisation"),
        (name = "Trash", description = "Deleted items"),
        (name = "Account", description = "Your profile and password"),
        (name = "Sessions", description = "Your live sessions"),
        (name = "API tokens", description = "Credentials for scripts and programs"),
        (name = "Security events", description = "History of sign-ins and credentials"),
        (name = "Description", description = "This reference")
    ),
    security(("bearer" = [])),
    modifiers(&Bearer, &Problems)
)]
struct Description;

struct Bearer;

impl Modify for Bearer {
    fn modify(&self, document: &mut utoipa::openapi::OpenApi) {
        let schemes = [
            ("bearer", "JWT", "The access token of a sign-in."),
            (
                "api_token",
                "dkt_",
                "An API token. An operation that accepts one names the required scope.",
            ),
        ];
        if let Some(components) = &mut document.components {
            for (name, format, description) in schemes {
                let scheme = HttpBuilder::new()
                    .scheme(HttpAuthScheme::Bearer)
                    .bearer_format(format)
                    .description(Some(description))
                    .build();
                components.add_security_scheme(name, SecurityScheme::Http(scheme));
            }
        }
    }
}

/// Returns the document as JSON.
///
/// # Errors
/// If serialization fails.
pub fn document() -> Result<String, serde_json::Error> {
    Description::openapi().to_pretty_json()
}

/// Returns the document as a value.
fn parsed() -> Result<serde_json::Value, serde_json::Error> {
    serde_json::to_value(Description::openapi())
}

/// Returns the routes, mounted at the root.
pub fn routes() -> Vec<Route> {
    routes![reference::document, reference::reference]
}
