//! JSON routes of accounts and sessions.

use rocket::http::Status;
use rocket::{Route, State, delete, get, patch, post, put, routes};
use serde::Serialize;

use super::{
    Account, AccountDeletion, Credentials, NewAccount, PasswordChange, ProfilePatch, RefreshGrant,
    TokenResponse, service,
};
use crate::api::Answer;
use crate::auth::events::Kind;
use crate::auth::{self, AccountScope, Auth, Scoped, Session, User};
use crate::db::Db;
use crate::error::Error;
use crate::http::{Client, Id, Json, MergePatch, Problem};

/// The live sessions of a user.
#[derive(Serialize, utoipa::ToSchema)]
pub struct SessionList {
    /// Sessions, most recently used first.
    pub items: Vec<Session>,
}

/// Returns the routes, mounted under `/api/v1`.
pub fn routes() -> Vec<Route> {
    routes![
        register,
        login,
        refresh,
        logout,
        me,
        update,
        change_password,
        delete_account,
        sessions,
        end_session,
        end_other_sessions
    ]
}

/// Create an account
///
/// The account is signed in at once: the response contains its first tokens.
#[utoipa::path(post, path = "/api/v1/auth/register", tag = "Signing in", security(()),
    request_body = NewAccount,
    responses(
        (status = 201, body = TokenResponse, description = "The account and the tokens of its first session"),
        (status = 403, body = Problem, description = "Registration is closed"),
        (status = 409, body = Problem, description = "The e-mail address is already registered"),
        (status = 422, body = Problem, description = "A field is invalid")))]
#[post("/auth/register", data = "<body>")]
pub async fn register(
    db: &State<Db>,
    auth: &State<Auth>,
    client: Client,
    body: Json<NewAccount>,
) -> Result<Answer<TokenResponse>, Error> {
    let tokens = service::register(db, auth, body.0, &client).await?;
    Ok(Answer::created("/api/v1/me".into(), tokens))
}

/// Sign in
///
/// An unknown address and a wrong password get the same response in the same time.
#[utoipa::path(post, path = "/api/v1/auth/login", tag = "Signing in", security(()),
    request_body = Credentials,
    responses(
        (status = 200, body = TokenResponse, description = "The tokens of a new session"),
        (status = 401, body = Problem, description = "E-mail address or password is wrong"),
        (status = 422, body = Problem, description = "A field is missing")))]
#[post("/auth/login", data = "<body>")]
pub async fn login(
    db: &State<Db>,
    auth: &State<Auth>,
    client: Client,
    body: Json<Credentials>,
) -> Result<Answer<TokenResponse>, Error> {
    let tokens = service::sign_in(db, auth, &body.0, &client).await?;
    Ok(Answer::ok(tokens))
}

/// Refresh the tokens
///
/// A refresh token is valid once. A second use ends the session, except by the same client within
/// ten seconds: it gets the same response again.
#[utoipa::path(post, path = "/api/v1/auth/refresh", tag = "Signing in", security(()),
    request_body = RefreshGrant,
    responses(
        (status = 200, body = TokenResponse, description = "New tokens of the session"),
        (status = 401, body = Problem, description = "The token is unknown, already used, or of an ended session"),
        (status = 422, body = Problem, description = "A field is missing")))]
#[post("/auth/refresh", data = "<body>")]
pub async fn refresh(
    db: &State<Db>,
    auth: &State<Auth>,
    client: Client,
    body: Json<RefreshGrant>,
) -> Result<Answer<TokenResponse>, Error> {
    let tokens = service::refresh(db, auth, &body.0.refresh_token, &client).await?;
    Ok(Answer::ok(tokens))
}

/// Sign out
///
/// Ends the session of the token. Its tokens stop working at once.
#[utoipa::path(post, path = "/api/v1/auth/logout", tag = "Signing in",
    responses(
        (status = 204, description = "The session has ended"),
        (status = 401, body = Problem, description = "No valid token")))]
#[post("/auth/logout")]
pub async fn logout(db: &State<Db>, user: User, client: Client) -> Result<Status, Error> {
    user.sign_out(db, &client).await?;
    Ok(Status::NoContent)
}

/// Read your account
#[utoipa::path(get, path = "/api/v1/me", tag = "Account", operation_id = "read_profile",
    security(("bearer" = []), ("api_token" = ["account"])),
    responses(
        (status = 200, body = Account, description = "Your account"),
        (status = 401, body = Problem, description = "No valid token")))]
#[get("/me")]
pub async fn me(user: Scoped<AccountScope>) -> Answer<Account> {
    Answer::ok(user.into_user().into())
}

