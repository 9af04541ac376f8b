//! JSON routes of API tokens.

use rocket::http::Status;
use rocket::{Route, State, delete, get, post, routes};

use super::{ApiToken, ApiTokenList, NewApiToken, service};
use crate::api::Answer;
use crate::auth::{AccountScope, Auth, Scoped, User};
use crate::db::Db;
use crate::error::Error;
use crate::http::{Client, Id, Json, Problem};

/// Returns the routes, mounted under `/api/v1`.
pub fn routes() -> Vec<Route> {
    routes![list, create, read, revoke]
}

/// List your API tokens
///
/// Includes expired tokens until they are revoked.
#[utoipa::path(get, path = "/api/v1/tokens", tag = "API tokens", operation_id = "list_tokens",
    security(("bearer" = []), ("api_token" = ["account"])),
    responses(
        (status = 200, body = ApiTokenList, description = "Your API tokens"),
        (status = 401, body = Problem, description = "No valid token")))]
#[get("/tokens")]
pub async fn list(
    db: &State<Db>,
    user: Scoped<AccountScope>,
) -> Result<Answer<ApiTokenList>, Error> {
    let items = service::list(db, &user.id).await?;
    Ok(Answer::ok(ApiTokenList { items }))
}

/// Create an API token
///
/// Only this response contains the token itself. If it is lost, revoke the token and create another
/// one.
#[utoipa::path(post, path = "/api/v1/tokens", tag = "API tokens", operation_id = "create_token",
    request_body = NewApiToken,
    responses(
        (status = 201, body = ApiToken, description = "The token, shown only once"),
        (status = 401, body = Problem, description = "No valid token"),
        (status = 409, body = Problem, description = "You already have a token with this name"),
        (status = 422, body = Problem,
            description = "A field is invalid, the password is wrong, or you have 50 tokens")))]
#[post("/tokens", data = "<body>")]
pub async fn create(
    db: &State<Db>,
    auth: &State<Auth>,
    user: User,
    client: Client,
    body: Json<NewApiToken>,
) -> Result<Answer<ApiToken>, Error> {
    let made = service::create(db, auth, &user, body.0, &client).await?;
    let location = format!("/api/v1/tokens/{}", made.id);
    Ok(Answer::created(location, made))
}

/// Read an API token
#[utoipa::path(get, path = "/api/v1/tokens/{id}", tag = "API tokens", operation_id = "read_token",
    security(("bearer" = []), ("api_token" = ["account"])),
    params(("id" = String, Path, description = "Id of the token")),
    responses(
        (status = 200, body = ApiToken, description = "The API token, without its secret"),
        (status = 401, body = Problem, description = "No valid token"),
        (status = 404, body = Problem, description = "You have no such token")))]
#[get("/tokens/<id>")]
pub async fn read(
    db: &State<Db>,
    user: Scoped<AccountScope>,
    id: Id,
) -> Result<Answer<ApiToken>, Error> {
    let token = service::read(db, &user.id, &id.0).await?;
    Ok(Answer::ok(token))
}

/// Revoke an API token
#[utoipa::path(delete, path = "/api/v1/tokens/{id}", tag = "API tokens",
    operation_id = "revoke_token",
    security(("bearer" = []), ("api_token" = ["account"])),
    params(("id" = String, Path, description = "Id of the token")),
    responses(
        (status = 204, description = "Revoked; it stops working at once"),
        (status = 401, body = Problem, description = "No valid token"),
        (status = 404, body = Problem, description = "You have no such token")))]
#[delete("/tokens/<id>")]
pub async fn revoke(
    db: &State<Db>,
    user: Scoped<AccountScope>,
    client: Client,
    id: Id,
) -> Result<Status, Error> {
    service::revoke(db, &user.id, &id.0, &client).await?;
    Ok(Status::NoContent)
}
