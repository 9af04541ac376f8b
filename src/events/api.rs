//! JSON route of security events.

use rocket::{Route, State, get, routes};

use crate::api::Answer;
use crate::auth::events::{EventFilter, EventPage, service};
use crate::auth::{AccountScope, Scoped};
use crate::db::Db;
use crate::error::Error;
use crate::http::{Problem, Query};

/// Returns the routes, mounted under `/api/v1`.
pub fn routes() -> Vec<Route> {
    routes![list]
}

/// List your security events
///
/// Security events of the last 90 days, newest first: sign-ins, failed sign-ins, ended sessions,
/// changes of password and e-mail address.
#[utoipa::path(get, path = "/api/v1/security-events", tag = "Security events",
    operation_id = "list_security_events",
    params(EventFilter), security(("bearer" = []), ("api_token" = ["account"])),
    responses(
        (status = 200, body = EventPage, description = "A page of events"),
        (status = 401, body = Problem, description = "No valid token"),
        (status = 422, body = Problem, description = "A parameter is unknown or out of range")))]
#[get("/security-events")]
pub async fn list(
    db: &State<Db>,
    user: Scoped<AccountScope>,
    filter: Query<EventFilter>,
) -> Result<Answer<EventPage>, Error> {
    let page = service::list(db, &user.id, &filter.0).await?;
    Ok(Answer::ok(page))
}