/// Update your profile
///
/// A JSON merge patch (RFC 7396). A new e-mail address requires the current password and cannot be
/// set with an API token.
#[utoipa::path(patch, path = "/api/v1/me", tag = "Account", operation_id = "update_profile",
    security(("bearer" = []), ("api_token" = ["account"])),
    request_body(content(
        (ProfilePatch = "application/merge-patch+json"), (ProfilePatch = "application/json"))),
    responses(
        (status = 200, body = Account, description = "The updated account"),
        (status = 401, body = Problem, description = "No valid token"),
        (status = 409, body = Problem, description = "The e-mail address is already registered"),
        (status = 422, body = Problem, description = "A field is invalid")))]
#[patch("/me", data = "<body>")]
pub async fn update(
    db: &State<Db>,
    auth: &State<Auth>,
    user: Scoped<AccountScope>,
    client: Client,
    body: MergePatch<ProfilePatch>,
) -> Result<Answer<Account>, Error> {
    let account = service::update_profile(db, auth, &user, body.0, &client).await?;
    Ok(Answer::ok(account))
}

/// Change your password
///
/// Ends all other sessions and revokes all API tokens.
#[utoipa::path(put, path = "/api/v1/me/password", tag = "Account",
    request_body = PasswordChange,
    responses(
        (status = 204, description = "Changed"),
        (status = 401, body = Problem, description = "No valid token"),
        (status = 422, body = Problem, description = "A field is invalid")))]
#[put("/me/password", data = "<body>")]
pub async fn change_password(
    db: &State<Db>,
    auth: &State<Auth>,
    user: User,
    client: Client,
    body: Json<PasswordChange>,
) -> Result<Status, Error> {
    service::change_password(db, auth, &user, body.0, &client).await?;
    Ok(Status::NoContent)
}

/// Delete your account
///
/// Deletes the account and all its data, permanently.
#[utoipa::path(delete, path = "/api/v1/me", tag = "Account",
    request_body = AccountDeletion,
    responses(
        (status = 204, description = "Deleted"),
        (status = 401, body = Problem, description = "No valid token"),
        (status = 422, body = Problem, description = "The password is wrong")))]
#[delete("/me", data = "<body>")]
pub async fn delete_account(
    db: &State<Db>,
    auth: &State<Auth>,
    user: User,
    client: Client,
    body: Json<AccountDeletion>,
) -> Result<Status, Error> {
    service::delete(db, auth, &user, &body.0, &client).await?;
    Ok(Status::NoContent)
}

/// List your sessions
#[utoipa::path(get, path = "/api/v1/sessions", tag = "Sessions", operation_id = "list_sessions",
    security(("bearer" = []), ("api_token" = ["account"])),
    responses(
        (status = 200, body = SessionList, description = "Your live sessions"),
        (status = 401, body = Problem, description = "No valid token")))]
#[get("/sessions")]
pub async fn sessions(
    db: &State<Db>,
    user: Scoped<AccountScope>,
) -> Result<Answer<SessionList>, Error> {
    let items = auth::list(db, &user.id, &user.session_id).await?;
    Ok(Answer::ok(SessionList { items }))
}

/// End a session
#[utoipa::path(delete, path = "/api/v1/sessions/{id}", tag = "Sessions",
    security(("bearer" = []), ("api_token" = ["account"])),
    params(("id" = String, Path, description = "Id of the session")),
    responses(
        (status = 204, description = "Ended; its tokens stop working at once"),
        (status = 401, body = Problem, description = "No valid token"),
        (status = 404, body = Problem, description = "You have no such session")))]
#[delete("/sessions/<id>")]
pub async fn end_session(
    db: &State<Db>,
    user: Scoped<AccountScope>,
    client: Client,
    id: Id,
) -> Result<Status, Error> {
    auth::end(db, &user.id, &id.0, Kind::SessionEnded, &client).await?;
    Ok(Status::NoContent)
}

/// End all other sessions
///
/// With an API token, ends all sessions.
#[utoipa::path(delete, path = "/api/v1/sessions", tag = "Sessions",
    security(("bearer" = []), ("api_token" = ["account"])),
    responses(
        (status = 204, description = "All other sessions have ended"),
        (status = 401, body = Problem, description = "No valid token")))]
#[delete("/sessions")]
pub async fn end_other_sessions(
    db: &State<Db>,
    user: Scoped<AccountScope>,
    client: Client,
) -> Result<Status, Error> {
    service::end_other_sessions(db, &user, &client).await?;
    Ok(Status::NoContent)
}
