//! The OpenAPI document, put together from the handlers.

use utoipa::openapi::path::Operation;
use utoipa::openapi::security::{HttpAuthScheme, HttpBuilder, SecurityRequirement, SecurityScheme};
use utoipa::openapi::{ContentBuilder, Ref, ResponseBuilder};
use utoipa::{Modify, OpenApi};

use crate::{accounts, api_tokens, events, tasks};

/// The description of the API.
#[derive(OpenApi)]
#[openapi(
    info(
        title = "Docket",
        description = "Tasks of your own, over HTTP. Errors are problem documents (RFC 9457). \
                       Times are RFC 3339 in UTC. Send the access token of a sign-in, or an \
                       API token that has the scope, in the header Authorization, after the \
                       word Bearer.",
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
        (name = "API tokens", description = "What programs sign in with"),
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
        let schemes = [
            ("bearer", "JWT", "The access token of a sign-in."),
            (
                "api_token",
                "dkt_",
                "An API token. Where an operation takes one, it names the scope that it needs.",
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
        for item in document.paths.paths.values_mut() {
            let operations = [
                &mut item.get,
                &mut item.put,
                &mut item.post,
                &mut item.patch,
                &mut item.delete,
            ];
            for operation in operations.into_iter().flatten() {
                add_forbidden(operation);
            }
        }
    }
}

/// What each operation that is not for everyone may answer to an API token.
fn add_forbidden(operation: &mut Operation) {
    let public = SecurityRequirement::default();
    if matches!(&operation.security, Some(all) if all.contains(&public)) {
        return;
    }
    let description = match &operation.security {
        Some(_) => "The API token does not have the scope",
        None => "An API token cannot do this",
    };
    let problem = ContentBuilder::new()
        .schema(Some(Ref::from_schema_name("Problem")))
        .build();
    let response = ResponseBuilder::new()
        .description(description)
        .content("application/json", problem)
        .build();
    operation
        .responses
        .responses
        .entry("403".into())
        .or_insert(response.into());
}

/// The document, as JSON.
pub fn document() -> Result<String, serde_json::Error> {
    Description::openapi().to_pretty_json()
}
