//! The OpenAPI document, put together from the handlers.

use utoipa::openapi::security::{HttpAuthScheme, HttpBuilder, SecurityScheme};
use utoipa::openapi::{Content, Header, Object, Ref, RefOr, ResponseBuilder, Type};
use utoipa::{Modify, OpenApi};

use crate::{accounts, tasks};

/// The description of the API.
#[derive(OpenApi)]
#[openapi(
    info(
        title = "Docket",
        description = "Tasks of your own, over HTTP. Errors are problem documents (RFC 9457). \
                       Times are RFC 3339 in UTC. Send the access token in the header \
                       Authorization, after the word Bearer. RateLimit-Policy says how often you may \
                       ask and RateLimit how often still.",
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
        super::docs::document,
        super::docs::reference
    ),
    tags(
        (name = "Signing in", description = "Accounts, and the tokens that prove them"),
        (name = "Tasks", description = "What is to be done"),
        (name = "Account", description = "Your profile and password"),
        (name = "Sessions", description = "Where you are signed in"),
        (name = "Description", description = "This reference")
    ),
    security(("bearer" = [])),
    modifiers(&Bearer, &Limited)
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

struct Limited;

impl Modify for Limited {
    fn modify(&self, document: &mut utoipa::openapi::OpenApi) {
        let limited = ResponseBuilder::new()
            .description("Too often; Retry-After says in how many seconds to ask again")
            .header("Retry-After", Header::new(Object::with_type(Type::Integer)))
            .content(
                "application/json",
                Content::new(Some(Ref::from_schema_name("Problem"))),
            )
            .build();
        let items = document.paths.paths.iter_mut();
        for (_, item) in items.filter(|(path, _)| path.starts_with(crate::API)) {
            let operations = [
                &mut item.get,
                &mut item.post,
                &mut item.put,
                &mut item.patch,
                &mut item.delete,
            ];
            for operation in operations.into_iter().flatten() {
                let responses = &mut operation.responses.responses;
                responses.insert("429".into(), RefOr::T(limited.clone()));
            }
        }
    }
}

/// The document, as JSON.
pub fn document() -> Result<String, serde_json::Error> {
    Description::openapi().to_pretty_json()
}
