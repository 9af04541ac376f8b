//! The OpenAPI document, put together from the handlers.

use utoipa::openapi::security::{HttpAuthScheme, HttpBuilder, SecurityScheme};
use utoipa::{Modify, OpenApi};

use crate::{accounts, events, tasks};

/// The description of the API.
#[derive(OpenApi)]
#[openapi(
    info(
        title = "Docket",
        description = "Tasks of your own, over HTTP. Errors are problem documents (RFC 9457). \
                       Times are RFC 3339 in UTC. Send the access token in the header \
                       Authorization, after the word Bearer.",
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
        tasks::api::list,
        tasks::api::create,
        tasks::api::read,
        tasks::api::replace,
        tasks::api::update,
        tasks::api::remove,
        tasks::api::toggle,
        events::api::list,
        super::docs::document,
        super::docs::reference
    ),
    tags(
        (name = "Signing in", description = "Accounts, and the tokens that prove them"),
        (name = "Tasks", description = "What is to be done"),
        (name = "Account", description = "Your profile and password"),
        (name = "Sessions", description = "Where you are signed in"),
        (name = "Security events", description = "What happened to your account"),
        (name = "Description", description = "This reference")
    ),
    security(("bearer" = [])),
    modifiers(&Bearer)
)]
struct Description;

struct Bearer;

impl Modify for Bearer {
    fn modify(&self, document: &mut utoipa::openapi::OpenApi) {
        let scheme = HttpBuilder::new()
            .scheme(HttpAuthScheme::Bearer)
            .bearer_format("JWT")
            .description(Some("The access token of a sign-in."))
            .build();
        if let Some(components) = &mut document.components {
            components.add_security_scheme("bearer", SecurityScheme::Http(scheme));
        }
    }
}

/// The document, as JSON.
pub fn document() -> Result<String, serde_json::Error> {
    Description::openapi().to_pretty_json()
}
