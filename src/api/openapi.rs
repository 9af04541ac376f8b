//! Problem responses common to all operations, and their media type.

use utoipa::Modify;
use utoipa::openapi::path::{Operation, PathItem};
use utoipa::openapi::security::SecurityRequirement;
use utoipa::openapi::{Content, Header, Object, Ref, RefOr, Response, ResponseBuilder, Type};

/// RFC 9457, section 3.
const MEDIA_TYPE: &str = "application/problem+json";

/// Adds the common problem responses to every operation of the API.
pub struct Problems;

impl Modify for Problems {
    fn modify(&self, document: &mut utoipa::openapi::OpenApi) {
        let items = document.paths.paths.iter_mut();
        for (_, item) in items.filter(|(path, _)| path.starts_with(super::BASE)) {
            operations(item).for_each(complete);
        }
    }
}

fn operations(item: &mut PathItem) -> impl Iterator<Item = &mut Operation> {
    [
        &mut item.get,
        &mut item.put,
        &mut item.post,
        &mut item.patch,
        &mut item.delete,
    ]
    .into_iter()
    .flatten()
}

fn complete(operation: &mut Operation) {
    let mut common = vec![
        ("400", "The syntax of the request is wrong"),
        ("406", "Accept excludes the type of the response"),
    ];
    if operation.request_body.is_some() {
        common.extend([
            ("408", "The body took too long to arrive"),
            ("413", "The body is too large"),
            ("415", "The body is of another type"),
        ]);
    }
    let public = SecurityRequirement::default();
    match &operation.security {
        Some(all) if all.contains(&public) => {}
        Some(_) => common.push(("403", "The API token does not have the scope")),
        None => common.push(("403", "An API token cannot do this")),
    }
    let responses = &mut operation.responses.responses;
    for (status, description) in common {
        responses
            .entry(status.into())
            .or_insert_with(|| RefOr::T(problem(description)));
    }
    for (status, description) in [
        ("429", "Too many requests"),
        ("503", "The server or its database is unavailable or busy"),
    ] {
        let mut response = problem(description);
        let seconds = Header::new(Object::with_type(Type::Integer));
        response
            .headers
            .insert("Retry-After".into(), RefOr::T(seconds));
        responses.insert(status.into(), RefOr::T(response));
    }
    for (status, response) in responses {
        if let RefOr::T(response) = response
            && status.starts_with(['4', '5'])
        {
            rename(response);
        }
    }
}

fn problem(description: &str) -> Response {
    ResponseBuilder::new()
        .description(description)
        .content(
            MEDIA_TYPE,
            Content::new(Some(Ref::from_schema_name("Problem"))),
        )
        .build()
}

/// Sets the media type of an error response. The handlers' descriptions contain only its schema.
fn rename(response: &mut Response) {
    if let Some(content) = response.content.shift_remove("application/json") {
        response.content.insert(MEDIA_TYPE.into(), content);
    }
}
